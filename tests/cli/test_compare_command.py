"""`cuewise compare` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from cuewise.records import OutcomeKind, Protocol
from support.cli import cuewise
from support.outcomes import make_outcome, make_outcomes, make_run, make_samples, repeat_outcomes


def compare(cwd: Path, *arguments: str, code: int = 0, **extra: str) -> str:
    done = cuewise("compare", *arguments, "--workspace", ".", cwd=cwd, **extra)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_better_run_is_said_to_be_better(tmp_path: Path) -> None:
    samples = make_samples(160)
    make_run(tmp_path, "low", make_outcomes(samples, seed="a", skill=0.1, fail_every=0), model="lab/low")
    make_run(tmp_path, "high", make_outcomes(samples, seed="b", skill=0.95, fail_every=0), model="lab/high")
    shown = compare(tmp_path, "low", "high")
    flat = " ".join(shown.split())
    assert shown.startswith("high against low\nhigh is better than low in recognition by ")
    assert "p < 0.001 after correction over 3 tests." in flat
    assert "model: was lab/low, is lab/high" in flat
    assert "160 samples" in flat or "Every sample is of a" in flat
    assert max(map(len, shown.splitlines())) <= 100
    document = json.loads(compare(tmp_path, "low", "high", "--json"))
    recognition = document["overall"]["recognition"]
    assert recognition["real"] and recognition["difference"] > 0
    assert recognition["difference"] == pytest.approx(recognition["b"] - recognition["a"])
    assert recognition["low"] < recognition["difference"] < recognition["high"]
    assert document["conclusions"][0].startswith("high is better than low in recognition")
    skill = document["skill"]["overall"]
    assert skill["difference"] == pytest.approx(recognition["difference"] * 100 / (100 - skill["baseline"]))
    assert f"{skill['baseline']:.1f} {skill['a']:.1f} {skill['b']:.1f}".replace("-", "−") in flat.replace(
        "-", "−"
    )
    assert set(document["tasks"]) == {sample.task for sample in samples}
    back = json.loads(compare(tmp_path, "high", "low", "--json"))["overall"]["recognition"]
    assert back["difference"] == pytest.approx(-recognition["difference"])
    assert back["p_value"] == pytest.approx(recognition["p_value"])


def test_so_few_clips_that_nothing_is_said_of_them_have_no_interval(tmp_path: Path) -> None:
    samples = make_samples(18, only=["ER-Lab", "SA"])
    make_run(tmp_path, "low", make_outcomes(samples, skill=0.0, fail_every=0))
    make_run(tmp_path, "high", make_outcomes(samples, skill=1.0, fail_every=0))
    document = json.loads(compare(tmp_path, "low", "high", "--json"))
    assert document["overall"]["recognition"]["low"] > 0
    for task in ("ER-Lab", "SA"):
        of_task = document["tasks"][task]["recognition"]
        assert (of_task["groups"], of_task["test"]) == (9, "mcnemar-exact")
        # By Bonett and Price the interval would be of (5 or more) / 11 at +- 0.39, which leaves 0 out.
        assert (of_task["better"] >= 5, of_task["worse"]) == (True, 0)
        assert (of_task["low"], of_task["high"], of_task["real"]) == (None, None, False)
        assert document["skill"][task]["low"] is None
    shown = " ".join(compare(tmp_path, "low", "high").split())
    assert "only the adjusted p allows for how many are tested" in shown
    assert "With fewer than 10 clips or videos there is no interval" in shown
    assert re.search(r"ER-Lab [0-9.]+ [0-9.]+ \+[0-9.]+ – 0\.0", shown)


def test_a_run_against_itself_shows_no_difference(tmp_path: Path) -> None:
    make_run(tmp_path, "mine", make_outcomes(make_samples(24)))
    shown = " ".join(compare(tmp_path, "mine", "mine").split())
    assert "In recognition, mine and mine have the same points on each of the 24 samples." in shown
    assert "nothing: the settings, versions and commands are the same" in shown
    assert "0 changed samples of 24" in shown


def test_every_changed_sample_is_in_the_file_and_the_document(tmp_path: Path) -> None:
    samples = make_samples(30, only=["ER-Lab", "SA"])
    make_run(tmp_path, "a", make_outcomes(samples, seed="a", fail_every=7))
    make_run(tmp_path, "b", make_outcomes(samples, seed="b", fail_every=0))
    document = json.loads(compare(tmp_path, "a", "b", "--json", "-o", "changes.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "changes.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(document["changed"]) > 0
    assert "100" in {row["recognition_b_percent"] for row in rows}
    for row, changed in zip(rows, document["changed"], strict=True):
        assert row["sample"] == changed["sample"]
        assert row["changes"].split() == changed["changes"]
        for score in ("recognition", "reasoning", "cot"):
            for run in "ab":
                percent = pytest.approx(100 * changed[run][score], abs=1e-3)
                assert float(row[f"{score}_{run}_percent"]) == percent
        assert row["outcomes_a"] == changed["a"]["outcomes"][0]
    for change in ("right_to_wrong", "wrong_to_right", "outcome"):
        counted = sum(of[change] for of in document["changes"].values())
        assert counted == sum(change in changed["changes"] for changed in document["changed"])
    assert (
        sum(of["outcome"] for of in document["changes"].values()) == 4
    )  # every seventh of 30 was not scored
    assert "ER-Lab/" not in compare(tmp_path, "a", "b", "--examples", "0")
    assert compare(tmp_path, "a", "b", "--examples", "3").count(", gold ") == 3


def test_samples_of_one_run_alone_are_left_out_and_counted(tmp_path: Path) -> None:
    samples = make_samples(20)
    make_run(tmp_path, "a", make_outcomes(samples[:15], seed="a"))
    make_run(tmp_path, "b", make_outcomes(samples[5:], seed="b"))
    document = json.loads(compare(tmp_path, "a", "b", "--json"))
    assert document["samples"] == {"shared": 10, "only_a": 5, "only_b": 5, "other_question": 0}
    assert any("left out: 5 only in a and 5 only in b" in note for note in document["notes"])


def test_runs_that_share_no_sample_are_refused_with_what_to_do(tmp_path: Path) -> None:
    make_run(tmp_path, "a", make_outcomes(make_samples(4, only=["SA"])))
    make_run(tmp_path, "b", make_outcomes(make_samples(4, only=["IR"])))
    message = compare(tmp_path, "a", "b", code=2)
    assert "runs a and b share no sample" in message
    assert "the same dataset and tasks" in message
    assert "there is no run 'c'" in compare(tmp_path, "a", "c", code=2)


def test_other_rules_unfinished_runs_and_several_answers_are_said(tmp_path: Path) -> None:
    samples = make_samples(12)
    make_run(tmp_path, "a", repeat_outcomes(samples, 2, seed="a"), epochs=2)
    outcomes = make_outcomes(samples[:8], seed="b", protocol=Protocol.GROUNDED)
    run = make_run(tmp_path, "b", outcomes, protocol=Protocol.GROUNDED)
    settings = run.manifest.settings.model_copy(update={"n_samples": 12})
    run.manifest.model_copy(update={"settings": settings}).write(run.folder.manifest_path)
    shown = " ".join(compare(tmp_path, "a", "b").split())
    assert "Run a has 2 answers to each sample, whose points are their mean." in shown
    assert "Run b is not finished: only the samples so far are compared." in shown
    assert "scored by different rules (mme-emotion and grounded)" in shown
    assert "epochs: was 2, is 1" in shown


def test_no_path_and_no_foreign_command_reaches_the_terminal(tmp_path: Path) -> None:
    samples = make_samples(4)
    hostile = samples[0].model_copy(update={"labels": ("[red]\x1b[2J",), "label_set": ("[red]\x1b[2J", "b")})
    outcomes = [make_outcome(one) for one in (hostile, *samples[1:])]
    other = [make_outcome(one, failure=OutcomeKind.REFUSED) for one in (hostile, *samples[1:])]
    make_run(
        tmp_path, "a", outcomes, command=("cuewise", "run", "--data", "/home/ana/x", "--judge-arg", "key=k1")
    )
    make_run(tmp_path, "b", other, command=("cuewise", "run", "--data", "/home/ana/y"))
    shown = compare(tmp_path, "a", "b")
    assert "\x1b" not in shown
    assert "[red]\\x1b[2J" in shown
    assert "/home/ana" not in shown + compare(tmp_path, "a", "b", "--json")
    assert "k1" not in shown
