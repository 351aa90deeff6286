"""Figures and tables as files."""

from __future__ import annotations

import csv
import io
import re
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.agreement.cells import as_cell
from cuewise.errors import InputError, RunError
from cuewise.reports.blocks import (
    Bar,
    Bars,
    Column,
    Details,
    HeatMap,
    Plot,
    Profile,
    Section,
    Series,
    Table,
    Text,
    Value,
    Words,
)
from cuewise.reports.paper.export import file_name, table_csv, write_figures
from support.blocks import HOSTILE, cards, extremes

pytest.importorskip("altair", reason="needs the extra figures")
pytest.importorskip("vl_convert", reason="needs the extra figures")

_LINES = Plot(
    "lines",
    "Recognition under blur",
    "Blur",
    "Recognition",
    "count",
    "percent",
    (
        Series("one", 0, (0.0, 1.0), (Value(60.0, 55.0, 65.0), Value(40.0, 35.0, 45.0))),
        Series("two", 1, (0.0, 1.0), (Value(50.0), Value(None))),
    ),
    lines=True,
    reference=(("by lot", 20.0),),
    note="How it was measured.",
)
_SECTIONS = (
    Section(
        "s",
        "S",
        (
            Words(("not a file",)),
            _LINES,
            cards(),
            Bars("bars", "CoT of models", "percent", (Bar("a", Value(5.0, 4.0, 6.0)),), (("by lot", 2.0),)),
            Details(
                "more",
                (
                    HeatMap(
                        "map",
                        "By task",
                        "points",
                        "Model",
                        "Task",
                        ("m",),
                        ("t",),
                        ((Value(1.0),),),
                        -9,
                        9,
                        True,
                    ),
                    Profile(
                        "profile",
                        "A profile",
                        "percent",
                        ("x", "y"),
                        (Series("a", 0, (0, 1), (Value(1), Value(2))),),
                    ),
                    Table(
                        "table",
                        "T",
                        (Column("A"), Column("B", "ratio")),
                        ((Text("a"), Value(0.5, 0.25, 0.75, 8)),),
                    ),
                ),
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("figures")
    write_figures(_SECTIONS, made)
    return made


def _words(path: Path) -> list[str]:
    return ["".join(one.itertext()) for one in ET.parse(path).iter() if one.tag.endswith("}text")]


def test_every_figure_and_table_has_its_files(folder: Path) -> None:
    names = {
        f"{name}.{ending}" for name in ("lines", "bars", "map", "profile") for ending in ("svg", "png", "csv")
    }
    assert {path.name for path in folder.iterdir()} == names | {"table.csv", "table.tex", "picked.csv"}


def test_drawings_hold_title_units_and_names(folder: Path) -> None:
    words = _words(folder / "lines.svg")
    assert {"Recognition under blur", "How it was measured.", "Recognition, %", "Blur"} <= set(words)
    assert {"one", "two", "by lot, 20.0", "40", "60"} <= set(words)
    words = _words(folder / "bars.svg")
    assert {"CoT of models", "percent", "a", "5.0", "by lot, 2.0"} <= set(words)
    assert {"By task", "Model", "Task", "+1.0", "points"} <= set(_words(folder / "map.svg"))
    assert {"A profile", "percent", "x", "y"} <= set(_words(folder / "profile.svg"))


@pytest.mark.parametrize(
    ("names", "upright", "lines"),
    [
        (("Recognition", "Reasoning", "CoT"), False, {"Recognition", "Reasoning", "CoT"}),
        (("ER-Lab (200)", "IR (20)", *"abcdef"), False, {"ER-Lab", "(200)", "IR (20)", *"abcdef"}),
        (("disappointment", *"abcdefgh"), True, {"disappointment", *"abcdefgh"}),
    ],
    ids=["on one line", "on two", "not at all"],
)
def test_names_of_columns_stand_upright_only_where_they_do_not_fit(
    names: tuple[str, ...], upright: bool, lines: set[str], tmp_path: Path
) -> None:
    cells = (tuple(Value(50.0) for _ in names),)
    heat = HeatMap("map", "By column", "percent", "row", "column", ("the only",), names, cells)
    write_figures([Section("s", "S", (heat,))], tmp_path)
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    labels = svg.partition("X-axis")[2].partition("role-axis-title")[0]
    assert ("rotate(270)" in labels) == upright
    assert lines <= {*re.findall(r">([^<>]+)</t(?:ext|span)>", labels)}


def test_drawings_ask_for_nothing(folder: Path) -> None:
    for path in folder.glob("*.svg"):
        text = re.sub(r'xmlns(:xlink)?="http://www.w3.org/[^"]*"', "", path.read_text(encoding="utf-8"))
        assert "http" not in text and "<script" not in text and "@import" not in text


def test_pictures_have_300_pixels_to_the_inch(folder: Path) -> None:
    for path in folder.glob("*.png"):
        content = path.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n" and content[-8:-4] == b"IEND"
        width, height = struct.unpack(">II", content[16:24])
        svg = ET.parse(path.with_suffix(".svg")).getroot()
        # An SVG's pixel is 1/72 inch here, so a picture has 300/72 of them.
        assert width == pytest.approx(float(svg.attrib["width"]) * 300 / 72, abs=2)
        assert height == pytest.approx(float(svg.attrib["height"]) * 300 / 72, abs=2)


def test_tables_come_back_in_full(folder: Path) -> None:
    rows = list(csv.reader(io.StringIO((folder / "table.csv").read_text(encoding="utf-8"))))
    assert rows == [["A", "B", "B low", "B high", "B n"], ["a", "0.5", "0.25", "0.75", "8"]]
    rows = list(csv.reader(io.StringIO((folder / "lines.csv").read_text(encoding="utf-8"))))
    assert rows[0] == ["Series", "Blur", *(f"Recognition{part}" for part in (" (percent)", " low", " high"))]
    assert rows[1:] == [
        ["one", "0", "60", "55", "65"],
        ["one", "1", "40", "35", "45"],
        ["two", "0", "50", "", ""],
        ["two", "1", "", "", ""],
    ]


def test_the_same_sections_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Even after others were drawn, since Vega counts its ids on."""
    for path in write_figures(_SECTIONS, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_others_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "t.csv").write_text("old")
    table = Table("t", "T", (Column("A"),), ((Text("a"),),))
    written = write_figures([Section("s", "S", (table,))], tmp_path)
    assert [path.name for path in written] == ["t.csv", "t.tex"]
    assert (tmp_path / "t.csv").read_text() == "A\na\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", "t.csv", "t.tex"]


@pytest.mark.slow
def test_extremes_and_hostile_words_are_drawn(tmp_path: Path) -> None:
    """What has no number to draw gives its table alone; whatever is drawn is XML, with the words as words."""
    controls = Bars("controls", "a\x00b\x1b[2J\ud800c", "percent", (Bar("\x07", Value(1.0)),))
    names = {path.name for path in write_figures([*extremes(), Section("s", "S", (controls,))], tmp_path)}
    for name in ("no-point", "only-missing", "no-bar", "no-profile"):
        assert f"{name}.csv" in names and f"{name}.svg" not in names
    for path in tmp_path.glob("*.svg"):
        ET.parse(path)
    assert any(word.startswith('<img src=x onerror="docu') for word in _words(tmp_path / "one-point.svg"))
    assert "ab[2Jc" in _words(tmp_path / "controls.svg")


def test_without_the_extra_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(InputError, match=r"pip install 'cuewise\[figures\]'"):
        write_figures(_SECTIONS, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"the folder .*file.* cannot be written to.*--figures"):
        write_figures(_SECTIONS, tmp_path / "file")


@given(st.lists(st.text(max_size=120), max_size=6))
def test_file_names_are_safe_and_unlike(ids: list[str]) -> None:
    taken: set[str] = set()
    names = [file_name(id_, taken) for id_ in ids]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,95}", name)
        assert name.lower() not in ("con", "prn", "aux", "nul", "com1", "lpt1")


@given(st.lists(st.tuples(st.text(max_size=20), st.none() | st.floats(-1e9, 1e9)), max_size=5))
def test_csv_round_trip(rows: list[tuple[str, float | None]]) -> None:
    table = Table("t", "T", (Column("A"), Column("B", "count")), tuple((Text(a), Value(b)) for a, b in rows))
    back = list(csv.reader(io.StringIO(table_csv(table))))[1:]
    for (text, value), (name, found) in zip(rows, back, strict=True):
        assert name == as_cell(text)
        assert found == "" if value is None else float(found) == pytest.approx(value, rel=1e-9, abs=6e-7)


def test_csv_has_no_dust_but_small_p_values() -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17 in floats; a p-value of 2e-9 is no dust."""
    rows = ((Text("a"), Value(0.1 + 0.2 - 0.3, -1e-15, 3.0), Value(2e-9, shown="< 0.001")),)
    table = Table("t", "T", (Column("A"), Column("B", "points"), Column("p")), rows)
    assert list(csv.reader(io.StringIO(table_csv(table))))[1] == ["a", "0", "0", "3", "2e-09"]
    (unknown,) = ((Text("a"), Value(None, shown="price unknown")),)
    table = Table("t", "T", (Column("A"), Column("Cost")), (unknown,))
    assert list(csv.reader(io.StringIO(table_csv(table))))[1] == ["a", "price unknown"]


def test_hostile_cells_are_no_formulas() -> None:
    table = Table("t", "T", (Column("=A"),), ((Text("=1+1", sub="x"),), (Text(HOSTILE),)))
    back = list(csv.reader(io.StringIO(table_csv(table))))
    assert back == [["'=A"], ["'=1+1 (x)"], [HOSTILE]]
