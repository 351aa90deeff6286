"""`cuewise models` lists what can be named and never shows a key."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from cuewise.cli.models import models_command
from cuewise.models import attending, baselines, gaming, simulated

app = typer.Typer()
app.command()(models_command)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-to-be-shown")
    return "sk-never-to-be-shown"


def test_the_document(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(app, ["--json"])
    assert result.exit_code == 0
    assert key not in result.output
    document = json.loads(result.output)
    providers = {row["provider"]: row for row in document["providers"]}
    assert providers["openai"]["key_variable"] == "OPENAI_API_KEY"
    assert providers["openai"]["key_set"] is True
    assert providers["openai-api"]["key_set"] is None
    assert {row["pattern"] for row in document["known_models"]} >= {"gpt-4o*", "gemini-*", "*"}
    monkeypatch.delenv("OPENAI_API_KEY")
    document = json.loads(CliRunner().invoke(app, ["--json"]).output)
    assert document["providers"][0]["key_set"] is False


def test_everything_that_runs_without_a_server_is_listed() -> None:
    document = json.loads(CliRunner().invoke(app, ["--json"]).output)
    listed = {row["name"]: row["about"] for row in document["without_server"]}
    assert listed.keys() == {*baselines.NAMES, *simulated.NAMES, attending.NAME, *gaming.NAMES}
    for name in (*simulated.NAMES, attending.NAME):
        assert "for validating the evaluator, not a model" in listed[name]


def test_the_tables(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    for words in ("openai/MODEL", "OPENAI_API_KEY", "yes", "baseline/majority", "gpt-4o*", "not a model"):
        assert words in result.output
    assert key not in result.output
