"""Cohen's kappa on ratings: of two raters, and averaged over the pairs of a panel, or over those of one with the
others.

The formula is `scores.kappa`'s.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from typing import Final

import numpy as np

from cuewise.agreement.coefficient import RESAMPLES, Coefficient, Statistic, coefficient, resampled
from cuewise.agreement.matrix import Ratings
from cuewise.analysis.table import Floats
from cuewise.scores.clusters import MIN_GROUPS
from cuewise.scores.kappa import Weighting, kappa_of_tables

MAX_PANEL: Final = 30
"""Raters of whom all pairs are compared."""
MIN_COMMON: Final = MIN_GROUPS
"""Units that a pair must both have rated to be averaged over."""


def cohen_kappa(
    ratings: Ratings,
    *,
    weighting: Weighting = "unweighted",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Coefficient:
    """Cohen's kappa of two raters, over the units that both rated; at most 1, 0 is what chance gives.

    With weights, categories without numbers are as far apart as their places among all categories, numbers as they are.

    Raises:
        ValueError: there are not two raters; take two by `Ratings.of_raters`.
    """
    if ratings.n_raters != 2:
        raise ValueError(f"kappa is of two raters, and {ratings.n_raters} rated")
    name = _name("Cohen's kappa", weighting)
    paired = ratings.pairable()
    if paired is None:
        return coefficient(name, None, why="the two raters rated no unit in common")
    return resampled(
        name,
        paired,
        [_tables(paired, _said(paired), 0, 1)],
        _statistic(paired, weighting),
        why="both raters say one and the same of all units: there is no agreement beyond chance to tell",
        seed=seed,
        n_resamples=n_resamples,
    )


def mean_cohen_kappa(
    ratings: Ratings,
    *,
    rater: Hashable | None = None,
    weighting: Weighting = "unweighted",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Coefficient:
    """The mean of Cohen's kappa over pairs of raters (Light, Psychological Bulletin 76, 1971).

    Pairs with fewer than `MIN_COMMON` units in common, and those whose kappa is undefined, are left out. Beside the
    mean over the pairs of people, that of a judge with each of them tells whether it agrees with people as they do
    with each other.

    Args:
        rater: only pairs of this one with the others; None for all pairs.

    Raises:
        ValueError: the rater is not among those who rated.
    """
    if rater is not None and rater not in ratings.rater_names:
        raise ValueError(f"there is no rating by {rater!r}")
    name = _name("mean pairwise kappa", weighting)
    paired = ratings.pairable()
    if paired is None or (rater is not None and rater not in paired.rater_names):
        return coefficient(name, None, why="no unit was rated by two of these raters")
    if paired.n_raters > MAX_PANEL:
        why = f"{paired.n_raters} raters are more than a panel of {MAX_PANEL} whose pairs can be compared: take alpha"
        return coefficient(name, paired, why=why)
    said = _said(paired)
    common = (said >= 0).astype(np.int64)
    common = common.T @ common
    only = None if rater is None else paired.rater_names.index(rater)
    pairs = [
        (a, b)
        for a, b in combinations(range(paired.n_raters), 2)
        if common[a, b] >= MIN_COMMON and only in (None, a, b)
    ]
    if not pairs:
        return coefficient(name, paired, why=f"no two of these raters rated {MIN_COMMON} units in common")
    return resampled(
        name,
        paired,
        [_tables(paired, said, a, b) for a, b in pairs],
        _statistic(paired, weighting),
        why="each two raters say one and the same of all units: there is no agreement beyond chance to tell",
        seed=seed,
        n_resamples=n_resamples,
    )


def _name(kind: str, weighting: Weighting) -> str:
    return kind if weighting == "unweighted" else f"{kind} ({weighting} weights)"


def _said(paired: Ratings) -> Floats:
    """The place of what each rater said of each unit among all values, (n_units, n_raters); -1 for nothing."""
    said = np.full((paired.n_units, paired.n_raters), -1.0)
    said[paired.unit, paired.rater] = paired.coded[1]
    return said


def _tables(paired: Ratings, said: Floats, a: int, b: int) -> Floats:
    """Two raters' confusion table in each cluster, (n_clusters, n_values^2)."""
    both = (said[:, a] >= 0) & (said[:, b] >= 0)
    size = len(paired.coded[0])
    cells = (paired.cluster[both] * size + said[both, a].astype(np.int64)) * size + said[both, b].astype(
        np.int64
    )
    counts = np.bincount(cells, minlength=paired.n_clusters * size * size)
    return counts.reshape(paired.n_clusters, size * size).astype(np.float64)


def _statistic(paired: Ratings, weighting: Weighting) -> Statistic:
    labels = paired.coded[0]
    places = None if paired.categories else np.array(labels, dtype=np.float64)

    def statistic(sums: Floats) -> Floats:
        return kappa_of_tables(sums.reshape(-1, len(labels), len(labels)), weighting=weighting, places=places)

    return statistic
