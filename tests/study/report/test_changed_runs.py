"""A run whose answers are other ones by now than those that raters saw has no corrected score, and all else is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import rmtree

import pytest

from cuewise.records import Outcome
from cuewise.result import open_run
from cuewise.study.report.corrected import CHANGED
from cuewise.study.report.reporting import StudyReport, read_report
from support.outcomes import make_outcomes, make_run, make_samples
from support.rated_studies import rated_folder
from support.studies import rated_run, with_clips

Change = Callable[[Outcome], Outcome]


def reported(workspace: Path, change: Callable[[set[str], list[Outcome]], list[Outcome]]) -> StudyReport:
    """What is told of a rated study whose run was made anew, under the same settings, of other outcomes.

    Args:
        change: from the ids of the drawn samples and the run's outcomes to what these become.
    """
    run = rated_run(workspace, n=60)
    folder = rated_folder(workspace, runs=(run,), raters=3, n=14)
    drawn = {item.sample.id for item in folder.study().drawn}
    outcomes = list(run.outcomes())
    rmtree(run.folder.path)
    make_run(workspace, "mine", change(drawn, outcomes), model="openai/gpt-4o")
    return read_report(folder, partial(open_run, workspace=workspace))


def of_one_drawn(drawn: set[str], outcomes: list[Outcome], change: Change) -> list[Outcome]:
    one = min(drawn)
    return [change(outcome) if outcome.sample.id == one else outcome for outcome in outcomes]


def other_answers(drawn: set[str], outcomes: list[Outcome]) -> list[Outcome]:
    return with_clips(make_outcomes(make_samples(60), seed="other answers"))


def other_claim(drawn: set[str], outcomes: list[Outcome]) -> list[Outcome]:
    def change(outcome: Outcome) -> Outcome:
        first, *rest = outcome.steps
        return outcome.model_copy(
            update={"steps": (first.model_copy(update={"text": "Quite another claim"}), *rest)}
        )

    return of_one_drawn(drawn, outcomes, change)


def other_verdict(drawn: set[str], outcomes: list[Outcome]) -> list[Outcome]:
    def change(outcome: Outcome) -> Outcome:
        # The first one turned about, the score left as it is: strata do not tell.
        first, *rest = outcome.verdicts
        return outcome.model_copy(
            update={"verdicts": (first.model_copy(update={"rating": 1 - first.rating}), *rest)}
        )

    return of_one_drawn(drawn, outcomes, change)


def a_drawn_one_gone(drawn: set[str], outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.sample.id != min(drawn)]


@pytest.mark.parametrize("change", [other_answers, other_claim, other_verdict, a_drawn_one_gone])
def test_there_is_no_corrected_score_and_the_report_says_why(
    tmp_path: Path, change: Callable[[set[str], list[Outcome]], list[Outcome]]
) -> None:
    report = reported(tmp_path, change)
    (run,) = report.corrected
    assert (run.score, run.raw, run.why_none) == (None, None, CHANGED)
    assert report.judge[0].raw.value is not None


def test_the_same_run_made_anew_has_one(tmp_path: Path) -> None:
    (run,) = reported(tmp_path, lambda drawn, outcomes: outcomes).corrected
    assert run.score is not None, run.why_none
