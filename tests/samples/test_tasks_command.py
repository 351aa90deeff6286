"""`cuewise tasks`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.cli.tasks import SCENARIO_NOTE, tasks_command
from cuewise.errors import DatasetError
from cuewise.samples.tasks import tasks


def test_the_table_shows_every_task(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    tasks_command()
    shown = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.strip()}
    assert rows["ER-Wild"][1:4] == ["single", "7/8/11", "1,800"]
    assert rows["ML-ER"][1:4] == ["multi", "6/10", "600"]
    assert rows["All"][1:] == ["tasks", "6,500", "27", "in", "all"]
    assert all(name in rows for name in tasks())
    assert SCENARIO_NOTE in shown


def test_json_is_one_document_that_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    tasks_command(json=True)
    document = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in document["tasks"]] == list(tasks())
    lab = document["tasks"][0]
    assert lab["questions"] == 500
    assert lab["sources"] == [{"name": "IEMOCAP", "questions": 500, "labels": lab["labels"]}]


def test_a_task_file_is_checked_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[Tone]\nkind = "ordinal"\nlabels = ["[red]dry", "warm"]\nquestion = "?"\nsynonyms = { warm = ["kind"] }\n'
    )
    tasks_command(file)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Tone ordinal [red]dry < warm warm: kind" in shown  # what looks like markup is none
    tasks_command(file, json=True)
    (tone,) = json.loads(capsys.readouterr().out)["tasks"]
    assert tone["scale"] == tone["labels"] == ["[red]dry", "warm"]
    assert (tone["synonyms"], tone["sources"]) == ({"warm": ["kind"]}, [])
    file.write_text("[Tone]")
    with pytest.raises(DatasetError, match=r"mine\.toml, task 'Tone', `kind`: is missing; add it"):
        tasks_command(file)
