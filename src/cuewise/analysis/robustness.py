"""How fast recognition falls as picture or sound is degraded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import Resampler, Uncertain, means_with_intervals
from cuewise.scores.intervals import Interval


@dataclass(frozen=True)
class Curve:
    """Recognition against the level of one kind of degradation."""

    kind: str
    """`blur`, `picture-noise`, `sound-noise`, `sound-noise-speech`."""
    levels: tuple[float, ...]
    """From weak to strong, without the clean one."""
    clean: Uncertain
    """The same samples as they are."""
    scores: tuple[Uncertain, ...]
    """At each level."""
    chance: float
    """The most frequent label of each task, percent, over the same samples."""
    half: float | None
    """Level at which half of the clean score's height over chance is lost, between two levels or between the clean clip
    and the first of a blur, by a straight line; None where it lies nowhere between them."""
    half_interval: Interval | None
    """95 % interval of it, by resampling whole clips; None also where more than one of twenty resamples has no such
    level."""
    why_no_half: str
    """Empty where there is one."""

    @property
    def above_chance(self) -> bool:
        """Whether the clean score is clearly above chance, without which nothing can be said to be lost."""
        interval = self.clean.interval
        return interval is not None and interval.low > self.chance

    def retained(self, place: int) -> float | None:
        """What is left at a level of the height over chance, percent, below 0 where it is below chance; None where the
        clean score is not clearly above it."""
        height = self.clean.percent - self.chance
        return 100 * (self.scores[place].percent - self.chance) / height if self.above_chance else None


def robustness_curve(
    kind: str,
    levels: Sequence[float],
    clean: Floats,
    degraded: Sequence[Floats],
    baseline: Floats,
    resampler: Resampler,
) -> Curve | None:
    """The curve of one kind.

    Args:
        levels: from weak to strong: rising for blur, falling for noise in decibels.
        clean: points of each sample, 0..1, (n,); NaN for one that takes no part, as in all that follow.
        degraded: the same at each level.
        baseline: points of the most frequent label.
        resampler: over the same samples.

    Returns:
        None where no sample takes part in all.
    """
    columns = np.column_stack([clean, *degraded, baseline])
    columns[np.isnan(columns).any(axis=1)] = np.nan
    groups = resampler.groups.tolist()
    found = means_with_intervals(columns, groups, "clip", resampler)
    scores = [each for each in found if each is not None]
    if len(scores) < len(found):
        return None
    means = np.array([each.percent for each in scores])
    places = [0.0 if kind == "blur" else np.nan, *levels]
    half, why = _half(means, places)
    clean_interval = scores[0].interval
    if half is not None and (clean_interval is None or clean_interval.low <= means[-1]):
        half, why = None, "the clean score is not clearly above chance"
    return Curve(
        kind,
        tuple(levels),
        scores[0],
        tuple(scores[1:-1]),
        float(means[-1]),
        half,
        None if half is None else _half_interval(resampler.means(columns), places),
        why,
    )


def _half_interval(drawn: Floats, places: Sequence[float]) -> Interval | None:
    """Percentiles of the level in resamples, (n_resamples, n_levels + 2)."""
    levels = [level for row in drawn if (level := _half(row, places)[0]) is not None]
    if len(levels) < 0.95 * len(drawn):
        return None
    low, high = np.quantile(levels, [0.025, 0.975])
    return Interval(float(low), float(high), "bootstrap")


def _half(means: Floats, places: Sequence[float]) -> tuple[float | None, str]:
    """Where the height over the last mean, which is chance, first falls to half; or why that cannot be told."""
    heights = means[:-1] - means[-1]
    if heights[0] <= 0:
        return None, "the clean score is not above chance"
    shares = heights / heights[0]
    below = np.flatnonzero(shares <= 0.5)
    if not len(below):
        return None, "more than half is left at the strongest level"
    at = int(below[0])
    before, after = places[at - 1], places[at]
    if np.isnan(before):
        return None, "less than half is left at the weakest level"
    return before + (after - before) * float((shares[at - 1] - 0.5) / (shares[at - 1] - shares[at])), ""
