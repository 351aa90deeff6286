"""Means, differences and slopes with 95 % intervals that hold where rows come in clusters.

Answers to one sample, and samples cut from one video, are not independent; clusters are. Every statistic here is
a mean or a least-squares coefficient, and its variance the clusters' sandwich (Liang and Zeger, Biometrika 73, 1986),
with the correction and the degrees of freedom for few and unequal clusters that `groups` has for means. It costs one
pass over the rows, where a bootstrap costs a thousand.

No interval and no p-value is given where there is too little to tell, by the rules of `uncertainty`: fewer than
`MIN_GROUPS` clusters, or a few that hold most of the rows; of a difference also fewer than `MIN_SIDE` clusters on
one of its sides. Never NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, stdtr, stdtrit

from cuewise.analysis.groups import Means, group_sums, means_by_part, means_over
from cuewise.analysis.paired import adjusted_wald, holm
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.uncertainty import mean_interval
from cuewise.scores.clusters import MIN_GROUPS, WORKING_CORRELATION, satterthwaite, too_few
from cuewise.scores.intervals import NO_VARIANCE, effective_number

Mask = npt.NDArray[np.bool_]

MIN_SIDE: Final = 5
"""Of a difference, clusters that each side must have for an interval."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """A statistic in its own unit, with how sure it is."""

    value: float
    low: float | None
    """End of the 95 % interval, as the next; None where there are too few clusters to tell."""
    high: float | None
    count: int
    """Rows that it is over."""
    p_value: float | None = None
    """Two-sided, of the hypothesis that it is 0; only of differences, slopes and correlations."""

    def times(self, factor: float) -> Estimated:
        """The same in another unit, for a factor above 0."""
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Estimated(self.value * factor, low, high, self.count, self.p_value)

    @property
    def is_certain(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def signs(found: Sequence[Estimated | None]) -> list[int]:
    """Of several alike, such as one of each run: 1 or -1 where it surely differs from 0 after Holm's correction over
    all of them, else 0."""
    tested = [place for place, one in enumerate(found) if one is not None and one.p_value is not None]
    p_values = holm([one.p_value for one in found if one is not None and one.p_value is not None])
    certain = {place for place, p_value in zip(tested, p_values, strict=True) if p_value < 0.05}
    return [
        0 if one is None or place not in certain else 1 if one.value > 0 else -1
        for place, one in enumerate(found)
    ]


@lru_cache(maxsize=4096)
def quantile(freedom: float) -> float:
    """Two-sided 95 % quantile of Student's t."""
    return float(stdtrit(freedom, 0.975))


def p_value(ratio: float, freedom: float) -> float:
    """Two-sided, by Student's t."""
    return float(2 * stdtr(freedom, -abs(ratio)))


def by_signs(value: float, clusters: int) -> float:
    """The p-value where nothing varies between clusters: that of flipping their signs, 2 / 2^clusters, or 1 of 0."""
    return 2.0 ** (1 - clusters) if abs(value) > 1e-12 else 1.0


def estimated(value: float, variance: float, clusters: int, freedom: float, count: int) -> Estimated:
    """Value, interval by Student's t, and p-value; the latter two None for too few clusters, and for a variance of 0,
    where nothing varies and so nothing tells by how much it might.

    Args:
        clusters: those that tell something.
        freedom: degrees of freedom of the variance.
    """
    if too_few(clusters, freedom, "") or not np.isfinite(freedom) or variance <= NO_VARIANCE:
        return Estimated(value, None, None, count)
    error = sqrt(variance)
    half = quantile(freedom) * error
    return Estimated(value, value - half, value + half, count, p_value(value / error, freedom))


def share(part: Mask | Floats, clusters: Integers) -> Estimated | None:
    """Mean of values in 0..1 with the interval of `uncertainty.means_with_intervals`, 0..1; None of no row.

    Args:
        part: (n,).
        clusters: (n,) numbers from 0.
    """
    return shares(np.asarray(part, dtype=np.float64)[:, None], clusters)[0]


def shares(columns: Floats, clusters: Integers) -> list[Estimated | None]:
    """The same of columns of values, (n, k), NaN being left out; None of a column without a value."""
    if not len(columns):
        return [None] * columns.shape[1]
    binary = ((columns == 0) | (columns == 1) | np.isnan(columns)).all(axis=0)
    return _shares(means_over(columns, _renumbered(clusters)), binary)


