"""Blocks made ready for the template: every text as it will stand, every colour as a class of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup, escape

from cuewise.reports.blocks import (
    Bars,
    Block,
    Cell,
    Details,
    Gallery,
    HeatMap,
    Plot,
    Profile,
    Table,
    Text,
    Unit,
    Value,
    Words,
)
from cuewise.reports.drawing.addresses import OWN_ADDRESS
from cuewise.reports.drawing.bars import bars_drawing
from cuewise.reports.drawing.cards import gallery_view
from cuewise.reports.drawing.plots import plot_drawing, plot_key
from cuewise.reports.drawing.profiles import (
    MAX_TOGETHER,
    is_round,
    profile_drawing,
    profile_key,
    profile_panels,
)
from cuewise.reports.drawing.svg import NARROW, WIDE, finite
from cuewise.reports.drawing.view_types import (
    BlockView,
    DetailsView,
    FigureView,
    HeadView,
    HeatView,
    Key,
    PanelView,
    TableView,
    WordsView,
)
from cuewise.reports.numbers import known, number, remarks, sign, span, starred, tick, told, written
from cuewise.reports.palette import LEVELS, level
from cuewise.reports.tabular import figure_table, on_axes

FILTERED_FROM: Final = 13
"""Rows from which a table has a filter."""

MAX_LISTED: Final = 200
"""Numbers behind a figure that are listed under it."""

SHORT: Final = 28
"""Letters up to which a row's name is not wrapped."""


def view(block: Block) -> BlockView:
    """A block for the template."""
    match block:
        case Table():
            return table_view(block)
        case HeatMap():
            return heat_view(block)
        case Plot():
            return _plot_view(block)
        case Bars():
            return _bars_view(block)
        case Profile():
            return _profile_view(block)
        case Gallery():
            return gallery_view(block)
        case Words():
            return WordsView(block.paragraphs, block.warning)
        case Details():
            return DetailsView(block.summary, tuple(view(one) for one in block.blocks))


def table_view(table: Table) -> TableView:
    """A table for the template; a column is one of numbers if its unit or any of its cells says so."""
    numeric = [
        column.unit != "none" or any(isinstance(row[at], Value) for row in table.rows)
        for at, column in enumerate(table.columns)
    ]
    heads = tuple(
        HeadView(
            column.title, _unit_beside(column.title, column.unit), column.help, is_numeric, column.rising
        )
        for column, is_numeric in zip(table.columns, numeric, strict=True)
    )
    units = [column.unit for column in table.columns]
    rows = tuple(_row(row, units, numeric) for row in table.rows)
    return TableView(table.id, table.title, table.note, heads, rows, len(rows) >= FILTERED_FROM)


def _unit_beside(title: str, unit: Unit) -> str:
    return "" if "%" in title or "percent" in title.lower() or "points" in title.lower() else sign(unit)


def _row(row: Sequence[Cell], units: Sequence[Unit], numeric: Sequence[bool]) -> Markup:
    """A row's cells; written here, as a macro call for each of tens of thousands takes the template long."""
    cells = []
    for at, (cell, unit, of_numbers) in enumerate(zip(row, units, numeric, strict=True)):
        tag, scope = ("td", "") if at else ("th", ' scope="row"')
        if isinstance(cell, Text):
            look = 'class="num"' if of_numbers else 'dir="auto"'
            if not of_numbers and not at and len(cell.text) <= SHORT:
                look += ' class="short"'
            text = str(escape(cell.text))
            if OWN_ADDRESS.fullmatch(cell.href):
                text = f'<a href="{escape(cell.href)}">{text}</a>'
            kind = "range" if of_numbers else "sub"
            sub = f' <span class="{kind}">{escape(cell.sub)}</span>' if cell.sub else ""
            cells.append(f"<{tag}{scope} {look}>{text}{sub}</{tag}>")
            continue
        # What is not escaped is numbers as we write them.
        value, interval = known(cell.value), span(cell, unit)
        sort = "" if value is None else f' data-v="{value:.9g}"'
        title = f' title="n = {cell.n:,}"' if cell.n is not None else ""
        sub = f' <span class="range">{interval}</span>' if interval else ""
        mark = f' <span class="mark">{escape(cell.mark)}</span>' if cell.mark else ""
        cells.append(
            f'<{tag}{scope} class="num"{sort}{title}>{escape(written(cell, unit))}{sub}{mark}</{tag}>'
        )
    return Markup("".join(cells))  # noqa: S704 - every text is escaped


def heat_view(heat: HeatMap) -> HeatView:
    """A heat map for the template."""
    name = "d" if heat.diverging else "q"
    rows = tuple(
        (row, Markup("".join(_heat_cell(heat, name, cell) for cell in cells)))  # noqa: S704 - it is escaped
        for row, cells in zip(heat.rows, heat.cells, strict=True)
    )
    longest = max((len(word) for name in heat.columns for word in re.split(r"[\s-]", name)), default=0)
    unit = sign(heat.unit)
    return HeatView(
        id=heat.id,
        title=heat.title,
        note=heat.note,
        row_title=heat.row_title,
        column_title=heat.column_title,
        columns=heat.columns,
        turned=len(heat.columns) > 6 and longest * len(heat.columns) > 84,
        rows=rows,
        ramp=tuple(f"{name}{at}" for at in range(LEVELS + 1)),
        ends=(tick(heat.low, heat.unit), f"{tick(heat.high, heat.unit)} {unit}".strip()),
    )


