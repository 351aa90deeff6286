"""`cuewise export alignment`: files that other programs read, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cuewise.cli.export import export_app
from cuewise.errors import InputError, RunError
from cuewise.records import Outcome, Step
from support.outcomes import make_outcome, make_run, make_samples

HOSTILE = '=HYPERLINK("http://x"),\n@SUM(1)\x1b[31m, said at 1.0 s'


def made_run(workspace: Path) -> list[Outcome]:
    """A run of four samples, in the last of which the first step is hostile."""
    outcomes = [make_outcome(sample) for sample in make_samples(4)]
    steps = (Step(index=1, text=HOSTILE), *outcomes[-1].steps[1:])
    outcomes[-1] = outcomes[-1].model_copy(update={"steps": steps})
    make_run(workspace, "mine", outcomes)
    return outcomes


def export(workspace: Path, *arguments: str) -> str:
    """What the command writes on standard output."""
    result = CliRunner().invoke(
        export_app, ["alignment", "mine", "--workspace", str(workspace), *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_one_json_line_per_sample(tmp_path: Path) -> None:
    outcomes = made_run(tmp_path)
    documents = [json.loads(line) for line in export(tmp_path).splitlines()]
    assert [document["sample"] for document in documents] == [outcome.sample.id for outcome in outcomes]
    for document, outcome in zip(documents, outcomes, strict=True):
        assert document["protocol"] == "mme-emotion"
        assert [step["step"] for step in document["steps"]] == [step.index for step in outcome.steps]
        for step, verdict in zip(document["steps"], outcome.verdicts, strict=True):
            cited = {piece["id"] for piece in step["evidence"] if piece["cited"]}
            assert cited == set(verdict.evidence)
    assert documents[-1]["steps"][0]["text"] == HOSTILE
    assert documents[-1]["steps"][0]["times"] == [{"start_s": 1.0, "end_s": 1.0}]


def test_one_csv_row_per_step_and_evidence(tmp_path: Path) -> None:
    outcomes = made_run(tmp_path)
    rows = list(csv.DictReader(io.StringIO(export(tmp_path, "--format", "csv"))))
    steps = {(row["sample"], row["step"]) for row in rows}
    assert len(steps) == sum(len(outcome.steps) for outcome in outcomes)
    cited = [row for row in rows if row["cited"] == "1"]
    assert len(cited) == sum(len(verdict.evidence) for outcome in outcomes for verdict in outcome.verdicts)
    frame = next(row for row in rows if row["kind"] == "frame")
    assert (frame["modality"], frame["start_s"]) == ("face", frame["end_s"])
    # A step that rests on nothing has a row all the same.
    assert all(row["evidence"] == "" for row in rows if row["text"].startswith("The emotion is"))


def test_no_cell_is_a_formula_or_steers_a_terminal(tmp_path: Path) -> None:
    made_run(tmp_path)
    text = export(tmp_path, "--format", "csv")
    assert "\x1b" not in text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert '\'=HYPERLINK("http://x"), @SUM(1)[31m, said at 1.0 s' in cells


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    made_run(tmp_path)
    output = tmp_path / "alignment.jsonl"
    assert export(tmp_path, "-o", str(output)) == ""
    assert output.read_text(encoding="utf-8") == export(tmp_path)
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(InputError, match="cannot be written"):
        export(tmp_path, "-o", str(tmp_path / "missing" / "alignment.jsonl"))


def test_an_unknown_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="mine"):
        export(tmp_path)
