"""Means over a population of which samples were drawn from strata, unequally: shares, and differences within samples.

A plain mean over drawn samples leans towards small strata, which have more than their share of them. Here each stratum
counts by how many samples it has. With N_h samples in stratum h, of N in all, and m_h the mean of the values there:

    mean = sum N_h m_h / N

It is the stratified mean (Cochran, Sampling Techniques, 3rd ed. 1977, section 5.3), the `people` of
`agreement.stratified`; a stratum of which there is no value is left out, of N too. Values that are not independent,
such as all answers about one video, are of one cluster, and the variance V_h of m_h is the clusters' sandwich of
`analysis.groups.Means`, without a correction for finite strata: intervals say what other videos would change. A stratum
with a single cluster tells of no variance. All such strata are taken together, and one alone with the smallest of the
others (collapsed strata, Cochran, section 5A.12), which can only widen intervals.

Shares: values are 0..1. The ends are those of Wilson's intervals [l_h, u_h] of the strata, put together by the method
of variance estimates recovery (Zou and Donner, Statistics in Medicine 27, 2008), W_h being N_h / N:

    low = mean - sqrt(sum W_h^2 (m_h - l_h)^2),   high = mean + sqrt(sum W_h^2 (u_h - m_h)^2)

or Wilson's for the mean and its variance, sum W_h^2 V_h, at each end the one that is further out. Neither does alone: a
stratum in which all of a few answers are right adds nothing to that variance, and may well be most of the population;
and a sum over many small strata is less skewed than each of them. Wilson's of the strata are for the effective number
n_h / k of the n_h values of a stratum, k = sum W_h^2 V_h / sum W_h^2 m_h (1 - m_h) / n_h being the design effect over
all strata (Kish, Survey Sampling, 1965), since a few clusters do not tell that of their own stratum; where all values
of a stratum are 0, or all 1, it is at most the number of its clusters. All are of fewer by Student's quantile, as in
`scores.intervals.effective_number`, with degrees of freedom after Satterthwaite over strata. One stratum alone, and
strata that were drawn in proportion, have the interval of `analysis.clustered.share`.

Differences: values are -1..1, and the interval Student's, a stratum of G clusters having a variance of at least
2 / (G + 2)^2: that of `analysis.paired.adjusted_wald` where none differs.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from cuewise.analysis.clustered import Estimated, quantile, share, sums_over
from cuewise.analysis.groups import numbered
from cuewise.analysis.paired import PairedResult, compare_points, sign_flip
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.clusters import WORKING_CORRELATION, satterthwaite, too_few
from cuewise.scores.intervals import NO_VARIANCE, Z_95, Interval, wilson, wilson_of_groups

_ALIKE: Final = 1e-9  # of weights, and of means


@dataclass(frozen=True)
class Strata:
    """Values by the stratum that their samples were drawn from, and what does not depend on the values."""

    weight: Floats
    """(n,) of each value; they add up to 1."""
    group: Integers
    """(n,) its stratum, or those taken together, numbered from 0; each has two clusters or more, if there are two."""
    cell: Integers
    """(n,) its cluster within the group, numbered from 0."""
    cell_group: Integers
    """(n_cells,) the group of each."""
    cell_cluster: Integers
    """(n_cells,) its cluster, numbered from 0."""

    @classmethod
    def of(cls, strata: Sequence[str], sizes: Mapping[str, float], clusters: Sequence[Hashable]) -> Strata:
        """
        Args:
            strata: the stratum of each value, (n,), n above 0.
            sizes: how many samples there are of each stratum.
            clusters: of each value, (n,).
        """
        stratum, whole = _numbered_strata(strata, sizes)
        weight = _weights(stratum, whole)
        cluster = numbered(clusters)
        group = _collapsed(stratum, cluster, whole)[stratum]
        cells, cell = np.unique(np.stack((group, cluster)), axis=1, return_inverse=True)
        return cls(weight, group, cell.ravel(), cells[0], cells[1])

    @property
    def is_plain(self) -> bool:
        """Whether all values weigh the same."""
        return _alike(self.weight)

    @property
    def clusters(self) -> Integers:
        """How many each group has, (n_groups,)."""
        return np.bincount(self.cell_group)

    @property
    def of_group(self) -> Floats:
        """W_h, (n_groups,)."""
        return sums_over(self.group, self.weight)

    def freedom(self) -> float:
        """Degrees of freedom of the variance, by the working model of `scores.clusters`; NaN where a group has a single
        cluster."""
        size = sums_over(self.cell, self.weight)
        squares = sums_over(self.cell, self.weight**2)
        model = (1 - WORKING_CORRELATION) * squares + WORKING_CORRELATION * size**2
        by_group = sums_over(self.cell_group, model)
        each = np.array(
            [
                satterthwaite((size[here] / size[here].sum())[:, None], model[here][:, None])[0]
                for here in (self.cell_group == at for at in range(len(by_group)))
            ]
        )
        return float(by_group.sum() ** 2 / (by_group**2 / each).sum())

    def variances(self, values: Floats) -> tuple[Floats, Floats, float]:
        """m_h and W_h^2 V_h, (n_groups,) each, and how many times the sum of the latter the variance of the whole is,
        as some clusters are in several groups; 1 at least."""
        of_group = self.of_group
        mean = sums_over(self.group, self.weight * values) / of_group
        apart = sums_over(self.cell, self.weight * (values - mean[self.group]))
        share_of_group = sums_over(self.cell, self.weight) / of_group[self.cell_group]
        apart /= np.sqrt(np.maximum(NO_VARIANCE, 1 - share_of_group))
        variance = sums_over(self.cell_group, apart**2)
        whole = float(variance.sum())
        across = float((sums_over(self.cell_cluster, apart) ** 2).sum())
        return mean, variance, max(1.0, across / whole) if whole > NO_VARIANCE else 1.0


def weigh_alike(strata: Sequence[str], sizes: Mapping[str, float]) -> bool:
    """Whether the mean over all samples of the strata is the plain mean of the values, as there are as many of each
    stratum, in proportion, as it has samples; so it is of no value. For the arguments see `Strata.of`."""
    return not strata or _alike(_weights(*_numbered_strata(strata, sizes)))


def _numbered_strata(strata: Sequence[str], sizes: Mapping[str, float]) -> tuple[Integers, Floats]:
    """Those of values, (n,), numbered from 0, and the size of each, (n_strata,)."""
    names = sorted(set(strata))
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[name] for name in strata]), np.array(
        [sizes[name] for name in names], dtype=np.float64
    )


def _weights(stratum: Integers, whole: Floats) -> Floats:
    """Of each value, (n,); they add up to 1."""
    weights: Floats = (whole / whole.sum() / np.bincount(stratum))[stratum]
    return weights


def _alike(weights: Floats) -> bool:
    return float(np.ptp(weights)) <= _ALIKE * float(weights.max())


def _collapsed(stratum: Integers, cluster: Integers, sizes: Floats) -> Integers:
    """The group of each stratum: those with a single cluster together, and with the smallest of the others if all of
    these have the same one."""
    pairs = np.unique(np.stack((stratum, cluster)), axis=1)
    few = np.bincount(pairs[0]) < 2
    if few.any() and not few.all() and len(np.unique(pairs[1][few[pairs[0]]])) < 2:
        few[np.where(few, np.inf, sizes).argmin()] = True
    return numbered([-1 if alone else at for at, alone in enumerate(few.tolist())])


def stratified_share(
    values: Floats, strata: Sequence[str], sizes: Mapping[str, float], clusters: Sequence[Hashable]
) -> Estimated | None:
    """The mean of values in 0..1 over all samples of the strata; None of no value.

    Where all values weigh the same it is `analysis.clustered.share`. For the arguments see `Strata.of`.
    """
    if not len(values):
        return None
    made = Strata.of(strata, sizes, clusters)
    if made.is_plain:
        return share(values, numbered(clusters))
    mean, variance, across = made.variances(values)
    of_group, freedom = made.of_group, made.freedom()
    # Weights add up to 1 but for rounding.
    whole = float(np.clip((of_group * mean).sum(), 0.0, 1.0))
    if too_few(len(np.unique(made.cell_cluster)), freedom, ""):
        return Estimated(whole, None, None, len(values))
    count = np.bincount(made.group).astype(np.float64)
    alone = float((of_group**2 * mean * (1 - mean) / count).sum())
    design = float(variance.sum()) / alone if alone > NO_VARIANCE else 1.0
    effective = count / design if design > NO_VARIANCE else made.clusters.astype(np.float64)
    sure = mean * (1 - mean) <= _ALIKE
    effective = np.where(sure, np.minimum(effective, made.clusters), effective)
    effective *= (Z_95 / quantile(freedom)) ** 2 / across
    ends = [wilson(m * n, n) for m, n in zip(mean.tolist(), effective.tolist(), strict=True)]
    low, high = (np.array([getattr(one, end) / 100 for one in ends]) for end in ("low", "high"))
    low_of_all = whole - sqrt(float((of_group**2 * (mean - low) ** 2).sum()))
    high_of_all = whole + sqrt(float((of_group**2 * (high - mean) ** 2).sum()))
    if variance.sum() > NO_VARIANCE:
        together = wilson_of_groups(whole, across * float(variance.sum()), 0, freedom)
        low_of_all, high_of_all = min(low_of_all, together.low / 100), max(high_of_all, together.high / 100)
    return Estimated(whole, max(0.0, low_of_all), min(1.0, high_of_all), len(values))


def stratified_comparison(
    a: Floats,
    b: Floats,
    strata: Sequence[str],
    sizes: Mapping[str, float],
    clusters: Sequence[Hashable],
) -> PairedResult | None:
    """How the points of b differ from those of a on the same samples, over all samples of the strata; None of none.

    The test flips the signs of whole clusters' weighted differences. Where all samples weigh the same it is
    `analysis.paired.compare_points`. For the arguments see `Strata.of`.

    Args:
        a, b: points of each sample, 0..1, (n,).
    """
    if not len(a):
        return None
    made = Strata.of(strata, sizes, clusters)
    if made.is_plain:
        return compare_points(a, b, clusters)
    apart = b - a
    mean, variance, across = made.variances(apart)
    of_group, freedom = made.of_group, made.freedom()
    cluster = made.cell_cluster[made.cell]
    difference = float(np.clip((of_group * mean).sum(), -1.0, 1.0))
    interval = None
    n_clusters = len(np.unique(cluster))
    if not too_few(n_clusters, freedom, ""):
        least = 2 * (of_group / (made.clusters + 2)) ** 2
        half = quantile(freedom) * sqrt(across * float(np.maximum(variance, least).sum()))
        interval = Interval(100 * max(-1.0, difference - half), 100 * min(1.0, difference + half), "t")
    return PairedResult(
        difference=100 * difference,
        interval=interval,
        p_value=float(sign_flip(sums_over(cluster, made.weight * apart)[:, None])[0]),
        test="sign-flip",
        count=len(a),
        clusters=n_clusters,
        better=int((apart > 0).sum()),
        worse=int((apart < 0).sum()),
    )
