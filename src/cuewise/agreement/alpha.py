"""Krippendorff's alpha: agreement beyond chance on categories, scales and numbers, with ratings missing or not."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cuewise.agreement.coefficient import RESAMPLES, Coefficient, Statistic, coefficient, resampled
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import NOT_PAIRED, one_category
from cuewise.analysis.clustered import sums_over
from cuewise.analysis.table import Floats

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(
    ratings: Ratings, *, level: Level = "nominal", seed: int = 0, n_resamples: int = RESAMPLES
) -> Coefficient:
    """alpha = 1 - D_o / D_e, at most 1; 0 is what chance gives.

    Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). With m_u ratings of unit u, two or more, and n of
    all such units, D_o is the mean of delta^2 over pairs of ratings of a unit, each rating counting once whatever
    m_u, and D_e that over all pairs of ratings. delta is 1 for different values (nominal), the difference of their
    values (interval), or of their mean ranks among all ratings (ordinal), which is his sum of n_g from one to the
    other less half of both ends.

    Raises:
        InputError: nominal or ordinal data of more than `MAX_CATEGORIES` values, or interval data that are no numbers.
    """
    name = f"Krippendorff's alpha ({level})"
    paired = ratings.pairable()
    if paired is None:
        return coefficient(name, None, why=NOT_PAIRED)
    if level == "interval":
        numbers = paired.numbers()
        if np.ptp(numbers) == 0:
            why = f"all ratings are {numbers[0]:g}: there is no agreement beyond chance to tell"
            return coefficient(name, paired, why=why)
        sums, statistic = _interval(paired)
    elif alike := one_category(paired):
        return coefficient(name, paired, why=alike)
    else:
        sums, statistic = _nominal(paired) if level == "nominal" else _ordinal(paired)
    return resampled(name, paired, [sums], statistic, why=NOT_PAIRED, seed=seed, n_resamples=n_resamples)


def _nominal(paired: Ratings) -> tuple[Floats, Statistic]:
    """By cluster: coincidences of a category with itself, sum_k n_uk (n_uk - 1) / (m_u - 1), and n_uk of each."""
    counts, size = paired.counts, paired.per_unit
    alike = (counts * (counts - 1)).sum(axis=1) / (size - 1)

    def statistic(sums: Floats) -> Floats:
        n_k = sums[:, 1:]
        n = n_k.sum(axis=1)
        return _alpha((n - sums[:, 0]) * (n - 1), n * n - np.square(n_k).sum(axis=1))

    return paired.sums(alike, counts), statistic


def _ordinal(paired: Ratings) -> tuple[Floats, Statistic]:
    """By cluster: n_uk of each value, and coincidences n_ui n_uj / (m_u - 1) of each two values i < j that ever
    coincide. Mean ranks are those of the resample."""
    counts, size = paired.counts, paired.per_unit
    n_values = counts.shape[1]
    rated = (counts > 0).astype(np.float64)
    lower, upper = np.nonzero(np.triu(rated.T @ rated, 1))
    coincidences = [
        paired.sums(counts[:, i] * counts[:, j] / (size - 1)) for i, j in zip(lower, upper, strict=True)
    ]

    def statistic(sums: Floats) -> Floats:
        n_k, coinciding = sums[:, :n_values], sums[:, n_values:]
        n = n_k.sum(axis=1)
        rank = n_k.cumsum(axis=1) - n_k / 2
        apart = np.square(rank[:, lower] - rank[:, upper])
        expected = n * (n_k * rank * rank).sum(axis=1) - np.square((n_k * rank).sum(axis=1))
        return _alpha((coinciding * apart).sum(axis=1) * (n - 1), expected)

    return np.hstack([paired.sums(counts), *coincidences]), statistic


def _interval(paired: Ratings) -> tuple[Floats, Statistic]:
    """By cluster: within units sum_u m_u / (m_u - 1) sum (x - mean_u)^2; n, sum x and sum x^2.

    Of all pairs in a set of m, squared differences sum up to 2 m times the squares about the mean, so that D_o is twice
    the first over n, and D_e 2 / (n - 1) times the squares about the mean of all.
    """
    values = paired.numbers()
    x = (values - values.mean()) / values.std()  # of no matter to alpha, but to rounding
    size = paired.per_unit
    total, squares = (sums_over(paired.unit, column) for column in (x, x * x))
    apart = x - (total / size)[paired.unit]
    within = sums_over(paired.unit, apart * apart) * size / (size - 1)

    def statistic(sums: Floats) -> Floats:
        within, n, total, squares = sums.T
        return _alpha(within * (n - 1), n * squares - total * total)

    return paired.sums(within, size, total, squares), statistic


def _alpha(observed: Floats, expected: Floats) -> Floats:
    """1 - observed / expected disagreement; NaN where there is none to expect."""
    found: Floats = 1 - observed / np.where(expected > 1e-9, expected, np.nan)
    return found
