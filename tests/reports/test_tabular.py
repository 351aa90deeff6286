"""The numbers behind figures."""

from __future__ import annotations

from cuewise.reports.blocks import Bar, Bars, HeatMap, Plot, Profile, Series, Text, Value
from cuewise.reports.tabular import figure_table, gallery_table
from support.blocks import cards


def test_a_heat_map_keeps_its_rows_and_columns() -> None:
    cells = ((Value(1.0), Value(None)), (Value(3.0, 2.0, 4.0, 9), Value(4.0)))
    table = figure_table(HeatMap("h", "H", "percent", "Model", "Task", ("a", "b"), ("x", "y"), cells))
    assert table.id == "h-data"
    assert [column.title for column in table.columns] == ["Model", "x", "y"]
    assert [column.unit for column in table.columns] == ["none", "percent", "percent"]
    assert table.rows == ((Text("a"), *cells[0]), (Text("b"), *cells[1]))


def test_points_have_names_where_any_series_names_them() -> None:
    named = Series("s", 0, (1.0, 2.0), (Value(5.0), Value(6.0)), ("p", "q"))
    other = Series("t", 1, (3.0,), (Value(7.0),))
    table = figure_table(Plot("p", "P", "X", "Y", "count", "ratio", (named, other)))
    assert [column.title for column in table.columns] == ["Series", "Point", "X", "Y"]
    assert table.rows == (
        (Text("s"), Text("p"), Value(1.0), Value(5.0)),
        (Text("s"), Text("q"), Value(2.0), Value(6.0)),
        (Text("t"), Text(""), Value(3.0), Value(7.0)),
    )


def test_named_places_are_named() -> None:
    series = (Series("s", 0, (0.0, 1.0, 9.0), (Value(5.0), Value(6.0), Value(7.0))),)
    table = figure_table(Plot("p", "P", "Sent", "Y", "none", "none", series, x_names=("video", "audio")))
    assert [row[1] for row in table.rows] == [Text("video"), Text("audio"), Text("9")]


def test_references_stand_below_the_bars() -> None:
    bars = (Bar("a", Value(1.0), 0, "G"), Bar("b", Value(2.0)))
    table = figure_table(Bars("b", "B", "points", bars, (("lot", 0.5),)))
    assert [[getattr(cell, "text", getattr(cell, "value", None)) for cell in row] for row in table.rows] == [
        ["a", "G", 1.0],
        ["b", "", 2.0],
        ["lot", "Reference", 0.5],
    ]


def test_a_short_series_has_nothing_on_the_last_axes() -> None:
    series = (Series("s", 0, (0.0,), (Value(5.0),)),)
    table = figure_table(Profile("p", "P", "percent", ("x", "y"), series))
    assert table.rows == ((Text("s"), Value(5.0), Value(None)),)


def test_cards_become_rows_with_a_column_for_each_text() -> None:
    table = gallery_table(cards())
    assert [column.title for column in table.columns] == ["Name", "Why", "Gold label", "Verdict", "Outcome"]
    assert [[cell.text for cell in row if isinstance(cell, Text)] for row in table.rows] == [
        ["clips/a.mp4", "Right label, and every reason holds", "joy", "✓ supported", ""],
        ["clips/b.mp4", "No run is right", "fear", "", "refused"],
    ]
