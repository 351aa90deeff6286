"""A coefficient of agreement with its interval, from sums over clusters.

Every coefficient here is a function of sums over units: counts of categories, coincidences, sums of squares. So what it
is in a resample of whole clusters is that function of weights @ sums, exactly, and all resamples are one matrix
product.

The interval is that of resampled clusters with these raters: it says how far other clips would change the figure, not
other raters. Where units have weights all sums are weighted; that units were drawn by strata is not used, which makes
the interval a little wide. It is BCa with levels widened for few clusters (`analysis.uncertainty.bca_interval`), since
agreement is skewed near its upper end; acceleration is by the jackknife over clusters, which the sums give exactly too.
What was measured stands in docs/decisions/026-agreement.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from cuewise.agreement.matrix import Ratings
from cuewise.analysis.clustered import sums_over
from cuewise.analysis.groups import acceleration
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import Resampler, bca_interval
from cuewise.scores.clusters import WORKING_CORRELATION, satterthwaite, too_few

RESAMPLES: Final = 1000
_AT_ONCE: Final = 2_000_000  # numbers
_ALIKE: Final = 1e-9

Statistic = Callable[[Floats], Floats]
"""From sums over clusters, (m, k), to a coefficient, (m,); NaN where it is undefined."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement with its 95 % interval, in its own unit."""

    name: str
    value: float | None
    """None where it is undefined; `why_none` says why."""
    low: float | None
    """None where no interval can be relied on, as the next; `why_none` says why."""
    high: float | None
    n_units: int
    """Units that it is over, as the next two: those that two or more rated, unless the function says otherwise."""
    n_raters: int
    n_ratings: int
    why_none: str = ""
    """Why there is no value, or else no interval; empty where there are both."""
    note: str = ""
    """What the value is over, where that is not all one would take it to be over; empty where it is."""


def coefficient(
    name: str,
    over: Ratings | None,
    value: float | None = None,
    ends: tuple[float, float] | None = None,
    *,
    why: str = "",
    note: str = "",
) -> Coefficient:
    """A coefficient over these ratings; `why` tells why a value or its interval is not given."""
    low, high = (None, None) if ends is None else ends
    counts = (0, 0, 0) if over is None else (over.n_units, over.n_raters, len(over))
    return Coefficient(name, value, low, high, *counts, why, note)


def too_few_clusters(ratings: Ratings) -> str:
    """Why no interval can be relied on with these clusters; empty where one can."""
    return too_few(ratings.n_clusters, freedom(ratings), ratings.cluster_kind)


def freedom(ratings: Ratings) -> float:
    """Degrees of freedom of a variance between the clusters, `scores.clusters.degrees_of_freedom` of a weighted mean:
    a cluster's score is the weighted sum of its units. NaN for a single cluster."""
    size, squares = (sums_over(ratings.cluster, column) for column in (ratings.weight, ratings.weight**2))
    variance = (1 - WORKING_CORRELATION) * squares + WORKING_CORRELATION * size * size
    return float(satterthwaite((size / size.sum())[:, None], variance[:, None])[0])


def effective_share(ratings: Ratings) -> float:
    """Of the units, how many units that count alike would tell as much: 1 / mean of squared weights (Kish, Survey
    Sampling, 1965); 1 where all do."""
    return float(1 / np.square(ratings.weight).mean())


def resampled(
    name: str,
    ratings: Ratings,
    parts: Sequence[Floats],
    statistic: Statistic,
    *,
    why: str,
    seed: int,
    n_resamples: int,
    note: str = "",
) -> Coefficient:
    """A coefficient and its interval by resampling.

    Args:
        ratings: what it is over.
        parts: sums over clusters, (m, k) each; m may be above `n_clusters`, where units count that nobody is compared
            on. The coefficient is the mean of `statistic` over them: one, or
            one of each pair of raters. Where it is undefined of one it is so of all, since a mean over other pairs
            would be another figure.
        why: why it is undefined, if it is.
    """

    def found(
        value: float | None = None, ends: tuple[float, float] | None = None, why: str = ""
    ) -> Coefficient:
        return coefficient(name, ratings, value, ends, why=why, note=note)

    value = float(_mean([statistic(part.sum(axis=0)[None]) for part in parts])[0])
    if np.isnan(value):
        return found(why=why)
    if few := too_few_clusters(ratings):
        return found(value, why=few)
    weights = _weights(len(parts[0]), n_resamples, seed)
    drawn = _mean([_each(weights @ part, statistic) for part in parts])
    known = drawn[~np.isnan(drawn)]
    if len(known) and np.ptp(known) < _ALIKE:
        drawn_alike = f"it is {value:.3g} whichever {ratings.cluster_kind}s are drawn"
        return found(value, why=f"{drawn_alike}, so that nothing tells how others might change it")
    without = _mean([_each(part, statistic, whole=part.sum(axis=0)) for part in parts])
    influence = np.nan_to_num(np.nanmean(without) - without)
    skew = float(acceleration(influence[:, None])[0])
    interval = bca_interval(drawn, value, skew, freedom(ratings))
    if interval is None:
        rare = "it is undefined in more than one of twenty resamples, so that no interval can be relied on"
        return found(value, why=rare)
    return found(value, (interval.low / 100, interval.high / 100))


@lru_cache(maxsize=1)
def _weights(n_clusters: int, n_resamples: int, seed: int) -> Floats:
    """How often each resample holds each cluster, (n_resamples, n_clusters); the same for coefficients that are asked
    for one after the other."""
    resampler = Resampler(range(n_clusters), n_resamples=n_resamples, seed=seed)
    return resampler.drawn.astype(np.float64)


def _each(rows: Floats, statistic: Statistic, *, whole: Floats | None = None) -> Floats:
    """The statistic of each row, or of the whole without it, (m, k) to (m,), a part of them at a time."""
    step = max(1, _AT_ONCE // rows.shape[1])
    parts = (rows[at : at + step] for at in range(0, len(rows), step))
    return np.concatenate([statistic(part if whole is None else whole - part) for part in parts])


def _mean(found: Sequence[Floats]) -> Floats:
    """Mean over parts, (m,); NaN where one is."""
    means: Floats = np.mean(found, axis=0)
    return means
