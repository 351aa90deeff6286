"""Plots for print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cuewise.reports.blocks import Plot
from cuewise.reports.drawing.labels import wrap
from cuewise.reports.drawing.plot_layout import Layout, known_references, lay_out
from cuewise.reports.drawing.plots import MAX_BANDS, MAX_WHISKERS, full_name, needs_legend
from cuewise.reports.drawing.svg import Letters, shapes
from cuewise.reports.numbers import known, titled
from cuewise.reports.palette import MODELS
from cuewise.reports.paper.figures import (
    GREY,
    NUMBERS,
    SIZE,
    WIDTH,
    Rows,
    has_interval,
    legend_of,
    unlike,
    words,
)

SHAPES: Final = ("circle", "square", "diamond", "triangle-up")
"""As `svg.sign` draws them, in its order."""

HEIGHT: Final = 280


def chart(alt: Any, plot: Plot) -> Any:
    """Points or lines with intervals and names; None where there is no number."""
    placed = lay_out(plot, 0, WIDTH, 0, HEIGHT, width=WIDTH + 200 if plot.lines else WIDTH)
    if not placed.points:
        return None
    keys = _keys(plot, placed)
    rows: Rows = [
        {
            "key": keys[place].name,
            "series": point.series,
            "x": plot.series[point.series].x[point.place],
            "y": point.value.value,
            "low": known(point.value.low),
            "high": known(point.value.high),
        }
        for place, point in enumerate(placed.points)
    ]
    domain = list(dict.fromkeys((key.name, key.colour, key.shape) for key in keys))
    names = [name for name, _, _ in domain]
    shown = placed.names.numbered or needs_legend(plot)
    legend = legend_of(alt, names) if shown else None
    color = alt.Color(
        "key:N", scale=alt.Scale(domain=names, range=[colour for _, colour, _ in domain]), legend=legend
    )
    shape = alt.Shape(
        "key:N", scale=alt.Scale(domain=names, range=[form for _, _, form in domain]), legend=legend
    )
    x, y = _x(alt, plot, placed), _y(alt, plot, placed, "y")
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, color=color, detail="series:N")
    layers = _references(alt, plot, placed)
    intervals = [row for row in rows if has_interval(row)]
    with_interval = alt.Chart(alt.InlineData(values=intervals)).encode(x=x, color=color, detail="series:N")
    low, high = _y(alt, plot, placed, "low"), alt.Y2("high:Q")
    if plot.lines and len(plot.series) <= MAX_BANDS and intervals:
        stretches = alt.Chart(alt.InlineData(values=_bands(plot, rows)))
        layers.append(
            stretches.mark_area(opacity=0.16).encode(x=x, color=color, detail="stretch:N", y=low, y2=high)
        )
    elif intervals and (not plot.lines or len(plot.series) <= MAX_WHISKERS):
        layers.append(with_interval.mark_rule(opacity=0.6).encode(y=low, y2=high))
    if plot.lines:
        stretches = alt.Chart(alt.InlineData(values=_stretches(plot, rows)))
        layers.append(stretches.mark_line(strokeWidth=1.6).encode(x=x, color=color, detail="stretch:N", y=y))
    size = 45 if len(rows) <= 60 else 16
    layers.append(base.mark_point(filled=True, opacity=1, size=size).encode(y=y, shape=shape))
    layers += [*_places(alt, plot, placed), *_names(alt, placed)]
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    colour: str
    shape: str


def _keys(plot: Plot, placed: Layout) -> list[_Key]:
    """What the legend says of each point: its series, or itself where numbers stand for names."""
    forms = shapes(series.colour for series in plot.series)
    names = unlike([series.name for series in plot.series])
    found: list[_Key] = []
    for point in placed.points:
        name = names[point.series]
        if placed.names.numbered:
            name = f"{placed.names.letters[len(found)].text}  {full_name(plot, point.series, point.place)}"
        colour = MODELS[plot.series[point.series].colour % len(MODELS)]
        found.append(_Key(name, colour, SHAPES[forms[point.series]]))
    return found


def _x(alt: Any, plot: Plot, placed: Layout) -> Any:
    # Names of places stand as text below the axis, since an expression for them would be made of foreign words.
    axis = alt.Axis(values=list(placed.x.ticks), grid=False, labels=not plot.x_names, format=NUMBERS)
    if plot.x_names:
        axis.titlePadding = 12 * max(map(len, _x_names(plot))) + 8
    scale = alt.Scale(domain=[placed.x.low, placed.x.high], nice=False, zero=False)
    return alt.X("x:Q", scale=scale, title=titled(plot.x_title, plot.x_unit), axis=axis)


def _y(alt: Any, plot: Plot, placed: Layout, field: str) -> Any:
    axis = alt.Axis(
        values=list(placed.y.ticks),
        format=NUMBERS,
        domain=False,
        ticks=False,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleX=-24,
        titleY=-12,
    )
    scale = alt.Scale(domain=[placed.y.low, placed.y.high], nice=False, zero=False)
    return alt.Y(f"{field}:Q", scale=scale, title=titled(plot.y_title, plot.y_unit), axis=axis)


def _x_names(plot: Plot) -> list[list[str]]:
    slot = WIDTH / max(1, len(plot.x_names)) - 4
    return [list(wrap(name, slot, SIZE, lines=4)) for name in plot.x_names]


def _places(alt: Any, plot: Plot, placed: Layout) -> list[Any]:
    letters = [
        Letters(placed.x(at), HEIGHT + 14 + 12 * row, words, "middle")
        for at, lines in enumerate(_x_names(plot))
        for row, words in enumerate(lines)
    ]
    return [_text(alt, letters, color="black")] if letters else []


def _references(alt: Any, plot: Plot, placed: Layout) -> list[Any]:
    layers = []
    for (_, value), letters in zip(known_references(plot), placed.references, strict=True):
        level = alt.Chart(alt.InlineData(values=[{"text": letters.text}]))
        height = placed.y(value)
        layers += [
            level.mark_rule(strokeDash=[5, 3], color=GREY).encode(
                x=alt.value(0), x2=alt.value(WIDTH), y=alt.value(height)
            ),
            _text(alt, [letters], color=GREY),
        ]
    return layers


def _names(alt: Any, placed: Layout) -> list[Any]:
    layers = []
    if leaders := placed.names.leaders:
        rows: Rows = [
            {
                "x1": one.x1,
                "y1": one.y1,
                "x2": one.x2,
                "y2": one.y2,
                "colour": MODELS[one.colour % len(MODELS)],
            }
            for one in leaders
        ]
        layers.append(
            alt.Chart(alt.InlineData(values=rows))
            .mark_rule(strokeWidth=0.6, opacity=0.6)
            .encode(
                x=alt.X("x1:Q", scale=None),
                y=alt.Y("y1:Q", scale=None),
                x2="x2:Q",
                y2="y2:Q",
                color=alt.Color("colour:N", scale=None),
            )
        )
    if placed.names.letters:
        layers.append(_text(alt, placed.names.letters, color="black"))
    return layers


def _text(alt: Any, letters: Sequence[Letters], *, color: str) -> Any:
    """Words at their places, pixels."""
    layers: list[Any] = []
    for anchor, align in (("start", "left"), ("middle", "center"), ("end", "right")):
        rows: Rows = [{"x": one.x, "y": one.y, "text": one.text} for one in letters if one.anchor == anchor]
        if rows:
            places = alt.Chart(alt.InlineData(values=rows)).encode(
                x=alt.X("x:Q", scale=None), y=alt.Y("y:Q", scale=None)
            )
            layers += words(places, align=align, color=color)
    return alt.layer(*layers)


def _stretches(plot: Plot, rows: Rows) -> Rows:
    """The points of lines, with a name for each stretch of a line that has no gap."""
    made: Rows = []
    for at, series in enumerate(plot.series):
        own = {row["x"]: row for row in rows if row["series"] == at}
        stretch = 0
        for x in sorted(series.x):
            if x not in own:
                stretch += 1
            else:
                made.append(own[x] | {"stretch": f"{at}/{stretch}"})
    return made


def _bands(plot: Plot, rows: Rows) -> Rows:
    return [row for row in _stretches(plot, rows) if has_interval(row)]
