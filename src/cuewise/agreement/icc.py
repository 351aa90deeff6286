"""Intraclass correlations: how far several raters' numbers, such as scores 0..1, are the same number.

Which form (Shrout and Fleiss, Psychological Bulletin 86, 1979; McGraw and Wong, Psychological Methods 1, 1996):

- `2,1` and `2,k` where a panel rated the units: over those that every rater rated, if these are most. Raters are a
  sample of those who might have rated, and a rater who gives more to all units is as much in error as one who errs here
  and there: absolute agreement, two-way random effects.
- `1,1` and `1,k` where different units were rated by different raters. What is a rater's habit and what is error cannot
  be told apart then, and both count as error: one-way random effects, with unequal numbers of ratings.
- `3,1` and `3,k` leave raters' habits out (consistency, two-way mixed effects): for raters who are all there will
  ever be.

`x,1` is how far one rater can be relied on, `x,k` the mean of as many as rated a unit.

With n units, k raters, and mean squares between units MSB, within units MSW, between raters MSC and of the rest MSE:

    1,1 (MSB - MSW) / (MSB + (k - 1) MSW)                          1,k (MSB - MSW) / MSB
    2,1 (MSB - MSE) / (MSB + (k - 1) MSE + k (MSC - MSE) / n)      2,k (MSB - MSE) / (MSB + (MSC - MSE) / n)
    3,1 (MSB - MSE) / (MSB + (k - 1) MSE)                          3,k (MSB - MSE) / MSB

With unequal numbers m_i of ratings, N in all, k is k_0 = (N - sum m_i^2 / N) / (n - 1) (Donner, International
Statistical Review 54, 1986).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import fdtri

from cuewise.agreement.coefficient import RESAMPLES, Coefficient, coefficient, resampled
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import NOT_PAIRED
from cuewise.analysis.clustered import sums_over
from cuewise.analysis.table import Floats

Form = Literal["1,1", "1,k", "2,1", "2,k", "3,1", "3,k"]

_LEVEL: Final = 0.975
_ALIKE: Final = "units do not differ, so that it is undefined"
_NOTHING: Final = 1e-12  # of a mean square, where values have variance 1


def icc(
    ratings: Ratings,
    *,
    form: Form | None = None,
    interval: Literal["bootstrap", "f"] = "bootstrap",
    seed: int = 0,
    n_resamples: int = RESAMPLES,
) -> Coefficient:
    """An intraclass correlation, at most 1; 0 or below: ratings of a unit are no more alike than any.

    Args:
        ratings: numbers.
        form: None for `2,1` where most units, and at least two, were rated by every rater, else `1,1`. Forms of two
            ways are over those units; `Coefficient.note` tells of the others, and of `1,1` where it is not asked for.
        interval: `bootstrap` is of whole clusters with these raters. `f` is the papers', for normal values of
            independent units; those of `2,1` and `2,k` are for other raters too, and wider. With unequal numbers of
            ratings it is an approximation that takes k_0 for the number of each unit.

    Raises:
        InputError: the ratings are categories.
        ValueError: a form of two ways, and not most units were rated by every rater.
    """
    ratings.numbers()
    panel = _panel(ratings)
    chosen: Form = form or ("1,1" if panel is None else "2,1")
    name, note, over = f"ICC({chosen})", "", ratings
    if chosen[0] != "1":
        if panel is None:
            raise ValueError(f"{name} needs most units rated by every rater; take 1,1 or 1,k")
        over = panel
        if over.n_units < ratings.n_units:
            note = (
                f"over the {over.n_units} of {ratings.n_units} units that all {ratings.n_raters} raters rated"
            )
    elif form is None:
        note = "raters differ from unit to unit, so that their habits count as error"
    if why := _nothing_to_tell(over):
        return coefficient(name, None if over.pairable() is None else over, why=why)
    sums, analysis = _one_way(over) if chosen[0] == "1" else _two_way(over)
    formula = _FORMULAS[chosen]
    if interval == "f":
        return _with_f(chosen, name, over, analysis(sums.sum(axis=0)[None]), note)
    return resampled(
        name,
        over,
        [sums],
        lambda some: formula(analysis(some)),
        why=_ALIKE,
        note=note,
        seed=seed,
        n_resamples=n_resamples,
    )


def _panel(ratings: Ratings) -> Ratings | None:
    """The ratings of the units that every rater rated; None where these are not most."""
    by_all = ratings.per_unit == ratings.n_raters
    if 2 * np.count_nonzero(by_all) <= ratings.n_units:
        return None
    return ratings.select(by_all[ratings.unit])


def _nothing_to_tell(ratings: Ratings) -> str:
    """Why there is no correlation; empty where there may be one."""
    if ratings.pairable() is None:
        return NOT_PAIRED
    if ratings.n_units < 2:
        return "of a single unit nothing can be told"
    if np.ptp(ratings.value) == 0:
        return f"all ratings are {ratings.value[0]:g}: nothing varies"
    return ""


def _with_f(form: Form, name: str, ratings: Ratings, squares: _Squares, note: str) -> Coefficient:
    """The correlation with the papers' interval, where that holds."""
    value = float(_FORMULAS[form](squares)[0])
    if np.isnan(value):
        return coefficient(name, ratings, why=_ALIKE, note=note)
    ends, why = None, ""
    errors = squares.error + (squares.raters if form[0] == "2" else 0)
    if ratings.n_clusters < ratings.n_units:
        why = f"units of one {ratings.cluster_kind} are not independent, which this interval takes them to be"
    elif ratings.weighted:
        why = "units have weights, which this interval does not know"
    elif errors[0] <= _NOTHING:
        why = "raters do not differ, so that nothing tells how others might"
    else:
        ends = _by_f(form, squares)
    return coefficient(name, ratings, value, ends, why=why, note=note)


