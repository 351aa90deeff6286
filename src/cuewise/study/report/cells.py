"""Figures as cells of tables, and why there are none in a table's note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.estimates import Estimate, Share
from cuewise.analysis.clustered import Estimated
from cuewise.reports.blocks import Value

STANDS_FOR: Final = "Each answer counts for as many as it stands for"
"""Said of figures of a study whose items were drawn unequally."""


def ratio(found: Coefficient | None) -> Value:
    """A coefficient as it is."""
    return Value(None) if found is None else Value(found.value, found.low, found.high, n=found.n_units)


def percent(found: Coefficient | Estimated | None) -> Value:
    """A share as percent."""
    if found is None or found.value is None:
        return Value(None)
    low, high = (None if end is None else 100 * end for end in (found.low, found.high))
    n = found.n_units if isinstance(found, Coefficient) else found.count
    return Value(100 * found.value, low, high, n=n)


def share(found: Share | None) -> Value:
    """A share of steps, by the interval that takes those of an item together."""
    if found is None:
        return Value(None)
    return Value(found.value, found.clustered.low, found.clustered.high, n=found.steps)


def estimate(found: Estimate | None) -> Value:
    """An estimate in percent or points."""
    return Value(None) if found is None else Value(found.value, found.low, found.high)


def reasons(found: Iterable[tuple[str, str, Coefficient | None]]) -> str:
    """Why figures of a table are missing or stand without an interval, and what they leave out; empty where nothing is.

    Args:
        found: rows and columns with their figures.
    """
    by_reason: dict[str, dict[str, list[str]]] = {}
    columns_of: Counter[str] = Counter()
    for row, column, one in found:
        columns_of[row] += 1
        if one is None:
            continue
        what = "no figure" if one.value is None else "no interval"
        for reason in filter(None, (one.why_none and f"{what}, as {one.why_none}", one.note)):
            by_reason.setdefault(reason, {}).setdefault(row, []).append(column)
    lines = []
    for reason, rows in by_reason.items():
        of_columns: dict[str, list[str]] = {}
        for row, columns in rows.items():
            which = "" if len(columns) == columns_of[row] else f" ({', '.join(columns)})"
            of_columns.setdefault(which, []).append(row)
        cells = "; ".join(f"{', '.join(names)}{which}" for which, names in of_columns.items())
        lines.append(f"{cells}: {reason}.")
    return " ".join(lines)
