"""Groups of samples that belong together: how well they tell the variance of a mean, and when they are too few."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

MIN_GROUPS: Final = 10
"""With fewer groups no interval is given."""
MIN_FREEDOM: Final = 4
"""Nor with fewer degrees of freedom, when a few groups hold most of the samples: intervals would be far too wide."""
WORKING_CORRELATION: Final = 0.1
"""Assumed correlation of samples of a group, which sets the degrees of freedom alone; the variance assumes none."""


def too_few(groups: int, freedom: float, unit: str) -> str:
    """Why no interval can be given for so many groups and degrees of freedom, in words; empty where one can."""
    if groups < MIN_GROUPS:
        return f"{groups} {unit}{'' if groups == 1 else 's'}: with fewer than {MIN_GROUPS} no interval can be relied on"
    if freedom < MIN_FREEDOM:
        return f"a few of the {groups} {unit}s hold most of the samples, so that no interval can be relied on"
    return ""


@lru_cache(maxsize=1_000)
def freedom_of(sizes: tuple[tuple[int, int], ...]) -> float:
    """`degrees_of_freedom` of groups, told by their size and how many have it; NaN for a single group."""
    counts = np.repeat(*np.array(sizes, dtype=np.int64).T).astype(np.float64)
    return float(degrees_of_freedom(counts[:, None])[0])


def degrees_of_freedom(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of the clustered variance of a mean (`analysis.groups.Means`), from the groups' sizes n_g, (G, k) to (k,); NaN
    for a single group.

    `satterthwaite` with p_g = n_g / n and s_g = 1_g' V 1_g = (1 - r) n_g + r n_g^2. That gives G - 1 for groups of one
    size, and less where few groups hold most samples.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = counts / counts.sum(axis=0)
    return satterthwaite(shares, (1 - WORKING_CORRELATION) * counts + WORKING_CORRELATION * counts**2)


def satterthwaite(p: npt.NDArray[np.float64], s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
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
        ws, wt, mixed = w * s, w * t, t * p + p * s
        trace = (w * (s - mixed)).sum(axis=0)
        apart = ((wt * t).sum(axis=0) + (ws * s).sum(axis=0)) * (w * p * p).sum(axis=0)
        apart += 2 * (wt * p).sum(axis=0) * (ws * p).sum(axis=0)
        squares = apart + (w * ws * (s - 2 * mixed)).sum(axis=0)
        return np.asarray(trace**2 / squares, dtype=np.float64)
