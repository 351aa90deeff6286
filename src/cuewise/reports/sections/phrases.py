"""Statistics as they stand in sentences, and as values of blocks."""

from __future__ import annotations

from cuewise.analysis.clustered import Estimated
from cuewise.reports.blocks import Value
from cuewise.reports.formats import decimal, hundredths, signed


def value_of(found: Estimated | None, mark: str = "") -> Value:
    """An estimate as a block's value."""
    return Value(None) if found is None else Value(found.value, found.low, found.high, found.count, mark)


def percent(found: Estimated) -> str:
    """`12.3 % (95 % interval 10.0 to 15.1)`."""
    return f"{decimal(found.value)} % ({_interval(decimal(found.low), decimal(found.high), found)})"


def points(found: Estimated) -> str:
    """`+3.2 points (95 % interval +1.0 to +5.4)`."""
    return f"{signed(found.value)} points ({_interval(signed(found.low), signed(found.high), found)})"


def ratio(found: Estimated) -> str:
    """`0.33 (95 % interval 0.20 to 0.45)`."""
    return f"{hundredths(found.value)} ({_interval(hundredths(found.low), hundredths(found.high), found)})"


def _interval(low: str, high: str, found: Estimated) -> str:
    return "no interval" if found.low is None else f"95 % interval {low} to {high}"


def tested(p_value: float | None) -> str:
    """What a test says, for the mark of a value."""
    return "differs" if p_value is not None and p_value < 0.05 else ""


def plural(number: int, one: str, several: str = "") -> str:
    """`1 task`, `3 tasks`.

    >>> plural(1, "task"), plural(3, "task"), plural(1300, "of them", "of them")
    ('1 task', '3 tasks', '1,300 of them')
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
