"""The report in a real browser: what its script builds and how it answers, without a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cuewise.media.images import encode_jpeg
from cuewise.media.store import MediaStore
from cuewise.records import Answer, Step
from cuewise.reports.html import write_report
from support.browser import CHROMIUM, Browser
from support.outcomes import make_outcomes, make_run, make_samples

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to open the report with"),
]

HOSTILE = "<img src=x onerror=\"document.title='hacked'\"></script><script>document.title='hacked'</script>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on two runs over 120 samples; sample 3 of the first is hostile, sample 14 unscored."""
    folder = tmp_path_factory.mktemp("report")
    store = MediaStore(folder / "media")
    frames = [
        store.put(encode_jpeg(np.full((90, 160, 3), shade, np.uint8), 90), "image/jpeg") for shade in (9, 99)
    ]
    samples = make_samples(120)
    outcomes = make_outcomes(samples, seed="a", frames=frames)
    steps = (Step(index=1, text="\u202e" + "w" * 100_000), *outcomes[3].steps[1:])
    answer = Answer(text=HOSTILE + "long" * 20_000, output_tokens=7)
    outcomes[3] = outcomes[3].model_copy(update={"answer": answer, "steps": steps})
    second = make_outcomes(samples, seed="b", frames=frames, skill=0.8)
    runs = [
        make_run(folder, "first", outcomes),
        make_run(folder, "second", second, model="simulated/careful"),
    ]
    path = folder / "report.html"
    write_report(runs, path, read_media=store.read)
    return path.as_uri()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def browser(process: Browser, address: str) -> Iterator[Browser]:
    """The browser; afterwards no page may have complained or asked for anything but itself."""
    process.complaints.clear()
    process.requests.clear()
    yield process
    assert process.complaints == []
    foreign = [url for url in process.requests if not url.startswith((address, "data:", "about:"))]
    assert foreign == []


def _column(browser: Browser, at: int) -> list[str]:
    cells: list[str] = browser.evaluate(
        f"[...document.querySelectorAll('#table tbody tr')].map((row) => row.cells[{at}].textContent)"
    )
    return cells


