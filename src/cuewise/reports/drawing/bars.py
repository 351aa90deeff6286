"""Bars with their intervals, one below the other."""

from __future__ import annotations

from cuewise.reports.blocks import Bar, Bars
from cuewise.reports.drawing.labels import cut, spread, width_of
from cuewise.reports.drawing.scales import Scale, fit
from cuewise.reports.drawing.svg import (
    NARROW,
    SIZE,
    Drawing,
    Letters,
    Mark,
    Stroke,
    box,
    colour_class,
    finite,
    line,
    moved,
    sign,
    whisker,
)
from cuewise.reports.numbers import axis_title, known, number, tick, told

_ROW = 23.0
_BAR = 11.0
_NAMES = 230.0
"""Most that names beside bars may take; longer ones are cut."""


def bars_drawing(bars: Bars, width: float) -> Drawing:
    """The bars at one width, pixels; on narrow pages a long name stands above its bar.

    Bars begin at 0; where the axis leaves 0 out they are dots, since a bar would show a length that means nothing.
    """
    longest = max((width_of(bar.name, SIZE) for bar in bars.bars), default=0.0)
    above = width <= NARROW and longest > width * 0.36
    left = 2.0 if above else min(_NAMES, longest) + 12
    right = 14 + max((width_of(number(bar.value.value, bars.unit), SIZE) for bar in bars.bars), default=0.0)
    references = [(name, value) for name, value in bars.reference if known(value) is not None]
    top = 8.0 + (SIZE + 3) * len(references)
    x = bars_scale(bars, left, width - right)
    marks: list[Mark] = []
    y, group = top, None
    for bar in bars.bars:
        if bar.group != group and bar.group:
            y += 4 if group is None else 10
            marks.append(Letters(0, y + 9, cut(bar.group, width, SIZE), "start", "group halo", bar.group))
            y += 20
        group = bar.group
        if above:
            marks.append(Letters(2, y + 7, cut(bar.name, width - 4, SIZE), "start", "halo", bar.name))
            y += 14
        else:
            marks.append(Letters(left - 9, y + _ROW / 2, cut(bar.name, left - 9, SIZE), "end", "", bar.name))
        marks += _bar(bars, bar, x, y + _ROW / 2, width)
        y += _ROW + (3 if above else 0)
    axis = _axis(bars, x, top - 2, y + 2)
    named = _references(bars, references, x, y + 2, width)
    values = [mark for mark in marks if isinstance(mark, Letters)]
    shapes = [mark for mark in marks if isinstance(mark, Stroke)]
    return Drawing(width, y + (42 if axis_title(bars.unit) else 24), (*axis, *shapes, *named, *values))


def bars_scale(bars: Bars, start: float, end: float) -> Scale:
    """The axis of the numbers: as the block says, else to hold them all, 0 included."""
    values = finite(value for _, value in bars.reference)
    for bar in bars.bars:
        if known(bar.value.value) is not None:
            values += finite((bar.value.value, bar.value.low, bar.value.high))
    low, high = known(bars.low), known(bars.high)
    if low is None and min(values, default=0.0) >= 0:
        low = 0.0
    if high is None and max(values, default=1.0) <= 0:
        high = 0.0
    about = 5 if end - start > 300 else 4 if end - start > 160 else 3
    return fit(values, bars.unit, start, end, low=low, high=high, about=about)


def _bar(bars: Bars, bar: Bar, x: Scale, middle: float, width: float) -> list[Mark]:
    colour, value = colour_class(bar.colour), known(bar.value.value)
    if value is None:
        return [Letters(x(max(x.low, min(0.0, x.high))) + 5, middle, "–", "start", "aside")]
    at = x(value)
    low, high = known(bar.value.low), known(bar.value.high)
    said = f"{bar.name}: {told(bar.value, bars.unit)}"
    marks: list[Mark] = []
    if x.low <= 0 <= x.high:
        begin = min(at, x(0))
        marks.append(Stroke(box(begin, middle - _BAR / 2, abs(at - x(0)), _BAR), f"bar {colour}", said))
    else:
        marks.append(Stroke(moved(sign(0), at, middle), f"dot {colour}", said))
    edge = at
    if low is not None and high is not None:
        marks.append(Stroke(whisker(x(low), x(high), middle, upright=False), "whisker", said))
        edge = max(at, x(high))
    text = number(value, bars.unit)
    marks.append(
        Letters(max(edge, x(0) if x.low <= 0 <= x.high else edge) + 6, middle, text, "start", "halo")
    )
    return marks


def _axis(bars: Bars, x: Scale, top: float, base: float) -> list[Mark]:
    marks: list[Mark] = [
        Stroke(line(x(value), top, x(value), base), "base" if value == 0 else "grid") for value in x.ticks
    ]
    marks += [Letters(x(value), base + 11, tick(value, bars.unit), "middle", "tick") for value in x.ticks]
    if title := axis_title(bars.unit):
        marks.append(Letters((x.start + x.end) / 2, base + 29, title, "middle", "axis"))
    return marks


def _references(
    bars: Bars, references: list[tuple[str, float]], x: Scale, base: float, width: float
) -> list[Mark]:
    """Upright lines whose names stand above the bars, each on a line of its own."""
    marks: list[Mark] = []
    rows = spread([0.0] * len(references), SIZE + 3, 9.0, 9.0 + (SIZE + 3) * max(1, len(references) - 1))
    for (name, value), row in zip(sorted(references, key=lambda one: -one[1]), rows, strict=True):
        text = f"{name}, {number(value, bars.unit)}"
        marks.append(Stroke(line(x(value), row + 7, x(value), base), "reference", text))
        room = width - 4
        shown = cut(text, room, SIZE)
        half = width_of(shown, SIZE) / 2
        centre = min(max(x(value), half + 2), width - half - 2)
        marks.append(Letters(centre, row, shown, "middle", "aside halo", text))
    return marks
