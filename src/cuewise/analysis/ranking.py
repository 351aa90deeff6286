"""Which ranks of models the samples can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import Resampler


@dataclass(frozen=True, slots=True)
class RankInterval:
    """A model's rank and the ranks that it may truly have."""

    name: str
    rank: int
    """1 for the most points; models with equal points share the better rank."""
    low: int
    """Best rank in the 95 % interval."""
    high: int
    """Worst."""
    best_share: float
    """Percent of resamples in which it is first; where several tie for it, each gets its part."""


def rank_intervals(points: Floats, resampler: Resampler, names: Sequence[str]) -> tuple[RankInterval, ...]:
    """Ranks with 95 % intervals, in the order of the names.

    A model may be anywhere between one place behind all that are shown to be better and one before all that are shown
    to be worse (Mogstad, Romano, Shaikh and Wilhelm, Review of Economic Studies 91, 2024, marginal intervals). That is
    shown by the differences to all other models at once: |D_k| / s_k above the 95th percentile of
    max_k |D*_k - D_k| / s_k over resamples, s_k being the deviation of D*_k over them. Percentiles of the ranks in
    resamples would not do: they are too short where models are close to each other, which is where ranks matter.

    Args:
        points: (n_samples, n_models), 0..1, without NaN.
        resampler: over the same samples.
    """
    means, drawn = points.mean(axis=0), resampler.means(points)
    best = drawn == drawn.max(axis=1, keepdims=True)
    first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    found = []
    for place, name in enumerate(names):
        better, worse = _apart(means, drawn, place)
        found.append(
            RankInterval(
                name,
                rank=1 + int((means > means[place]).sum()),
                low=1 + better,
                high=len(names) - worse,
                best_share=100 * float(first[place]),
            )
        )
    return tuple(found)


def _apart(means: Floats, drawn: Floats, place: int) -> tuple[int, int]:
    """How many models are shown to be better and how many to be worse than one."""
    others = np.arange(len(means)) != place
    if not others.any():
        return 0, 0
    observed = means[others] - means[place]
    moved = drawn[:, others] - drawn[:, [place]] - observed
    spread = moved.std(axis=0)
    same = spread < 1e-9  # the same points everywhere: never apart
    spread[same] = np.inf
    limit = np.quantile(np.abs(moved / spread).max(axis=1), 0.95)
    return int((observed / spread > limit).sum()), int((-observed / spread > limit).sum())
