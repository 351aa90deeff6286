"""Sums over groups of samples, and what they tell of the variance of a mean."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cuewise.analysis.columns import coded
from cuewise.analysis.table import Floats, Integers
from cuewise.scores.clusters import degrees_of_freedom


def numbered(clusters: Sequence[Hashable]) -> Integers:
    """The place of each sample's group among the groups, in order of first appearance, (n,)."""
    return coded(clusters)[1]


def group_sums(values: Floats, groups: Integers, count: int) -> Floats:
    """Sums of values (n, k) over each group, (count, k)."""
    if (
        count == len(values) and (np.bincount(groups, minlength=count) == 1).all()
    ):  # each is a group of its own
        sums = np.empty_like(values)
        sums[groups] = values
        return sums
    return np.stack([np.bincount(groups, column, count) for column in values.T], axis=1)


@dataclass(frozen=True)
class Means:
    """Means of k columns over samples in groups, with their estimated variance; arrays are (k,) unless told.

    With n samples in G groups, group g having n_g of them and the sum e_g of their residuals x - mean, the variance is
    that of the clustered sandwich with the bias correction of Bell and McCaffrey (Survey Methodology 28, 2002, "CR2"),
    which for a mean is sum e_g^2 / (1 - n_g / n) / n^2.
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
    """Degrees of freedom of `variance`, as `degrees_of_freedom` has them."""
    residuals: Floats
    """e_g, (G, k)."""

    @cached_property
    def acceleration(self) -> Floats:
        """Skewness of the groups' residuals, sum e_g^3 / (6 (sum e_g^2)^1.5), as a BCa interval needs it."""
        return acceleration(self.residuals)


def means_over(values: Floats, groups: Integers | None = None) -> Means:
    """Means and variances of columns of values (n, k); NaN values are left out.

    Args:
        groups: the group of each sample, numbered from 0; None if each sample is its own.
    """
    known = ~np.isnan(values)
    number = np.arange(len(values)) if groups is None else groups
    size = int(number.max()) + 1 if len(number) else 0
    if known.all():  # then all columns have the same counts
        counts = np.bincount(number, minlength=size).astype(np.float64)[:, None]
        return _means(counts, group_sums(values, number, size))
    counts = group_sums(known.astype(np.float64), number, size)
    return _means(counts, group_sums(np.where(known, values, 0.0), number, size))


def means_by_part(values: Floats, part: Integers, groups: Integers, n_parts: int) -> Means:
    """`means_over` of the samples of many parts, in one go; one of the first part for each column, then of the next.

    Args:
        values: (n, k), without NaN. A sample that is in several parts has a row for each.
        part: (n,) which part, numbers from 0.
        groups: (n,) numbers from 0.
    """
    cell = groups * n_parts + part
    size = (int(groups.max()) + 1 if len(groups) else 0) * n_parts
    counts = np.bincount(cell, minlength=size).astype(np.float64).reshape(-1, n_parts, 1)
    return _means(counts, group_sums(values, cell, size).reshape(-1, n_parts, values.shape[1]))


def _means(counts: Floats, sums: Floats) -> Means:
    """
    Args:
        counts: samples with a value in each group, (G, ..., k), or (G, ..., 1) where all columns have the same.
        sums: of their values, (G, ..., k).
    """
    n = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=0) / n
        residuals = sums - counts * mean
        # A group that holds all samples has no residual to be corrected, and no variance can be told.
        variance = (residuals**2 / (1 - counts / n)).sum(axis=0) / n**2

    def of_each(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.broadcast_to(values, mean.shape).ravel()

    return Means(
        count=of_each(n.astype(np.int64)),
        groups=of_each((counts > 0).sum(axis=0)),
        mean=mean.ravel(),
        variance=variance.ravel(),
        freedom=of_each(degrees_of_freedom(counts)),
        residuals=residuals.reshape(len(residuals), mean.size),
    )


def acceleration(residuals: Floats) -> Floats:
    """How fast a statistic's deviation changes with it, from its empirical influences (G, k), (k,): sum e^3 / (6
    (sum e^2)^1.5) (Efron, JASA 82, 1987); 0 where they do not vary."""
    squares = (residuals**2).sum(axis=0)
    cubes = (residuals * residuals * residuals).sum(axis=0)  # a power is slow
    return np.asarray(cubes / (6 * np.where(squares > 0, squares, np.inf) ** 1.5), dtype=np.float64)
