"""Whether two runs over the same samples really differ: paired tests, intervals of the difference, many at a time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final, Literal

import numpy as np
from scipy.special import bdtr, stdtrit

from cuewise.analysis.groups import group_sums, means_over, numbered
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.uncertainty import Resampler, percentile_interval
from cuewise.scores.clusters import too_few
from cuewise.scores.intervals import NO_VARIANCE, Z_95, Interval

FLIPS: Final = 9_999
"""Random sign flips, where not all can be tried."""
_ALL_FLIPS_UP_TO: Final = 13  # groups with a difference: 2^13 flips are fewer
_FLIPS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class PairedResult:
    """How the points of run b differ from those of run a on the same samples."""

    difference: float
    """Mean of b - a, percentage points."""
    interval: Interval | None
    """95 % interval of the difference, percentage points in -100..100; None for too few groups."""
    p_value: float
    """Of the hypothesis that there is no difference, two-sided."""
    test: str
    """`mcnemar-exact` or `sign-flip`."""
    count: int
    """Samples that both runs have a value for."""
    clusters: int
    """Groups that these are in; `count` where each sample is its own."""
    better: int
    """Samples where b has more points than a."""
    worse: int
    """Samples where b has fewer."""
    p_adjusted: float | None = None
    """The same by Holm's procedure, where several are tested together."""
    bootstrap: Interval | None = None
    """The interval by resampling, in which both runs have the same samples drawn (`percentile_interval`: a difference
    is hardly skewed, and estimating how much does harm); None where no resampler was given, as `interval`, and where
    groups do not differ, so that nothing varies in the draws."""


def compare_points(
    a: Floats,
    b: Floats,
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    resampler: Resampler | None = None,
    places: Integers | None = None,
) -> PairedResult | None:
    """Compare two runs' points on the same samples.

    McNemar's exact test where all points are 0 or 1 and no samples belong together (Psychometrika 12, 1947), else the
    permutation test that flips the signs of whole groups' differences (`sign_flip`).

    Args:
        a: points of the first run, 0..1, (n,); NaN where it has none, which leaves the sample out.
        b: points of the second, of the same samples in the same order.
        clusters: the group of each sample; None if each is its own.
        seed: of random flips.
        resampler: over the same samples, or over all of which `places` are these, for the paired bootstrap.
        places: of these samples among the resampler's.

    Returns:
        None where no sample has both.

    Raises:
        ValueError: they are not of the same number of samples.
    """
    if a.shape != b.shape:
        raise ValueError(f"points of {len(a)} and of {len(b)} samples cannot be paired")
    known = ~(np.isnan(a) | np.isnan(b))
    first, second = a[known], b[known]
    if not len(first):
        return None
    groups = (
        np.arange(len(first))
        if clusters is None
        else numbered([c for c, k in zip(clusters, known, strict=True) if k])
    )
    n_groups = int(groups.max()) + 1
    alone = n_groups == len(first)
    differences = second - first
    better, worse = int((differences > 0).sum()), int((differences < 0).sum())
    binary = alone and bool(np.isin(np.concatenate((first, second)), (0.0, 1.0)).all())
    if binary:
        test, p_value = "mcnemar-exact", mcnemar(better, worse)
    else:
        sums = group_sums(differences[:, None], groups, n_groups)
        test, p_value = "sign-flip", float(sign_flip(sums, seed=seed)[0])
    result = PairedResult(
        difference=100 * float(differences.mean()),
        interval=difference_interval(differences, groups, binary=binary),
        p_value=p_value,
        test=test,
        count=len(first),
        clusters=n_groups,
        better=better,
        worse=worse,
    )
    if resampler is None:
        return result
    means = means_over(differences[:, None], groups)
    if too_few(n_groups, float(means.freedom[0]), "group") or not means.variance[0]:
        return result
    drawn = resampler.means(b - a, places)[:, 0]
    return replace(result, bootstrap=percentile_interval(drawn, float(means.freedom[0])))


def mcnemar(better: int, worse: int) -> float:
    """McNemar's exact test, two-sided: of the samples that only one run has right, is it one run as often as the other?

    p = min(1, 2 P(X <= min(better, worse))), X binomial with better + worse trials of chance 1/2. As X is a whole
    number, a true hypothesis is rejected at 5 % in at most 5 % of cases, and in fewer of them the fewer such samples
    there are.

    >>> mcnemar(8, 1)
    0.0390625
    """
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))


