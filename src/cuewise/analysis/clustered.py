"""Means, differences, slopes and correlations with 95 % intervals that hold where rows come in clusters.

Answers to one sample, and samples cut from one video, are not independent; clusters are. Every statistic here is
written as its value plus the mean of one influence per row, so that its variance is that of the clusters' sums,
C / (C - 1) x sum over clusters of (sum of u_i / n)^2 over C clusters (the sandwich or linearisation estimator: Binder,
International Statistical Review 51, 1983; Liang and Zeger, Biometrika 73, 1986). It costs one pass over the rows, where
a bootstrap costs a thousand. Intervals take Student's t with C - 1 degrees of freedom.

All functions return None where there is too little to tell, never NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import atanh, sqrt, tanh

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, stdtr, stdtrit

from cuewise.analysis.paired import holm
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.intervals import wilson

Mask = npt.NDArray[np.bool_]

_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Estimated:
    """A statistic in its own unit, with how sure it is."""

    value: float
    low: float | None
    """End of the 95 % interval, as the next; None where one cluster alone tells nothing of the spread."""
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


def cluster_sums(values: Floats, clusters: Integers) -> Floats:
    """Sums of values by cluster, (n_clusters,) or (n_clusters, k).

    Args:
        values: (n,) or (n, k).
        clusters: (n,) numbers from 0.
    """
    size = int(clusters.max()) + 1 if len(clusters) else 0
    if values.ndim == 1:
        sums: Floats = np.bincount(clusters, weights=values, minlength=size).astype(np.float64)
        return sums
    width = values.shape[1]
    flat = (clusters[:, None] * width + np.arange(width)).ravel()
    table: Floats = np.bincount(flat, weights=values.ravel(), minlength=size * width).astype(np.float64)
    return table.reshape(size, width)


def standard_errors(influence: Floats, clusters: Integers) -> tuple[Floats, int]:
    """Standard error of the mean of influences, per column, and the number of clusters; NaN of one cluster.

    Args:
        influence: (n,) or (n, k).
        clusters: (n,) numbers from 0; those that do not occur do not count.
    """
    present = int(np.count_nonzero(np.bincount(clusters)))
    if present < 2:
        return np.full(influence.shape[1:], np.nan), present
    sums = cluster_sums(influence, clusters) / len(influence)
    return np.sqrt(present / (present - 1) * np.square(sums).sum(axis=0)), present


@lru_cache(maxsize=4096)
def _quantile(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t."""
    return float(stdtrit(freedom, 0.975))


def _p_value(ratio: float, freedom: int) -> float:
    return float(2 * stdtr(freedom, -abs(ratio)))


def estimated(value: float, error: float, clusters: int, count: int) -> Estimated:
    """Value, interval by Student's t, and p-value; neither for an error of NaN, or of 0, where nothing varies and so
    nothing tells by how much it might."""
    if np.isnan(error) or error < _NOTHING:
        return Estimated(value, None, None, count)
    half = _quantile(clusters - 1) * error
    return Estimated(value, value - half, value + half, count, _p_value(value / error, clusters - 1))


def share(part: Mask | Floats, clusters: Integers) -> Estimated | None:
    """Mean of values in 0..1 with its interval, 0..1.

    Values of 0 and 1: Wilson's interval for the effective number of rows p (1 - p) / variance, at most as many as there
    are (Kish, Survey Sampling, 1965; Korn and Graubard, Survey Methodology 24, 1998); where values do not spread,
    each cluster counts once. Other values: mean +- t x error, cut at 0 and 1.

    Args:
        part: (n,).
        clusters: (n,).
    """
    values = np.asarray(part, dtype=np.float64)
    if not len(values):
        return None
    mean = float(values.mean())
    errors, present = standard_errors(values - mean, clusters)
    error = float(errors)
    binary = bool(np.all((values == 0) | (values == 1)))
    if not binary and error > 0:
        half = _quantile(present - 1) * error
        return Estimated(mean, max(0.0, mean - half), min(1.0, mean + half), len(values))
    spread = mean * (1 - mean)
    effective = min(spread / error**2, len(values)) if error > 0 and spread > 0 else present
    found = wilson(mean * effective, effective)
    return Estimated(mean, found.low / 100, found.high / 100, len(values))