def shares_of_parts(columns: Floats, parts: Mask, clusters: Integers) -> list[list[Estimated | None]]:
    """`shares` of each of many parts, in one go, (n_parts, k).

    Args:
        columns: (n, k), without NaN.
        parts: (n_parts, n) which rows are of it.
        clusters: (n,) numbers from 0.
    """
    n_parts, k = len(parts), columns.shape[1]
    part, row = parts.nonzero()
    values = columns[row]
    means = means_by_part(values, part, _renumbered(clusters[row]), n_parts)
    between = group_sums(((values != 0) & (values != 1)).astype(np.float64), part, n_parts)
    found = _shares(means, (between == 0).ravel())
    return [found[at : at + k] for at in range(0, n_parts * k, k)]


def _shares(means: Means, binary: Mask) -> list[Estimated | None]:
    """
    Args:
        binary: which of the means are of values that are all 0 or 1, (k,).
    """
    alone = means.groups == means.count
    found: list[Estimated | None] = []
    for k, count in enumerate(means.count.tolist()):
        if not count:
            found.append(None)
            continue
        interval = mean_interval(means, k, independent=bool(alone[k] and binary[k]))
        low, high = (None, None) if interval is None else (interval.low / 100, interval.high / 100)
        found.append(Estimated(float(means.mean[k]), low, high, count))
    return found


def _renumbered(clusters: Integers) -> Integers:
    """Numbers from 0 without gaps, so that a few rows cost little."""
    present = np.bincount(clusters) > 0
    return clusters if present.all() else (present.cumsum() - 1)[clusters]


def sums_over(clusters: Integers, values: Floats, size: int = 0) -> Floats:
    """Sums of values, (n,), by cluster, (n_clusters,), of which there are `size` at least."""
    return np.bincount(clusters, weights=values, minlength=size).astype(np.float64, copy=False)


def effective_rows(inside: Mask, part: Integers, clusters: Integers, n_parts: int) -> list[float | None]:
    """Of each of many parts, how many independent rows would tell as much of a share as its rows do, at most as many as
    there are; None for too few clusters, unless each row is its own.

    Args:
        inside: (n,) what the share is of.
        part: (n,) which part a row is of, numbers from 0; each has a row.
        clusters: (n,) numbers from 0.
    """
    means = means_by_part(inside.astype(np.float64)[:, None], part, _renumbered(clusters), n_parts)
    found: list[float | None] = []
    for at, (count, groups, freedom) in enumerate(
        zip(means.count.tolist(), means.groups.tolist(), means.freedom.tolist(), strict=True)
    ):
        if groups == count:
            found.append(count)
        elif too_few(groups, freedom, ""):
            found.append(None)
        else:
            number = effective_number(float(means.mean[at]), float(means.variance[at]), groups, freedom)
            found.append(min(number, count))
    return found


def upper_tail(successes: float, count: float, probability: float) -> float:
    """P(X >= successes) of a binomial, where numbers may be effective ones and so fractions: the regularised
    incomplete beta function I_p(x, n - x + 1).

    >>> round(upper_tail(2, 3, 0.5), 6), upper_tail(0, 3, 0.5)
    (0.5, 1.0)
    """
    if successes <= 0:
        return 1.0
    return float(betainc(successes, count - successes + 1, min(1.0, probability)))


