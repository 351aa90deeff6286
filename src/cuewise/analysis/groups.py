"""Sums over groups of samples, and what they tell of the variance of a mean."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.table import Floats, Integers

WORKING_CORRELATION: Final = 0.1
"""Assumed correlation of samples of a group, which sets the degrees of freedom alone; the variance assumes none."""


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
    acceleration: Floats
    """Skewness of the groups' residuals, sum e_g^3 / (6 (sum e_g^2)^1.5), as a BCa interval needs it."""
    freedom: Floats
    """Degrees of freedom of `variance`, as `degrees_of_freedom` has them."""


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
        # A group that holds all samples has no residual to be corrected, and no variance can be told.
        variance = (residuals**2 / (1 - counts / n)).sum(axis=0) / n**2
    return Means(
        count=n.astype(np.int64),
        groups=(counts > 0).sum(axis=0),
        mean=mean,
        variance=variance,
        acceleration=acceleration(residuals),
        freedom=degrees_of_freedom(counts),
    )


def acceleration(residuals: Floats) -> Floats:
    """How fast a statistic's deviation changes with it, from its empirical influences (G, k), (k,): sum e^3 / (6
    (sum e^2)^1.5) (Efron, JASA 82, 1987); 0 where they do not vary."""
    squares = (residuals**2).sum(axis=0)
    cubes = (residuals * residuals * residuals).sum(axis=0)  # a power is slow
    return np.asarray(cubes / (6 * np.where(squares > 0, squares, np.inf) ** 1.5), dtype=np.float64)


def degrees_of_freedom(counts: Floats) -> Floats:
    """Of the variance of `Means`, from the groups' sizes n_g, (G, k) to (k,); NaN for a single group.

    `satterthwaite` with p_g = n_g / n and s_g = 1_g' V 1_g = (1 - r) n_g + r n_g^2. That gives G - 1 for groups of one
    size, and less where few groups hold most samples.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = counts / counts.sum(axis=0)
    return satterthwaite(shares, (1 - WORKING_CORRELATION) * counts + WORKING_CORRELATION * counts**2)


def satterthwaite(p: Floats, s: Floats) -> Floats:
    """Degrees of freedom of a corrected sandwich variance of one coefficient, (G, k) twice to (k,).

    Satterthwaite's approximation tr(M)^2 / tr(M^2) (Bell and McCaffrey 2002) with samples of a group correlated by
    r = `WORKING_CORRELATION`, as Imbens and Kolesar propose (Review of Economics and Statistics 98, 2016), not
    independent as in the former. With the regressor x, which is 1 for a mean, M_gh = u_g' V u_h is the covariance of
    the corrected scores of two groups, u_g = (x_g - p_g x) / sqrt(1 - p_g), so that with S = sum s_g it is
    (s_g [g = h] - s_g p_h - p_g s_h + p_g p_h S) / sqrt((1 - p_g) (1 - p_h)).

    Args:
        p: leverage of each group, x_g' x_g / x' x; they add up to 1.
        s: variance of each group's score by the working model, x_g' V x_g, up to a factor.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        w = 1 / (1 - p)
        t = s - p * s.sum(axis=0)  # M_gh is s_g [g = h] - (t_g p_h + p_g s_h), times sqrt(w_g w_h)
        trace = (w * (s - t * p - p * s)).sum(axis=0)
        wpp = (w * p * p).sum(axis=0)
        apart = (w * t * t).sum(axis=0) * wpp + (w * s * s).sum(axis=0) * wpp
        apart += 2 * (w * t * p).sum(axis=0) * (w * s * p).sum(axis=0)
        squares = apart + (w**2 * s * (s - 2 * (t * p + p * s))).sum(axis=0)
        return np.asarray(trace**2 / squares, dtype=np.float64)
