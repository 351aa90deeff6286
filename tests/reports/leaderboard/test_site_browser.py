"""The leaderboard in a real browser: sorted, filtered, narrow and wide, light and dark, without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cuewise.reports.leaderboard.entries import OVERALL
from support import axe
from support.board import Board
from support.browser import CHROMIUM, Browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the pages with"),
]

PAGES = (
    "index.html",
    "method.html",
    "published.html",
    "cases/index.html",
    "models/published-gpt-4-1.html",
)


@pytest.fixture
def browser(process: Browser, board: Board) -> Iterator[Browser]:
    """The browser; afterwards no page may have complained, or asked for anything that is not of the site."""
    process.complaints.clear()
    process.requests.clear()
    yield process
    assert process.complaints == []
    site = board.folder.as_uri()
    asked = [url for url in process.requests if not url.startswith((site, "data:", "about:blank"))]
    assert asked == []


def more_pages(board: Board) -> list[str]:
    """The page of the hostile model, of a run, and a sample's."""
    models = {entry.run: f"models/{entry.slug}.html" for entry in board.entries if entry.run}
    cases = sorted(path.name for path in (board.folder / "cases").iterdir() if path.name != "index.html")
    return [models["hostile"], models["strong"], f"cases/{cases[0]}"]


def shade(browser: Browser, mode: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": mode}])


@pytest.mark.parametrize("width", [375, 1024])
def test_nothing_stands_out_of_the_page(browser: Browser, board: Board, width: int) -> None:
    for name in (*PAGES, *more_pages(board)):
        browser.open((board.folder / name).as_uri(), width=width)
        browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert axe.overflowing(browser) == [], name
        assert browser.evaluate("document.title !== 'hacked'")


def test_all_columns_stand_in_a_window_of_1024_pixels(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri(), width=1024)
    for task in browser.evaluate(
        "[...document.querySelector('[name=task]').options].map((one) => one.value)"
    ):
        choose(browser, "task", task)
        wide, room = browser.evaluate(
            "(() => { const box = document.querySelector('#models').parentElement;"
            " return [box.scrollWidth, box.clientWidth]; })()"
        )
        assert wide <= room, task


@pytest.mark.skipif(axe.NEEDED[0], reason=axe.NEEDED[1])
def test_axe_finds_nothing(browser: Browser, board: Board) -> None:
    try:
        for name in (*PAGES, *more_pages(board)):
            shade(browser, "light")
            browser.open((board.folder / name).as_uri(), width=1024)
            assert axe.complaints(browser) == [], name
            shade(browser, "dark")
            assert axe.complaints(browser, rules=axe.COLOURS) == [], name
    finally:
        shade(browser, "light")


def shown(browser: Browser, column: int = 0) -> list[str]:
    """The first text of each row's cell, of the rows that are not hidden, in order."""
    texts: list[str] = browser.evaluate(
        "[...document.querySelectorAll('#models tbody tr')].filter((row) => !row.hidden)"
        f".map((row) => {{ const cell = row.cells[{column}];"
        " return (cell.querySelector('a') ?? cell.firstChild).textContent.trim(); })"
    )
    return texts


def choose(browser: Browser, name: str, value: str) -> None:
    browser.evaluate(
        f"(() => {{ const field = document.getElementById('sieve').elements['{name}'];"
        f" field.value = {value!r}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    )


def press_head(browser: Browser, title: str) -> None:
    browser.evaluate(
        "[...document.querySelectorAll('#models thead button')]"
        f".find((button) => button.textContent.trim() === {title!r}).click()"
    )


def models(board: Board) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board.data["models"]
    return found


def test_the_table_sorts_by_any_column(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri())
    press_head(browser, "Recognition")
    wanted = sorted(models(board), key=lambda one: -one["scores"][OVERALL]["recognition"])
    assert shown(browser)[:5] == [one["title"] for one in wanted][:5]
    numbers = [float(text) for text in shown(browser, 2)]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 24
    press_head(browser, "Recognition")
    assert [float(text) for text in shown(browser, 2)] == sorted(numbers)
    press_head(browser, "Coverage")
    assert shown(browser, 8)[-20:] == ["–"] * 20
    press_head(browser, "Model")
    names = shown(browser)
    assert (names[0], names[-1]) == ("AffectGPT", "vllm/lab/emo-vl-7b")


def test_the_table_shows_what_is_chosen(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri())
    everything = {one["page"]: one for one in models(board)}

    def titles(keep: Any) -> list[str]:
        return sorted(one["title"] for one in everything.values() if keep(one))

    def size(one: dict[str, Any]) -> float | None:
        return None if one["size"] is None else float(one["size"].rstrip("B"))

    for name, value, keep in (
        ("origin", "published", lambda one: one["origin"] == "published"),
        ("origin", "own", lambda one: one["origin"] != "published"),
        ("access", "open", lambda one: one["access"] == "open"),
        ("access", "closed", lambda one: one["access"] == "closed"),
        ("access", "?", lambda one: one["access"] is None),
        ("size", "0-4", lambda one: size(one) is not None and (size(one) or 0) <= 4),
        ("size", "4-15", lambda one: 4 < (size(one) or 0) <= 15),
        ("size", "15-", lambda one: (size(one) or 0) > 15),
        ("size", "?", lambda one: size(one) is None),
        ("given", "video audio", lambda one: {"video", "audio"} <= set(one["modalities"])),
        ("protocol", "grounded", lambda one: one["protocol"] == "grounded"),
        ("group", "A", lambda one: one["group"] == "A"),
        ("name", "gemini", lambda one: "gemini" in one["title"].lower()),
    ):
        choose(browser, name, value)
        wanted = titles(keep)
        assert sorted(shown(browser)) == wanted and wanted, (name, value)
        told = browser.evaluate("document.querySelector('#sieve output').textContent")
        assert told == f"{len(wanted)} of 24 models"
        choose(browser, name, "")
    choose(browser, "origin", "published")
    choose(browser, "access", "closed")
    assert sorted(shown(browser)) == titles(
        lambda one: one["origin"] == "published" and one["access"] == "closed"
    )
    browser.evaluate("document.querySelector('#sieve button[type=reset]').click()")
    browser.wait_for("[...document.querySelectorAll('#models tbody tr')].every((row) => !row.hidden)")


def test_the_table_shows_what_was_given_alone(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri())
    given = ["", "text", "video", "audio", "text video"]
    browser.evaluate(
        "[...document.querySelectorAll('#models tbody tr')].forEach((row, at) => {"
        f" row.dataset.given = {given}[at] ?? 'audio video'; }})"
    )
    names = shown(browser)
    for wanted, places in (("=", [0]), ("=text", [1]), ("=audio", [3]), ("text", [1, 4])):
        choose(browser, "given", wanted)
        assert shown(browser) == [names[place] for place in places], wanted
    choose(browser, "given", "=video")
    assert names[2] in shown(browser) and names[4] not in shown(browser)


def test_the_table_shows_the_scores_of_a_task(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri())
    press_head(browser, "Recognition")
    choose(browser, "task", "SA")
    wanted = sorted((one["scores"]["SA"]["recognition"] for one in models(board)), reverse=True)
    assert shown(browser, 2) == [f"{round(value, 6):.1f}" for value in wanted]
    assert browser.evaluate("document.getElementById('shown-task').textContent") == "SA"
    choose(browser, "task", OVERALL)
    wanted = sorted((one["scores"][OVERALL]["recognition"] for one in models(board)), reverse=True)
    assert shown(browser, 2) == [f"{round(value, 6):.1f}" for value in wanted]


def test_without_a_script_the_table_is_whole(browser: Browser, board: Board) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.call("Page.navigate", url=(board.folder / "index.html").as_uri())
        # Scripts of the page do not run; the test's own expressions do.
        browser.wait_for("document.readyState === 'complete' && !!document.querySelector('#models tbody tr')")
        assert browser.evaluate("document.getElementById('sieve').hidden")
        assert len(shown(browser)) == 24
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_first_press_puts_the_best_first_and_what_is_cut_is_told(browser: Browser, board: Board) -> None:
    browser.open((board.folder / "index.html").as_uri(), width=375)
    press_head(browser, "CoT rank")
    ranks = [int(text) for text in shown(browser, 7) if text != "–"]
    assert ranks == sorted(ranks) and ranks[0] == 1
    box = "document.getElementById('models').closest('.scroll')"
    browser.wait_for(f"{box}.classList.contains('more')")
    browser.evaluate(f"{box}.scrollLeft = 1e6")
    browser.wait_for(f"!{box}.classList.contains('more')")
    browser.evaluate("document.querySelector('.brand a').textContent = 'W'.repeat(120)")
    assert axe.overflowing(browser) == []


def test_nothing_is_lost_on_paper(browser: Browser, board: Board) -> None:
    """A4 between margins of a centimetre is 718 pixels wide; the form to filter is of no use there."""
    browser.open((board.folder / "index.html").as_uri(), width=718)
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        wide = browser.evaluate(
            "[...document.querySelectorAll('.scroll')].filter((box) =>"
            " box.firstElementChild.scrollWidth > box.clientWidth + 1).map((box) => box.firstElementChild.id)"
        )
        assert wide == []
        assert browser.evaluate("getComputedStyle(document.getElementById('sieve')).display") == "none"
        assert browser.evaluate("getComputedStyle(document.querySelector('.masthead')).position") == "static"
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")
