"""Which ranks of models the samples can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cuewise.analysis.pairs import Pair
from cuewise.analysis.table import Floats


@dataclass(frozen=True, slots=True)
class RankInterval:
    """A model's rank and the ranks that it may truly have."""

    rank: int
    """1 for the most points; models with equal points share the better rank."""
    low: int
    """Best rank in the 95 % interval."""
    high: int
    """Worst."""


def rank_intervals(means: Floats, pairs: Sequence[Pair]) -> tuple[RankInterval, ...]:
    """Ranks with 95 % intervals, one for each model.

    A model may be anywhere between one place behind all that are shown to be better and one before all that are shown
    to be worse (Mogstad, Romano, Shaikh and Wilhelm, Review of Economic Studies 91, 2024), which the tests of pairs
    show: as these are corrected together, all intervals hold at once in 95 % of cases or more.

    Args:
        means: points of each model, (n_models,).
        pairs: of all models; none where samples are too few to show anything, which leaves every rank open.
    """
    better, worse = ([0] * len(means) for _ in range(2))
    for pair in pairs:
        if pair.real:
            first, second = (pair.b, pair.a) if pair.difference > 0 else (pair.a, pair.b)
            worse[first] += 1
            better[second] += 1
    return tuple(
        RankInterval(
            rank=1 + int((means > mean).sum()),
            low=1 + better[place],
            high=len(means) - worse[place],
        )
        for place, mean in enumerate(means)
    )
