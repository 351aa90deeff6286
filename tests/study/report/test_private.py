"""A report that is passed on names models and judges without the folders that they lie in."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from cuewise.errors import RunError
from cuewise.result import RunResult, open_run
from cuewise.study.folder import StudyFolder
from cuewise.study.records import StudyKind
from cuewise.study.report.page import render
from cuewise.study.report.reporting import read_report
from cuewise.study.report.words import doubts, summary
from support.cli import cuewise
from support.outcomes import make_outcomes, make_run, make_samples
from support.rated_studies import rated_folder
from support.studies import with_clips

MODEL = "hf//home/ana/secret-project/qwen-7b"
JUDGE = "vllm//home/ana/judges/emo-judge"
WORKSPACE = "cuewise-workspace"


def broken(name: str) -> RunResult:
    raise RunError("the manifest '/home/ana/secret-project/runs/one/manifest.json' cannot be read")


def everything(folder: StudyFolder, workspace: Path, gone: bool) -> tuple[str, str]:
    """The page, and all else that a report gives, with runs or without."""
    report = read_report(folder, broken if gone else partial(open_run, workspace=workspace))
    return render(report), "\n".join([json.dumps(report.to_json()), *summary(report), *doubts(report)])


def runs(workspace: Path, *names: str) -> tuple[RunResult, ...]:
    return tuple(
        make_run(
            workspace,
            name,
            with_clips(make_outcomes(make_samples(30), seed=name)),
            model="openai/gpt-4o" if name == "hosted" else MODEL,
            judge=JUDGE,
        )
        for name in names
    )


@pytest.mark.parametrize("gone", [False, True])
def test_of_steps(tmp_path: Path, gone: bool) -> None:
    workspace = tmp_path / WORKSPACE
    folder = rated_folder(workspace, runs=runs(workspace, "one", "two", "hosted"), raters=2, n=48)
    page, rest = everything(folder, workspace, gone)
    for text in (page, rest):
        assert "/home/ana" not in text
        assert "secret-project" not in text
        assert str(tmp_path) not in text
        assert "hf/qwen-7b" in text
        assert "vllm/emo-judge" in text
    found = json.loads(rest.splitlines()[0])
    assert found["judges"] == ["vllm/emo-judge"]
    assert [one["group"] for one in found["judge"] if one["kind"] == "model"] == [
        "hf/qwen-7b",
        "openai/gpt-4o",
    ]
    assert [one["model"] for one in found["corrected"]] == ["hf/qwen-7b", "hf/qwen-7b", "openai/gpt-4o"]
    assert {one["model"] for one in found["disputed_steps"]} <= {"hf/qwen-7b", "openai/gpt-4o"}
    assert ("'…/manifest.json' cannot be read" in found["corrected"][0]["why_none"]) is gone


@pytest.mark.parametrize("gone", [False, True])
def test_of_the_question(tmp_path: Path, gone: bool) -> None:
    workspace = tmp_path / WORKSPACE
    made = runs(workspace, "one")
    folder = rated_folder(workspace, runs=made, raters=2, n=20, kind=StudyKind.QUESTION)
    page, rest = everything(folder, workspace, gone)
    for text in (page, rest):
        assert "/home/ana" not in text
        assert str(tmp_path) not in text
        assert ("cannot be read" if gone else "hf/qwen-7b") in text


def test_on_the_terminal(tmp_path: Path) -> None:
    workspace = tmp_path / WORKSPACE
    rated_folder(workspace, runs=runs(workspace, "one"), raters=2, n=20)
    done = cuewise("study", "report", "pilot", "-o", "pilot.html", cwd=tmp_path, COLUMNS="300")
    assert done.returncode == 0, done.stderr
    told = done.stdout + (tmp_path / "pilot.html").read_text(encoding="utf-8")
    assert "/home/ana" not in told
    assert "hf/qwen-7b" in told
