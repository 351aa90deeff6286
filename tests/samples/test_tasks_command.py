"""`cuewise tasks`."""

from __future__ import annotations

import json

import pytest

from cuewise.cli.tasks import SCENARIO_NOTE, tasks_command
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
