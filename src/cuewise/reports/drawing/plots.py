"""Plots: points and lines over two axes, with their names beside them as far as there is room."""

from __future__ import annotations

from typing import Final

from cuewise.reports.blocks import Plot, Series
from cuewise.reports.drawing.labels import (
    cut,
    width_of,
    wrap,
)
from cuewise.reports.drawing.plot_layout import (
    NAME_WIDTH,
    Point,
    by_point,
    known_references,
    lay_out,
    point_name,
    y_scale,
)
from cuewise.reports.drawing.scales import Scale
from cuewise.reports.drawing.svg import (
    NARROW,
    SIZE,
    Drawing,
    KeyEntry,
    Letters,
    Mark,
    Stroke,
    colour_class,
    line,
    moved,
    polyline,
    shapes,
    sign,
    whisker,
)
from cuewise.reports.numbers import known, tick, titled, told
from cuewise.reports.tabular import x_name

MAX_BANDS: Final = 3
"""Bands of more lines would be mud; these have whiskers."""

MAX_WHISKERS: Final = 8
"""Lines of more series show no intervals; the table under the figure does."""


def plot_drawing(plot: Plot, width: float) -> Drawing:
    """The plot at one width, pixels."""
    left, right = _margins(plot, width)
    names, below = _x_labels(plot, width - left - right)
    base = 286.0 if width <= NARROW else 366.0
    placed = lay_out(plot, left, width - right, 34.0, base, width=width)
    x, y = placed.x, placed.y
    marks: list[Mark] = _axes(plot, x, y, width - right, names)
    for (_, value), letters in zip(known_references(plot), placed.references, strict=True):
        marks.append(Stroke(line(x.start, y(value), x.end, y(value)), "reference", letters.title))
    marks += placed.references
    forms = shapes(series.colour for series in plot.series)
    for at, series in enumerate(plot.series):
        own = [point for point in placed.points if point.series == at]
        marks += _series(plot, series, own, forms[at], y)
    marks += [
        Stroke(line(one.x1, one.y1, one.x2, one.y2), f"leader {colour_class(one.colour)}")
        for one in placed.names.leaders
    ]
    return Drawing(width, base + below + 44, (*marks, *placed.names.letters), placed.names.numbered)


def plot_key(plot: Plot, *, numbered: bool) -> tuple[KeyEntry, ...]:
    """What tells points and lines apart that the drawing itself does not name; may be none.

    Args:
        numbered: whether numbers stand for names in the drawing; then a line per number, else per series.
    """
    forms = shapes(series.colour for series in plot.series)
    looks = [f"dot {colour_class(series.colour)}" for series in plot.series]
    if numbered and not plot.lines:
        places = [(at, place) for at, series in enumerate(plot.series) for place in range(len(series.x))]
        return tuple(
            KeyEntry(full_name(plot, at, place), looks[at], sign(forms[at]), number)
            for number, (at, place) in enumerate(places, 1)
        )
    if not numbered and not needs_legend(plot):
        return ()
    return tuple(
        KeyEntry(series.name, looks[at], sign(forms[at]), at + 1 if numbered else None)
        for at, series in enumerate(plot.series)
    )


def full_name(plot: Plot, series: int, place: int) -> str:
    """A point's name, with its series' where several have named points."""
    own = plot.series[series]
    if own.labels and len(plot.series) > 1:
        return f"{own.name}: {own.labels[place]}"
    return point_name(own, place)


def needs_legend(plot: Plot) -> bool:
    """Whether names beside points do not tell which series they are of."""
    if len(plot.series) < 2 or plot.lines:
        return False
    return not by_point(plot) or any(series.labels for series in plot.series)


def _margins(plot: Plot, width: float) -> tuple[float, float]:
    y = y_scale(plot, 1, 0)
    left = 12 + max(width_of(tick(one, plot.y_unit), SIZE) for one in y.ticks)
    if not plot.lines:
        return left, 14.0
    if len(plot.series) == 1:
        return left, 18.0
    if width <= NARROW:
        return left, 34.0
    longest = max((width_of(series.name, SIZE) for series in plot.series), default=0.0)
    return left, 28 + min(NAME_WIDTH, longest)


