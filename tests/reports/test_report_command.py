"""`cuewise report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.cli.report import report_command
from cuewise.errors import RunError
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import Page


@pytest.fixture(autouse=True)
def _runs(workspace: Path) -> None:
    for name in ("a", "b"):
        make_run(workspace, name, make_outcomes(make_samples(16), seed=name))


def test_writes_one_file_for_several_runs(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / "both.html"
    report_command(["a", "b", "a"], output=output, workspace=workspace)
    assert capsys.readouterr().out == f"{output}\n"
    assert [run["name"] for run in Page(output.read_text(encoding="utf-8")).index["runs"]] == ["a", "b"]


def test_json_is_one_document(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "a.html"
    report_command(["a"], output=output, workspace=workspace, json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["report"] == str(output)
    assert document["runs"][0]["run"] == "a"
    assert document["runs"][0]["finished"] is True
    assert document["runs"][0]["overall"]["count"] == 16


def test_an_unknown_run_is_named_with_those_there_are(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no run 'c'.*there are: a, b"):
        report_command(["a", "c"], output=tmp_path / "x.html", workspace=workspace)
    assert not (tmp_path / "x.html").exists()


def test_figures_are_written_and_named(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("vl_convert", reason="needs the extra figures")
    make_run(workspace, "small", make_outcomes(make_samples(8, only=["SA"]), fail_every=0))
    output, folder = tmp_path / "r.html", tmp_path / "figures"
    report_command(["small"], output=output, figures=folder, workspace=workspace, json=True)
    document = json.loads(capsys.readouterr().out)
    written = {Path(path) for path in document["figures"]}
    assert written == set(folder.iterdir())
    names = {path.name for path in written}
    assert {
        "confusions-SA.svg",
        "confusions-SA.png",
        "confusions-SA.csv",
        "averages.csv",
        "averages.tex",
    } <= names


def test_without_figures_the_document_has_none(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_command(["a"], output=tmp_path / "a.html", workspace=workspace, json=True)
    assert "figures" not in json.loads(capsys.readouterr().out)