def effective_number(part: Mask, clusters: Integers) -> float:
    """How many independent rows would tell as much of a share as these do, at most as many as there are."""
    mean = float(part.mean())
    errors, present = standard_errors(part.astype(np.float64) - mean, clusters)
    error = float(errors)
    return min(mean * (1 - mean) / error**2, len(part)) if error > 0 else present


def upper_tail(successes: float, count: float, probability: float) -> float:
    """P(X >= successes) of a binomial, where numbers may be effective ones and so fractions: the regularised
    incomplete beta function I_p(x, n - x + 1).

    >>> round(upper_tail(2, 3, 0.5), 6), upper_tail(0, 3, 0.5)
    (0.5, 1.0)
    """
    if successes <= 0:
        return 1.0
    return float(betainc(successes, count - successes + 1, min(1.0, probability)))


def difference(
    values: Floats, group: Mask, clusters: Integers, strata: Integers | None = None
) -> Estimated | None:
    """Mean of the rows in a group minus that of the other rows.

    With strata the coefficient of the group in a regression on group and strata: differences are taken within strata,
    weighted by n1 n0 / n, so that a group does not look worse for lying in a hard task. Strata that lie wholly in the
    group, or wholly outside it, tell nothing and are left out.

    The error is the sandwich's, but no less than the one of groups that spread alike within a stratum, times the
    clusters' design effect: a small group in which all are wrong does not spread at all, and is no surer for it. Where
    nothing spreads at all, as where a group is all wrong and the rest all right, the spread of a stratum is taken to be
    (m + 1) / (m + 2)^2, m being the smaller number of rows in or outside the group: that of m alike and one more of
    each kind (Agresti and Caffo, American Statistician 54, 2000), each cluster counting as one row.

    Args:
        values: 0..1, (n,).
        group, clusters: (n,).
        strata: (n,) numbers from 0; None for one.
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
    scores = x * (y - b * x)
    errors, present = standard_errors(scores * (len(x) / total), clusters)
    alone = dot(scores, scores) / total**2
    design = max(1.0, float(errors) ** 2 / alone) if alone > 0 and present > 1 else 1.0
    sizes = np.bincount(strata)
    spread = np.bincount(strata, weights=(y - b * x) ** 2) / np.maximum(sizes - 2, 1)
    if spread.max() < _NOTHING:
        fewer = np.minimum(np.bincount(strata, weights=group), np.bincount(strata, weights=~group))
        spread, design = (fewer + 1) / (fewer + 2) ** 2, len(x) / present
    alike = design * float(spread @ np.bincount(strata, weights=squares)) / total**2
    found = estimated(b, max(float(errors), sqrt(alike)) if present > 1 else np.nan, present, len(x))
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(-1.0, found.low), high=min(1.0, found.high))


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
    """Slope of centred y on centred x: b = sum xy / sum x^2, u_i = n x_i (y_i - b x_i) / sum x^2."""
    total = dot(x, x)
    if total <= 1e-12 * len(x):
        return None
    b = dot(x, y) / total
    errors, present = standard_errors(x * (y - b * x) * (len(x) / total), clusters)
    return estimated(b, float(errors), present, len(x))


def pearson(x: Floats, y: Floats, clusters: Integers) -> Estimated | None:
    """Product-moment correlation, which is the point-biserial one where x is 0 or 1.

    u_i = a_i b_i - r (a_i^2 + b_i^2) / 2 for standardised a and b; the interval is taken on Fisher's z = artanh r.

    Args:
        x, y, clusters: (n,).
    """
    a, b = _standardised(x), _standardised(y)
    if a is None or b is None:
        return None
    r = dot(a, b) / len(a)
    return _correlation(r, a * b - r * (a * a + b * b) / 2, clusters)


def _standardised(values: Floats) -> Floats | None:
    if len(values) < 3:
        return None
    spread = float(values.std())
    return None if spread <= 1e-12 else (values - values.mean()) / spread


def _correlation(r: float, influence: Floats, clusters: Integers) -> Estimated:
    """Interval and p-value of a correlation on Fisher's scale."""
    errors, present = standard_errors(influence, clusters)
    error = float(errors)
    r = min(1.0, max(-1.0, r))
    if np.isnan(error) or present < 4:
        return Estimated(r, None, None, len(influence))
    if 1 - abs(r) < 1e-9 or error <= 0:
        return Estimated(r, r, r, len(influence))
    z, error = atanh(r), error / (1 - r * r)
    half = _quantile(present - 1) * error
    return Estimated(r, tanh(z - half), tanh(z + half), len(influence), _p_value(z / error, present - 1))


