"""The workspace's pages in a browser: from the runs to a step of an answer and back, and a run that is watched."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Decoded
from cuewise.demo import demo_data
from cuewise.media.store import MediaStore
from cuewise.records import Answer, Outcome
from cuewise.runs.workspace import Workspace
from cuewise.viewer.app import make_app
from support import axe, chromium
from support.agents import reply
from support.chat_server import ChatServer
from support.chromium import wait_until
from support.cli import CUEWISE, environment
from support.clip_runs import clip_outcome, clip_sample, decode
from support.outcomes import make_outcomes, make_run, make_samples
from support.viewer_app import served_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1])]

HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> ‮evil‬ مرحبا " + "w" * 20_000
)
REPORT = """<!doctype html><title>waits</title><script>
fetch("/samples").then(() => { document.title = "reached"; }, () => { document.title = "shut in"; });
</script>"""


def hostile() -> list[Outcome]:
    """Outcomes all of whose texts are hostile and long."""
    made = []
    for at, outcome in enumerate(make_outcomes(make_samples(4), seed="hostile", fail_every=0)):
        names = {"id": f"{at}{HOSTILE}", "labels": (HOSTILE,), "label_set": (HOSTILE, "b")}
        sample = outcome.sample.model_copy(update=names)
        steps = tuple(step.model_copy(update={"text": HOSTILE}) for step in outcome.steps)
        steps = (*steps[:-1], steps[-1].model_copy(update={"labels": (HOSTILE,)}))
        read = outcome.reading.model_copy(update={"labels": (HOSTILE,)}) if outcome.reading else None
        update = {"sample": sample, "steps": steps, "reading": read, "answer": Answer(text=HOSTILE)}
        made.append(outcome.model_copy(update=update))
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, decoded: Decoded) -> Path:
    root = decoded(tmp_path_factory.mktemp("folder") / "workspace")
    media = decode(MediaStore(root / "media"), demo_data() / "clips" / "demo_016.mp4")
    samples = [clip_sample(f"{name}.mp4") for name in "abcdef"]
    right = [clip_outcome(sample, media) for sample in samples]
    wrong = [clip_outcome(sample, media, label="Sadness") for sample in samples[1:]]
    make_run(root, "first", [right[0], *wrong], model="openai/first")
    make_run(root, "second", right, model="openai/second")
    make_run(root, "hostile", hostile(), model="openai/<b>hostile</b>")
    Workspace(root).run("second").report_path.write_text(REPORT, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    with served_app(lambda access: make_app(Workspace(workspace), access)) as found:
        yield found


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with chromium.chromium() as found:
        yield found


@pytest.fixture
def start(browser: Browser, address: str) -> Iterator[Page]:
    """The first page; whatever is asked of anybody else fails the test."""
    with chromium.opened(browser, f"{address}/") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        wait_until(page, "document.querySelectorAll('[data-row]').length === 3")
        yield page
        assert [url for url in asked if not url.startswith((address, "blob:"))] == []


@pytest.mark.parametrize("by", ["Tab", "mouse"])
def test_both_ends_of_a_range_are_typed(browser: Browser, address: str, by: str) -> None:
    with chromium.opened(browser, f"{address}/samples") as page:
        wait_until(page, "document.querySelectorAll('[data-row]').length > 3")
        page.evaluate("document.querySelector('[name=cot-min]').closest('details').open = true")
        page.click("[name=cot-min]")
        page.keyboard.type("40")
        if by == "Tab":
            page.keyboard.press("Tab")
        else:
            page.click("[name=cot-max]")
        page.keyboard.type("60")
        page.click("h2, .found p >> nth=0", force=True) if by == "mouse" else page.keyboard.press("Tab")
        wait_until(page, "location.search.includes('cot-min=40&cot-max=60')")
        wait_until(page, "document.querySelector('[name=cot-max]').value === '60'")
        page.click("[name=reasoning-min]")
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        wait_until(page, "location.search.includes('reasoning-min=5')")
        assert page.input_value("[name=reasoning-max]") == ""


def test_from_the_runs_to_a_step_and_back_to_the_same_list(start: Page) -> None:
    page = start
    page.click("text=first")
    page.click("text=All its samples")
    assert page.locator("tbody tr").count() == 6
    page.check("input[name=right][value=wrong]")  # applies by itself
    wait_until(page, "document.querySelectorAll('tbody tr').length === 5")
    assert page.evaluate("document.activeElement.value") == "wrong"  # where the keyboard was
    page.go_back()
    wait_until(page, "document.querySelectorAll('tbody tr').length === 6")
    assert page.locator("input[name=right]:checked").count() == 0
    page.go_forward()
    wait_until(page, "document.querySelectorAll('tbody tr').length === 5")
    assert page.locator("input[name=right]:checked").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "ER-Lab/c.mp4"
    page.keyboard.press("Enter")
    wait_until(page, "document.querySelector('video')?.readyState > 0")
    assert "2 of 5" in page.inner_text(".trail")
    page.click("#step-1 .number")
    wait_until(page, "document.querySelector('video').currentTime === 0.5")
    lit = page.locator("[data-layer]:not([hidden]) [data-evidence][aria-pressed=true]").all()
    assert [mark.get_attribute("data-evidence") for mark in lit] == ["C2"]
    page.keyboard.press("j")
    wait_until(page, "document.querySelector('h1')?.textContent === 'ER-Lab/d.mp4'")
    assert "3 of 5" in page.inner_text(".trail")
    page.click("text=All samples")
    wait_until(page, "document.querySelectorAll('tbody tr').length === 5")
    assert page.url.endswith("/samples?run=first&right=wrong#n3")
    assert page.evaluate("document.activeElement.textContent") == "ER-Lab/d.mp4"


def test_runs_are_chosen_to_stand_beside_one_another(start: Page, address: str) -> None:
    start.goto(f"{address}/runs/first/samples/ER-Lab/b.mp4?list=run%3Dfirst")
    assert start.locator("[data-column]").count() == 1
    start.click("text=Beside other runs")
    start.check("input[name=with][value=second]")
    start.click("text=Show them")
    wait_until(start, "document.querySelectorAll('[data-column]').length === 2")
    assert start.inner_text("[data-column='0'] .stands") == "✗ wrong"
    assert start.inner_text("[data-column='1'] .stands") == "✓ right"
    assert "2 of 6" in start.inner_text(".trail")
    start.keyboard.press("j")
    wait_until(start, "document.querySelector('h1')?.textContent === 'ER-Lab/c.mp4'")
    assert start.locator("[data-column]").count() == 2


def test_the_keys_of_the_list(start: Page, address: str) -> None:
    start.goto(f"{address}/samples")
    start.keyboard.press("/")
    start.keyboard.type("shouts")
    start.keyboard.press("Enter")
    wait_until(start, "location.search.includes('q=shouts')")
    assert start.locator("tbody tr").count() == 12
    assert start.url == f"{address}/samples?q=shouts"  # fields that say nothing are not sent
    start.keyboard.press("?")
    assert start.locator("dialog.keys").is_visible()
    start.keyboard.press("Escape")
    start.keyboard.press("k")
    assert start.evaluate("document.activeElement.textContent") == "ER-Lab/f.mp4"


def test_filters_on_a_small_screen(browser: Browser, address: str) -> None:
    with chromium.opened(browser, f"{address}/samples", width=375) as page:
        assert not page.locator("#filters").is_visible()
        page.click("text=Filters")
        page.check("input[name=run][value=second]")
        page.check("input[name=right][value=right]")
        assert page.url == f"{address}/samples#filters"
        page.click("text=Apply")
        wait_until(page, "document.querySelectorAll('tbody tr').length === 6")
        assert not page.locator("#filters").is_visible()


def test_a_report_runs_its_script_and_reaches_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/runs/second/report.html")
    wait_until(page, "document.title !== 'waits'")
    assert page.title() == "shut in"
    assert page.evaluate("window.origin") == "null"
    page.close()


PAGES = (
    "/",
    "/samples",
    "/samples?right=wrong&q=shouts&sort=cot&order=desc#filters",
    "/runs/first?against=second",
    "/runs/first/samples/ER-Lab/b.mp4?with=second",
    "/samples?run=hostile",
)


@pytest.mark.skipif(axe.NEEDED[0], reason=axe.NEEDED[1])
def test_all_can_use_the_pages(browser: Browser, address: str) -> None:
    """Narrow by day, and wide by night: the same page with other colours, in another window."""
    found: dict[str, list[str]] = {}
    for url in PAGES:
        with chromium.opened(browser, address + url, width=375) as page:
            wait_until(page, "!document.querySelector('[data-after]')")
            wrong = axe.complaints(page) + axe.overflowing(page)
            page.set_viewport_size({"width": 1600, "height": 1000})
            page.emulate_media(color_scheme="dark")
            wrong += axe.complaints(page, rules=axe.COLOURS) + axe.overflowing(page)
            if wrong:
                found[url] = wrong
            assert page.evaluate("window.hacked") is None
    assert found == {}


def test_without_scripts_and_on_paper_what_does_nothing_is_left_out(browser: Browser, address: str) -> None:
    urls = ("/samples", "/runs/first/samples/ER-Lab/b.mp4")
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    for url in urls:
        page.goto(address + url)
        for name in ("[data-keys]", ".player-tools", ".player-timeline"):
            assert not page.is_visible(name), name
    assert page.is_visible("video")
    plain.close()
    with chromium.opened(browser, address + urls[0]) as page:
        assert page.is_visible("#filters")
        page.emulate_media(media="print")
        for name in ("#filters", ".search", ".pager", "[data-keys]"):
            assert not page.is_visible(name), name
        assert page.is_visible("table.list")


def test_a_page_that_is_not_there(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 600})
    page.goto(f"{address}/runs/nothing")
    assert page.inner_text("h1") == "Not found"
    assert "there are: first, hostile, second" in page.inner_text("main")
    assert axe.overflowing(page) == []
    page.close()


class Gate:
    """Answers for a model under test, each only once it is let through: a run goes on as long as the test wants."""

    def __init__(self) -> None:
        self._open = threading.Semaphore(0)

    def __call__(self, request: dict[str, Any]) -> str:
        assert self._open.acquire(timeout=120)
        return reply(request)

    def let(self, n: int = 1) -> None:
        self._open.release(n)

    def until(self, page: Page, expression: str) -> None:
        """Let answers through, one by one, until something holds on the page."""
        while not page.evaluate(expression):
            self.let()
            page.wait_for_timeout(600)


_DONE = "Number(/(\\d+) of 47 answers/.exec(document.querySelector('.live').textContent)[1])"


def test_a_run_is_watched_until_it_has_ended(browser: Browser, workspace: Path, address: str) -> None:
    gate = Gate()
    with ChatServer(gate) as server:
        process = subprocess.Popen(
            [
                *(*CUEWISE, "run", "--data", str(demo_data()), "--modalities", "text"),
                *("--model", "openai/slow", "--model-base-url", server.base_url),
                *("--judge", "offline/rules", "--run", "watched", "--concurrency", "1"),
                *("--workspace", str(workspace)),
            ],
            env=environment(OPENAI_API_KEY="none"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not server.calls:
                assert process.poll() is None
            with chromium.opened(browser, f"{address}/runs/watched") as page:
                page.evaluate("window.first = true")
                assert "under way" in page.inner_text(".live")
                gate.until(page, "document.querySelectorAll('.latest li').length > 1")
                before = page.evaluate(_DONE)
                gate.until(page, f"{_DONE} > {before}")
                gate.until(page, "document.querySelector('.live .lead').textContent.includes('a minute')")
                assert page.evaluate("window.first")  # it is the same page
                page.goto(f"{address}/")
                assert "under way" in page.inner_text("tr:has-text('watched')")
                page.goto(f"{address}/runs/watched")
                gate.let(47)
                # It loads itself anew when the run has ended, and once more until its figures are there.
                wait_until(page, "document.querySelector('main')?.textContent.includes('All samples')")
                assert "finished" in page.inner_text("main")
                assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()
            gate.let(100)
