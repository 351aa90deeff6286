"""Two raters' numbers of the same units, such as a judge's scores and the mean of people's: correlations, Bland-Altman.

Correlations have the intervals of `analysis.correlations`, by formula on Fisher's scale and by cluster; whether scores
rise together, not whether they are the same. For that see `icc` and the limits of agreement. In correlations all units
count alike, in the limits by their weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from cuewise.agreement.coefficient import (
    RESAMPLES,
    Coefficient,
    coefficient,
    resampled,
    too_few_clusters,
)
from cuewise.agreement.matrix import Ratings
from cuewise.analysis import correlations
from cuewise.analysis.clustered import Estimated, quantile
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.intervals import Z_95

NOT_COMMON: Final = "the two raters rated no unit in common"
_ALIKE: Final = "all units count alike, whatever their weights"
_NOTHING: Final = 1e-9  # of a sum of weights
_SINGLE: Final = "of a single unit or cluster no spread can be told"

Correlation = Callable[[Floats, Floats, Integers], Estimated | None]


def pearson(ratings: Ratings) -> Coefficient:
    """Pearson's correlation of two raters' numbers over the units that both rated, -1..1.

    Raises:
        InputError: the ratings are categories.
        ValueError: there are not two raters, as in all of this module; take two by `Ratings.of_raters`.
    """
    return _correlation("Pearson's correlation", ratings, correlations.pearson)


def spearman(ratings: Ratings) -> Coefficient:
    """Spearman's rank correlation of the same, -1..1; equal values share their mean rank.

    Raises:
        InputError, ValueError: as `pearson`.
    """

    def of_ranks(x: Floats, y: Floats, clusters: Integers) -> Estimated | None:
        return correlations.spearman(correlations.ranked(x), correlations.ranked(y), clusters)

    return _correlation("Spearman's correlation", ratings, of_ranks)


def _correlation(name: str, ratings: Ratings, correlation: Correlation) -> Coefficient:
    paired, x, y = _columns(ratings)
    if paired is None:
        return coefficient(name, None, why=NOT_COMMON)
    note = _ALIKE if paired.weighted else ""
    found = correlation(x, y, paired.cluster)
    if found is None:
        why = "fewer than three units" if len(x) < 3 else "one of the raters gives all units the same"
        return coefficient(name, paired, why=f"{why}: there is no correlation to tell", note=note)
    if found.low is None or found.high is None:
        few = f"a few of the {paired.n_clusters} {paired.cluster_kind}s make the correlation"
        why = too_few_clusters(paired) or f"{few}, so that no interval can be relied on"
        return coefficient(name, paired, found.value, why=why, note=note)
    return coefficient(name, paired, found.value, (found.low, found.high), note=note)


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """How far two raters' numbers of a unit lie apart, first less second, in their unit."""

    first: str
    second: str
    means: Floats
    """(n_units,) of each unit's two numbers: what differences are drawn over."""
    differences: Floats
    """(n_units,)."""
    deviation: float | None
    """Standard deviation of a difference, SD; None of a single unit."""
    bias: Coefficient
    """Mean difference."""
    lower: Coefficient
    """bias - 1.96 SD: 95 % of differences lie between this and the next, if they are normal."""
    upper: Coefficient


