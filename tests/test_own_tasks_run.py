"""Tasks of one's own, all the way: asked, read, judged, scored, reported, and opened again without their dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cuewise import Conditions, Options, evaluate, open_run, rejudge
from cuewise.audits.data.audit import audit_data
from cuewise.errors import InputError
from cuewise.interop.prompts import AgentPrompt, PromptFile, TaskPrompts, write_prompt_file
from cuewise.models.protocol import Completion, Request
from cuewise.records import LabelMeans, Protocol
from cuewise.reports.html import write_report
from cuewise.reports.overview import view_run
from cuewise.runs.manifest import Manifest
from cuewise.samples.dataset import read_dataset
from support.models import FakeModel, text_of

TASKS = """
[Fatigue]
title = "<b>fatigue</b>"
kind = "ordinal"
labels = ["Alert", "Tired", "Burnt out"]
question = "How tired is this person?"
synonyms = { "Burnt out" = ["worn out"] }

[Tone]
kind = "multi"
labels = ["Dry", "Warm", "Sarcastic", "<i>loud"]
question = "Which tones do you hear?"
"""
ASKED = (
    ("1", "Fatigue", "Alert", "1. The eyes are open.\nFinal answer: Alert"),
    ("2", "Fatigue", "Tired", "Final answer: worn out"),
    ("3", "Fatigue", "Burnt out", "Final answer: alertness"),
    ("4", "Fatigue", "Burnt out", "I'm sorry, but I can't help with that."),
    ("5", "Tone", "Dry;Warm", "Final answer: warmth; sarcasm"),
    ("6", "SA", "positive", "Final answer: positive"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tasks.toml").write_text(TASKS)
    rows = ({"clip": clip, "task": task, "label": label} for clip, task, label, _ in ASKED)
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


async def answer(request: Request) -> Completion:
    assert request.sample is not None
    if request.sample.task == "Fatigue":
        assert "How tired is this person?" in text_of(request)
        assert "Candidate labels: Alert, Tired, Burnt out" in text_of(request)
    return Completion(text=next(text for clip, *_, text in ASKED if clip == request.sample.clip.id))


def mine() -> FakeModel:
    model = FakeModel(answer, "lab/mine")
    model.reads_sample = True  # else the same question about no clip would be one call
    return model


def run(data: Path, work: Path, **options: Any) -> Any:
    return evaluate(
        Options(data=str(data), model="lab/mine", **options), Conditions(workspace=work), model=mine()
    )


def test_an_own_task_is_scored_like_the_eight(data: Path, tmp_path: Path) -> None:
    result = run(data, tmp_path)
    by_task = result.summary.tasks()
    assert list(by_task) == ["SA", "Fatigue", "Tone"]
    # Fatigue: places 0, 1, 2, 2 on the scale, read as 0, 2, 0 and none.
    assert by_task["Fatigue"].recognition == 25
    ordinal = by_task["Fatigue"].labels.ordinal
    assert (ordinal.levels, ordinal.count, ordinal.matched) == (3, 4, 3)
    assert ordinal.mae == pytest.approx((0 + 1 + 2) / 3)
    assert ordinal.mae_bound == pytest.approx((0 + 1 + 2 + 2) / 4)
    # Squared distances of the pairs: 0 + 1 + 4 = 5. By chance, gold {0, 1, 2} against said {0: 2, 2: 1}:
    # (0 + 4 + 2 + 1 + 8 + 0) / 3 = 5. So kappa = 1 - 5/5.
    assert ordinal.kappa == pytest.approx(0)
    # Tone: one of two gold labels, and one that is none: C/K = 1/2, F1 = 2 * 1 / (2 + 2).
    assert by_task["Tone"].recognition == 50
    assert by_task["Tone"].labels.f1.percent == pytest.approx(50)
    readings = {outcome.sample.clip.id: outcome.reading for outcome in result.outcomes() if outcome.reading}
    assert [readings[clip].means for clip in "123"] == [
        LabelMeans.SPELLED,
        LabelMeans.SYNONYM,
        LabelMeans.INFLECTED,
    ]
    grounded = rejudge(
        result.name, None, Conditions(workspace=tmp_path), protocol=Protocol.GROUNDED, model=mine()
    )
    assert grounded.tally.made == 0
    assert grounded.summary.tasks()["Fatigue"].recognition == 25


def test_a_run_is_opened_and_reported_without_its_dataset(data: Path, tmp_path: Path) -> None:
    name = run(data, tmp_path).name
    shutil.rmtree(data)
    opened = open_run(name, workspace=tmp_path)
    assert [task.name for task in opened.manifest.own_tasks] == ["Fatigue", "Tone"]
    (fatigue,) = [task for task in view_run(opened, colour=0).tasks if task.name == "Fatigue"]
    assert [label for label, _ in fatigue.categories] == ["Alert", "Tired", "Burnt out"]  # from low to high
    write_report([opened], tmp_path / "report.html", read_media=lambda _: b"")
    page = (tmp_path / "report.html").read_text()
    assert (
        "Fatigue (ordinal: Alert &lt; Tired &lt; Burnt out); Tone (multi: Dry, Warm, Sarcastic, &lt;i&gt;loud)"
        in page
    )
    assert "<b>fatigue</b>" not in page
    assert "<i>loud" not in page


def test_a_run_goes_on_under_the_same_definitions_alone(data: Path, tmp_path: Path) -> None:
    first = run(data, tmp_path)
    (data / "tasks.toml").write_text(TASKS.replace("<b>fatigue</b>", "weariness"))
    again = run(data, tmp_path)  # a title changes no answer and no score
    assert (again.name, again.tally.made) == (first.name, 0)
    assert again.manifest.own_tasks[0].title == "weariness"
    (data / "tasks.toml").write_text(TASKS.replace("worn out", "spent"))
    other = run(data, tmp_path)
    assert other.name != first.name
    assert other.summary.tasks()["Fatigue"].labels.ordinal.matched == 2  # "worn out" is no label any more


def test_manifests_of_earlier_versions_have_no_own_tasks(data: Path, tmp_path: Path) -> None:
    manifest = run(data, tmp_path).manifest
    path = tmp_path / "old" / "manifest.json"
    path.parent.mkdir()
    path.write_text(manifest.model_dump_json(exclude={"own_tasks": True, "options": {"task_file"}}))
    assert Manifest.read(path) == manifest.model_copy(update={"own_tasks": ()})
    manifest.write(path)
    assert Manifest.read(path) == manifest


def test_the_data_audit_knows_own_tasks(data: Path) -> None:
    dataset = read_dataset(str(data))
    audit = audit_data(dataset.samples, own_tasks=dataset.own_tasks)
    assert {gold.task: gold.separator for gold in audit.gold} == {"SA": None, "Fatigue": None, "Tone": ";"}
    assert {one.task: one.label for one in audit.baselines}["Fatigue"] == "Burnt out"


def test_the_authors_prompts_have_none_for_an_own_task(data: Path, tmp_path: Path) -> None:
    def agent(*parts: Any) -> AgentPrompt:
        message = {"role": "user", "parts": parts}
        return AgentPrompt.model_validate({"messages": [message], "source": "x", "source_sha256": "0" * 64})

    extract = agent({"pieces": [{"field": "model_response"}]})
    judge = agent({"pieces": [{"field": "step"}]}, {"frames": "all"})
    prompts = TaskPrompts(extract=extract, judge=judge)
    file = tmp_path / "prompts.json"
    write_prompt_file(PromptFile(format="cuewise-authors-prompts", version=1, tasks={"SA": prompts}), file)
    with pytest.raises(InputError, match="no prompts for Fatigue, Tone, only for SA"):
        run(data, tmp_path, prompts=str(file), judge="openai/x", judge_base_url="http://localhost:9/v1")


def test_labels_of_ones_own_without_a_task_are_a_note(tmp_path: Path) -> None:
    """They are evaluated, and nothing is lost that would be to mend."""
    rows = [{"clip": str(n), "task": "SA", "label": label} for n, label in enumerate(["glum", "calm"] * 2)]
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (note,) = read_dataset(str(tmp_path)).problems
    assert note.note
    assert note.hint.endswith("or define a task of your own, if there are others")
