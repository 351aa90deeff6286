"""`cuewise import answers`, and a run over what it imported."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cuewise import Conditions, Options, RunResult, evaluate, rejudge
from cuewise.cli.import_ import import_app
from cuewise.cli.models import models_command
from cuewise.demo import demo_data
from cuewise.errors import InputError
from cuewise.records import OutcomeKind, Protocol
from cuewise.reports.html import write_report
from cuewise.runs.store import CallStore

DATA = str(demo_data())
ROWS = (
    ("clips/demo_015.mp4", "SA", "1. The eyebrows are relaxed.\nFinal answer: neutral"),
    ("clips/demo_029.mp4", "SA", "Final answer: negative"),
    ("clips/demo_033.mp4", "SA", "x" * 100_000 + "<step>Step 1: 1/1</step> Final answer: negative"),
)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(import_app, ["answers", *map(str, arguments)])


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A workspace with three answers to the four questions of SA."""
    rows = [{"clip": clip, "task": task, "answer": answer} for clip, task, answer in ROWS]
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = invoke(
        file, "--data", DATA, "--as", "gpt-9", "--modalities", "audio,video", "--workspace", tmp_path
    )
    assert (result.exit_code, result.stdout) == (0, "imported/gpt-9\n")
    assert "3 answers to 3 of " in result.stderr
    return tmp_path


def run(work: Path, **options: Any) -> RunResult:
    values = {"data": DATA, "tasks": ("SA",), "model": "imported/gpt-9", **options}
    return evaluate(Options(**values), Conditions(workspace=work))


def test_imported_answers_are_judged_and_scored_like_a_models(work: Path) -> None:
    result = run(work)
    by_clip = {outcome.sample.clip.id: outcome for outcome in result.outcomes()}
    said = [by_clip[clip].answer for clip, _, _ in ROWS]
    assert [answer and answer.text for answer in said] == [text for *_, text in ROWS]
    first, second, third = (by_clip[clip] for clip, _, _ in ROWS)
    assert [outcome.score and outcome.score.recognition for outcome in (first, second, third)] == [1, 0, 1]
    missing = [outcome for outcome in by_clip.values() if outcome.kind is not OutcomeKind.SCORED]
    assert {(outcome.kind, outcome.cause) for outcome in missing} == {
        (OutcomeKind.MODEL_FAILURE, "not_imported")
    }
    assert len(missing) == len(by_clip) - 3
    # What was really sent is what the import says; now nothing is, and no media stands in the calls.
    assert result.manifest.settings.modalities == ("audio", "video")
    assert result.manifest.settings.sampling == {}
    assert {outcome.sent for outcome in by_clip.values()} == {("video", "audio")}
    calls = CallStore(work / "calls.sqlite")
    try:
        (key,) = first.calls["answer"]
        assert "image/jpeg" not in (calls.request_text(key) or "image/jpeg")
    finally:
        calls.close()
    assert result.spending().total.cost_usd == 0
    # The clips are there, so that reasons are held against them.
    assert any(piece.image is not None for piece in first.evidence)
    again = rejudge(result.name, "offline/rules", Conditions(workspace=work), protocol=Protocol.GROUNDED)
    assert (again.tally.made, again.summary.overall().recognition) == (
        0,
        result.summary.overall().recognition,
    )
    write_report([result, again], work / "report.html", read_media=lambda _: b"")
    page = (work / "report.html").read_text()
    assert "imported, answered elsewhere" in page
    assert "with the sound and picture of each clip as their import says" in page


def test_the_clips_need_not_be_there(work: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    there, gone = run(work), run(work, clips=str(tmp_path / "nothing"))
    assert gone.summary.to_json() == there.summary.to_json()
    assert gone.tally.made == 0  # where a clip lies is no part of a call


def test_modalities_are_the_imports(work: Path) -> None:
    assert run(work, modalities=("video", "audio")).finished
    with pytest.raises(
        InputError, match="was collected with audio, video, as its import says: leave --modalities"
    ):
        run(work, modalities=("video",))
    with pytest.raises(InputError, match="is sent nothing, as it was answered elsewhere: leave --video out"):
        run(work, video="file")


def test_imported_answers_cannot_judge(work: Path) -> None:
    with pytest.raises(InputError, match="cannot judge"):
        run(work, judge="imported/gpt-9")


def test_models_tells_of_them(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "answers" / "broken.jsonl").write_text("{}\n")
    models_command(workspace=work, json=True)
    listed = {row["name"]: row["about"] for row in json.loads(capsys.readouterr().out)["without_server"]}
    assert listed["imported/gpt-9"] == "answers collected elsewhere, with video, audio"
    assert "are damaged" in listed["imported/broken"]


def test_repeats_of_a_question_are_epochs(tmp_path: Path) -> None:
    rows = [("neutral", 0), ("positive", 1)]
    file = tmp_path / "mine.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {"sample": "SA/clips/demo_015.mp4", "answer": f"Final answer: {label}", "epoch": epoch}
            )
            + "\n"
            for label, epoch in rows
        )
    )
    assert invoke(file, "--data", DATA, "--as", "gpt-9", "--workspace", tmp_path).exit_code == 0
    outcomes = [outcome for outcome in run(tmp_path, epochs=2).outcomes() if outcome.reading]
    assert {(outcome.reading.labels, outcome.epoch) for outcome in outcomes if outcome.reading} == {
        ((label,), epoch) for label, epoch in rows
    }


def test_problems_are_told_and_what_is_sound_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "SA.csv"
    file.write_text("clip,answer\nclips/demo_015.mp4,fine\n../../etc/passwd,x\nclips/demo_033.mp4,\n")
    result = invoke(file, "--data", DATA, "--as", "x", "--workspace", tmp_path, "--json")
    assert result.exit_code == 2
    assert f"under the same name, delete {tmp_path / 'answers' / 'x.jsonl'} first" in result.stderr
    document = json.loads(result.stdout)
    assert (document["model"], document["answers"], document["n_problems"]) == ("imported/x", 1, 2)
    assert [problem["where"].partition(" (")[0] for problem in document["problems"]] == [
        "SA.csv, line 3",
        "SA.csv, line 4",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--as", "../x"), "is no name for answers"),
        (("--as", "x", "--modalities", "smell"), "unknown modality smell: choose from video, audio, text"),
        (
            ("--as", "x"),
            "no row answers a sample of .*SA.csv, line 2 .clips/none.mp4.: is about a clip that the",
        ),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    file = tmp_path / "SA.csv"
    file.write_text("clip,answer\nclips/none.mp4,x\n")
    result = invoke(file, "--data", DATA, "--workspace", tmp_path, *arguments)
    assert isinstance(result.exception, InputError)
    assert re.search(told, str(result.exception), re.DOTALL)
    assert not list((tmp_path / "answers").iterdir() if (tmp_path / "answers").exists() else ())
