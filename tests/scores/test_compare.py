"""Where the two readings part."""

from __future__ import annotations

import json

import pytest

from cuewise.scores.compare import compare_overall, compare_task, comparison_to_json
from cuewise.scores.judged import JudgedEntry


def judged(score: str | None, number: int = 1, n_steps: int = 2) -> JudgedEntry:
    step = "\n".join(f"Step {k}: claim." for k in range(1, n_steps + 1))
    return JudgedEntry("SA_eval.json", number, f"clip{number}.mp4", "positive", step, score)


RIGHT = "<score>Step 1: 1/1, Step 2: 1/1</score>"


def test_entries_read_alike_are_no_difference() -> None:
    assert compare_task("SA", [judged(RIGHT)] * 3, separator=None).differences == ()


@pytest.mark.parametrize(
    ("score", "code", "reason"),
    [
        ("<score>\nStep 1: 1/1, Step 2: 1/1</score>", "skipped_by_official", "on one line"),
        ("<score>Step 1:1/1, Step 2:1/1</score>", "skipped_by_official", "nothing of the form"),
        ("<score>Step 1: 0/1, Step 2:1/1</score>", "read_differently", "1 of 2 ratings, recognition 0 for 1"),
        ("<score>Step 1:1/1, Step 2: 0/1</score>", "read_differently", "1 of 2 ratings, reasoning 0 for 1"),
        ("<score>Step 1:0/1, Step 2: 0/1</score>", "read_differently", "1 of 2 ratings"),
        ("<score>Step 1: 1/1, Step 2: 1/1, Overall: 1/1</score>", "second_reading", "Overall: 1/1"),
        ("<score>Step 1: 1/1, Step 2: 2/1</score>", "off_scale", "step 2 is rated 2/1"),
        ("<score>Step 1: 1/1</score>", "step_count", "2 steps, 1 rating"),
        (None, "no_judgement", "no judgement"),
    ],
)
def test_each_way_of_parting_is_told(score: str | None, code: str, reason: str) -> None:
    (difference,) = compare_task("SA", [judged(RIGHT), judged(score, 2)], separator=None).differences
    assert (difference.entry.number, difference.code) == (2, code)
    assert reason in difference.reason


def test_task_and_overall_read_the_same_file_differently() -> None:
    # In the task's figure 1/10 is 1; in the overall figure it is 0.1.
    task = compare_task("SA", [judged("<score>Step 1: 1/10</score>", n_steps=1)], separator=None)
    assert task.official.recognition == 100
    assert compare_overall([task])[0].recognition == 10
    (difference,) = task.differences
    assert difference.official is not None
    assert difference.official_overall is not None
    assert (difference.official.recognition, difference.official_overall.recognition) == (1, 0.1)


def test_a_multi_label_task_has_no_category_rows() -> None:
    assert compare_task("ML-ER", [judged(RIGHT)], separator=",").official_categories == {}
    assert set(compare_task("SA", [judged(RIGHT)], separator=None).official_categories) == {"positive"}


def test_json_of_sixty_right_and_forty_failed() -> None:
    entries = [judged(RIGHT, number) for number in range(1, 61)] + [judged(None, 61 + k) for k in range(40)]
    document = comparison_to_json([compare_task("SA", entries, separator=None)])
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    of_task = document["tasks"]["SA"]
    assert of_task["official"] == {
        "count": 60, "recognition": 100, "reasoning": 100, "cot": 100, "avg_step": 2,
    }  # fmt: skip
    assert of_task["strict"] == {
        "count": 100, "recognition": 60, "reasoning": 60, "cot": 60, "avg_step": 2, "coverage": 60, "unscored": 40,
        # Every entry is of one label, so that always naming it would leave nothing to gain.
        "baselines": {
            "label": "positive", "majority": 100, "random": None, "over_majority": None, "over_random": None,
        },
    }  # fmt: skip
    assert document["overall"] == {"official": of_task["official"], "strict": of_task["strict"]}
    assert len(document["differences"]) == 40
    assert document["differences"][0] == {
        "task": "SA",
        "file": "SA_eval.json",
        "entry": 61,
        "video_id": "clip61.mp4",
        "official": None,
        "official_overall": None,
        "strict": None,
        "code": "no_judgement",
        "reason": "there is no judgement",
    }


def test_json_of_nothing_read_is_null_not_zero() -> None:
    document = comparison_to_json([compare_task("SA", [], separator=None)])
    for figures in (*document["tasks"]["SA"].values(), *document["overall"].values()):
        for name in ("recognition", "reasoning", "cot", "avg_step", "coverage"):
            assert figures.get(name) is None
    unread = comparison_to_json([compare_task("SA", [judged(None)], separator=None)])["tasks"]["SA"]
    assert unread["official"]["recognition"] is None
    assert (unread["strict"]["coverage"], unread["strict"]["avg_step"]) == (0, None)
