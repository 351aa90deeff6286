"""Cohen's kappa: agreement of two readings beyond what their frequencies alone would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def cohen_kappa(pairs: Mapping[tuple[int, int], int], *, quadratic: bool = False) -> float | None:
    """Kappa from a confusion table, -1..1; 1 is full agreement, 0 what chance gives.

    kappa = 1 - sum w_ij O_ij / sum w_ij E_ij with O the observed counts and E_ij = r_i c_j / n those that the row
    and column totals would give. Unweighted, w_ij is 1 where i and j differ, else 0 (Cohen, Educational and
    Psychological Measurement 20, 1960); quadratic, w_ij = (i - j)^2 (Cohen, Psychological Bulletin 70, 1968).
    Sums are exact integers.

    Args:
        pairs: how often the two readings were categories i and j; on a scale, categories are its places.

    Returns:
        None where it is undefined: nothing was counted, or both readings are always one and the same category.

    >>> cohen_kappa({(0, 0): 20, (0, 1): 5, (1, 0): 10, (1, 1): 15})
    0.4
    """
    rows: Counter[int] = Counter()
    columns: Counter[int] = Counter()
    for (row, column), count in pairs.items():
        rows[row] += count
        columns[column] += count

    def weight(row: int, column: int) -> int:
        return (row - column) ** 2 if quadratic else int(row != column)

    observed = sum(weight(*pair) * count for pair, count in pairs.items())
    expected = sum(weight(row, column) * rows[row] * columns[column] for row in rows for column in columns)
    return (expected - rows.total() * observed) / expected if expected else None
