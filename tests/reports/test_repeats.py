"""Repeated answers in the report: the section, the words, and nothing of it where samples were asked once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.records import OutcomeKind
from cuewise.result import RunResult, open_run
from support.outcomes import make_outcome, make_run, make_samples, repeat_outcomes
from support.report_page import Page, WriteReport


@pytest.fixture
def repeated(workspace: Path) -> RunResult:
    """40 samples, three times each; some answers have no score."""
    return make_run(workspace, "again", repeat_outcomes(make_samples(40), 3), epochs=3)


def _table(page: Page, caption: str) -> list[list[str]]:
    (found,) = [rows for name, rows in page.tables.items() if caption in name]
    return found


def test_the_section_shows_the_figures(repeated: RunResult, report: WriteReport) -> None:
    page = report(repeated)
    overall = repeated.summary.overall()
    variation = overall.variation
    assert variation is not None
    rows = _table(page, "score of each of 3 answers")
    assert [row[0] for row in rows[1:]] == [*repeated.manifest.settings.tasks, "All samples"]
    by_epoch = " · ".join(f"{value:.1f}" for value in variation.recognition.by_epoch)
    assert rows[-1][1].startswith(by_epoch)
    assert (
        f"SD {variation.recognition.deviation:.1f}, range {variation.recognition.spread:.1f}" in rows[-1][1]
    )
    last = _table(page, "recognition and labels from answer to answer")[-1]
    shares = (variation.majority, variation.ever_right, variation.always_right, variation.agreement)
    assert [cell.split()[0] for cell in last[2:6]] == [f"{each.percent:.1f}" for each in shares if each]
    assert last[1].startswith(f"{overall.recognition:.1f} ")


def test_answers_are_counted_as_answers_and_samples_as_samples(
    repeated: RunResult, report: WriteReport
) -> None:
    page = report(repeated)
    overall = _table(page, "Over all samples, percent")
    assert overall[1][-1] == "40"
    outcomes = _table(page, "how answers ended")
    assert sum(int(row[2]) for row in outcomes[1:]) == 120
    assert sum(float(row[3]) for row in outcomes[1:]) == pytest.approx(100, abs=0.5)
    unscored = 120 - repeated.summary.overall().scored
    assert unscored
    text = page.text.replace("\u00a0", " ")
    assert "was asked 40 samples" in text
    assert "3 times each" in text
    assert f"{unscored} of 120 answers have no score" in text
    assert "40 of 40 samples" not in text
    assert len(page.details(0)) == 40
    assert [len(told) for told in page.details(0).values()] == [3] * 40


def test_it_is_told_in_words(repeated: RunResult, report: WriteReport) -> None:
    variation = repeated.summary.overall().variation
    assert variation is not None
    text = report(repeated).text.replace("\u00a0", " ")
    low, high = min(variation.recognition.by_epoch), max(variation.recognition.by_epoch)
    assert f"Asked 3 times, the model’s recognition lies between {low:.1f} and {high:.1f} %" in text
    assert "drawn at temperature 0" in text, "which is what the settings say of a served model"
    assert "Answers to a sample that are alike were read and judged once." in text


def test_nothing_of_it_where_every_sample_was_asked_once(one_run: RunResult, report: WriteReport) -> None:
    page = report(one_run)
    assert "Repeated answers" not in page.text
    assert "repeats" not in {attributes.get("id") for _, attributes in page.tags}
    assert "answers to each sample" not in page.text
    assert "how samples ended" in page.text


def test_a_run_of_one_beside_a_run_of_several(
    one_run: RunResult, repeated: RunResult, report: WriteReport
) -> None:
    page = report(one_run, repeated)
    assert "how often each sample was asked" in page.text
    assert len([name for name in page.tables if "score of each of" in name]) == 1


def test_an_unfinished_run_says_of_how_many_answers(workspace: Path, report: WriteReport) -> None:
    outcomes = repeat_outcomes(make_samples(4), 2)
    make_run(workspace, "cut", outcomes[:-1], epochs=2)
    opened = open_run("cut", workspace=workspace)
    assert not opened.finished
    assert "7 of 8 answers are there so far" in report(opened).text


def test_one_sample_that_never_got_a_score(workspace: Path, report: WriteReport) -> None:
    (sample,) = make_samples(1)
    refused = [
        make_outcome(sample, failure=OutcomeKind.REFUSED).model_copy(update={"epoch": epoch})
        for epoch in (0, 1)
    ]
    page = report(make_run(workspace, "none", refused, epochs=2))
    assert _table(page, "score of each of 2 answers")[-1][1] == "0.0 · 0.0 SD 0.0, range 0.0"
