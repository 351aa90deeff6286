"""Blocks as HTML, read by a parser: structure, names for all who cannot see, and hostile words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cuewise.reports.blocks import Card, Column, Gallery, Section, Table, Text, Value, Words
from cuewise.reports.drawing.page import blocks_style, draw_sections
from support.block_page import write_blocks
from support.blocks import GREY, HOSTILE, TASKS, every_block, extremes, leader_table
from support.report_page import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(write_blocks(every_block(), tmp_path_factory.mktemp("blocks") / "page.html"))


def _table(*rows: tuple[Text | Value, ...], **columns: str) -> Page:
    made = tuple(Column(name, unit) for name, unit in columns.items())  # type: ignore[arg-type]
    return Page(str(draw_sections([Section("s", "S", (Table("t", "T", made, rows),))])))


def test_numbers_are_written_and_sorted_by_their_own(page: Page) -> None:
    drawn = _table(
        (Text("a"), Value(39.26, 37.1, 41.5, 650)), (Text("b"), Value(None)), Name="none", Score="percent"
    )
    assert drawn.tables["T"] == [["Name", "Score, %"], ["a", "39.3 37.1–41.5"], ["b", "–"]]
    cells = [attributes for tag, attributes in drawn.tags if tag == "td"]
    assert cells[0]["data-v"] == "39.26"
    assert cells[0]["title"] == "n = 650"
    assert "data-v" not in cells[1]
    heads = [attributes for tag, attributes in drawn.tags if tag == "th" and attributes.get("scope") == "col"]
    assert ["data-numeric" in head for head in heads] == [False, True]


def test_a_long_table_can_be_filtered_and_a_short_one_needs_not(page: Page) -> None:
    filters = [attributes["data-filters"] for tag, attributes in page.tags if tag == "input"]
    assert "leaders" in filters
    assert "few-leaders" not in filters
    fits = tuple((Text(str(at)),) for at in range(12))
    assert "data-filters" not in _table(*fits, Name="none").html
    assert "data-filters" in _table(*fits, (Text("12"),), Name="none").html


def test_help_of_columns_is_words_on_the_page(page: Page) -> None:
    assert "How far above the most frequent label: 100 (s − b) / (100 − b)." in page.text


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("#top", True),
        ("models/gpt-4o.html", True),
        ("../a.html#b", True),
        ("javascript:alert(1)", False),
        ("JaVaScript:alert(1)", False),
        ("//host/x", False),
        ("/etc/passwd", False),
        ("https://host/", False),
        ("\\\\host\\x", False),
        (" javascript:alert(1)", False),
    ],
)
def test_links_lead_nowhere_outside(href: str, kept: bool) -> None:
    drawn = _table((Text("a", href),), Name="none")
    links = [attributes["href"] for tag, attributes in drawn.tags if tag == "a"]
    assert links == ([href] if kept else [])


def test_cards_show_what_they_hold(page: Page) -> None:
    (picture,) = [attributes for tag, attributes in page.tags if tag == "img"]
    assert picture == {"src": f"data:image/jpeg;base64,{GREY}", "alt": "Frame at 1.0 s of clips/a.mp4"}
    assert "No run is right" in page.text
    assert [
        attributes["class"] for tag, attributes in page.tags if tag == "li" and "class" in attributes
    ] == [
        "card",
        "card",
    ]


def test_a_picture_is_nothing_but_base64() -> None:
    """Whatever else stands in its place is left out, as is a link with a scheme."""
    odd = Card(HOSTILE, "javascript:alert(1)", HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE, HOSTILE)
    drawn = Page(str(draw_sections([Section("s", "S", (Gallery("g", "G", (odd,)),))])))
    assert not {tag for tag, _ in drawn.tags} & {"img", "a", "svg", "script"}
    assert drawn.text.count(HOSTILE) == 4


def test_every_figure_is_told_in_words(page: Page) -> None:
    drawings = [
        attributes for tag, attributes in page.tags if tag == "svg" and "aria-hidden" not in attributes
    ]
    assert len(drawings) > 20
    for attributes in drawings:
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
    told = next(
        str(one["aria-label"]) for one in drawings if "Gain from sound by task" in str(one["aria-label"])
    )
    assert told.endswith(
        "4 bars. Highest: ER-Lab, +12.4 points (95 % interval +9.9 to +14.9; n = 400);"
        " lowest: FG-ER, −7.8 points (95 % interval −10.3 to −5.3; n = 400)."
    )


def test_numbers_behind_a_figure_lie_under_it(page: Page) -> None:
    assert page.tables["Gain from sound by task, as numbers"] == [
        ["Name", "Value, points"],
        ["ER-Lab", "+12.4 +9.9 to +14.9"],
        ["ER-Wild", "+3.1 +0.6 to +5.6"],
        ["Noise-ER", "−0.2 −2.7 to +2.3"],
        ["FG-ER", "−7.8 −10.3 to −5.3"],
    ]
    assert "360 points, too many to list here" in page.text


def test_a_heat_map_is_a_table_with_all_that_is_known(page: Page) -> None:
    rows = page.tables["Recognition by task"]
    assert rows[0] == ["Model", "Task"]
    assert rows[1] == list(TASKS)
    assert rows[2][:2] == ["Gemini-2.5-Pro", "–"]
    assert re.fullmatch(r"[\d.]+; 95 % interval [\d.]+–[\d.]+; n = 650", rows[3][1])


def test_ids_are_unique_and_what_scrolls_is_named(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        if attributes.get("class") == "scroll":
            assert attributes["tabindex"] == "0"
            assert attributes["aria-labelledby"] in ids


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_hostile_words_stay_words() -> None:
    """Wherever a word may stand; no word becomes an element, an attribute's end, a class or a path."""
    html = str(draw_sections(extremes()))
    assert "<img" not in html
    assert "7*7" in html and "49" not in Page(html).text.replace("49.5", "")
    parsed = _Elements()
    parsed.feed(html)
    classes = set(re.findall(r"\.([a-z][\w-]*)", blocks_style()))
    known = classes | {f"c{at}" for at in range(8)} | {f"{name}{at}" for name in "qd" for at in range(21)}
    known |= {
        *("blocks", "prose", "caution", "scroll", "unseen", "fine", "num", "range", "sub", "whisker", "both")
    }
    known |= {*("bar", "grid", "tick", "canvas", "board", "panel", "dot", "none", "heatmap", "key", "axis")}
    for tag, attributes in parsed.found:
        assert tag not in ("script", "img", "style", "iframe", "object")
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "style"
            if name == "class":
                assert set((value or "").split()) <= known, value
            if name == "d":
                assert re.fullmatch(r"[MLHVhvaz0-9. -]+", value or "")
            if name == "href":
                assert "javascript" not in (value or "")


