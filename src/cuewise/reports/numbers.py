"""How a block's numbers are written, by their unit, for the eye and for the ear."""

from __future__ import annotations

from math import isfinite

from cuewise.reports.blocks import Unit, Value
from cuewise.reports.formats import DASH, decimal, hundredths, settled, signed


def known(value: float | None) -> float | None:
    """The number itself, or None where there is none to show: infinities and NaN are none."""
    return value if value is not None and isfinite(value) else None


def number(value: float | None, unit: Unit) -> str:
    """As it stands in a cell or beside a point, without its unit's sign.

    >>> number(39.26, "percent"), number(-3.2, "points"), number(1234, "count"), number(0.5, "ratio")
    ('39.3', '−3.2', '1,234', '0.50')
    >>> number(2.5, "count"), number(0.125, "none"), number(None, "percent")
    ('2.5', '0.125', '–')
    """
    value = known(value)
    if value is None:
        return DASH
    if unit == "percent":
        return decimal(round(settled(value), 1) + 0.0).replace("-", "−")
    if unit == "points":
        return signed(value)
    if unit == "ratio":
        return hundredths(value)
    value = settled(value)
    if value == round(value):
        return f"{value + 0.0:,.0f}".replace("-", "−")
    return (decimal(value) if unit == "count" else f"{value:.4g}").replace("-", "−")


def written(value: Value, unit: Unit) -> str:
    """As it stands in a table.

    >>> written(Value(0.0004, shown="< 0.001"), "none"), written(Value(39.26), "percent")
    ('< 0.001', '39.3')
    """
    return value.shown or number(value.value, unit)


def starred(value: Value, unit: Unit) -> str:
    """As it stands in a cell that has no room for its mark: a star says that there is one, and the note what it means.

    >>> starred(Value(7.5, mark="as printed"), "percent"), starred(Value(7.5), "percent")
    ('7.5*', '7.5')
    """
    return f"{number(value.value, unit)}{'*' if value.mark else ''}"


def tick(value: float, unit: Unit) -> str:
    """As it stands at an axis, without decimals that say nothing.

    >>> tick(50.0, "percent"), tick(2.5, "percent"), tick(-10.0, "points"), tick(0.25, "ratio"), tick(0.0, "points")
    ('50', '2.5', '−10', '0.25', '0')
    """
    value = settled(value) + 0.0
    sign = "+" if unit == "points" and value > 0 else ""
    return f"{sign}{value:,.6g}".replace("-", "−") if abs(value) < 1e6 else f"{sign}{value:.3g}"


def span(value: Value, unit: Unit) -> str:
    """`low–high` of its interval, in words where one end is negative; empty where it has none.

    >>> span(Value(39.3, 37.1, 41.5), "percent"), span(Value(1.0, -0.5, 2.5), "points"), span(Value(1.0), "count")
    ('37.1–41.5', '−0.5 to +2.5', '')
    """
    low, high = known(value.low), known(value.high)
    if known(value.value) is None or low is None or high is None:
        return ""
    between = " to " if low < 0 or unit == "points" else "–"
    return f"{number(low, unit)}{between}{number(high, unit)}"


def sign(unit: Unit) -> str:
    """What stands behind a title for its unit.

    >>> sign("percent"), sign("points"), sign("count")
    ('%', 'points', '')
    """
    return {"percent": "%", "points": "points"}.get(unit, "")


def axis_title(unit: Unit) -> str:
    """What an axis of numbers is called whose figure has a title of its own.

    >>> axis_title("percent"), axis_title("points"), axis_title("ratio")
    ('percent', 'percentage points', '')
    """
    return {"percent": "percent", "points": "percentage points"}.get(unit, "")


def titled(title: str, unit: Unit) -> str:
    """An axis's or column's title with its unit, unless it names it already.

    >>> titled("CoT", "percent"), titled("CoT, percent", "percent"), titled("Samples", "count")
    ('CoT, %', 'CoT, percent', 'Samples')
    """
    words = title.lower()
    named = "%" in title or "percent" in words or "points" in words
    return title if named or not sign(unit) else f"{title}, {sign(unit)}"


def remarks(value: Value, unit: Unit) -> str:
    """What is known beside the number: its interval, what it is over, its mark.

    >>> remarks(Value(39.3, 37.1, 41.5, n=650, mark="as printed, 39"), "percent")
    '95 % interval 37.1–41.5; n = 650; as printed, 39'
    """
    parts = []
    if interval := span(value, unit):
        parts.append(f"95 % interval {interval}")
    if value.n is not None:
        parts.append(f"n = {value.n:,}")
    if value.mark:
        parts.append(value.mark)
    return "; ".join(parts)


def told(value: Value, unit: Unit) -> str:
    """The number with its unit and all that is known of it.

    >>> told(Value(39.3, 37.1, 41.5), "percent"), told(Value(None), "percent")
    ('39.3 % (95 % interval 37.1–41.5)', 'no figure')
    """
    if known(value.value) is None:
        return "no figure" + (f" ({value.mark})" if value.mark else "")
    text = f"{number(value.value, unit)} {sign(unit)}".strip()
    return f"{text} ({more})" if (more := remarks(value, unit)) else text
