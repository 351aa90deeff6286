"""`cuewise calibrate` on the demo data: a simulated model, and an LLM judge that errs at known rates."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cuewise import evaluate, rejudge
from cuewise.agreement.calibration import calibrate as run_calibration
from cuewise.agreement.ratings import RIGHT_MEANS
from cuewise.agreement.truth import counted_points, judged_by_cues
from cuewise.cli.calibrate import calibrate_command
from cuewise.cli.export import export_app
from cuewise.demo import demo_data
from cuewise.errors import CuewiseError, InputError
from cuewise.records import Outcome, Protocol
from cuewise.result import RunResult
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from support.agents import prompt_of
from support.chat_server import ChatServer
from support.studies import rated_run

SENSITIVITY, SPECIFICITY = 0.95, 0.5


def calibrate(workspace: Path, *arguments: str | Path) -> str:
    app = typer.Typer()
    app.command()(calibrate_command)
    result = CliRunner(env={"COLUMNS": "120"}).invoke(
        app, [str(argument) for argument in (*arguments, "--workspace", workspace)]
    )
    if isinstance(result.exception, CuewiseError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def kind_judge(outcomes: list[Outcome], protocol: Protocol) -> Callable[[dict[str, Any]], str]:
    """A judge that knows what the rules found of each answer, and errs at random all the same."""

    def points(outcome: Outcome) -> list[bool]:
        dice = Random(outcome.sample.id)
        return [
            dice.random() < (SENSITIVITY if verdict.rating else 1 - SPECIFICITY)
            for verdict in outcome.verdicts[:-1]
        ]

    def reply(request: dict[str, Any]) -> str:
        prompt = prompt_of(request)
        outcome = next(each for each in outcomes if all(step.text in prompt for step in each.steps))
        passes = points(outcome)
        if protocol is Protocol.MME_EMOTION:
            ratings = [
                {"step": n, "rating": int(earns), "evidence": [], "reason": "planted"}
                for n, earns in enumerate([*passes, True], 1)
            ]
            return json.dumps({"ratings": ratings})
        verdicts = [
            {
                "step": n,
                "decision": "supported" if earns else "contradicted",
                "evidence": ["F1"],
                "relevant": True,
                "repeats": None,
                "confidence": 1.0,
                "reason": "planted",
            }
            for n, earns in enumerate(passes, 1)
        ]
        return json.dumps({"verdicts": verdicts, "label": {"named": [], "reason": "planted"}})

    return reply


@pytest.fixture(scope="module", params=list(Protocol))
def runs(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    decoded: Callable[[Path], Path],
) -> tuple[Path, RunResult, RunResult]:
    """(workspace, run judged by the rules, the same answers judged by the kind judge)."""
    protocol: Protocol = request.param
    workspace = decoded(tmp_path_factory.mktemp("calibrate"))
    options = Options(
        data=str(demo_data()), model="simulated/careless", extractor="offline/rules", protocol=protocol
    )
    by_rules = evaluate(options, Conditions(workspace=workspace))
    judge = kind_judge(list(by_rules.outcomes()), protocol)
    with pytest.MonkeyPatch.context() as patch, ChatServer(judge) as server:
        patch.setenv("OPENAI_API_KEY", "sk-test")
        judged = rejudge(
            by_rules.name, "openai/kind", Conditions(workspace=workspace), judge_base_url=server.base_url
        )
    assert judged.summary.overall().scored == 47, judged.failures()
    return workspace, by_rules, judged


def planted(by_rules: RunResult) -> float:
    """The true reasoning score, percent: the rules read every planted claim as it was planted."""
    reasoning = by_rules.summary.overall().reasoning
    assert reasoning is not None
    return reasoning


def test_against_annotated_cues(runs: tuple[Path, RunResult, RunResult]) -> None:
    workspace, by_rules, judged = runs
    document = json.loads(calibrate(workspace, judged.name, "--json"))
    assert document["truth"] == "cues"
    assert document["judges"] == ["openai/kind"]
    assert document["asked"] == document["rated"] == 47
    assert document["raw"]["value"] == pytest.approx(judged.summary.overall().reasoning)
    assert document["raw"]["value"] > planted(by_rules) + 10, "the judge is kind"
    # Every claim of a simulated model is about an annotated cue, and all samples are rated.
    assert document["corrected"]["value"] == pytest.approx(planted(by_rules))
    assert document["left_out"] == {}
    for name, rate in (("sensitivity", SENSITIVITY), ("specificity", SPECIFICITY)):
        interval = document[name]["clustered"]
        assert interval["low"] <= 100 * rate <= interval["high"]
    assert document["meaning"].startswith("The judge is too kind by")


def test_against_a_few_rated_samples(runs: tuple[Path, RunResult, RunResult], tmp_path: Path) -> None:
    workspace, by_rules, judged = runs
    chosen = Random(0).sample(list(by_rules.outcomes()), 20)
    path = tmp_path / "ratings.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sample", "step", "right", "rater"])
        for outcome in chosen:
            for verdict in outcome.verdicts[:-1]:
                said = "right" if verdict.rating else "wrong"
                writer.writerows(
                    [outcome.sample.id, verdict.step, word, rater]
                    for rater, word in (("ana", said), ("ben", said), ("cleo", "cannot tell"))
                )
    document = json.loads(calibrate(workspace, judged.name, "--ratings", path, "--json"))
    assert (document["truth"], document["rated"], document["asked"]) == ("ratings", 20, 47)
    for method in ("corrected", "rogan_gladen"):
        assert document[method]["low"] <= planted(by_rules) <= document[method]["high"]
    assert document["corrected"]["high"] < document["raw"]["value"], "the raw score is not the truth"


def sheet(workspace: Path, run: str, path: Path, n: int) -> list[dict[str, str]]:
    """The rows of a sheet that the command writes, with their columns."""
    arguments = ["ratings", run, "-n", str(n), "-o", str(path), "--workspace", str(workspace)]
    result = CliRunner().invoke(export_app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, rows: list[dict[str, str]]) -> Path:
    filled = path.with_name("filled.csv")
    with filled.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return filled


def test_a_sheet_is_drawn_filled_in_and_read(runs: tuple[Path, RunResult, RunResult], tmp_path: Path) -> None:
    workspace, by_rules, judged = runs
    earned = {
        (outcome.sample.id, str(verdict.step)): verdict.rating
        for outcome in by_rules.outcomes()
        for verdict in outcome.verdicts
    }
    rows = sheet(workspace, judged.name, tmp_path / "sheet.csv", 30)
    for row in rows:
        row["right"] = f"{earned[row['sample'], row['step']]:g}"
    for row in rows[-3:]:
        row["right"] = ""
    path = fill(tmp_path / "sheet.csv", rows)
    document = json.loads(calibrate(workspace, judged.name, "--ratings", path, "--json"))
    assert document["steps"] == len(rows) - 3
    assert document["left_out"] == {"`right` is empty": 3}
    assert document["corrected"]["low"] <= planted(by_rules) <= document["corrected"]["high"]
    text = calibrate(workspace, judged.name, "--ratings", path)
    assert "Steps left out: 3 (`right` is empty)." in text
    means = RIGHT_MEANS[judged.manifest.settings.protocol]
    assert document["right_means"] == means
    assert f"Right means: {means}." in " ".join(text.split())


def test_too_few_are_left_and_why(runs: tuple[Path, RunResult, RunResult], tmp_path: Path) -> None:
    workspace, _, judged = runs
    rows = sheet(workspace, judged.name, tmp_path / "sheet.csv", 20)
    both = [
        {**row, "rater": rater, "right": said} for row in rows for rater, said in (("a", "1"), ("b", "0"))
    ]
    path = fill(tmp_path / "sheet.csv", [*both, {**rows[0], "rater": "c"}])
    with pytest.raises(InputError) as caught:
        calibrate(workspace, judged.name, "--ratings", path)
    told = f"(left out: {len(rows)} (the raters are tied), 1 (`right` is empty))"
    assert f"only 0 reasoning steps of 0 samples whether they are right {told}" in str(caught.value)


def test_a_rater_who_cannot_tell_abstains(runs: tuple[Path, RunResult, RunResult], tmp_path: Path) -> None:
    workspace, _, judged = runs
    rows = sheet(workspace, judged.name, tmp_path / "sheet.csv", 20)
    said = [{**row, "rater": "a", "right": str(number % 2)} for number, row in enumerate(rows)]
    silent = [{**row, "rater": "b", "right": "cannot tell"} for row in rows]
    path = fill(tmp_path / "sheet.csv", said + silent)
    document = json.loads(calibrate(workspace, judged.name, "--ratings", path, "--json"))
    assert (document["steps"], document["left_out"]) == (len(rows), {})


def test_whichever_samples_are_rated(runs: tuple[Path, RunResult, RunResult]) -> None:
    _, by_rules, judged = runs
    samples = judged_by_cues(judged.outcomes(), ["openai/kind"]).samples
    covered = Counter[str]()
    for seed in range(100):
        rated = set(Random(seed).sample(range(len(samples)), 15))
        result = run_calibration(
            [
                sample if place in rated else replace(sample, right=(None,) * len(sample.right))
                for place, sample in enumerate(samples)
            ]
        )
        assert result.rogan_gladen is not None
        estimates = {"corrected": result.corrected, "rogan_gladen": result.rogan_gladen, "raw": result.raw}
        covered.update(name for name, each in estimates.items() if each.low <= planted(by_rules) <= each.high)
    assert covered["corrected"] >= 92
    assert covered["rogan_gladen"] >= 92
    assert covered["raw"] == 0


def test_what_is_printed(runs: tuple[Path, RunResult, RunResult]) -> None:
    workspace, _, judged = runs
    text = calibrate(workspace, judged.name)
    for part in (
        f"judged by openai/kind under {judged.manifest.settings.protocol}, against the annotated cues",
        "Sensitivity: right steps passed",
        "True, prediction-powered",
        "of 47 samples are rated",
        "The judge is too kind by",
    ):
        assert part in text


def test_the_rule_judge_is_refused(runs: tuple[Path, RunResult, RunResult]) -> None:
    workspace, by_rules, _ = runs
    with pytest.raises(InputError, match=r"give --ratings by people"):
        calibrate(workspace, by_rules.name)


def test_of_a_table_of_several_runs_the_rows_of_the_run_are_taken(tmp_path: Path) -> None:
    run = rated_run(tmp_path, n=40)
    rows, steps = ["run,sample,step,right,rater"], 0
    for outcome in run.outcomes():
        for step, points in counted_points(outcome).items():
            steps += 1
            # Of this run what the judge says, of another one with the same samples the contrary.
            rows += [
                f"mine,{outcome.sample.id},{step},{int(points > 0.5)},ana",
                f"other,{outcome.sample.id},{step},{int(points <= 0.5)},ana",
            ]
    path = tmp_path / "study.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    app = typer.Typer()
    app.command()(calibrate_command)
    result = CliRunner().invoke(app, ["mine", "--ratings", str(path), "--workspace", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["steps"] == steps > 30
    cells = document["confusion"]
    assert cells["right_failed"] == cells["wrong_passed"] == 0
    assert f"left out: {steps} rows of other runs" in result.stderr


def test_a_foreign_file_of_ratings_is_refused(
    runs: tuple[Path, RunResult, RunResult], tmp_path: Path
) -> None:
    workspace, _, judged = runs
    path = tmp_path / "other.jsonl"
    path.write_text('{"sample": "SA/elsewhere", "step": 1, "right": 1}\n')
    with pytest.raises(InputError, match=r"other\.jsonl, line 1: the run has no sample SA/elsewhere"):
        calibrate(workspace, judged.name, "--ratings", path)