def bland_altman(ratings: Ratings, *, seed: int = 0, n_resamples: int = RESAMPLES) -> BlandAltman | None:
    """Bias and 95 % limits of agreement (Bland and Altman, Lancet i, 1986; Statistical Methods in Medical Research 8,
    1999).

    Independent units: bias +- t SD / sqrt(n), and limits +- t SD sqrt(1 / n + 1.96^2 / (2 (n - 1))) (1999, section
    3.2). Several units in a cluster, or weights: SD^2 is the variance within clusters plus that between, by one-way
    analysis of variance (Bland and Altman, Journal of Biopharmaceutical Statistics 17, 2007, true value varies), and
    intervals are by resampling whole clusters.

    The first rater is the one named first in the ratings. None where no unit was rated by both.

    Raises:
        InputError, ValueError: as `pearson`.
    """
    paired, x, y = _columns(ratings)
    if paired is None:
        return None
    d = x - y
    plain = paired.n_clusters == paired.n_units and not paired.weighted
    parts = _parts(paired, d - d.mean())
    whole = parts.sum(axis=0)[None]
    deviation = _known(_deviations(whole))

    def limit(name: str, times: float) -> Coefficient:
        if plain:
            return _by_formula(name, paired, float(d.mean()), deviation, times)
        return resampled(
            name,
            paired,
            [parts],
            lambda some: d.mean() + some[:, 5] / some[:, 1] + (times * _deviations(some) if times else 0),
            why=_SINGLE,
            seed=seed,
            n_resamples=n_resamples,
        )

    return BlandAltman(
        first=str(paired.rater_names[0]),
        second=str(paired.rater_names[1]),
        means=(x + y) / 2,
        differences=d,
        deviation=deviation,
        bias=limit("bias", 0),
        lower=limit("lower limit", -Z_95),
        upper=limit("upper limit", Z_95),
    )


def _columns(ratings: Ratings) -> tuple[Ratings | None, Floats, Floats]:
    """The units that both rated, with the numbers of the first and of the second."""
    ratings.numbers()
    if ratings.n_raters != 2:
        raise ValueError(f"this is of two raters, and {ratings.n_raters} rated")
    paired = ratings.pairable()
    if paired is None:
        return None, np.empty(0), np.empty(0)
    table = np.empty((paired.n_units, 2))
    table[paired.unit, paired.rater] = paired.value
    return paired, table[:, 0], table[:, 1]


def _parts(paired: Ratings, d: Floats) -> Floats:
    """Of each cluster g: 1, sums of weights W_g and of squared weights S_g, W_g^2, q_g = S_g / W_g, the weighted sum
    T_g, T_g^2 / W_g, and weighted squares about the cluster's mean, (n_clusters, 8)."""
    w, s, total = paired.sums(np.ones(len(d)), paired.weight, d).T
    apart = d - (total / w)[paired.cluster]
    within = paired.sums(apart * apart)[:, 0]
    return np.column_stack([np.ones(len(w)), w, s, w * w, s / w, total, total * total / w, within])


def _deviations(parts: Floats) -> Floats:
    """Standard deviation of a difference from sums of `_parts` over clusters, (m, 8) to (m,); NaN of a single cluster.

    It is the root of V_w + max(0, V_b), variances within and between clusters by the method of moments: with letters
    without g for sums over clusters,

        E sum of w (d - mean_g)^2 = V_w (W - q)
        E sum of W_g (mean_g - mean)^2 = V_w (q - S / W) + V_b (W - sum W_g^2 / W)

    Without weights q_g is 1, and these are MSW and (MSB - MSW) / m_0 of the analysis of variance. Where no cluster has
    two units the two cannot be told apart: their sum is the second line by its last factor.
    """
    clusters, w, s, squares, q, total, between, within = parts.T
    with np.errstate(divide="ignore", invalid="ignore"):
        apart, scale = between - total * total / w, w - squares / w
        inside = within / (w - q)
        several = inside + np.maximum(0, (apart - inside * (q - s / w)) / scale)
        found = np.sqrt(np.where(w - q > _NOTHING * w, several, np.maximum(0, apart / scale)))
    return np.where(clusters > 1, found, np.nan)


def _known(values: Floats) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])


def _by_formula(
    name: str, paired: Ratings, bias: float, deviation: float | None, times: float
) -> Coefficient:
    if deviation is None:
        return coefficient(name, paired, None if times else bias, why=_SINGLE)
    value, n = bias + times * deviation, paired.n_units
    if why := too_few_clusters(paired):
        return coefficient(name, paired, value, why=why)
    half = quantile(n - 1) * deviation * sqrt(1 / n + times**2 / (2 * (n - 1)))
    return coefficient(name, paired, value, (value - half, value + half))
