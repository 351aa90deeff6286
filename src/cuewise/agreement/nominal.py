"""Agreement of several raters on categories: raw, and beyond chance after Fleiss and after Gwet.

Raters need not be the same from unit to unit. With r_i ratings of unit i, r_ik of them category k, every unit counts
once, or by its weight:

    P_i = sum_k r_ik (r_ik - 1) / (r_i (r_i - 1))   share of agreeing pairs of ratings of the unit
    P = mean of P_i over the units that two or more rated
    p_k = mean of r_ik / r_i over all units         shares of the categories
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cuewise.agreement.coefficient import (
    RESAMPLES,
    Coefficient,
    coefficient,
    effective_share,
    freedom,
    resampled,
    too_few_clusters,
)
from cuewise.agreement.matrix import Ratings
from cuewise.analysis.table import Floats
from cuewise.samples.problems import printable
from cuewise.scores.intervals import wilson_of_groups

NOT_PAIRED = "no unit was rated by two raters"
_NOTHING_LEFT = 1e-12  # of what chance leaves to be explained, in 0..1

Chance = Callable[[Floats], Floats]
"""From the shares of categories, (m, k), to the agreement that chance would give, (m,)."""


def raw_agreement(ratings: Ratings, *, seed: int = 0, n_resamples: int = RESAMPLES) -> Coefficient:
    """P, 0..1: the share of agreeing pairs of ratings of a unit, averaged over units.

    Where all agree on all units resamples do not vary: the interval is then Wilson's for a share, with as many samples
    as there are clusters, fewer where weights differ.
    """
    name = "raw agreement"
    paired = ratings.pairable()
    if paired is None:
        return coefficient(name, None, why=NOT_PAIRED)
    found = resampled(name, paired, [_sums(paired)], _raw, why=NOT_PAIRED, seed=seed, n_resamples=n_resamples)
    if found.value is None or found.value < 1 or too_few_clusters(paired):
        return found
    clusters = int(paired.n_clusters * effective_share(paired))
    sure = wilson_of_groups(1.0, 0.0, clusters, freedom(paired))
    return coefficient(name, paired, 1.0, (sure.low / 100, sure.high / 100))


def fleiss_kappa(ratings: Ratings, *, seed: int = 0, n_resamples: int = RESAMPLES) -> Coefficient:
    """Fleiss' kappa, (P - E) / (1 - E) with E = sum p_k^2, at most 1; 0 is what chance gives.

    Fleiss, Psychological Bulletin 76, 1971, for as many ratings of each unit; else its generalisation of Gwet (Handbook
    of Inter-Rater Reliability, 4th ed. 2014, chapter 3) to the formulas above. Units with a single rating count for the
    shares of the categories alone.
    """
    return _beyond_chance(
        "Fleiss' kappa", ratings, lambda shares: np.square(shares).sum(axis=1), seed, n_resamples
    )


def gwet_ac1(ratings: Ratings, *, seed: int = 0, n_resamples: int = RESAMPLES) -> Coefficient:
    """Gwet's AC1, (P - E) / (1 - E) with E = sum p_k (1 - p_k) / (K - 1), K being the number of categories.

    Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008. Where nearly all units are of one
    category kappa is near 0 though raters agree on nearly all of them (Feinstein and Cicchetti, Journal of Clinical
    Epidemiology 43, 1990); AC1 is not. Read it beside kappa: raters who say the same of everything have a high AC1
    too.
    """
    n_categories = len(ratings.coded[0])

    def chance(shares: Floats) -> Floats:
        found: Floats = (shares * (1 - shares)).sum(axis=1) / (n_categories - 1)
        return found

    return _beyond_chance("Gwet's AC1", ratings, chance, seed, n_resamples)


def one_category(ratings: Ratings) -> str:
    """Why agreement beyond chance is undefined if all ratings are alike; empty where they are not."""
    labels, codes = ratings.coded
    if (codes != codes[0]).any():
        return ""
    return f"all ratings are {printable(labels[codes[0]])}: there is no agreement beyond chance to tell"


def _beyond_chance(name: str, ratings: Ratings, chance: Chance, seed: int, n_resamples: int) -> Coefficient:
    paired = ratings.pairable()
    if paired is None:
        return coefficient(name, None, why=NOT_PAIRED)
    if alike := one_category(ratings):
        return coefficient(name, paired, why=alike)

    def statistic(sums: Floats) -> Floats:
        shares = sums[:, 3:] / sums[:, 2, None]
        # Of a single category nothing is left but rounding; that is no agreement, nor the lack of it.
        left = np.where(shares.max(axis=1) > 1 - _NOTHING_LEFT, np.nan, 1 - chance(shares))
        found: Floats = 1 - (1 - _raw(sums)) / left
        return found

    return resampled(
        name, paired, [_sums(ratings)], statistic, why=NOT_PAIRED, seed=seed, n_resamples=n_resamples
    )


def _sums(ratings: Ratings) -> Floats:
    """Over each cluster: units rated by two or more, P_i of these, units, and r_ik / r_i of each category,
    (n_clusters, 3 + n_categories)."""
    counts, size = ratings.counts, ratings.per_unit
    paired = size >= 2
    agreeing = (counts * (counts - 1)).sum(axis=1) / np.where(paired, size * (size - 1), 1)
    return ratings.sums(paired.astype(np.float64), agreeing, np.ones(len(size)), counts / size[:, None])


def _raw(sums: Floats) -> Floats:
    found: Floats = sums[:, 1] / np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
    return found