def sign_flip(sums: Floats, *, seed: int = 0) -> Floats:
    """Permutation test of paired differences, two-sided: if there is none, each group's could as well be the other way.

    The statistic is the absolute sum; the reference all ways of flipping the groups' signs where these are few, else
    `FLIPS` random ones, when p = (b + 1) / (m + 1), b of the m random flips being at least as large, as the observed
    one counts too (Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).

    Args:
        sums: sum of the differences in each group, (g, k) for k comparisons.
        seed: of the random flips, which all comparisons share.

    Returns:
        P-values, (k,).
    """
    observed = np.abs(sums.sum(axis=0))
    # What rounding, of sums in single precision too, makes smaller than the observed one counts as equal to it.
    limit = observed - 1e-6 * np.abs(sums).sum(axis=0)
    p_values = np.ones(sums.shape[1])
    moved = np.count_nonzero(sums, axis=0)
    for column in np.flatnonzero(moved <= _ALL_FLIPS_UP_TO):
        some = sums[sums[:, column] != 0, column]
        every = (np.arange(2 ** len(some))[:, None] >> np.arange(len(some))) & 1
        p_values[column] = (np.abs((1 - 2 * every) @ some) >= limit[column]).mean()
    many = np.flatnonzero(moved > _ALL_FLIPS_UP_TO)
    if len(many):
        p_values[many] = (_count_larger(sums[:, many], limit[many], seed) + 1) / (FLIPS + 1)
    return p_values


def _count_larger(sums: Floats, limit: Floats, seed: int) -> Integers:
    """How many of `FLIPS` random flips give an absolute sum of at least the limit, (k,)."""
    dice = np.random.default_rng(seed)
    columns, found = sums.astype(np.float32), np.zeros(len(limit), dtype=np.int64)
    for start in range(0, FLIPS, _FLIPS_AT_ONCE):
        rows = min(_FLIPS_AT_ONCE, FLIPS - start)
        bits = dice.integers(0, 256, (rows, -(-len(sums) // 8)), dtype=np.uint8)
        signs = 1 - 2 * np.unpackbits(bits, axis=1, count=len(sums)).astype(np.float32)
        found += (np.abs(signs @ columns) >= limit).sum(axis=0)
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted so that the chance of any false rejection among them stays at the level, in the given order.

    The i-th smallest of m becomes max over j <= i of min(1, (m - j + 1) p_j) (Holm, Scandinavian Journal of Statistics
    6, 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def difference_interval(differences: Floats, groups: Integers, *, binary: bool) -> Interval | None:
    """The 95 % interval of a mean difference: Student's from the groups' variance (`Means`), or of independent samples
    of 0 and 1 `adjusted_wald`. That too where all groups differ by the same amount, mostly by none, each group being
    one sample then: 100 videos without a difference do not show that there is none.

    Args:
        differences: of the points of each sample, -1..1, (n,).
        groups: of each sample, numbered from 0, (n,).
        binary: whether points are 0 or 1 and each sample its own group.

    Returns:
        Percentage points; None for too few groups.
    """
    means = means_over(differences[:, None], groups)
    if too_few(int(means.groups[0]), float(means.freedom[0]), "group"):
        return None
    if binary:
        return adjusted_wald(differences)
    if means.variance[0] < NO_VARIANCE:
        return adjusted_wald(np.full(int(means.groups[0]), float(means.mean[0])))
    half = float(stdtrit(means.freedom[0], 0.975)) * sqrt(means.variance[0])
    return _cut(float(means.mean[0]), half, "t")


def adjusted_wald(differences: Floats) -> Interval:
    """The 95 % interval of the mean of independent differences, percentage points: Wald's after a sample more for each
    of the two ways to differ, 1 and -1, so that it stays honest where few samples differ or none (Bonett and Price,
    Journal of Educational and Behavioral Statistics 37, 2012).

    >>> round(adjusted_wald(np.zeros(98)).high, 2)  # none of 98 differs: 196 x sqrt(0.02 / 100)
    2.77

    Args:
        differences: -1..1, (n,).
    """
    n = len(differences) + 2
    mean = float(differences.sum()) / n
    variance = (float((differences**2).sum()) + 2) / n - mean**2
    return _cut(mean, Z_95 * sqrt(variance / n), "adjusted-wald")


def _cut(centre: float, half: float, method: Literal["t", "adjusted-wald"]) -> Interval:
    return Interval(100 * max(-1.0, centre - half), 100 * min(1.0, centre + half), method)