def _choose(browser: Browser, name: str, value: str) -> None:
    browser.evaluate(
        f"(() => {{ const box = document.forms.filters.elements[{name!r}]; box.value = {value!r};"
        " box.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


def _text(browser: Browser, selector: str) -> Any:
    return browser.evaluate(f"document.querySelector({selector!r}).textContent")


def test_the_table_is_built(browser: Browser, address: str) -> None:
    browser.open(address)
    names = _column(browser, 0)
    assert len(names) == 50
    assert names[0] == "IEMOCAP/clip_00000.mp4"
    assert _text(browser, "#found") == "120 of 120 samples"
    assert _text(browser, "#page") == "Page 1 of 3"


def test_filters_narrow_the_table_and_say_so(browser: Browser, address: str) -> None:
    browser.open(address)
    _choose(browser, "task", "SA")
    assert set(_column(browser, 1)) == {"SA"}
    assert _text(browser, "#found") == "15 of 120 samples"
    _choose(browser, "label", "negative")
    assert set(_column(browser, 2)) == {"negative"}
    _choose(browser, "answer", "wrong")
    assert all(cell.startswith("✗") for cell in _column(browser, 3))
    browser.evaluate("document.forms.filters.querySelector('[type=reset]').click()")
    browser.wait_for("document.querySelector('#found').textContent === '120 of 120 samples'")
    _choose(browser, "outcome", "refused")
    assert set(_column(browser, 4)) == {"refused to answer"}
    browser.evaluate("document.forms.filters.querySelector('[type=reset]').click()")
    _choose(browser, "text", "CLIP_00042")
    assert _column(browser, 0) == ["MER2024/clip_00042.mp4"]


def test_columns_sort_with_gaps_last(browser: Browser, address: str) -> None:
    browser.open(address)
    click = "document.querySelectorAll('#table thead button')[7].click()"
    browser.evaluate(click)
    shown = [float(cell) for cell in _column(browser, 7)]
    assert shown == sorted(shown, reverse=True)
    browser.evaluate(click)
    assert browser.evaluate("document.querySelectorAll('#table thead th')[7].ariaSort") == "ascending"
    shown = [float(cell) for cell in _column(browser, 7)]
    assert shown == sorted(shown)
    browser.evaluate("document.querySelector('[data-step=last]').click()")
    assert _column(browser, 7)[-1] == "–"
    assert _text(browser, "#page") == "Page 3 of 3"


def test_a_link_opens_a_sample_with_all_runs(browser: Browser, address: str) -> None:
    browser.open(f"{address}#/run/1/sample/9")
    browser.wait_for("!document.querySelector('#sample').hidden")
    assert browser.evaluate("document.querySelector('#overview').hidden")
    page = _text(browser, "#sample")
    assert page.index("second") < page.index("first"), "the run that was asked for stands first"
    assert "simulated, validates the evaluator" in page
    assert page.count("Steps and verdicts") == 2
    assert "10 of 120" in page
    assert "I can't believe you said that." in page
    loaded = "[...document.querySelectorAll('#sample img')].map((image) => image.naturalWidth)"
    assert browser.evaluate(loaded) == [160, 160]
    browser.evaluate("document.querySelector('#sample .cite').click()")
    assert browser.evaluate("document.querySelectorAll('#sample .hit').length") == 1


def test_keys_and_the_back_button(browser: Browser, address: str) -> None:
    browser.open(address)
    _choose(browser, "task", "SA")
    browser.evaluate("document.querySelector('#table tbody a').click()")
    heading = "document.querySelector('#sample:not([hidden]) h1')?.textContent"
    browser.wait_for(f"{heading} === 'CMU-MOSI/clip_00005.mp4'")
    browser.press("j")
    browser.wait_for(f"{heading} === 'CMU-MOSEI/clip_00013.mp4'")
    browser.press("ArrowRight")
    browser.wait_for(f"{heading} === 'MELD/clip_00021.mp4'")
    browser.press("k")
    browser.wait_for(f"{heading} === 'CMU-MOSEI/clip_00013.mp4'")
    browser.evaluate("history.go(-1)")
    browser.wait_for(f"{heading} === 'MELD/clip_00021.mp4'")
    browser.press("Escape")
    browser.wait_for("!document.querySelector('#overview').hidden")
    assert _text(browser, "#found") == "15 of 120 samples"


def test_the_way_back_leads_to_where_one_was(browser: Browser, address: str) -> None:
    browser.open(address)
    browser.evaluate("document.querySelectorAll('#table tbody a')[30].scrollIntoView({behavior: 'instant'})")
    left_at = browser.evaluate("window.scrollY")
    browser.evaluate("document.querySelectorAll('#table tbody a')[30].click()")
    browser.wait_for("!document.querySelector('#sample').hidden && window.scrollY === 0")
    browser.evaluate("document.querySelector('#sample .trail a').click()")
    browser.wait_for("!document.querySelector('#overview').hidden")
    assert browser.evaluate("window.scrollY") == left_at
    browser.evaluate("document.querySelectorAll('#table tbody a')[30].click()")
    browser.wait_for("!document.querySelector('#sample').hidden")
    browser.evaluate("document.querySelector('.masthead a[href=\"#methods\"]').click()")
    browser.wait_for("!document.querySelector('#overview').hidden")
    top = "document.querySelector('#methods').getBoundingClientRect().top"
    assert browser.evaluate(f"Math.abs({top}) < innerHeight")


def test_a_deep_link_leads_back_to_the_table(browser: Browser, address: str) -> None:
    browser.open(f"{address}#/run/0/sample/9")
    browser.wait_for("!document.querySelector('#sample').hidden")
    browser.press("Escape")
    browser.wait_for("!document.querySelector('#overview').hidden")
    top = browser.evaluate("document.querySelector('#samples').getBoundingClientRect().top")
    assert 0 <= top < 200


def test_hostile_answers_stay_text(browser: Browser, address: str) -> None:
    browser.open(f"{address}#/run/0/sample/3", width=375)
    browser.wait_for("!document.querySelector('#sample').hidden")
    page = _text(browser, "#sample")
    assert HOSTILE in page
    assert "The first 4,000 of 80,0" in page
    assert "hacked" not in browser.evaluate("document.title")
    assert browser.evaluate("document.querySelectorAll('#sample script, #sample img[onerror]').length") == 0


@pytest.mark.parametrize("width", [375, 1024, 1600])
@pytest.mark.parametrize("place", ["", "#/run/0/sample/3", "#/run/0/sample/11"])
def test_the_page_never_scrolls_sideways(browser: Browser, address: str, place: str, width: int) -> None:
    browser.open(address + place, width=width)
    browser.wait_for("document.querySelector('#overview').hidden === location.hash.startsWith('#/')")
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_an_unscored_sample_says_why(browser: Browser, address: str) -> None:
    browser.open(f"{address}#/run/0/sample/14")
    browser.wait_for("!document.querySelector('#sample').hidden")
    assert "the answer declines the question" in _text(browser, "#sample")


@pytest.mark.parametrize("place", ["#/run/7/sample/0", "#/run/0/sample/999999"])
def test_a_dead_link_says_so(browser: Browser, address: str, place: str) -> None:
    browser.open(address + place)
    browser.wait_for("!document.querySelector('#sample').hidden")
    assert _text(browser, "#sample h1") == "No such sample"


def test_foreign_script_cannot_run(process: Browser, address: str) -> None:
    process.open(address)
    process.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hacked = 1'}))"
    )
    assert process.evaluate("window.hacked") is None
    assert any("Content Security Policy" in complaint for complaint in process.complaints)
