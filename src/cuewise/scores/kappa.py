"""Cohen's kappa: agreement of two readings beyond what their frequencies alone would give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weighting = Literal["unweighted", "linear", "quadratic"]

_POWERS: Final[dict[Weighting, int]] = {"unweighted": 0, "linear": 1, "quadratic": 2}


def cohen_kappa(pairs: Mapping[tuple[int, int], int], *, weighting: Weighting = "unweighted") -> float | None:
    """Kappa from a confusion table, -1..1; 1 is full agreement, 0 what chance gives.

    kappa = 1 - sum w_ij O_ij / sum w_ij E_ij with O the observed counts and E_ij = r_i c_j / n those that the row
    and column totals would give. Unweighted, w_ij is 1 where i and j differ, else 0 (Cohen, Educational and
    Psychological Measurement 20, 1960); linear |i - j|, quadratic (i - j)^2 (Cohen, Psychological Bulletin 70, 1968).
    Counts are whole numbers, of which no sum is rounded.

    Args:
        pairs: how often the two readings were categories i and j; on a scale, categories are its places.

    Returns:
        None where it is undefined: nothing was counted, or both readings are always one and the same category.

    >>> cohen_kappa({(0, 0): 20, (0, 1): 5, (1, 0): 10, (1, 1): 15})
    0.4
    """
    if not pairs:
        return None
    lowest = min(min(pair) for pair in pairs)
    size = max(max(pair) for pair in pairs) - lowest + 1
    table = np.zeros((size, size))
    for (row, column), count in pairs.items():
        table[row - lowest, column - lowest] = count
    kappa = float(kappa_of_tables(table, weighting=weighting))
    return None if np.isnan(kappa) else kappa


def kappa_of_tables(
    tables: Floats, *, weighting: Weighting = "unweighted", places: Floats | None = None
) -> Floats:
    """The same of confusion tables (..., k, k) of counts or weights, (...); NaN where it is undefined.

    Args:
        places: of the categories on their scale, (k,); None for 0, 1, 2 ...
    """
    at = np.arange(tables.shape[-1]) if places is None else places
    apart = np.abs(np.subtract.outer(at, at))
    weight = np.where(apart > 0, apart ** _POWERS[weighting], 0).astype(np.float64)
    observed = tables.sum(axis=(-2, -1)) * (weight * tables).sum(axis=(-2, -1))
    expected = ((tables.sum(axis=-1) @ weight) * tables.sum(axis=-2)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(expected > 0, (expected - observed) / expected, np.nan), dtype=np.float64)
