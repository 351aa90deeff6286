"""Cohen's kappa on ratings: of two raters, and averaged over the pairs of a panel, or over those of one with the
others.

The formula is `scores.kappa`'s.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from cuewise.agreement.coefficient import RESAMPLES, Coefficient, Statistic, coefficient, resampled
from cuewise.agreement.matrix import Ratings
from cuewise.analysis.clustered import sums_over
from cuewise.analysis.table import Floats
from cuewise.scores.clusters import MIN_GROUPS
from cuewise.scores.kappa import Weighting, kappa_of_tables

MAX_PANEL: Final = 30
"""Raters of whom all pairs are compared."""
MIN_COMMON: Final = MIN_GROUPS
"""Units that a pair must both have rated to be averaged over."""

Pair = tuple[Hashable, Hashable]
"""Names of two raters."""


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
        [_tables(paired, *paired.rater_names)],
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

    Pairs with fewer than `MIN_COMMON` units in common are left out, and so are those who say one and the same of all
    units, whose kappa is undefined; `Coefficient.note` says how many. All is over the units that both raters of a pair
    rated. Beside the mean over the pairs of people, that of a judge with each of them tells whether it agrees with
    people as they do with each other.

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
    common = _common(paired, rater)
    enough = [pair for pair, units in common.items() if units >= MIN_COMMON]
    if not enough:
        return coefficient(name, paired, why=f"no two of these raters rated {MIN_COMMON} units in common")
    whole = [_statistic(paired, weighting)(_tables(paired, *pair).sum(axis=0)[None])[0] for pair in enough]
    defined = [pair for pair, kappa in zip(enough, whole, strict=True) if not np.isnan(kappa)]
    over = _rated_by_pairs(paired, defined or enough)
    return resampled(
        name,
        over,
        [_tables(over, *pair) for pair in defined or enough],
        _statistic(over, weighting),
        why="each two raters say one and the same of all units: there is no agreement beyond chance to tell",
        note=_left_out(len(common), len(enough), len(defined)) if defined else "",
        seed=seed,
        n_resamples=n_resamples,
    )


def _common(paired: Ratings, rater: Hashable | None) -> dict[Pair, int]:
    """How many units each two raters have in common, of those with any; only pairs with `rater`, unless it is None."""
    rated = (_said(paired) >= 0).astype(np.int64)
    common = rated.T @ rated
    names = paired.rater_names
    return {
        (names[a], names[b]): int(common[a, b])
        for a, b in combinations(range(paired.n_raters), 2)
        if common[a, b] and (rater is None or rater in (names[a], names[b]))
    }


def _rated_by_pairs(paired: Ratings, pairs: Sequence[Pair]) -> Ratings:
    """The ratings of each pair, of which there is one at least, of the units that both of it rated."""
    rated = _said(paired) >= 0
    used = np.zeros_like(rated)
    for pair in pairs:
        both = np.array([paired.rater_names.index(rater) for rater in pair])
        used[np.ix_(rated[:, both].all(axis=1), both)] = True
    found = paired.select(used[paired.unit, paired.rater])
    assert found is not None
    return found


def _left_out(any_common: int, enough: int, defined: int) -> str:
    reasons = [
        f"{count} {why}"
        for count, why in (
            (any_common - enough, f"with fewer than {MIN_COMMON} units in common"),
            (enough - defined, "in which both say one and the same of all units"),
        )
        if count
    ]
    if not reasons:
        return ""
    return f"averaged over {defined} of {any_common} pairs of raters, without {' and '.join(reasons)}"


def _name(kind: str, weighting: Weighting) -> str:
    return kind if weighting == "unweighted" else f"{kind} ({weighting} weights)"


def _said(paired: Ratings) -> Floats:
    """The place of what each rater said of each unit among all values, (n_units, n_raters); -1 for nothing."""
    said = np.full((paired.n_units, paired.n_raters), -1.0)
    said[paired.unit, paired.rater] = paired.coded[1]
    return said


def _tables(paired: Ratings, first: Hashable, second: Hashable) -> Floats:
    """Two raters' confusion table in each cluster, (n_clusters, n_values^2)."""
    a, b = (_said(paired)[:, paired.rater_names.index(rater)].astype(np.int64) for rater in (first, second))
    both = (a >= 0) & (b >= 0)
    size = len(paired.coded[0])
    cells = (paired.cluster[both] * size + a[both]) * size + b[both]
    counts = sums_over(cells, paired.weight[both], paired.n_clusters * size * size)
    return counts.reshape(paired.n_clusters, size * size)


def _statistic(paired: Ratings, weighting: Weighting) -> Statistic:
    labels = paired.coded[0]
    places = None if paired.categories else np.array(labels, dtype=np.float64)

    def statistic(sums: Floats) -> Floats:
        return kappa_of_tables(sums.reshape(-1, len(labels), len(labels)), weighting=weighting, places=places)

    return statistic
