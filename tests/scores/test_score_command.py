"""`cuewise score` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cuewise.cli.score import score_command
from cuewise.errors import CuewiseError, InputError, UnknownTaskError

RIGHT = "<score>Step 1: 1/1</score>"


def write(path: Path, scores: list[str | None], video_id: str = "clip.mp4") -> Path:
    entries = [
        {"video_id": video_id, "ground_truth": "sad", "step": "<step>Step 1: Sad.</step>", "score": score}
        for score in scores
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def score(*arguments: str | Path, width: int = 80) -> str:
    app = typer.Typer()
    app.command()(score_command)
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, CuewiseError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def score_json(*arguments: str | Path) -> Any:
    return json.loads(score(*arguments, "--json"))


def test_files_of_one_task_are_pooled(tmp_path: Path) -> None:
    first = write(tmp_path / "SA_eval_1.json", [RIGHT])
    second = write(tmp_path / "sa-eval-2.json", [None])
    document = score_json(first, second, "--format", "official")
    assert set(document["tasks"]) == {"SA"}
    assert document["tasks"]["SA"]["official"]["count"] == 1
    assert document["tasks"]["SA"]["strict"]["count"] == 2
    assert [(each["file"], each["entry"]) for each in document["differences"]] == [("sa-eval-2.json", 1)]


def test_the_task_option_wins_over_the_name(tmp_path: Path) -> None:
    path = write(tmp_path / "SA_eval.json", [RIGHT])
    assert set(score_json(path, "--task", "er_lab")["tasks"]) == {"ER-Lab"}


def test_gold_labels_are_counted_in_multi_label_tasks(tmp_path: Path) -> None:
    path = tmp_path / "FG-ER_eval.json"
    entry = {
        "video_id": "a",
        "ground_truth": "Fear;Pain",
        "step": "Step 1: Pain.",
        "score": "<score>Step 1: 1/2</score>",
    }
    path.write_text(json.dumps([entry]), encoding="utf-8")
    assert score_json(path)["tasks"]["FG-ER"]["strict"]["recognition"] == 50


@pytest.mark.parametrize("width", [80, 120])
def test_sixty_and_forty_side_by_side(tmp_path: Path, width: int) -> None:
    shown = score(write(tmp_path / "ER-Lab_eval.json", [RIGHT] * 60 + [None] * 40), width=width)
    rows = [line.split() for line in shown.splitlines()]
    assert ["ER-Lab", "official", "100.0", "0.0", "50.0", "–", "1.0", "60", "60.0", "%"] in rows
    assert ["strict", "60.0", "0.0", "30.0", "–", "1.0", "100", "60.0", "%"] in rows
    assert "no judgement: 40 entries, left out by official, unscored by strict" in shown
    assert shown.count("clip.mp4") == 40
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown


def test_few_differences_are_told_one_by_one(tmp_path: Path) -> None:
    shown = score(write(tmp_path / "ER-Lab_eval.json", [RIGHT, "<score>Step 1: 1/10</score>"]))
    assert "ER-Lab 2  clip.mp4" in shown
    assert "official 100 / 0, strict unscored: step 1 is rated 1/10, not 0/1 or 1/1" in shown
    # The overall figure reads 1/10 as a tenth, so it is shown for one file too: (1 + 0.1) / 2.
    assert ["Overall", "official", "55.0"] in [line.split()[:3] for line in shown.splitlines()]


def test_agreement_is_said(tmp_path: Path) -> None:
    shown = score(write(tmp_path / "ER-Lab_eval.json", [RIGHT]))
    assert "agree on every entry" in shown
    assert "Overall" not in shown


def test_an_empty_file_has_no_figures(tmp_path: Path) -> None:
    shown = score(write(tmp_path / "ER-Lab_eval.json", []))
    assert ["ER-Lab", "official", "–", "–", "–", "–", "–", "0", "–"] in [
        line.split() for line in shown.splitlines()
    ]


def test_skill_is_over_the_most_frequent_label_and_what_is_below_it_is_said(tmp_path: Path) -> None:
    def entry(label: str, rating: int) -> dict[str, str]:
        return {
            "video_id": "a",
            "ground_truth": label,
            "step": "Step 1: x.",
            "score": f"<score>Step 1: {rating}/1</score>",
        }

    path = tmp_path / "SA_eval.json"
    # "neutral" is the label of 3 of 5, and 2 of 5 are right: 100 (40 - 60) / (100 - 60) = -50.
    labels = [("neutral", 1), ("neutral", 0), ("neutral", 0), ("positive", 1), ("negative", 0)]
    path.write_text(json.dumps([entry(*each) for each in labels]), encoding="utf-8")
    assert score_json(path)["tasks"]["SA"]["strict"]["baselines"] == {
        "label": "neutral", "majority": 60, "random": None, "over_majority": pytest.approx(-50), "over_random": None,
    }  # fmt: skip
    shown = score(path)
    assert ["strict", "40.0", "0.0", "20.0", "−50.0", "1.0", "5", "100.0", "%"] in [
        line.split() for line in shown.splitlines()
    ]
    assert "Below it: SA (60.0)" in shown.replace("\n", " ")


def test_hostile_text_reaches_the_terminal_as_text(tmp_path: Path) -> None:
    hostile = "[red]\x1b[2J\u202e\ud800\r:smile:"
    scores: list[str | None] = [f"{hostile} no ratings", "<score>Step 1: [bold]\x1b]0;x\x07</score>"]
    for count in (1, 20):
        path = write(tmp_path / f"SA_eval_{count}.json", scores * count, hostile)
        shown = score(path, width=200)
        assert "[red]\\x1b[2J\\u202e\\ud800\\r:smile:" in shown
        assert not set("\x1b\x07\u202e\ud800") & set(shown)
        assert score_json(path)["differences"][0]["video_id"] == hostile


def test_a_task_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--task"):
        score(write(tmp_path / "results.json", [RIGHT]))


def test_bad_input_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "SA_eval.json", [RIGHT])
    with pytest.raises(UnknownTaskError):
        score(path, "--task", "mood")
    with pytest.raises(InputError, match="given twice"):
        score(path, tmp_path / "." / "SA_eval.json")
    with pytest.raises(InputError, match="cannot be read"):
        score(tmp_path / "IR_eval.json")


@pytest.mark.shared
def test_all_parity_files(shared_data: Path) -> None:
    parity = shared_data / "official-parity"
    expected = json.loads((parity / "expected.json").read_text(encoding="utf-8"))
    document = score_json(*sorted(parity.glob("*_eval.json")))
    figures = {task: both["official"] for task, both in document["tasks"].items()}
    figures["Overall"] = document["overall"]["official"]
    for task, wanted in expected.items():
        assert figures[task]["count"] == wanted["count"]
        for name in ("recognition", "reasoning", "cot", "avg_step"):
            assert f"{figures[task][name]:.1f}" == f"{wanted[name]:.1f}"
    for task in document["tasks"].values():
        assert task["strict"]["count"] == 60
        assert task["strict"]["recognition"] <= 100 * (60 - task["strict"]["unscored"]) / 60