def test_drawings_are_well_formed() -> None:
    html = str(draw_sections([*every_block(), *extremes()]))
    drawings = re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    assert len(drawings) > 50
    for drawing in drawings:
        ET.fromstring(drawing)


def test_nothing_to_draw_is_said(tmp_path: Path) -> None:
    page = Page(write_blocks(extremes(), tmp_path / "page.html"))
    assert page.text.count("There is no figure to draw.") == 4
    assert "nan" not in page.text.lower()
    assert "inf" not in re.sub(r"(?i)info", "", page.text.lower())
    assert page.tables[HOSTILE][-1] in (
        ["=", "–"],
        ["Nothing to show."],
        [HOSTILE, "3*; 95 % interval 1–5; n = 3; " + HOSTILE, "–"],
    )


def test_words_and_warnings() -> None:
    html = str(draw_sections([Section("s", "S", (Words(("a < b",)), Words(("look",), warning=True)))]))
    assert '<p class="prose" dir="auto">a &lt; b</p>' in html
    assert '<p class="caution" dir="auto">look</p>' in html


def test_the_same_blocks_give_the_same_page() -> None:
    assert draw_sections(every_block()) == draw_sections(every_block())
    assert "leaders" in draw_sections([Section("s", "S", (leader_table("leaders"),))])