def mean_differences(values: Floats, clusters: Integers, *, alike: bool = False) -> list[Estimated]:
    """Means of columns of values in -1..1, such as differences within a row, and whether they are 0.

    Where no cluster differs from another, nothing tells how others might: the interval is `adjusted_wald` with each
    cluster as one sample, as of the difference of two runs.

    Args:
        values: (n, k), n above 0.
        clusters: (n,) numbers from 0.
        alike: whether columns are of one kind, such as a task's labels. A column's variance is then no less than with
            the design effect of all together, sum of their variances over sum of those of independent rows: by itself
            that of a rare label is told by the few clusters that have it, and is smallest where its mean is too low.
    """
    means = means_over(values, _renumbered(clusters))
    variances = means.variance
    if alike and len(values) > 1:
        alone = values.var(axis=0) / (len(values) - 1)
        design = variances.sum() / alone.sum() if alone.any() else 1.0
        variances = np.maximum(variances, design * alone)
    found = []
    for k in range(values.shape[1]):
        mean, variance, present = float(means.mean[k]), float(variances[k]), int(means.groups[k])
        freedom = float(means.freedom[k])
        if variance <= NO_VARIANCE and not too_few(present, freedom, ""):
            ends = adjusted_wald(np.full(present, mean))
            p = by_signs(mean, present)
            found.append(Estimated(mean, ends.low / 100, ends.high / 100, len(values), p))
        else:
            found.append(estimated(mean, variance, present, freedom, len(values)))
    return found


def difference(
    values: Floats, group: Mask, clusters: Integers, strata: Integers | None = None
) -> Estimated | None:
    """Mean of the rows in a group minus that of the other rows, of values in 0..1.

    With strata the coefficient of the group in a regression on group and strata: differences are taken within strata,
    weighted by n1 n0 / n, so that a group does not look worse for lying in a hard task. Strata that lie wholly in the
    group, or wholly outside it, tell nothing and are left out.

    The variance is the corrected sandwich's, a cluster's leverage on a side being its share of that side's weight; a
    cluster on both sides counts with the difference of its parts. It is no less than that of groups which spread
    alike within a stratum, times the clusters' design effect: a small group in which all are wrong does not spread at
    all, and is no surer for it. Where neither side spreads, each cluster counts as one sample, and each side gets one
    right and one wrong more (Agresti and Caffo, American Statistician 54, 2000): G of them that are all alike have the
    variance (G + 1) / (G + 2)^3.

    Args:
        values, group, clusters: (n,).
        strata: (n,) numbers from 0; None for one.

    Returns:
        None where no stratum has both; without interval and p-value for too few clusters, or fewer than `MIN_SIDE` on
        a side.
    """
    if strata is None:
        strata = np.zeros(len(values), dtype=np.int64)
    sizes = np.bincount(strata)
    inside = np.bincount(strata, weights=group)
    kept = ((inside > 0) & (inside < sizes))[strata]
    if not kept.any():
        return None
    if not kept.all():
        values, group, clusters, strata = values[kept], group[kept], clusters[kept], strata[kept]
    x, y = centred(group.astype(np.float64), strata), centred(values, strata)
    squares = x * x
    total = float(squares.sum())
    b = dot(x, y) / total
    residuals = y - b * x
    sides = _Sides.of(np.abs(x) / total, residuals, group, clusters)
    if min(sides.clusters) < MIN_SIDE:
        return Estimated(b, None, None, len(x))
    factors = np.array([-1.0, 1.0]) / np.sqrt(1 - sides.weight)
    freedom = _freedom(factors, sides.weight, sides.squares)
    variance = float(np.square((factors * sides.residual).sum(axis=1)).sum())
    scores = squares * residuals * residuals
    alone = float(scores.sum()) / total**2
    design = variance / alone if alone > NO_VARIANCE else 1.0
    if min(sides.clusters) < MIN_GROUPS:  # too few to tell that samples of a cluster differ more than others
        design = max(1.0, design)
    sizes = np.bincount(strata)
    spread = np.bincount(strata, weights=residuals**2) / np.maximum(sizes - 2, 1)
    alike = design * float(spread @ np.bincount(strata, weights=squares)) / total**2
    variance = max(variance, alike)
    if variance <= NO_VARIANCE:
        variance = sum((side + 1) / (side + 2) ** 3 for side in sides.clusters)
    found = estimated(b, variance, len(sides.weight), freedom, len(x))
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))


@dataclass(frozen=True)
class _Sides:
    """What each cluster has outside and inside a group, (G, 2) each."""

    weight: Floats
    """Sum of its rows' weights, of which those of a side add up to 1."""
    squares: Floats
    """Sum of their squares."""
    residual: Floats
    """Weighted sum of residuals."""

    @classmethod
    def of(cls, weights: Floats, residuals: Floats, group: Mask, clusters: Integers) -> _Sides:
        """All arguments (n,)."""
        cells = 2 * clusters + group
        size = 2 * (int(clusters.max()) + 1)
        sums = [
            sums_over(cells, column, size).reshape(-1, 2)
            for column in (weights, weights * weights, weights * residuals)
        ]
        present = sums[0].any(axis=1)
        return cls(*(table[present] for table in sums))

    @property
    def clusters(self) -> tuple[int, int]:
        """How many each side has."""
        outside, inside = np.count_nonzero(self.weight, axis=0).tolist()
        return outside, inside


