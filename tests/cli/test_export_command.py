"""`cuewise export`: files that other programs read and people fill in, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cuewise.cli.export import export_app
from cuewise.errors import InputError, RunError
from cuewise.records import Outcome, OutcomeKind, Protocol, Step
from support.outcomes import make_outcome, make_run, make_samples, repeat_outcomes

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


def test_a_file_is_told_of(tmp_path: Path) -> None:
    made_run(tmp_path)
    arguments = [
        "alignment",
        "mine",
        "--workspace",
        str(tmp_path),
        "-o",
        str(tmp_path / "out.csv"),
        "--format",
        "csv",
    ]
    result = CliRunner().invoke(export_app, arguments, catch_exceptions=False)
    assert (result.stdout, result.stderr) == ("", f"4 answers of run mine in {tmp_path / 'out.csv'}\n")


def test_why_a_step_earns_what_it_does_is_in_both_forms(tmp_path: Path) -> None:
    outcomes = [make_outcome(sample, protocol=Protocol.GROUNDED) for sample in make_samples(6)]
    make_run(tmp_path, "mine", outcomes, protocol=Protocol.GROUNDED)
    verdicts = {
        (outcome.sample.id, verdict.step): verdict for outcome in outcomes for verdict in outcome.verdicts
    }
    steps = [
        (document["sample"], step)
        for document in map(json.loads, export(tmp_path).splitlines())
        for step in document["steps"]
    ]
    assert len(steps) == len(verdicts)
    for sample, step in steps:
        verdict = verdicts[sample, step["step"]]
        told = (step["relevant"], step["repeats"], step["confidence"], step["reason"])
        assert told == (verdict.relevant, verdict.repeats, verdict.confidence, verdict.reason)
    for row in csv.DictReader(io.StringIO(export(tmp_path, "--format", "csv"))):
        verdict = verdicts[row["sample"], int(row["step"])]
        relevant = "" if verdict.relevant is None else str(int(verdict.relevant))
        confidence = "" if verdict.confidence is None else f"{verdict.confidence:g}"
        told = (row["relevant"], row["repeats"], row["confidence"], row["reason"])
        assert told == (relevant, "", confidence, verdict.reason)


def sheet(workspace: Path, *arguments: str) -> tuple[str, str]:
    """What `export ratings` writes on standard output and standard error."""
    command = ["ratings", "mine", "--workspace", str(workspace), *arguments]
    result = CliRunner().invoke(export_app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_a_sheet_to_rate_in(tmp_path: Path) -> None:
    make_run(tmp_path, "mine", [make_outcome(sample) for sample in make_samples(30)])
    text, told = sheet(tmp_path, "-n", "20")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["sample"] for row in rows}) == 20
    assert f"{len(rows)} steps of 20 samples to rate" in told
    assert "Under mme-emotion, right means: nothing that can be seen or heard" in told
    assert "cuewise calibrate mine --ratings FILE.csv" in told
    assert "too few" not in told
    fewer, told = sheet(tmp_path, "-n", "5")
    assert text.startswith(fewer)
    assert "at least 30 steps of 10 samples are needed" in told
    assert sheet(tmp_path, "-n", "5", "--seed", "1")[0] != fewer


def test_a_sheet_never_takes_the_place_of_another(tmp_path: Path) -> None:
    make_run(tmp_path, "mine", [make_outcome(sample) for sample in make_samples(30)])
    path = tmp_path / "sheet.csv"
    sheet(tmp_path, "-o", str(path))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsample,clip,step,text,label,right,rater\n")
    path.write_text("filled in")
    with pytest.raises(InputError, match="may hold ratings: name a new file"):
        sheet(tmp_path, "-o", str(path))
    assert path.read_text() == "filled in"


def test_a_run_without_judged_reasons_has_nothing_to_rate(tmp_path: Path) -> None:
    failed = [make_outcome(sample, failure=OutcomeKind.MODEL_FAILURE) for sample in make_samples(3)]
    make_run(tmp_path, "mine", failed)
    with pytest.raises(InputError, match="no judged reasons"):
        sheet(tmp_path)


def test_an_unknown_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="mine"):
        export(tmp_path)


def test_several_answers_to_each_sample(tmp_path: Path) -> None:
    """Alignment tells which is which; raters are shown the first of each."""
    outcomes = repeat_outcomes(make_samples(4), 2)
    make_run(tmp_path, "mine", outcomes, epochs=2)
    documents = [json.loads(line) for line in export(tmp_path).splitlines()]
    expected = [(outcome.sample.id, outcome.epoch) for outcome in outcomes]
    assert [(document["sample"], document["epoch"]) for document in documents] == expected
    rows = list(csv.DictReader(io.StringIO(export(tmp_path, "--format", "csv"))))
    assert list(dict.fromkeys((row["sample"], int(row["epoch"])) for row in rows)) == expected
    assert {row["step"] for row in rows} >= {"1", "2"}
    result = CliRunner().invoke(
        export_app, ["ratings", "mine", "--workspace", str(tmp_path)], catch_exceptions=False
    )
    assert "run mine has 2 answers to each sample: raters are shown the first of each alone" in result.stderr
    drawn = {
        (row["sample"], row["text"]) for row in csv.DictReader(io.StringIO(result.stdout.lstrip("\ufeff")))
    }
    reasons = {
        (each.sample.id, step.text) for each in outcomes[::2] if each.score for step in each.steps[:-1]
    }
    assert drawn == reasons


def test_one_answer_to_each_sample_has_no_epoch(tmp_path: Path) -> None:
    made_run(tmp_path)
    assert "epoch" not in json.loads(export(tmp_path).splitlines()[0])
    assert export(tmp_path, "--format", "csv").startswith("sample,clip,protocol,step,text,decision")
