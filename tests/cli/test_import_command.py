"""`cuewise import prompts`: what it writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cuewise.cli.import_ import import_app
from cuewise.errors import InputError
from cuewise.interop.prompts import read_prompt_file
from support.authors_scripts import write_task


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(import_app, ["prompts", *map(str, arguments)])


def test_writes_a_prompt_file_and_says_what_was_read(tmp_path: Path) -> None:
    write_task(tmp_path / "checkout", "SA")
    write_task(tmp_path / "checkout", "IR", judge="x = 1\n")
    output = tmp_path / "mine.json"
    result = invoke(tmp_path / "checkout", "-o", output)
    assert result.exit_code == 0
    assert result.stdout.strip() == str(output)
    assert list(read_prompt_file(output).tasks) == ["SA"]
    lines = result.stderr.splitlines()
    assert lines[0] == "Read the prompts of 1 of 8 tasks: SA."
    assert lines[1] == "Not read, and not in the file: ER-Lab, ER-Wild, Noise-ER, FG-ER, ML-ER, FG-SA, IR."
    assert (
        "  IR: eval_cot/IR/code/eval_cot_gpt4o.py: no function `analyze_video`, which is expected to make the"
        " messages"
    ) in lines


def test_the_file_lies_in_the_current_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_task(tmp_path / "checkout", "SA")
    monkeypatch.chdir(tmp_path)
    assert invoke("checkout").exit_code == 0
    assert read_prompt_file(tmp_path / "authors-prompts.json").tasks


def test_prints_one_json_document_without_the_prompts_themselves(tmp_path: Path) -> None:
    write_task(tmp_path, "FG_SA")
    output = tmp_path / "mine.json"
    result = invoke(tmp_path, "--output", output, "--json")
    document = json.loads(result.stdout)
    assert document["file"] == str(output)
    assert document["sha256"] == read_prompt_file(output).sha256()
    judge = document["tasks"]["FG-SA"]["judge"]
    assert judge["source"] == "eval_cot/FG_SA/code/eval_cot_gpt4o.py"
    assert (judge["model"], judge["temperature"], judge["max_tokens"]) == ("some-judge-2", 0.0, None)
    assert "Claims" not in result.stdout
    assert list(document["not_read"]) == ["ER-Lab", "ER-Wild", "Noise-ER", "FG-ER", "ML-ER", "SA", "IR"]


def test_nothing_is_written_where_nothing_is_read(tmp_path: Path) -> None:
    output = tmp_path / "mine.json"
    result = invoke(tmp_path / "nowhere", "-o", output)
    assert isinstance(result.exception, InputError)
    assert not output.exists()
