"""The report in a real browser: what its script builds and how it answers, without a complaint."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cuewise.media.images import encode_jpeg
from cuewise.media.store import MediaStore
from cuewise.records import (
    Answer,
    Cue,
    Evidence,
    EvidenceKind,
    LabelReading,
    LabelStatus,
    OutcomeKind,
    Protocol,
    Step,
)
from cuewise.reports.html import write_report
from support.browser import CHROMIUM, Browser
from support.outcomes import make_outcome, make_outcomes, make_run, make_samples, repeat_outcomes

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
def grounded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on one model under both protocols, the grounded run by a panel.

    Sample 2 has a step that states 0.5 to 1.8 s; sample 7 is hostile in evidence, label reading and judge; sample 9
    has descriptions of a moment and of a stretch that begins with it.
    """
    folder = tmp_path_factory.mktemp("grounded")
    samples = make_samples(40)
    paper = make_outcomes(samples, seed="a")
    panel = ("x/j", "x/j", HOSTILE)
    outcomes = make_outcomes(samples, seed="a", protocol=Protocol.GROUNDED, panel=panel)
    cue = Cue(channel=HOSTILE, value=HOSTILE, start_s=0, end_s=1e300)
    pieces = [
        Evidence(id=f"C{at}", kind=EvidenceKind.CUE, start_s=0, end_s=at**180, cue=cue) for at in range(1, 40)
    ]
    reading = LabelReading(status=LabelStatus.OUTSIDE, outside=(HOSTILE,), certain=False, taxonomy=1)
    outcomes[7] = outcomes[7].model_copy(
        update={"evidence": (*outcomes[7].evidence, *pieces), "reading": reading, "withheld": (HOSTILE,)}
    )
    seen = [(1, 0.0, 0.0), (2, 0.0, 3.0), (3, 1.0, 1.0), (4, 1.0, 2.0)]
    described = [
        Evidence(
            id=f"D{at}", kind=EvidenceKind.DESCRIPTION, start_s=start, end_s=end, text=f"{at} {HOSTILE} " * 9
        )
        for at, start, end in seen
    ]
    outcomes[9] = outcomes[9].model_copy(update={"evidence": (*outcomes[9].evidence, *described)})
    runs = [
        make_run(folder, "paper", paper),
        make_run(
            folder,
            "grounded",
            outcomes,
            protocol=Protocol.GROUNDED,
            judge="x/j",
            more_judges=[HOSTILE],
            judge_repeats=2,
        ),
    ]
    path = folder / "grounded.html"
    write_report(runs, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three answers to each of 24 samples; the second to sample 2 is hostile, sample 14 is unscored once."""
    folder = tmp_path_factory.mktemp("repeated")
    outcomes = repeat_outcomes(make_samples(24), 3, fail_every=0)
    hostile = 3 * 2 + 1
    outcomes[hostile] = outcomes[hostile].model_copy(update={"answer": Answer(text=HOSTILE)})
    outcomes[3 * 14] = make_outcome(outcomes[3 * 14].sample, failure=OutcomeKind.REFUSED)
    path = folder / "repeated.html"
    write_report([make_run(folder, "again", outcomes, epochs=3)], path)
    return path.as_uri()


@pytest.fixture
def browser(process: Browser, address: str, grounded: str, repeated: str) -> Iterator[Browser]:
    """The browser; afterwards no page may have complained or asked for anything but itself."""
    process.complaints.clear()
    process.requests.clear()
    yield process
    assert process.complaints == []
    own = (address, grounded, repeated, "data:", "about:")
    foreign = [url for url in process.requests if not url.startswith(own)]
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
    assert names[0] == "IEMOCAP/clip-00000.mp4"
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
    _choose(browser, "text", "CLIP-00042")
    assert _column(browser, 0) == ["MER2024/clip-00042.mp4"]


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
    browser.wait_for(f"{heading} === 'CMU-MOSI/clip-00005.mp4'")
    browser.press("j")
    browser.wait_for(f"{heading} === 'CMU-MOSEI/clip-00013.mp4'")
    browser.press("ArrowRight")
    browser.wait_for(f"{heading} === 'MELD/clip-00021.mp4'")
    browser.press("k")
    browser.wait_for(f"{heading} === 'CMU-MOSEI/clip-00013.mp4'")
    browser.evaluate("history.go(-1)")
    browser.wait_for(f"{heading} === 'MELD/clip-00021.mp4'")
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


def _open_sample(browser: Browser, url: str, run: int, place: int, width: int = 1024) -> None:
    browser.open(f"{url}#/run/{run}/sample/{place}", width=width)
    browser.wait_for("!document.querySelector('#sample').hidden")


def _ids(browser: Browser, selector: str) -> list[str]:
    found: list[str] = browser.evaluate(
        f"[...document.querySelectorAll({selector!r})].map((one) => one.dataset.evidence)"
    )
    return found


def test_choosing_a_step_shows_what_it_rests_on(browser: Browser, grounded: str) -> None:
    _open_sample(browser, grounded, 1, 2)
    assert _text(browser, ".timeline .chosen") == "Choose a step to see what its verdict rests on."
    choice = (
        "[...document.querySelectorAll('.choose button')].find((one) => one.title.startsWith('From 0.5'))"
    )
    browser.evaluate(f"{choice}.focus()")
    browser.press(" ")
    assert browser.evaluate(f"{choice}.getAttribute('aria-pressed')") == "true"
    told = _text(browser, ".timeline .chosen")
    assert "Step 2 of grounded: From 0.5 to 1.8 s the brows stay raised." in told
    assert "Times it states0.5–1.8 s" in told
    assert "Frames nearest to themF2 (1.0 s)" in told
    cited, checked = _ids(browser, ".strip .cited, tr.cited"), _ids(browser, ".strip .checked, tr.checked")
    assert cited
    assert not set(cited) & set(checked)
    assert sorted(cited + checked) == ["A1", "C1", "F1", "F2", "F3", "T1"]
    for id_ in cited:
        assert f"{id_} (" in told.split("Also checked against")[0].split("Rests on")[1]
    assert browser.evaluate("document.querySelectorAll('.drawing .cited').length") == len(cited)
    assert browser.evaluate("document.querySelectorAll('.drawing .checked').length") == len(checked)
    browser.evaluate(f"{choice}.click()")
    assert _text(browser, ".timeline .chosen").startswith("Choose a step")
    assert browser.evaluate("document.querySelectorAll('#sample .cited:not(.key)').length") == 0


def test_pieces_lie_where_they_are_in_time(browser: Browser, grounded: str) -> None:
    """The clip's evidence ends at 3 s: frames at 0, a third and two thirds; the words from 0.2 to 2.1 s."""
    _open_sample(browser, grounded, 1, 5)
    left = (
        "(one) => [one.style.left, one.style.width].map((value) => Math.round(10 * parseFloat(value)) / 10)"
    )
    assert browser.evaluate(f"[...document.querySelectorAll('.drawing .point')].map({left})") == [
        [0, 0],
        [33.3, 0],
        [66.7, 0],
    ]
    assert browser.evaluate(f"[...document.querySelectorAll('.drawing .transcript')].map({left})") == [
        [6.7, 63.3]
    ]
    ticks = browser.evaluate("[...document.querySelectorAll('.axis .tick')].map((one) => one.textContent)")
    assert ticks == ["0 s", "1 s", "2 s", "3 s"]


@pytest.mark.parametrize("width", [1024, 400])
def test_descriptions_have_a_row_in_which_none_hides_another(
    browser: Browser, grounded: str, width: int
) -> None:
    _open_sample(browser, grounded, 1, 9, width)
    boxes = browser.evaluate(
        "[...document.querySelectorAll('.timeline .description')].map((mark) => {"
        " const { left, right, top, bottom } = mark.getBoundingClientRect(); return [left, right, top, bottom]; })"
    )
    assert len(boxes) == 4
    for one, other in itertools.combinations(boxes, 2):
        apart = (
            one[1] <= other[0] + 1
            or other[1] <= one[0] + 1
            or one[3] <= other[2] + 1
            or other[3] <= one[2] + 1
        )
        assert apart, (one, other)
    assert _text(browser, "tr[data-evidence='D3'] td:last-child").startswith("3 <img src=x")
    assert browser.evaluate("document.title") != "hacked"


def test_a_step_leads_to_the_timeline(browser: Browser, grounded: str) -> None:
    _open_sample(browser, grounded, 1, 5)
    browser.evaluate("document.querySelectorAll('.steps .number')[1].click()")
    assert "Step 2 of grounded" in _text(browser, ".timeline .chosen")
    top = browser.evaluate("document.querySelector('.timeline').getBoundingClientRect().bottom")
    assert top > 0


def test_verdicts_in_words_and_every_vote(browser: Browser, grounded: str) -> None:
    _open_sample(browser, grounded, 1, 5)
    page = _text(browser, "#sample")
    assert "bears on the label" in page
    assert "earns nothing as a reason" in page
    assert "% sure" in page
    assert "Label reading: matched" in page
    assert "3 judgements" in page
    assert "x/j, judgement 1" in page
    assert "x/j, judgement 2" in page
    assert page.count("paper’s rules") == 1


def test_hostile_evidence_stays_text_and_does_not_break_the_axis(browser: Browser, grounded: str) -> None:
    _open_sample(browser, grounded, 1, 7, width=375)
    page = _text(browser, "#sample")
    assert f"Withheld from the judge: {HOSTILE}" in page
    assert f"outside the candidates: {HOSTILE}" in page
    assert "the wording leaves doubt" in page
    assert "more pieces overlap" in page
    assert browser.evaluate("document.querySelectorAll('.timeline').length") == 2, (
        "each run has its own evidence"
    )
    assert browser.evaluate("document.querySelectorAll('#sample script, #sample img').length") == 0
    assert "hacked" not in browser.evaluate("document.title")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 375
    browser.evaluate("document.querySelectorAll('.columns > section:last-child .choose button')[0].click()")
    marked = "document.querySelectorAll('.columns > section:{}-child tr.cited, .columns > section:{}-child li.cited')"
    assert browser.evaluate(f"{marked.format('last', 'last')}.length") > 0
    assert browser.evaluate(f"{marked.format('first', 'first')}.length") == 0, (
        "ids of one run are not the other's"
    )


def test_answers_are_found_by_how_their_label_was_read(browser: Browser, grounded: str) -> None:
    browser.open(grounded)
    _choose(browser, "run", "1")
    _choose(browser, "status", "outside")
    names = _column(browser, 0)
    assert 0 < len(names) < 20
    assert any(name.endswith("clip-00007.mp4") for name in names)
    assert all(cell.endswith("no candidate") for cell in _column(browser, 3))


def test_each_answer_to_a_sample_can_be_read(browser: Browser, repeated: str) -> None:
    _open_sample(browser, repeated, 0, 2, width=375)
    shown = "document.querySelector('.answers [aria-current]')?.textContent"
    browser.wait_for(f"{shown} === 'Answer 1'")
    assert HOSTILE not in _text(browser, "#sample")
    browser.evaluate("document.querySelectorAll('.answers a')[1].click()")
    browser.wait_for(f"{shown} === 'Answer 2'")
    assert HOSTILE in _text(browser, "#sample")
    assert "all below is of answer 2" in _text(browser, "#sample")
    assert browser.evaluate("document.activeElement.textContent") == "Answer 2", "one stays where one was"
    assert "hacked" not in browser.evaluate("document.title")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 375
    browser.open(f"{repeated}#/run/0/sample/2/answer/99")
    browser.wait_for(f"{shown} === 'Answer 3'")
    browser.press("Escape")
    browser.wait_for("!document.querySelector('#overview').hidden")


def test_answers_that_change_and_outcomes_of_any_answer_are_found(browser: Browser, repeated: str) -> None:
    browser.open(repeated)
    assert _text(browser, "#found") == "24 of 24 samples"
    _choose(browser, "outcome", "refused")
    assert [name.rpartition("/")[2] for name in _column(browser, 0)] == ["clip-00014.mp4"]
    assert _column(browser, 4) == ["scored (2 of 3)"]
    browser.evaluate("document.forms.filters.querySelector('[type=reset]').click()")
    browser.wait_for("document.querySelector('#found').textContent === '24 of 24 samples'")
    _choose(browser, "answer", "change")
    changing = _column(browser, 3)
    assert 0 < len(changing) < 24
    assert all(" of 3)" in cell for cell in changing)


@pytest.mark.parametrize("width", [375, 1280])
def test_a_report_of_repeated_answers_never_scrolls_sideways(
    browser: Browser, repeated: str, width: int
) -> None:
    browser.open(repeated, width=width)
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [375, 1024, 1600])
def test_a_grounded_report_never_scrolls_sideways(browser: Browser, grounded: str, width: int) -> None:
    browser.open(grounded, width=width)
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_no_text_of_a_chart_is_cut_off(browser: Browser, address: str, grounded: str) -> None:
    """Each lies within its drawing, by the browser's own measures."""
    for page in (address, grounded):
        browser.open(page, width=1280)
        assert browser.evaluate("document.querySelectorAll('figure svg text').length") > 50
        assert (
            browser.evaluate(
                """[...document.querySelectorAll('figure svg text')].filter((text) => {
                    const inner = text.getBoundingClientRect(), outer = text.ownerSVGElement.getBoundingClientRect();
                    return inner.left < outer.left || inner.right > outer.right
                        || inner.top < outer.top || inner.bottom > outer.bottom;
                }).map((text) => text.textContent)"""
            )
            == []
        )


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
