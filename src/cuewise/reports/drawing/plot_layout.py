"""Where everything between a plot's axes goes, whatever draws it: points, level lines and names."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from cuewise.reports.blocks import Plot, Series, Value
from cuewise.reports.drawing.labels import (
    Anchor,
    Box,
    Placed,
    box_of,
    cut,
    place_labels,
    spread,
)
from cuewise.reports.drawing.scales import Scale, fit
from cuewise.reports.drawing.svg import (
    NARROW,
    SIZE,
    Letters,
    colour_class,
    finite,
)
from cuewise.reports.numbers import known, number

MAX_NAMED: Final = 60
"""Points of a plot with more are not named in it."""

NAME_WIDTH: Final = 170.0
"""Of a line's name, and of a point's where the plot is small, pixels."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value where it is drawn."""

    series: int
    place: int
    x: float
    y: float
    value: Value
    name: str


@dataclass(frozen=True, slots=True)
class Leader:
    """A thin stroke from a line's end to its name, pixels."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: int


@dataclass(frozen=True, slots=True)
class Names:
    """What names points or lines."""

    letters: tuple[Letters, ...]
    leaders: tuple[Leader, ...]
    """From lines to names that had to move."""
    numbered: bool
    """Whether numbers stand for names."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything between the axes goes, whatever draws it."""

    x: Scale
    y: Scale
    points: tuple[Point, ...]
    references: tuple[Letters, ...]
    """Names of the level lines that can be drawn, in their order."""
    names: Names


def lay_out(plot: Plot, left: float, right: float, top: float, base: float, *, width: float) -> Layout:
    """Place points and words.

    Args:
        left: pixels, as all: where the x axis begins; `right` where it ends.
        top: where the y axis ends; `base` where it begins, below.
        width: of the figure; lines are named in what is left of it.
    """
    x, y = _x_scale(plot, left, right), y_scale(plot, base, top)
    points = _points(plot, x, y)
    references = _references(plot, points, x, y)
    taken = [box_of(one.text, Placed(one.x, one.y, one.anchor), SIZE) for one in references]
    room = Box(left, top - 12, width - 2, base)
    return Layout(x, y, tuple(points), tuple(references), _names(plot, points, room, taken, x, y))


def known_references(plot: Plot) -> list[tuple[str, float]]:
    """The level lines that can be drawn."""
    return [(name, value) for name, value in plot.reference if known(value) is not None]


def by_point(plot: Plot) -> bool:
    """Whether points have names, each its own: those of its label, or of a series that is one point."""
    if plot.lines or sum(len(series.x) for series in plot.series) > MAX_NAMED:
        return False
    return all(series.labels or len(series.x) <= 1 for series in plot.series)


def point_name(series: Series, place: int) -> str:
    return series.labels[place] if series.labels else series.name


def _x_scale(plot: Plot, start: float, end: float) -> Scale:
    values = finite(one for series in plot.series for one in series.x)
    if plot.x_names:
        last = len(plot.x_names) - 1
        slack = 0.5 if not plot.lines else 0.25
        ticks = tuple(float(at) for at in range(last + 1))
        return Scale(-slack, last + slack, start, end, ticks)
    return fit(values, plot.x_unit, start, end, about=5 if end - start > NARROW else 4)


def y_scale(plot: Plot, start: float, end: float) -> Scale:
    values = [value for _, value in plot.reference if known(value) is not None]
    for series in plot.series:
        for one in series.y:
            if known(one.value) is not None:
                values += finite((one.value, one.low, one.high))
    return fit(values, plot.y_unit, start, end)


def _points(plot: Plot, x: Scale, y: Scale) -> list[Point]:
    return [
        Point(at, place, x(across), y(value.value), value, point_name(series, place))
        for at, series in enumerate(plot.series)
        for place, (across, value) in enumerate(zip(series.x, series.y, strict=True))
        if known(across) is not None and value.value is not None and known(value.value) is not None
    ]


