"""The numbers behind a figure as a table: what is folded away under it, and what its CSV file holds."""

from __future__ import annotations

from cuewise.reports.blocks import (
    Bars,
    Cell,
    Column,
    Figure,
    Gallery,
    HeatMap,
    Plot,
    Profile,
    Series,
    Table,
    Text,
    Value,
)
from cuewise.reports.numbers import number


def figure_table(figure: Figure) -> Table:
    """The same numbers in the same order, named as in the figure."""
    match figure:
        case HeatMap():
            columns, rows = _heat_map(figure)
        case Plot():
            columns, rows = _plot(figure)
        case Bars():
            columns, rows = _bars(figure)
        case Profile():
            columns, rows = _profile(figure)
    return Table(f"{figure.id}-data", figure.title, columns, rows)


_Rows = tuple[tuple[Cell, ...], ...]


def _heat_map(figure: HeatMap) -> tuple[tuple[Column, ...], _Rows]:
    columns = (Column(figure.row_title), *(Column(name, figure.unit) for name in figure.columns))
    return columns, tuple((Text(name), *cells) for name, cells in zip(figure.rows, figure.cells, strict=True))


def _plot(figure: Plot) -> tuple[tuple[Column, ...], _Rows]:
    labelled = any(series.labels for series in figure.series)
    columns = [Column("Series"), Column(figure.x_title, figure.x_unit), Column(figure.y_title, figure.y_unit)]
    if labelled:
        columns.insert(1, Column("Point"))
    rows = []
    for series in figure.series:
        for place, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
            name = series.labels[place] if series.labels else ""
            at: Cell = Text(x_name(figure, x)) if figure.x_names else Value(x)
            rows.append((Text(series.name), *([Text(name)] if labelled else []), at, y))
    return tuple(columns), tuple(rows)


def x_name(figure: Plot, x: float) -> str:
    """What stands at a place of the x axis."""
    whole = round(x)
    if figure.x_names and whole == x and 0 <= whole < len(figure.x_names):
        return figure.x_names[whole]
    return number(x, figure.x_unit)


def _bars(figure: Bars) -> tuple[tuple[Column, ...], _Rows]:
    grouped = any(bar.group for bar in figure.bars)
    columns = [Column("Name"), Column("Value", figure.unit)]
    if grouped:
        columns.insert(1, Column("Group"))
    rows: list[tuple[Cell, ...]] = [
        (Text(bar.name), *([Text(bar.group)] if grouped else []), bar.value) for bar in figure.bars
    ]
    rows += [
        (Text(name), *([Text("Reference")] if grouped else []), Value(value))
        for name, value in figure.reference
    ]
    return tuple(columns), tuple(rows)


def _profile(figure: Profile) -> tuple[tuple[Column, ...], _Rows]:
    columns = (Column("Name"), *(Column(axis, figure.unit) for axis in figure.axes))
    return columns, tuple((Text(series.name), *on_axes(figure, series)) for series in figure.series)


def on_axes(figure: Profile, series: Series) -> tuple[Value, ...]:
    """A value per axis; a series that is too short has nothing on the last ones."""
    return (series.y + (Value(None),) * len(figure.axes))[: len(figure.axes)]


def gallery_table(gallery: Gallery) -> Table:
    """The texts of the cards, a row each; a card without some text has an empty cell there."""
    names = list(dict.fromkeys(name for card in gallery.cards for name, _ in card.lines))
    rows = tuple(
        (Text(card.title), Text(card.above), *(Text(dict(card.lines).get(name, "")) for name in names))
        for card in gallery.cards
    )
    return Table(gallery.id, gallery.title, tuple(map(Column, ("Name", "Why", *names))), rows)
