"""Profiles: a circle for few series, dots on a common scale for some, a small panel of each for many."""

from __future__ import annotations

from math import cos, pi, sin
from statistics import median
from typing import Final

from cuewise.reports.blocks import Profile, Series, Value
from cuewise.reports.drawing.labels import Anchor, cut, width_of, wrap
from cuewise.reports.drawing.scales import Scale, fit
from cuewise.reports.drawing.svg import (
    NARROW,
    SIZE,
    Drawing,
    KeyEntry,
    Letters,
    Mark,
    Stroke,
    colour_class,
    finite,
    line,
    moved,
    polyline,
    shapes,
    sign,
    whisker,
)
from cuewise.reports.numbers import axis_title, known, number, tick, told
from cuewise.reports.tabular import on_axes

MAX_ROUND: Final = 4
"""Series around a circle; more would hide one another."""

MAX_TOGETHER: Final = 8
"""Series as dots on one scale; each of more has a panel of its own."""

_AXES_ROUND: Final = range(5, 13)
_ROW: Final = 26.0
PANEL: Final = 264.0
"""Width of a panel, pixels."""


def is_round(profile: Profile) -> bool:
    """Whether it is drawn around a circle, which needs few series and neither few nor many axes."""
    return len(profile.series) <= MAX_ROUND and len(profile.axes) in _AXES_ROUND


def profile_drawing(profile: Profile, width: float) -> Drawing:
    """All series in one figure, at one width, pixels."""
    return _circle(profile) if is_round(profile) else _dots(profile, width)


def profile_key(profile: Profile) -> tuple[KeyEntry, ...]:
    """A line per series."""
    forms = shapes(series.colour for series in profile.series)
    return tuple(
        KeyEntry(series.name, f"dot {colour_class(series.colour)}", sign(form))
        for series, form in zip(profile.series, forms, strict=True)
    )


def profile_panels(profile: Profile) -> list[tuple[Series, Drawing]]:
    """Each series by itself, beside the median of all."""
    middles = [
        median(found)
        if (found := finite(on_axes(profile, series)[at].value for series in profile.series))
        else None
        for at in range(len(profile.axes))
    ]
    return [(series, _panel(profile, series, middles)) for series in profile.series]


def profile_scale(
    profile: Profile, start: float, end: float, *, intervals: bool = True, about: int = 5
) -> Scale:
    """The scale that all axes share, 0 included."""
    values = [0.0]
    for series in profile.series:
        for one in on_axes(profile, series):
            if known(one.value) is not None:
                values += finite((one.value, one.low, one.high) if intervals else (one.value,))
    return fit(values, profile.unit, start, end, about=about)


def _circle(profile: Profile) -> Drawing:
    width, radius = NARROW + 44, 108.0
    x0, y0 = width / 2, radius + 46
    scale = profile_scale(profile, 0, radius, intervals=False, about=4)
    turns = [2 * pi * at / len(profile.axes) - pi / 2 for at in range(len(profile.axes))]

    def at(turn: float, far: float) -> tuple[float, float]:
        return x0 + far * cos(turn), y0 + far * sin(turn)

    marks: list[Mark] = [
        Stroke(polyline(at(turn, scale(value)) for turn in turns) + "z", "ring")
        for value in scale.ticks
        if scale(value) > 0
    ]
    marks += [Stroke(line(x0, y0, *at(turn, radius)), "ring") for turn in turns]
    forms = shapes(series.colour for series in profile.series)
    for series, form in zip(profile.series, forms, strict=True):
        colour = colour_class(series.colour)
        values = on_axes(profile, series)
        corners = [
            at(turn, scale(one.value)) if one.value is not None and known(one.value) is not None else None
            for turn, one in zip(turns, values, strict=True)
        ]
        whole = None not in corners
        path = polyline(corners) + "z" if whole else polyline([*corners, corners[0]])
        if path:
            marks.append(Stroke(path, f"{'shape' if whole else 'line'} {colour}"))
        marks += [
            Stroke(moved(sign(form, 3.2), *corner), f"dot {colour}", _told(profile, series, place, one))
            for place, (corner, one) in enumerate(zip(corners, values, strict=True))
            if corner is not None
        ]
    marks += [
        Letters(x0 + 4, y0 - scale(value), tick(value, profile.unit), "start", "tick halo small")
        for value in scale.ticks
        if scale(value) > 0
    ]
    for name, turn in zip(profile.axes, turns, strict=True):
        x, y = at(turn, radius + 12)
        anchor: Anchor = "middle" if abs(cos(turn)) < 0.2 else "start" if cos(turn) > 0 else "end"
        room = {"start": width - x, "end": x, "middle": 150.0}[anchor]
        lines = wrap(name, max(30.0, room), SIZE)
        rise = (len(lines) - 1) * (SIZE + 1)
        first = y - (rise if sin(turn) < -0.9 else 0 if sin(turn) > 0.9 else rise / 2)
        marks += [
            Letters(x, first + place * (SIZE + 1), words, anchor, "", name if "…" in words else "")
            for place, words in enumerate(lines)
        ]
    return Drawing(width, 2 * radius + 92, tuple(marks))