def _references(plot: Plot, points: list[Point], x: Scale, y: Scale) -> list[Letters]:
    """The level lines' names, each where it covers least, above or below its line."""
    found: list[Letters] = []
    taken = _covered(plot, points)
    for name, value in known_references(plot):
        text = f"{name}, {number(value, plot.y_unit)}"
        shown = cut(text, x.end - x.start - 8, SIZE)
        spots = [
            Placed(across, y(value) + down, anchor)
            for down in (-8.0, 9.0)
            for across, anchor in _stations(x)
            if y.end - 4 <= y(value) + down <= y.start - 6
        ]
        best = min(spots, key=lambda spot: sum(box_of(shown, spot, SIZE).meets(box) for box in taken))
        taken.append(box_of(shown, best, SIZE))
        found.append(Letters(best.x, best.y, shown, best.anchor, "aside halo", text))
    return found


def _covered(plot: Plot, points: list[Point]) -> list[Box]:
    """What points cover, and lines at eight places between each two of theirs."""
    spots = [(point.x, point.y) for point in points]
    if plot.lines:
        ordered = sorted(points, key=lambda point: (point.series, point.x))
        for first, second in pairwise(ordered):
            if first.series == second.series:
                across, up = second.x - first.x, second.y - first.y
                spots += [(first.x + across * at / 8, first.y + up * at / 8) for at in range(1, 8)]
    return [Box(x - 6, y - 6, x + 6, y + 6) for x, y in spots]


def _stations(x: Scale) -> tuple[tuple[float, Anchor], ...]:
    across = x.end - x.start
    inner: tuple[tuple[float, Anchor], ...] = tuple(
        (round(x.start + across * share, 1), "middle") for share in (0.35, 0.5, 0.65)
    )
    return (x.start + 4, "start"), (x.end - 4, "end"), *inner


def _names(plot: Plot, points: list[Point], room: Box, taken: list[Box], x: Scale, y: Scale) -> Names:
    if plot.lines:
        return _line_names(plot, points, room, x, y)
    if not by_point(plot) or (len(plot.series) == 1 and not plot.series[0].labels):
        return Names((), (), False)
    places = [(point.x, point.y) for point in points]
    names = [cut(point.name, max(NAME_WIDTH, 0.6 * (room.right - room.left)), SIZE) for point in points]
    spots = place_labels(places, names, room, taken=taken, size=SIZE)
    numbered = not all(spots)
    if numbered:
        before = [sum(len(series.x) for series in plot.series[:at]) for at in range(len(plot.series))]
        names = [str(before[point.series] + point.place + 1) for point in points]
        spots = place_labels(places, names, room, taken=taken, size=SIZE)
    found = [
        spot or Placed(point.x + 7, point.y - 7, "start") for spot, point in zip(spots, points, strict=True)
    ]
    letters = tuple(
        Letters(spot.x, spot.y, text, spot.anchor, "halo", point.name)
        for spot, text, point in zip(found, names, points, strict=True)
    )
    return Names(letters, (), numbered)


def _line_names(plot: Plot, points: list[Point], room: Box, x: Scale, y: Scale) -> Names:
    """Right of the lines' ends, the topmost line's first."""
    if len(plot.series) == 1:
        return Names((), (), False)
    last = {point.series: point for point in sorted(points, key=lambda point: point.x)}
    ends = [last[at] for at in sorted(last)]
    numbered = room.right <= NARROW
    letters: list[Letters] = []
    leaders: list[Leader] = []
    for point, place in zip(ends, spread([one.y for one in ends], SIZE + 2, y.end, y.start), strict=True):
        series = plot.series[point.series]
        text = str(point.series + 1) if numbered else cut(series.name, NAME_WIDTH, SIZE)
        if abs(place - point.y) > 4 or x.end - point.x > 12:
            leaders.append(Leader(point.x + 6, point.y, x.end + 14, place, series.colour))
        look = f"ink {colour_class(series.colour)}"
        letters.append(Letters(x.end + 17, place, text, "start", look, series.name))
    return Names(tuple(letters), tuple(leaders), numbered)