def _freedom(factors: Floats, weight: Floats, squares: Floats) -> float:
    """Degrees of freedom of a difference's variance, tr(M)^2 / tr(M^2) as in `satterthwaite`.

    A cluster's score is z_g' y with z_g = sum over sides k of f_gk (a_gk - p_gk a_k), where a_k are the side's weights,
    a_gk those of the cluster, p_gk their sum. So M = Z' V Z is diagonal but for four columns: M = D + W K W' with
    D_g = sum_kl f_gk f_gl v_gkl, v_gkl = a_gk' V a_gl, W = (q, alpha), q_gl = sum_k f_gk v_gkl, alpha_gk = -f_gk p_gk,
    K = ((0, 1), (1, S)) and S = sum v_g.

    Args:
        factors: f, (G, 2).
        weight: p, (G, 2).
        squares: sums of squared weights, (G, 2).
    """
    v = WORKING_CORRELATION * weight[:, :, None] * weight[:, None, :]
    v[:, (0, 1), (0, 1)] += (1 - WORKING_CORRELATION) * squares
    q = (factors[:, :, None] * v).sum(axis=1)
    diagonal = (factors * q).sum(axis=1)
    w = np.hstack((q, -factors * weight))
    k = np.zeros((4, 4))
    k[:2, 2:] = k[2:, :2] = np.eye(2)
    k[2:, 2:] = v.sum(axis=0)
    inner = k @ np.einsum("gi,gj->ij", w, w)
    trace = diagonal.sum() + np.trace(inner)
    mixed = np.trace(k @ np.einsum("g,gi,gj->ij", diagonal, w, w))
    return float(trace**2 / (np.square(diagonal).sum() + 2 * mixed + np.trace(inner @ inner)))


def slope(x: Floats, y: Floats, clusters: Integers, strata: Integers | None = None) -> Estimated | None:
    """Least-squares slope of y on x, within strata; None where x does not vary.

    Args:
        x, y, clusters: (n,).
        strata: (n,) numbers from 0; None for one.
    """
    if strata is None:
        strata = np.zeros(len(x), dtype=np.int64)
    return coefficient(centred(x, strata), centred(y, strata), clusters) if len(x) > 1 else None


def dot(a: Floats, b: Floats) -> float:
    """Sum of products. Not BLAS's, which for long columns starts threads that cost more than they save."""
    return float((a * b).sum())


def centred(values: Floats, strata: Integers) -> Floats:
    """Values less the mean of their stratum, (n,)."""
    means = np.bincount(strata, weights=values) / np.maximum(np.bincount(strata), 1)
    apart: Floats = values - means[strata]
    return apart


def coefficient(x: Floats, y: Floats, clusters: Integers) -> Estimated | None:
    """Slope of centred y on centred x: b = sum xy / sum x^2, with scores x_i (y_i - b x_i)."""
    total = dot(x, x)
    if total <= 1e-12 * len(x):
        return None
    b = dot(x, y) / total
    squares, sums, scores = (sums_over(clusters, one) for one in (x * x, x, x * (y - b * x)))
    leverage = squares / total
    present = int(np.count_nonzero(leverage > 1e-12))
    if present < 2 or leverage.max() > 1 - 1e-9:
        return Estimated(b, None, None, len(x))
    freedom = float(satterthwaite(leverage, score_variance(squares, sums)))
    variance = float((scores**2 / (1 - leverage)).sum()) / total**2
    return estimated(b, variance, present, freedom, len(x))


def score_variance(squares: Floats, sums: Floats) -> Floats:
    """Of each cluster by the working model: x_g' V x_g = (1 - r) sum x^2 + r (sum x)^2."""
    found: Floats = (1 - WORKING_CORRELATION) * squares + WORKING_CORRELATION * sums**2
    return found
