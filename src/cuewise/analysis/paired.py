"""Whether two runs over the same samples really differ: paired tests, intervals of the difference, many at a time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import bdtr, stdtrit

from cuewise.analysis.groups import group_sums, means_over, numbered
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import MIN_GROUPS
from cuewise.scores.intervals import Z_95, Interval

FLIPS: Final = 9_999
"""Random sign flips, where not all can be tried."""
_ALL_FLIPS_UP_TO: Final = 13  # groups: 2^13 flips are fewer


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


def compare_points(
    a: Floats, b: Floats, clusters: Sequence[Hashable] | None = None, *, seed: int = 0
) -> PairedResult | None:
    """Compare two runs' points on the same samples.

    McNemar's exact test where all points are 0 or 1 and no samples belong together (Psychometrika 12, 1947), else the
    permutation test that flips the signs of whole groups' differences (`sign_flip`).

    Args:
        a: points of the first run, 0..1, (n,); NaN where it has none, which leaves the sample out.
        b: points of the second, of the same samples in the same order.
        clusters: the group of each sample; None if each is its own.

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
        sums = group_sums(differences[:, None], groups, n_groups)[:, 0]
        test, p_value = "sign-flip", sign_flip(sums, seed=seed)
    interval = _interval(differences, groups, binary)
    return PairedResult(
        100 * float(differences.mean()), interval, p_value, test, len(first), n_groups, better, worse
    )


def mcnemar(better: int, worse: int) -> float:
    """McNemar's exact test, two-sided: of the samples that only one run has right, is it one run as often as the other?

    p = min(1, 2 P(X <= min(better, worse))), X binomial with better + worse trials of chance 1/2. As X is a whole
    number, a true hypothesis is rejected at 5 % in at most 5 % of cases, and in fewer of them the fewer such samples
    there are.

    >>> mcnemar(8, 1)
    0.0390625
    """
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))


def sign_flip(sums: Floats, *, seed: int = 0) -> float:
    """Permutation test of paired differences, two-sided: if there is none, each group's could as well be the other way.

    The statistic is the absolute sum; the reference all ways of flipping the groups' signs, or `FLIPS` random ones,
    when p = (b + 1) / (m + 1), b of m random flips being at least as large, as the observed one counts too (Phipson
    and Smyth, Statistical Applications in Genetics and Molecular Biology 9, 2010).

    Args:
        sums: sum of the differences in each group, (g,).
    """
    moved = sums[sums != 0]
    observed = abs(moved.sum())
    tolerance = 1e-9 * max(float(np.abs(moved).sum()), 1e-300)
    if len(moved) <= _ALL_FLIPS_UP_TO:
        every = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float((np.abs((1 - 2 * every) @ moved) >= observed - tolerance).mean())
    dice = np.random.default_rng(seed)
    length = -(-len(moved) // 8)
    bits = np.unpackbits(dice.integers(0, 256, (FLIPS, length), dtype=np.uint8), axis=1, count=len(moved))
    flipped = moved.sum() - 2 * (bits.astype(np.float32) @ moved.astype(np.float32))
    tolerance = max(tolerance, 1e-5 * float(np.abs(moved).max()))  # sums in single precision
    return float((np.count_nonzero(np.abs(flipped) >= observed - tolerance) + 1) / (FLIPS + 1))


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


def with_holm(results: Sequence[PairedResult]) -> list[PairedResult]:
    """The same results with `p_adjusted` over all of them."""
    adjusted = holm([result.p_value for result in results])
    return [replace(result, p_adjusted=p) for result, p in zip(results, adjusted, strict=True)]


def _interval(differences: Floats, groups: np.ndarray, binary: bool) -> Interval | None:
    """Of the mean difference: Student's from the groups' variance, or of independent 0 and 1 Bonett and Price's
    (Journal of Educational and Behavioral Statistics 37, 2012), which adds one sample to each of the two ways to differ
    and stays honest where few samples or none differ."""
    n = len(differences)
    if binary:
        better, worse = (
            float((differences > 0).sum() + 1) / (n + 2),
            float((differences < 0).sum() + 1) / (n + 2),
        )
        centre, half = better - worse, Z_95 * np.sqrt((better + worse - (better - worse) ** 2) / (n + 2))
        return _cut(centre, half, "adjusted-wald")
    means = means_over(differences[:, None], groups)
    if int(means.groups[0]) < MIN_GROUPS:
        return None
    return _cut(
        float(means.mean[0]), float(stdtrit(means.freedom[0], 0.975) * np.sqrt(means.variance[0])), "t"
    )


def _cut(centre: float, half: float, method: str) -> Interval:
    return Interval(100 * max(-1.0, centre - half), 100 * min(1.0, centre + half), method)  # type: ignore[arg-type]
