"""Correlations over rows that come in clusters, with 95 % intervals; see `clustered` for what these are."""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np

from cuewise.analysis.clustered import (
    Estimated,
    by_signs,
    centred,
    dot,
    p_value,
    quantile,
    score_variance,
    sums_over,
)
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.clusters import satterthwaite, too_few
from cuewise.scores.intervals import NO_VARIANCE


def pearson(x: Floats, y: Floats, clusters: Integers) -> Estimated | None:
    """Product-moment correlation, which is the point-biserial one where x is 0 or 1.

    u_i = a_i b_i - r (a_i^2 + b_i^2) / 2 for standardised a and b (linearisation: Binder, International Statistical
    Review 51, 1983).

    Args:
        x, y, clusters: (n,).
    """
    a, b = _standardised(x), _standardised(y)
    if a is None or b is None:
        return None
    r = dot(a, b) / len(a)
    return _correlation(r, a * b - r * (a * a + b * b) / 2, a, b, clusters)


def plain_pearson(x: Floats, y: Floats) -> float | None:
    """The same without an interval; None where either does not vary, or there are fewer than three rows."""
    a, b = _standardised(x), _standardised(y)
    return None if a is None or b is None else min(1.0, max(-1.0, dot(a, b) / len(a)))


def _standardised(values: Floats) -> Floats | None:
    if len(values) < 3:
        return None
    spread = float(values.std())
    return None if spread <= 1e-12 else (values - values.mean()) / spread


def _correlation(r: float, influence: Floats, a: Floats, b: Floats, clusters: Integers) -> Estimated:
    """Interval and p-value of a correlation on Fisher's scale, z = artanh r.

    A cluster's leverage is the mean of its two as if either column were regressed on the other, and the degrees of
    freedom are the smaller of the two.

    Args:
        influence: of each row, (n,); their mean is 0.
        a, b: standardised columns.
    """
    n = len(a)
    r = min(1.0, max(-1.0, r))
    leverages, freedoms = [], []
    for column in (a, b):
        squares, sums = sums_over(clusters, column * column), sums_over(clusters, column)
        leverages.append(squares / squares.sum())
        freedoms.append(float(satterthwaite(leverages[-1], score_variance(squares, sums))))
    leverage, freedom = (leverages[0] + leverages[1]) / 2, min(freedoms)
    present = int(np.count_nonzero(leverage > 1e-12))
    if too_few(present, freedom, "") or not np.isfinite(freedom):
        return Estimated(r, None, None, n)
    scores = sums_over(clusters, influence) / n
    variance = float((scores**2 / (1 - leverage)).sum())
    if 1 - abs(r) < 1e-9:
        return Estimated(r, r, r, n, by_signs(r, present))
    if variance <= NO_VARIANCE:
        return Estimated(r, None, None, n)
    z, error = atanh(r), sqrt(variance) / (1 - r * r)
    half = quantile(freedom) * error
    return Estimated(r, tanh(z - half), tanh(z + half), n, p_value(z / error, freedom))


@dataclass(frozen=True)
class Ranked:
    """A column's ranks within strata, made once for all correlations with it."""

    groups: Integers
    """(n,) which of the different values, by stratum and in rising order, a row has."""
    ranks: Floats
    """(n,) mean ranks as shares of their stratum's rows, minus 1/2: their mean is 0 in each stratum."""
    strata: Integers
    """(n,) numbers from 0."""

    def below(self, values: Floats) -> Floats:
        """For each row, the mean over its stratum of `values` where they stand above it, those level counting half."""
        sums = np.bincount(self.groups, weights=values)
        reached = sums.cumsum() - sums / 2
        totals = np.bincount(self.strata, weights=values)
        # Up to a group stand all earlier strata and what is below it in its own.
        above = totals.cumsum()[self.strata] - reached[self.groups]
        found: Floats = above / np.bincount(self.strata)[self.strata]
        return found


def ranked(values: Floats, strata: Integers | None = None) -> Ranked:
    """The ranks of a column within strata, (n,) each; equal values share their mean rank.

    Args:
        strata: numbers from 0; None for one.
    """
    own = np.zeros(len(values), dtype=np.int64) if strata is None else strata
    groups, ranks = _ranks(values, np.ones(len(values)), own)
    return Ranked(groups, ranks, own)


def _ranks(values: Floats, weights: Floats, strata: Integers) -> tuple[Integers, Floats]:
    """Number of each row's value, by stratum and in rising order, and its mean rank within the stratum less 1/2."""
    different, codes = np.unique(values, return_inverse=True)
    cells = strata * len(different) + codes
    groups = (np.bincount(cells) > 0).cumsum()[cells] - 1
    counts = np.bincount(groups, weights=weights)
    sizes = np.bincount(strata, weights=weights)
    before = sizes.cumsum() - sizes
    middle = counts.cumsum() - counts / 2
    ranks: Floats = (middle[groups] - before[strata]) / sizes[strata] - 0.5
    return groups, ranks


def spearman(x: Ranked, y: Ranked, clusters: Integers) -> Estimated | None:
    """Spearman's rank correlation, the Pearson correlation of mean ranks, which are those within strata.

    With a = F(x) - 1/2 and b = G(y) - 1/2, c = mean ab, v = mean a^2, w = mean b^2, rho = c / sqrt(v w). Ranks are
    estimated too, so the influence of a row on c is a_i b_i + mean_j s(x_i, x_j) b_j + mean_j s(y_i, y_j) a_j - 3c with
    s = 1 where the second is larger, 1/2 where they are equal (Hoeffding's projection of the U-statistic, Annals of
    Mathematical Statistics 19, 1948), and alike on v and w; within strata, less its mean there in place of 3c.

    Args:
        x, y: of the same strata.
        clusters: (n,).
    """
    a, b = x.ranks, y.ranks
    if len(a) < 3:
        return None
    c, v, w = float((a * b).mean()), float((a * a).mean()), float((b * b).mean())
    if v <= 1e-12 or w <= 1e-12:
        return None
    rho = c / sqrt(v * w)
    on_c = a * b + x.below(b) + y.below(a)
    on_v = a * a + 2 * x.below(a)
    on_w = b * b + 2 * y.below(b)
    influence = on_c / sqrt(v * w) - rho / 2 * (on_v / v + on_w / w)
    return _correlation(rho, centred(influence, x.strata), a, b, clusters)


def weighted_spearman(x: Floats, y: Floats, weights: Floats, strata: Integers | None = None) -> float | None:
    """Spearman's rank correlation of a distribution given by its points and their weights, within strata, (n,) each."""
    own = np.zeros(len(x), dtype=np.int64) if strata is None else strata
    (_, a), (_, b) = _ranks(x, weights, own), _ranks(y, weights, own)
    v, w = dot(weights, a * a), dot(weights, b * b)
    whole = float(weights.sum())
    return dot(weights, a * b) / sqrt(v * w) if min(v, w) > 1e-12 * whole else None
