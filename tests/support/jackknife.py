"""The jackknife and the bootstrap of any statistic of weighted samples: slow, and what faster ways are held against."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import sqrt

import numpy as np
from scipy.special import stdtrit

from cuewise.analysis.groups import acceleration, numbered
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import Resampler, Uncertain, Weights, bca_interval
from cuewise.scores.clusters import degrees_of_freedom, too_few
from cuewise.scores.intervals import Interval

Statistic = Callable[[Weights], Floats]
"""From weights (b, n) of samples to the statistic under each row of them, (b,); NaN where it is undefined."""

_SAME = 1e-6  # resamples are summed in single precision


def statistic_with_intervals(
    function: Statistic,
    clusters: Sequence[Hashable],
    unit: str = "sample",
    resampler: Resampler | None = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Uncertain | None:
    """A statistic of weighted samples, such as a macro F1 or kappa, with its intervals.

    By formula: the jackknife over groups, statistic +- t s with s^2 = (G - 1) / G sum (T_g - mean T)^2, T_g being the
    statistic without group g (Tukey, Annals of Mathematical Statistics 29, 1958), t Student's quantile for the degrees
    of freedom of `Means`, cut at the bounds. By resampling: `bca_interval`.

    Args:
        function: takes weights (b, n), gives the statistic for each row, (b,).
        clusters: the group of each sample, (n,).
        resampler: over the same samples.
        bounds: what the statistic can be.

    Returns:
        None where the statistic is undefined for these samples.
    """
    groups = numbered(clusters)
    if not len(groups):
        return None
    whole = float(function(np.ones((1, len(groups)), dtype=np.float32))[0])
    if np.isnan(whole):
        return None
    n_groups = int(groups.max()) + 1
    freedom = float(degrees_of_freedom(np.bincount(groups).astype(np.float64)[:, None])[0])
    if reason := too_few(n_groups, freedom, unit):
        return Uncertain(100 * whole, len(groups), n_groups, unit, None, None, reason)
    without = function((groups != np.arange(n_groups)[:, None]).astype(np.float32))
    if np.isnan(without).any():
        reason = f"it is undefined without some of the {unit}s"
        return Uncertain(100 * whole, len(groups), n_groups, unit, None, None, reason)
    influence = without.mean() - without
    half = float(stdtrit(freedom, 0.975)) * sqrt((n_groups - 1) / n_groups * float((influence**2).sum()))
    low, high = max(bounds[0], whole - half), min(bounds[1], whole + half)
    bootstrap = None
    if resampler is not None and half > _SAME:
        skew = float(acceleration(influence[:, None])[0])
        bootstrap = bca_interval(function(resampler.weights()), whole, skew, freedom)
    analytic = Interval(100 * low, 100 * high, "t") if half > _SAME else None
    reason = "" if analytic else f"it is the same without any of the {unit}s"
    return Uncertain(100 * whole, len(groups), n_groups, unit, analytic, bootstrap, reason)