@dataclass(frozen=True)
class _Squares:
    """Mean squares in m resamples, (m,) each."""

    n: Floats
    """Units."""
    k: Floats
    """Raters of a unit."""
    between: Floats
    error: Floats
    """Within units (one way), or of the rest (two ways)."""
    raters: Floats
    """Between raters; of no use in one way."""
    freedom: Floats
    """Degrees of freedom of `error`."""


Analysis = Callable[[Floats], _Squares]


def _one_way(ratings: Ratings) -> tuple[Floats, Analysis]:
    """By cluster: n, N, sum m^2, sum x, sum (x_i.)^2 / m, and squares within units."""
    x, size = _standardised(ratings), ratings.per_unit
    total = sums_over(ratings.unit, x)
    apart = x - (total / size)[ratings.unit]
    within = sums_over(ratings.unit, apart * apart)

    def analysis(sums: Floats) -> _Squares:
        n, ratings_, sizes, total, between, within = sums.T
        with np.errstate(divide="ignore", invalid="ignore"):
            return _Squares(
                n=n,
                k=(ratings_ - sizes / ratings_) / (n - 1),
                between=(between - total * total / ratings_) / (n - 1),
                error=within / (ratings_ - n),
                raters=np.zeros_like(n),
                freedom=ratings_ - n,
            )

    ones = np.ones(ratings.n_units)
    return ratings.sums(ones, size, size * size, total, total * total / size, within), analysis


def _two_way(ratings: Ratings) -> tuple[Floats, Analysis]:
    """By cluster: n, sum (x_i.)^2 / k, squares within units, and each rater's sum."""
    k = ratings.n_raters
    table = np.empty((ratings.n_units, k))
    table[ratings.unit, ratings.rater] = _standardised(ratings)
    mean = table.mean(axis=1)
    within = np.square(table - mean[:, None]).sum(axis=1)

    def analysis(sums: Floats) -> _Squares:
        n, between, within, by_rater = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:]
        whole = by_rater.sum(axis=1) ** 2 / (n * k)
        raters = np.maximum(0, np.square(by_rater).sum(axis=1) / n - whole)
        freedom = (n - 1) * (k - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return _Squares(
                n=n,
                k=np.full_like(n, k),
                between=(between - whole) / (n - 1),
                error=np.maximum(0, within - raters) / freedom,
                raters=raters / (k - 1),
                freedom=freedom,
            )

    return ratings.sums(np.ones(ratings.n_units), k * mean * mean, within, table), analysis


def _standardised(ratings: Ratings) -> Floats:
    """The values with mean 0 and variance 1: of no matter to the correlation, but to rounding."""
    found: Floats = (ratings.value - ratings.value.mean()) / ratings.value.std()
    return found


def _ratio(part: Floats, whole: Floats) -> Floats:
    found: Floats = part / np.where(whole > _NOTHING, whole, np.nan)
    return found


_FORMULAS: Final[dict[Form, Callable[[_Squares], Floats]]] = {
    "1,1": lambda s: _ratio(s.between - s.error, s.between + (s.k - 1) * s.error),
    "1,k": lambda s: _ratio(s.between - s.error, s.between),
    "2,1": lambda s: _ratio(
        s.between - s.error, s.between + (s.k - 1) * s.error + s.k * (s.raters - s.error) / s.n
    ),
    "2,k": lambda s: _ratio(s.between - s.error, s.between + (s.raters - s.error) / s.n),
    "3,1": lambda s: _ratio(s.between - s.error, s.between + (s.k - 1) * s.error),
    "3,k": lambda s: _ratio(s.between - s.error, s.between),
}


def _by_f(form: Form, squares: _Squares) -> tuple[float, float]:
    """The papers' 95 % interval (McGraw and Wong, table 7; Shrout and Fleiss, formulas 9 to 11), (1,) each."""
    n, k, freedom = float(squares.n[0]), float(squares.k[0]), float(squares.freedom[0])
    between, error, raters = float(squares.between[0]), float(squares.error[0]), float(squares.raters[0])
    if form[0] == "2":
        one = float(_FORMULAS["2,1"](squares)[0])
        a, b = k * one * raters, n * error * (1 + (k - 1) * one) - k * one * error
        v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a * a + b * b)
        upon = k * raters + (k * n - k - n) * error
        below = float(fdtri(n - 1, v, _LEVEL))
        above = float(fdtri(v, n - 1, _LEVEL))
        low = n * (between - below * error) / (below * upon + n * between)
        high = n * (above * between - error) / (upon + n * above * between)
    else:
        ratio = between / error
        lower = ratio / float(fdtri(n - 1, freedom, _LEVEL))
        upper = ratio * float(fdtri(freedom, n - 1, _LEVEL))
        low, high = (lower - 1) / (lower + k - 1), (upper - 1) / (upper + k - 1)
    if form[2] == "k":  # Spearman and Brown
        low, high = (k * end / (1 + (k - 1) * end) for end in (low, high))
    return low, high
