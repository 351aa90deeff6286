"""`--epochs` on the command line, and what other commands make of such a run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise import open_run
from cuewise.demo import demo_data
from support.cli import cuewise

RUN = ("run", "--data", str(demo_data()), "--model", "simulated/careless", "--limit", "16", "--run", "r")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, decoded: Callable[[Path], Path]) -> Path:
    """Where there is a run `r` of two answers to each of 16 samples."""
    folder = tmp_path_factory.mktemp("epochs")
    decoded(folder / "cuewise-workspace")
    done = cuewise(*RUN, "--epochs", "2", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def document(folder: Path, *arguments: str) -> Any:
    done = cuewise(*arguments, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_tables_fit_the_terminal(folder: Path) -> None:
    done = cuewise(*RUN, "--epochs", "2", cwd=folder, COLUMNS="80")
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "…" not in done.stdout, "nothing is cut off"
    assert "r: 2 answers to each of 16 samples" in done.stdout
    figures = open_run("r", workspace=folder / "cuewise-workspace").summary.overall()
    assert figures.variation is not None
    of = figures.variation.recognition
    rows = {
        line.split("  ")[1].strip(): line.split()
        for line in done.stdout.splitlines()
        if line.startswith("  ")
    }
    assert [rows[f"Answer {n}"][2] for n in (1, 2)] == [f"{value:.1f}" for value in of.by_epoch]
    assert rows["Standard deviation"][2] == f"{of.deviation:.1f}"
    assert "All samples" in rows
    assert "simulated/careless on 16 samples" in done.stderr
    assert "2 times each" in done.stderr
    assert "32/32 answers, 0 calls made, 32 reused" in done.stderr
    assert "temperature" not in done.stderr, "it runs without a server"


def test_the_json_document(folder: Path) -> None:
    found = document(folder, *RUN, "--epochs", "2")
    assert found["epochs"] == 2
    assert found["overall"]["count"] == 16
    assert sum(found["overall"]["outcomes"].values()) == 32
    assert found["overall"]["variation"]["samples"] == 16
    assert set(found["tasks"]["SA"]["variation"]["cot"]) == {
        *("by_epoch", "deviation", "spread", "within", "between", "wavering")
    }
    assert document(folder, "report", "r")["runs"][0]["epochs"] == 2


def test_what_more_epochs_would_ask(folder: Path) -> None:
    found = document(folder, *RUN, "--epochs", "5", "--dry-run")
    assert (found["samples"], found["epochs"], found["samples_without_calls"]) == (16, 5, 0)
    assert (found["total"]["stored"], found["total"]["to_make"]) == (32, 48)
    done = cuewise(*RUN, "--epochs", "0", cwd=folder)
    assert done.returncode == 2
    assert "--epochs" in done.stderr


def test_a_judge_is_calibrated_and_audited_on_the_first_answers(folder: Path) -> None:
    exported = cuewise("export", "ratings", "r", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(exported.stdout.lstrip("\ufeff"))))
    assert len({(row["sample"], row["step"]) for row in rows}) == len(rows)
    with (folder / "sheet.csv").open("w", newline="") as file:
        sheet = csv.DictWriter(file, rows[0].keys())
        sheet.writeheader()
        sheet.writerows({**row, "right": "1"} for row in rows)
    calibrated = cuewise("calibrate", "r", "--ratings", "sheet.csv", "--json", cwd=folder)
    assert (
        "run r has 2 answers to each sample: what is calibrated is the first of each alone"
        in calibrated.stderr
    )
    found = json.loads(calibrated.stdout)
    variation = open_run("r", workspace=folder / "cuewise-workspace").summary.overall().variation
    assert variation is not None
    assert (found["asked"], found["raw"]["value"]) == (16, pytest.approx(variation.reasoning.by_epoch[0]))
    audited = cuewise("audit", "judge", "r", "--json", cwd=folder)
    assert "errors are planted in the first of each alone" in audited.stderr
    assert json.loads(audited.stdout)["answers"] == 16