def _told(profile: Profile, series: Series, place: int, value: Value) -> str:
    return f"{series.name}, {profile.axes[place]}: {told(value, profile.unit)}"


def _dots(profile: Profile, width: float) -> Drawing:
    longest = max((width_of(name, SIZE) for name in profile.axes), default=0.0)
    above = width <= NARROW and longest > width * 0.36
    left = 6.0 if above else min(220.0, longest) + 14
    x = profile_scale(profile, left, width - 10, about=5 if width > NARROW else 4)
    own = max(_ROW, 5.0 * len(profile.series) + 8)
    row = own + (15 if above else 0)
    height = len(profile.axes) * row
    base = 6 + height
    marks: list[Mark] = [
        Stroke(line(x(value), 6, x(value), base), "base" if value == 0 else "grid") for value in x.ticks
    ]
    marks += [Letters(x(value), base + 11, tick(value, profile.unit), "middle", "tick") for value in x.ticks]
    forms = shapes(series.colour for series in profile.series)
    step = 5.0 if len(profile.series) > 3 else 6.0
    for at, name in enumerate(profile.axes):
        middle = 6 + at * row + row - own / 2
        if at:
            marks.append(Stroke(line(0, 6 + at * row, width, 6 + at * row), "rule"))
        if above:
            marks.append(Letters(2, 6 + at * row + 10, cut(name, width - 4, SIZE), "start", "halo", name))
        else:
            marks.append(Letters(left - 11, middle, cut(name, left - 11, SIZE), "end", "", name))
        dots: list[Mark] = []
        for place, (series, form) in enumerate(zip(profile.series, forms, strict=True)):
            one = on_axes(profile, series)[at]
            if one.value is None or known(one.value) is None:
                continue
            y = middle + (place - (len(profile.series) - 1) / 2) * step
            colour = colour_class(series.colour)
            low, high = known(one.low), known(one.high)
            if low is not None and high is not None:
                marks.append(Stroke(whisker(x(low), x(high), y, upright=False, end=0), f"interval {colour}"))
            said = _told(profile, series, at, one)
            dots.append(Stroke(moved(sign(form, 3.6), x(one.value), y), f"dot {colour}", said))
        marks += dots
    if title := axis_title(profile.unit):
        marks.append(Letters((x.start + x.end) / 2, base + 29, title, "middle", "axis"))
    return Drawing(width, base + (38 if title else 22), tuple(marks))


def _panel(profile: Profile, series: Series, middles: list[float | None]) -> Drawing:
    left, right, row = 96.0, 40.0, 15.0
    x = profile_scale(profile, left, PANEL - right, about=2)
    base = 4 + row * len(profile.axes)
    colour = colour_class(series.colour)
    marks: list[Mark] = [
        Stroke(line(x(value), 4, x(value), base), "base" if value == 0 else "grid") for value in x.ticks
    ]
    for at, (name, one) in enumerate(zip(profile.axes, on_axes(profile, series), strict=True)):
        y = 4 + row * at + row / 2
        marks.append(Letters(left - 6, y, cut(name, left - 8, SIZE - 1), "end", "small", name))
        middle = middles[at]
        if middle is not None:
            marks.append(
                Stroke(
                    line(x(middle), y - 5, x(middle), y + 5),
                    "middle",
                    f"median {number(middle, profile.unit)}",
                )
            )
        if one.value is None or known(one.value) is None:
            marks.append(Letters(PANEL, y, "–", "end", "small aside"))
            continue
        low, high = known(one.low), known(one.high)
        if low is not None and high is not None:
            marks.append(Stroke(whisker(x(low), x(high), y, upright=False, end=0), f"interval {colour}"))
        said = _told(profile, series, at, one)
        marks.append(Stroke(moved(sign(0, 3.4), x(one.value), y), f"dot {colour}", said))
        marks.append(Letters(PANEL, y, number(one.value, profile.unit), "end", "small"))
    marks += [
        Letters(x(value), base + 9, tick(value, profile.unit), "middle", "tick small")
        for value in (x.ticks[0], x.ticks[-1])
    ]
    return Drawing(PANEL, base + 17, tuple(marks))
