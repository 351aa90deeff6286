"""What people are asked in a study of the question."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuewise.runs.workspace import Workspace
from cuewise.samples.tasks import get_task
from cuewise.study.folder import study_folder
from cuewise.study.records import StudyKind
from support.outcomes import make_outcomes, make_run, make_samples
from support.rating_app import client_of, site_of, token
from support.studies import study_of, with_clips


@pytest.mark.parametrize("task", ["SA", "Liveliness"])
def test_a_question_of_the_data_is_asked_as_it_stands(tmp_path: Path, task: str) -> None:
    """Of one of the eight tasks as well as of a task of one's own."""
    question = "Which sentiment does the INTERVIEWER convey?"
    samples = [
        sample.model_copy(update={"task": task, "question": question}) for sample in make_samples(12, ["SA"])
    ]
    run = make_run(tmp_path, "mine", with_clips(make_outcomes(samples)))
    folder = study_folder(Workspace(tmp_path), "study")
    folder.freeze(study_of([run], tmp_path, kind=StudyKind.QUESTION, n=6))
    site = site_of(folder, tmp_path)
    asked = client_of(site).get(f"/r/{token('ana')}/items/1").text
    site.store.close()
    assert re.findall(r'aria-label="Question">([^<]*)<', asked) == [question]
    assert get_task("SA").plain not in asked