def _x_labels(plot: Plot, plot_width: float) -> tuple[list[tuple[str, ...]], float]:
    """Lines of each name under the axis, and how much room they take beyond one line; none are turned."""
    if not plot.x_names:
        return [], 0.0
    slot = plot_width / len(plot.x_names) - 6
    wrapped = [wrap(name, max(slot, 12.0), SIZE) for name in plot.x_names]
    if any(line.endswith("…") for lines in wrapped for line in lines):
        cut_names: list[tuple[str, ...]] = [(cut(name, 96, SIZE),) for name in plot.x_names]
        return cut_names, 0.72 * max(width_of(lines[0], SIZE) for lines in cut_names)
    return wrapped, (max(map(len, wrapped)) - 1) * (SIZE + 2)


def _axes(plot: Plot, x: Scale, y: Scale, right: float, names: list[tuple[str, ...]]) -> list[Mark]:
    base, left = y.start, x.start
    marks: list[Mark] = [
        Stroke(line(left, y(value), right, y(value)), "base" if value == 0 else "grid") for value in y.ticks
    ]
    marks += [Letters(left - 7, y(value), tick(value, plot.y_unit), "end", "tick") for value in y.ticks]
    y_title, x_title = titled(plot.y_title, plot.y_unit), titled(plot.x_title, plot.x_unit)
    marks.append(Letters(0, 10, cut(y_title, right, SIZE), "start", "axis", y_title))
    turned = bool(names) and max(width_of(one, SIZE) for lines in names for one in lines) > (
        (right - left) / len(names) - 5
    )
    deepest = 0.0
    for at, value in enumerate(x.ticks):
        across = x(value)
        marks.append(Stroke(line(across, base, across, base + 4), "grid"))
        if not names:
            marks.append(Letters(across, base + 13, tick(value, plot.x_unit), "middle", "tick"))
        elif turned:
            marks.append(
                Letters(across + 3, base + 12, names[at][0], "end", "tick", plot.x_names[at], turn=-45)
            )
            deepest = max(deepest, 0.72 * width_of(names[at][0], SIZE))
        else:
            for place, words in enumerate(names[at]):
                marks.append(Letters(across, base + 13 + place * (SIZE + 2), words, "middle", "tick"))
            deepest = max(deepest, (len(names[at]) - 1) * (SIZE + 2))
    below, across = base + 34 + deepest, (left + right) / 2
    marks.append(Letters(across, below, cut(x_title, right - left, SIZE), "middle", "axis", x_title))
    return marks


def _series(plot: Plot, series: Series, points: list[Point], form: int, y: Scale) -> list[Mark]:
    colour = colour_class(series.colour)
    marks: list[Mark] = []
    spread_out = [
        (point.x, y(point.value.low), y(point.value.high))
        for point in points
        if point.value.low is not None
        and point.value.high is not None
        and known(point.value.low) is not None
        and known(point.value.high) is not None
    ]
    if plot.lines and len(plot.series) <= MAX_BANDS and len(spread_out) > 1:
        marks += [Stroke(path, f"band {colour}") for path in _bands(series, points, y)]
    elif not plot.lines or len(plot.series) <= MAX_WHISKERS:
        # Ends of many whiskers would be all that one sees.
        end = 3.0 if len(plot.series) <= MAX_WHISKERS and len(points) <= 30 else 0.0
        marks += [
            Stroke(whisker(low, high, x, upright=True, end=end), f"interval {colour}")
            for x, low, high in spread_out
        ]
    if plot.lines:
        at = {point.place: (point.x, point.y) for point in points}
        order = sorted(range(len(series.x)), key=lambda place: series.x[place])
        if path := polyline(at.get(place) for place in order):
            marks.append(Stroke(path, f"line {colour}"))
    radius = 4.0 if len(points) <= 60 else 2.5
    marks += [
        Stroke(moved(sign(form, radius), point.x, point.y), f"dot {colour}", _told(plot, series, point))
        for point in points
    ]
    return marks


def _bands(series: Series, points: list[Point], y: Scale) -> list[str]:
    """Paths about stretches of the line without a gap."""
    at = {point.place: point for point in points}
    stretches: list[list[tuple[float, float, float]]] = [[]]
    for place in sorted(range(len(series.x)), key=lambda place: series.x[place]):
        low, high = known(series.y[place].low), known(series.y[place].high)
        if place not in at or low is None or high is None:
            stretches.append([])
        else:
            stretches[-1].append((at[place].x, y(low), y(high)))
    return [
        polyline([(x, low) for x, low, _ in part] + [(x, high) for x, _, high in reversed(part)]) + "z"
        for part in stretches
        if len(part) > 1
    ]


def _told(plot: Plot, series: Series, point: Point) -> str:
    name = series.name if point.name == series.name else f"{series.name}, {point.name}"
    return f"{name}: {x_name(plot, series.x[point.place])}, {told(point.value, plot.y_unit)}"
