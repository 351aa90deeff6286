"""How sure a score is: intervals by formula and by resampling.

Samples of one clip, video or speaker are not independent, so both kinds take whole groups together: see `units` for
the groups and `docs/statistics.md` for which interval answers what. Every interval is a 95 % interval in percent.
None is given for fewer than `MIN_GROUPS` groups, nor where a few hold most of the samples.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtrit

from cuewise.analysis.groups import Means, group_sums, means_over, numbered
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.clusters import too_few
from cuewise.scores.intervals import NO_VARIANCE, Interval, wilson, wilson_of_groups

Weights = npt.NDArray[np.float32]

_SAME: Final = 1e-6  # resamples are summed in single precision


class Resampler:
    """Draws whole groups of samples, with replacement, as many as there are; all scores share the same draws, so that
    differences between them are paired.

    Args:
        clusters: the group of each sample, (n,); each sample its own where these are all different.
        n_resamples: how often.
        seed: the same seed gives the same draws for the same groups.
    """

    def __init__(self, clusters: Sequence[Hashable], *, n_resamples: int = 1000, seed: int = 0) -> None:
        self.groups: Integers = numbered(clusters)
        self.n_groups = int(self.groups.max()) + 1 if len(self.groups) else 0
        self.n_resamples = n_resamples
        self._seed = seed

    @cached_property
    def drawn(self) -> Weights:
        """How often each resample holds each group, (n_resamples, n_groups)."""
        dice = np.random.default_rng(self._seed)
        drawn = dice.integers(
            0, max(self.n_groups, 1), size=(self.n_resamples, self.n_groups), dtype=np.int32
        )
        times = np.empty(drawn.shape, dtype=np.float32)
        for row, groups in zip(times, drawn, strict=True):
            row[:] = np.bincount(groups, minlength=self.n_groups)
        return times

    def weights(self, places: Integers | None = None) -> Weights:
        """How often each resample holds each sample, (n_resamples, n).

        Args:
            places: of samples wanted; None for all.
        """
        return self.drawn[:, self.groups if places is None else self.groups[places]]

    def means(self, values: Floats, places: Integers | None = None) -> Floats:
        """Weighted means of the values in each resample, (n_resamples, k); NaN values are left out.

        Args:
            values: (n,) or (n, k).
            places: of samples that the mean is over, such as those of a task; values are then theirs alone. None: all.

        Returns:
            NaN for a resample that holds no sample with a value.
        """
        columns = np.atleast_2d(values.T).T
        groups = self.groups if places is None else self.groups[places]
        known = ~np.isnan(columns)
        sums, whole = (
            self.drawn @ group_sums(one.astype(np.float64), groups, self.n_groups).astype(np.float32)
            for one in (np.where(known, columns, 0.0), known[:, :1] if known.all() else known)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return (sums / whole).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A figure in percent with its intervals."""

    percent: float
    count: int
    """Samples that it is over."""
    clusters: int
    """Groups that these are in."""
    unit: str
    """What a group is: `sample`, `clip`, `video`, `speaker`."""
    analytic: Interval | None
    """By formula; None where `reason` says why."""
    bootstrap: Interval | None
    """By resampling; None where `reason` says why, where no resampler was given, and where values do not differ."""
    reason: str = ""
    """Why there is no interval; empty where there is one."""

    @property
    def interval(self) -> Interval | None:
        """The one to print: by formula where there is one."""
        return self.analytic or self.bootstrap


def means_with_intervals(
    values: Floats,
    clusters: Sequence[Hashable] | None = None,
    unit: str = "sample",
    resampler: Resampler | None = None,
    places: Integers | None = None,
) -> list[Uncertain | None]:
    """Means of columns of values in 0..1, each with its intervals; NaN values are left out.

    By formula: `wilson_of_groups`, with variance and degrees of freedom of `Means`; for independent samples of 0 and 1
    Wilson's own. By resampling: `bca_interval`.

    Args:
        values: (n, k).
        clusters: the group of each sample; None if each is its own.
        unit: what a group is, for print.
        resampler: over the same samples, or over all of which `places` are these. How many of a task's groups a
            resample of all holds then varies, which makes intervals up to a tenth wider for a task of few groups.
        places: of these samples among the resampler's.

    Returns:
        One per column; None for a column without values.
    """
    means = means_over(values, None if clusters is None else numbered(clusters))
    drawn = None if resampler is None else resampler.means(values, places)
    return [
        None
        if not means.count[k]
        else _uncertain(
            means,
            k,
            unit,
            independent=means.groups[k] == means.count[k] and _binary(values[:, k]),
            drawn=None if drawn is None else drawn[:, k],
        )
        for k in range(values.shape[1])
    ]


