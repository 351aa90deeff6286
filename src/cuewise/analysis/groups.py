"""Sums over groups of samples, and what they tell of the variance of a mean."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cuewise.analysis.table import Floats, Integers

Masks = npt.NDArray[np.bool_]


def numbered(clusters: Sequence[Hashable]) -> Integers:
    """The place of each sample's group among the groups, in order of first appearance, (n,)."""
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(group, len(places)) for group in clusters], dtype=np.int64)


def group_sums(values: Floats, groups: Integers, count: int) -> Floats:
    """Sums of values (n, k) over each group, (count, k)."""
    if count == len(values):
        sums = np.empty_like(values)
        sums[groups] = values
        return sums
    return np.stack([np.bincount(groups, column, count) for column in values.T], axis=1)


@dataclass(frozen=True)
class Means:
    """Means of k columns over samples in groups, with what their variance is estimated to be; every array is (k,).

    With n samples in G groups, group g having n_g of them and the sum e_g of their residuals x - mean, the variance is
    that of the clustered sandwich with the bias correction of Bell and McCaffrey (Survey Methodology 28, 2002, "CR2"),
    which for a mean is sum e_g^2 / (1 - n_g / n) / n^2. Its degrees of freedom are theirs too: with p_g = n_g / n,
    1 / (sum p_g^2 + sum over pairs g != h of q_g q_h), q_g = p_g^2 / (1 - p_g). That is G - 1 for groups of one size,
    and less where a few groups hold most of the samples.
    """

    count: Integers
    """Samples with a value."""
    groups: Integers
    """Groups with such a sample."""
    mean: Floats
    """NaN where there is no sample, as in the next two."""
    variance: Floats
    """Of the mean; NaN with a single group."""
    freedom: Floats
    """Degrees of freedom of `variance`."""


def means_over(values: Floats, groups: Integers | None = None) -> Means:
    """Means and variances of columns of values (n, k); NaN values are left out.

    Args:
        groups: the group of each sample, numbered from 0; None if each sample is its own.
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    number = np.arange(len(values)) if groups is None else groups
    size = int(number.max()) + 1 if len(number) else 0
    counts = group_sums(known.astype(np.float64), number, size)
    n = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=0) / n
        residuals = group_sums(filled, number, size) - counts * mean
        share = counts / n
        # A group that holds all samples has no residual to be corrected, and no variance can be told.
        variance = (residuals**2 / (1 - share)).sum(axis=0) / n**2
        q = share**2 / (1 - share)
        freedom = 1 / ((share**2).sum(axis=0) + q.sum(axis=0) ** 2 - (q**2).sum(axis=0))
    return Means(n.astype(np.int64), (counts > 0).sum(axis=0), mean, variance, freedom)
