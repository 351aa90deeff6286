"""Blocks in a real browser: sorting, filtering, the keyboard, narrow pages, and what axe has to say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from cuewise.reports.blocks import Column, Details, HeatMap, Section, Table, Text, Value
from support.axe import COLOURS, NEEDED, complaints, overflowing
from support.block_page import write_blocks
from support.blocks import MODELS, every_block, extremes, leader_table
from support.browser import CHROMIUM, Browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the page with"),
]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A page of all kinds of blocks, and one of extremes."""
    folder = tmp_path_factory.mktemp("blocks")
    pages = {"all": every_block(), "extremes": extremes()}
    for name, sections in pages.items():
        write_blocks(sections, folder / f"{name}.html")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.fixture
def browser(process: Browser, addresses: dict[str, str]) -> Iterator[Browser]:
    """The browser; afterwards no page may have complained or asked for anything but itself."""
    process.complaints.clear()
    process.requests.clear()
    yield process
    assert process.complaints == []
    assert [
        url for url in process.requests if not url.startswith((*addresses.values(), "data:", "about:"))
    ] == []


def _theme(browser: Browser, theme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])


def test_on_paper_all_but_long_tables_is_unfolded_and_folded_again_afterwards(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def table(n_rows: int) -> Table:
        rows = tuple((Text(f"row {row}"),) for row in range(n_rows))
        return Table(f"t{n_rows}", f"T{n_rows}", (Column("name", help="a name"),), rows)

    chart = HeatMap("h", "H", "percent", "r", "c", ("a",) * 80, ("b",), ((Value(1.0),),) * 80)
    page = tmp_path_factory.mktemp("paper") / "page.html"
    parts = (chart, table(49), table(50))  # a table's head is a row as well
    write_blocks([Section("s", "S", tuple(Details(one.title, (one,)) for one in parts))], page)
    browser.open(page.as_uri())
    browser.evaluate(
        "addEventListener('beforeprint', () => { window.printed ="
        " [...document.querySelectorAll('.folded')].map((one) => [one.firstElementChild.textContent, one.open]); })"
    )
    browser.call("Page.printToPDF")
    on_screen = browser.evaluate("[...document.querySelectorAll('details')].map((one) => one.open)")
    printed = browser.evaluate("window.printed")
    assert printed == [["H", True], ["T49", True], ["T50", False]]
    assert on_screen == [False] * 5, "three that are folded, and the helps of two tables"
    browser.call("Emulation.setEmulatedMedia", media="print")
    told = browser.evaluate(
        "getComputedStyle([...document.querySelectorAll('.folded > summary')].at(-1), '::after').content"
    )
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.requests.clear()
    assert "not printed" in told


def _column(browser: Browser, at: int) -> list[str]:
    """First words of a column's cells that are shown."""
    cells: list[str] = browser.evaluate(
        "[...document.querySelectorAll('#leaders tbody tr')].filter((row) => !row.hidden)"
        f".map((row) => row.cells[{at}].firstChild.textContent.trim())"
    )
    return cells


def _natural(name: str) -> list[tuple[int, str]]:
    """Key by which names sort as people count: 8B before 78B."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name.lower())]


def _click(browser: Browser, head: int) -> str:
    """Sort by a column; what the table then says of it."""
    sorting: str = browser.evaluate(
        f"(() => {{ const head = document.querySelectorAll('#leaders thead th')[{head}];"
        " head.querySelector('button').click(); return head.getAttribute('aria-sort'); })()"
    )
    return sorting


def test_tables_sort_by_value(browser: Browser, addresses: dict[str, str]) -> None:
    """Against Python's own sort of the numbers that the table was made of; a missing one stands last either way."""
    browser.open(addresses["all"])
    table = leader_table("leaders")
    tokens = [row[5].value for row in table.rows]  # type: ignore[union-attr]
    names = [row[0].text for row in table.rows]  # type: ignore[union-attr]
    known = [at for at, value in enumerate(tokens) if value is not None]
    missing = [name for name, value in zip(names, tokens, strict=True) if value is None]
    assert _click(browser, 5) == "descending", "the highest number is what one wants first"
    down = sorted(known, key=lambda at: -(tokens[at] or 0))
    assert _column(browser, 0) == [names[at] for at in down] + missing
    assert _click(browser, 5) == "ascending"
    up = sorted(known, key=lambda at: tokens[at] or 0)
    assert _column(browser, 0) == [names[at] for at in up] + missing
    assert _click(browser, 0) == "ascending", "names begin with A"
    assert _column(browser, 0) == sorted(names, key=_natural)
    sorted_by = "[...document.querySelectorAll('#leaders [aria-sort]')].length"
    assert browser.evaluate(sorted_by) == 1


def test_signed_numbers_sort_by_value_not_by_letter(browser: Browser, addresses: dict[str, str]) -> None:
    browser.open(addresses["all"])
    _click(browser, 4)
    shown = [float(text.replace("−", "-")) for text in _column(browser, 4)]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > 0 > shown[-1]


def test_rows_that_are_equal_stay_as_they_were(browser: Browser, addresses: dict[str, str]) -> None:
    browser.open(addresses["all"])
    _click(browser, 0)
    _click(browser, 7)
    pairs = list(zip(_column(browser, 7), _column(browser, 0), strict=True))
    assert pairs == sorted(pairs, key=lambda pair: (pair[0], _natural(pair[1])))


def test_tables_filter_by_words(browser: Browser, addresses: dict[str, str]) -> None:
    browser.open(addresses["all"])
    field = "document.querySelector('[data-filters=leaders]')"
    status = f"{field}.closest('.sieve').querySelector('output').textContent"

    def enter(text: str) -> None:
        browser.evaluate(f"{field}.value = {json.dumps(text)}; {field}.dispatchEvent(new Event('input'))")

    enter("qwen OPEN")
    expected = [name for name in MODELS if "qwen" in name.lower() and "7B" in name]
    assert sorted(_column(browser, 0)) == sorted(expected)
    assert browser.evaluate(status) == f"{len(expected)} of 20 rows"
    _click(browser, 0)
    assert _column(browser, 0) == sorted(expected, key=_natural), "what is filtered can be sorted"
    enter("nobody at all")
    assert _column(browser, 0) == []
    enter("")
    assert len(_column(browser, 0)) == 20
    assert browser.evaluate(status) == ""


def test_keyboard_sorts_and_scrolls(browser: Browser, addresses: dict[str, str]) -> None:
    browser.open(addresses["all"], width=375)
    browser.evaluate("document.querySelectorAll('#leaders thead button')[1].focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r")
    browser.call("Input.dispatchKeyEvent", type="keyUp", key="Enter")
    assert browser.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')") == "descending"
    shown = [float(text) for text in _column(browser, 1)]
    assert shown == sorted(shown, reverse=True)
    scroll = "document.querySelector('#leaders').closest('.scroll')"
    browser.evaluate(f"{scroll}.focus()")
    assert browser.evaluate(
        f"document.activeElement === {scroll} && {scroll}.scrollWidth > {scroll}.clientWidth"
    )


def test_cells_of_heat_maps_tell_what_they_mean(browser: Browser, addresses: dict[str, str]) -> None:
    browser.open(addresses["all"])
    browser.evaluate(
        "document.querySelector('#task-map tbody tr:nth-child(2) td').dispatchEvent("
        "new PointerEvent('pointerover', {bubbles: true}))"
    )
    title = browser.evaluate("document.querySelector('#task-map tbody tr:nth-child(2) td').title")
    assert title.startswith("Gemini-2.5-Flash, ER-Lab: ")
    assert "95 % interval" in title and "n = 650" in title


@pytest.mark.parametrize("name", ["all", "extremes"])
@pytest.mark.parametrize("width", [320, 375, 1024])
def test_nothing_stands_out_of_the_page(
    browser: Browser, addresses: dict[str, str], name: str, width: int
) -> None:
    browser.open(addresses[name], width=width)
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert overflowing(browser) == []


@pytest.mark.parametrize("width", [375, 1024])
def test_one_drawing_of_each_figure_is_shown(browser: Browser, addresses: dict[str, str], width: int) -> None:
    browser.open(addresses["all"], width=width)
    shown = browser.evaluate(
        "[...document.querySelectorAll('.drawn .panel')].map((panel) =>"
        " [...panel.querySelectorAll('svg')].filter((svg) => svg.getBoundingClientRect().width > 0).length)"
    )
    assert set(shown) == {1}


@pytest.mark.skipif(NEEDED[0], reason=NEEDED[1])
@pytest.mark.parametrize("name", ["all", "extremes"])
def test_axe_has_nothing_to_say(browser: Browser, addresses: dict[str, str], name: str) -> None:
    _theme(browser, "light")
    browser.open(addresses[name])
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert complaints(browser) == []
    _theme(browser, "dark")
    assert complaints(browser, rules=COLOURS) == []