def mean_with_intervals(
    values: Floats,
    clusters: Sequence[Hashable] | None = None,
    unit: str = "sample",
    resampler: Resampler | None = None,
    places: Integers | None = None,
) -> Uncertain | None:
    """`means_with_intervals` of one column, (n,)."""
    return means_with_intervals(values[:, None], clusters, unit, resampler, places)[0]


def _binary(values: Floats) -> bool:
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def _uncertain(means: Means, k: int, unit: str, *, independent: bool, drawn: Floats | None) -> Uncertain:
    """A column's mean with its intervals.

    Args:
        independent: whether its values are 0 or 1 and each sample its own group.
        drawn: the mean in each resample.
    """
    mean, count, groups = float(means.mean[k]), int(means.count[k]), int(means.groups[k])
    freedom = float(means.freedom[k])
    reason = too_few(groups, freedom, unit)
    analytic = mean_interval(means, k, independent=independent)
    if analytic is None:
        return Uncertain(100 * mean, count, groups, unit, None, None, reason)
    bootstrap = None
    if drawn is not None and means.variance[k] > NO_VARIANCE and not reason:
        bootstrap = bca_interval(drawn, mean, float(means.acceleration[k]), freedom)
    return Uncertain(100 * mean, count, groups, unit, analytic, bootstrap)


def mean_interval(means: Means, k: int, *, independent: bool) -> Interval | None:
    """The interval of a column's mean by formula, as `means_with_intervals` has it, percent; None for too few groups.

    Args:
        independent: whether its values are 0 or 1 and each sample its own group.
    """
    mean, groups, freedom = float(means.mean[k]), int(means.groups[k]), float(means.freedom[k])
    if independent:
        return wilson(round(mean * int(means.count[k])), int(means.count[k]))
    if too_few(groups, freedom, ""):
        return None
    return wilson_of_groups(mean, float(means.variance[k]), groups, freedom)


def percentile_interval(drawn: Floats, freedom: float) -> Interval | None:
    """The 95 % interval of a statistic from the percentiles of its values in resamples, widened for few groups.

    The levels are Phi(-+ z). In place of 1.96, z = t sqrt((f + 1) / f), t being Student's quantile for f degrees of
    freedom: resamples of few groups vary too little, and their quantiles are the normal distribution's (Hesterberg,
    American Statistician 69, 2015, with f = G - 1).

    Args:
        drawn: the statistic in each resample, -1..1; NaN where it is undefined there.
        freedom: degrees of freedom of its variance.

    Returns:
        Percent; None if it is undefined in more than one resample of twenty.
    """
    z = _wide(freedom)
    return _between(drawn, (float(ndtr(-z)), float(ndtr(z))))


def bca_interval(drawn: Floats, whole: float, skew: float, freedom: float) -> Interval | None:
    """`percentile_interval` corrected for bias and for a variance that changes with the statistic, as a share's does.

    The levels are Phi(z_0 + (z_0 -+ z) / (1 - a (z_0 -+ z))), Phi(z_0) the share of resamples below the statistic
    itself, those equal to it counting half, and a its acceleration (BCa; Efron, JASA 82, 1987), z as in
    `percentile_interval`.

    Args:
        drawn: the statistic in each resample, -1..1; NaN where it is undefined there.
        whole: the statistic.
        skew: its acceleration.
        freedom: degrees of freedom of its variance.
    """
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return None
    same = np.abs(known - whole) < _SAME
    below = (np.count_nonzero((known < whole) & ~same) + np.count_nonzero(same) / 2) / len(known)
    bias = float(ndtri(min(max(below, 0.5 / len(known)), 1 - 0.5 / len(known))))
    z = _wide(freedom)
    low, high = (float(ndtr(bias + x / max(1 - skew * x, _SAME))) for x in (bias - z, bias + z))
    return _between(drawn, (low, high))


def _between(drawn: Floats, levels: tuple[float, float]) -> Interval | None:
    """Between two quantiles of the values that are defined, percent."""
    known = drawn[~np.isnan(drawn)]
    if not len(known) or len(known) < 0.95 * len(drawn):
        return None
    low, high = np.quantile(known, levels)
    return Interval(100 * float(low), 100 * float(high), "bootstrap")


def _wide(freedom: float) -> float:
    """What stands in for 1.96 in resamples."""
    return float(stdtrit(freedom, 0.975)) * sqrt((freedom + 1) / freedom)
