"""How figures are written in a report: one decimal, thousands grouped, a dash where there is nothing."""

from __future__ import annotations

from math import floor
from typing import Final, Protocol

DASH: Final = "–"
"""Stands where there is nothing to report on; never 0, never NaN."""

HEAT_LEVELS: Final = 20
"""Cells are coloured in steps of 5 percentage points."""


class Range(Protocol):
    """Bounds or an interval, percent."""

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...


def settled(value: float) -> float:
    """A figure without the last bits, which depend on the order in which samples were summed up.

    Without this a mean on the edge between two decimals would print differently when a run is opened again.
    """
    return round(value, 6)


def decimal(value: float | None) -> str:
    """One decimal, or a dash.

    >>> decimal(39.26), decimal(None), decimal(1234.5)
    ('39.3', '–', '1,234.5')
    """
    return DASH if value is None else f"{settled(value):,.1f}"


def count(value: int | None) -> str:
    """Thousands grouped, or a dash.

    >>> count(6500), count(None)
    ('6,500', '–')
    """
    return DASH if value is None else f"{value:,}"


def span(value: Range | None) -> str:
    """`low–high` with one decimal, or a dash."""
    return DASH if value is None else f"{decimal(value.low)}–{decimal(value.high)}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal, or a dash where there is no whole.

    >>> share(1, 8), share(0, 0)
    ('12.5', '–')
    """
    return decimal(100 * part / whole if whole else None)


def heat(percent: float | None) -> str:
    """Class of a coloured cell, `h0` to `h20`; empty for a dash.

    >>> heat(0.0), heat(39.3), heat(100.0), heat(None)
    ('h0', 'h7', 'h20', '')
    """
    return "" if percent is None else f"h{floor(settled(percent) * HEAT_LEVELS / 100)}"


def hundredths(value: float | None) -> str:
    """Two decimals, for what is no percentage; or a dash.

    >>> hundredths(0.8333), hundredths(-0.5), hundredths(None)
    ('0.83', '−0.50', '–')
    """
    return DASH if value is None else f"{round(settled(value), 2) + 0.0:.2f}".replace("-", "−")


def signed(value: float | None) -> str:
    """A difference with one decimal and its sign, or a dash.

    >>> signed(3.21), signed(-57.5), signed(0.0), signed(-0.04), signed(None)
    ('+3.2', '−57.5', '0.0', '0.0', '–')
    """
    if value is None:
        return DASH
    rounded = round(settled(value), 1)
    return f"{rounded:+,.1f}".replace("-", "−") if rounded else "0.0"