def _heat_cell(heat: HeatMap, name: str, cell: Value) -> str:
    value = known(cell.value)
    look = "none" if value is None else f"{name}{level(value, heat.low, heat.high)}"
    more = remarks(cell, heat.unit)
    told = f"<i>; {escape(more)}</i>" if more else ""
    return f'<td class="{look}">{starred(cell, heat.unit)}{told}</td>'


def _plot_view(plot: Plot) -> FigureView:
    wide, narrow = plot_drawing(plot, WIDE), plot_drawing(plot, NARROW)
    if wide.numbered == narrow.numbered:
        keys: tuple[Key, ...] = (Key("any", plot_key(plot, numbered=wide.numbered)),)
    else:
        keys = (
            Key("wide", plot_key(plot, numbered=wide.numbered)),
            Key("narrow", plot_key(plot, numbered=narrow.numbered)),
        )
    shown = tuple(key for key in keys if key.entries)
    return _figure(plot, (PanelView("", _say_plot(plot), wide, narrow),), shown)


def _say_plot(plot: Plot) -> str:
    n_points = sum(len(series.x) for series in plot.series)
    what = "Lines" if plot.lines else "Points"
    ends = _say_ends(
        [
            (f"{series.name}{f', {series.labels[at]}' if series.labels else ''}", one)
            for series in plot.series
            for at, one in enumerate(series.y)
        ],
        plot.y_unit,
    )
    return (
        f"{plot.title}. {what}: {plot.y_title} by {plot.x_title}, {_count(n_points, 'point')} of"
        f" {_count(len(plot.series), 'series', 'series')}. {ends}"
    )


def _bars_view(bars: Bars) -> FigureView:
    ends = _say_ends([(bar.name, bar.value) for bar in bars.bars], bars.unit)
    said = f"{bars.title}. {_count(len(bars.bars), 'bar')}. {ends}"
    panel = PanelView("", said, bars_drawing(bars, WIDE), bars_drawing(bars, NARROW))
    return _figure(bars, (panel,))


def _profile_view(profile: Profile) -> FigureView:
    if len(profile.series) > MAX_TOGETHER:
        panels = tuple(
            PanelView(
                series.name,
                f"{series.name}: {_say_each(profile.axes, on_axes(profile, series), profile.unit)}",
                drawing,
                None,
            )
            for series, drawing in profile_panels(profile)
        )
        shown = replace(profile, note=f"{profile.note} Upright strokes: the median of all.".strip())
        return _figure(shown, panels)
    said = (
        f"{profile.title}. {_count(len(profile.series), 'profile')} over {_count(len(profile.axes), 'axis', 'axes')}: "
        f"{', '.join(profile.axes)}."
    )
    wide = profile_drawing(profile, WIDE)
    narrow = None if is_round(profile) else profile_drawing(profile, NARROW)
    key = profile_key(profile) if len(profile.series) > 1 else ()
    return _figure(profile, (PanelView("", said, wide, narrow),), (Key("any", key),) if key else ())


def _figure(
    figure: Plot | Bars | Profile,
    panels: tuple[PanelView, ...],
    keys: tuple[Key, ...] = (),
) -> FigureView:
    data = figure_table(figure)
    many = len(data.rows) > MAX_LISTED
    if not finite(value.value for value in _drawn_values(figure)):
        panels, keys = (), ()
    return FigureView(
        id=figure.id,
        title=figure.title,
        note=figure.note,
        panels=panels,
        keys=keys,
        data=None if many else table_view(data),
        n_listed=len(data.rows) if many else 0,
    )


def _drawn_values(figure: Plot | Bars | Profile) -> Iterator[Value]:
    match figure:
        case Bars():
            yield from (bar.value for bar in figure.bars)
        case Profile():
            yield from (one for series in figure.series for one in on_axes(figure, series))
        case Plot():
            for series in figure.series:
                yield from (y for x, y in zip(series.x, series.y, strict=True) if finite((x,)))


def _say_ends(named: Sequence[tuple[str, Value]], unit: Unit) -> str:
    found = [(name, one) for name, one in named if finite((one.value,))]
    if not found:
        return "No figure."
    if len(found) == 1:
        return f"{found[0][0]}: {told(found[0][1], unit)}."
    ordered = sorted(found, key=lambda one: one[1].value or 0.0)
    (least, low), (most, high) = ordered[0], ordered[-1]
    return f"Highest: {most}, {told(high, unit)}; lowest: {least}, {told(low, unit)}."


def _say_each(names: Sequence[str], values: Sequence[Value], unit: Unit) -> str:
    return ", ".join(f"{name} {number(one.value, unit)}" for name, one in zip(names, values, strict=True))


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"