@dataclass(frozen=True)
class Ranked:
    """A column's ranks, made once for all correlations with it."""

    groups: Integers
    """(n,) which of its different values, in rising order, a row has."""
    ranks: Floats
    """(n,) mean ranks as shares of n, minus 1/2: their mean is 0."""

    def below(self, values: Floats) -> Floats:
        """For each row, the mean over all rows of `values` where they stand above it, those level with it by half."""
        sums = np.bincount(self.groups, weights=values)
        above = sums[::-1].cumsum()[::-1] - sums / 2
        found: Floats = above[self.groups] / len(values)
        return found


def ranked(values: Floats) -> Ranked:
    """The ranks of a column, (n,); equal values share their mean rank."""
    _, groups, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = (counts.cumsum() - counts / 2) / max(len(values), 1) - 0.5
    return Ranked(groups, middle[groups])


def spearman(x: Ranked, y: Ranked, clusters: Integers) -> Estimated | None:
    """Spearman's rank correlation, the Pearson correlation of mean ranks.

    With a = F(x) - 1/2 and b = G(y) - 1/2, c = mean ab, v = mean a^2, w = mean b^2, rho = c / sqrt(v w). Ranks are
    estimated too, so the influence of a row on c is a_i b_i + mean_j s(x_i, x_j) b_j + mean_j s(y_i, y_j) a_j - 3c with
    s = 1 where the second is larger, 1/2 where they are equal (Hoeffding's projection of the U-statistic, Annals of
    Mathematical Statistics 19, 1948), and alike on v and w.

    Args:
        x, y, clusters: (n,).
    """
    a, b = x.ranks, y.ranks
    if len(a) < 3:
        return None
    c, v, w = float((a * b).mean()), float((a * a).mean()), float((b * b).mean())
    if v <= 1e-12 or w <= 1e-12:
        return None
    rho = c / sqrt(v * w)
    on_c = a * b + x.below(b) + y.below(a) - 3 * c
    on_v = a * a + 2 * x.below(a) - 3 * v
    on_w = b * b + 2 * y.below(b) - 3 * w
    return _correlation(rho, on_c / sqrt(v * w) - rho / 2 * (on_v / v + on_w / w), clusters)


def weighted_spearman(x: Floats, y: Floats, weights: Floats) -> float | None:
    """Spearman's rank correlation of a distribution given by its points and their weights, (n,) each."""
    a, b = _weighted_ranks(x, weights), _weighted_ranks(y, weights)
    v, w = float(weights @ (a * a)), float(weights @ (b * b))
    return float(weights @ (a * b)) / sqrt(v * w) if v > 1e-12 and w > 1e-12 else None


def _weighted_ranks(values: Floats, weights: Floats) -> Floats:
    _, groups = np.unique(values, return_inverse=True)
    sums = np.bincount(groups, weights=weights)
    ranks: Floats = ((sums.cumsum() - sums / 2) / sums.sum() - 0.5)[groups]
    return ranks
