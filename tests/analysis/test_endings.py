"""How answers end: counts by hand, gold labels that are evaded, and none where nothing differs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cuewise.analysis.endings import endings, evasions
from cuewise.scores.intervals import wilson
from support.small_tables import Row, small_table


def test_endings_by_hand() -> None:
    rows = [
        Row("1", ("anger",), ("anger",)),
        Row("2", ("anger",), ("fear", "sad"), status="several"),
        Row("3", ("fear",), (), status="outside"),
        Row("4", ("fear",), None, kind="refused", cause="worded"),
        Row("5", ("fear",), None, kind="refused", cause="empty"),
        Row("6", ("fear",), None, kind="refused", cause="worded"),
        Row("7", ("fear",), None, kind="missing_clip"),
        Row("8", ("fear",), None, kind="judge_failure"),
        Row("9", ("anger",), ("anger",), task="U"),
    ]
    first, second = endings(small_table(rows), np.arange(9))
    assert (first.task, first.count, second.task, second.count) == ("T", 8, "U", 1)
    assert {one.kind: one.percent.value for one in first.outcomes} == {
        "scored": 37.5,
        "refused": 37.5,
        "missing_clip": 12.5,
        "judge_failure": 12.5,
    }
    assert next(one for one in first.outcomes if one.kind == "refused").causes == (
        ("worded", 2),
        ("empty", 1),
    )
    assert {one.kind: one.percent.value for one in first.readings} == {
        "matched": 12.5,
        "several": 12.5,
        "outside": 12.5,
    }
    # Refused and outside lie with the model; a missing clip and a judge's failure do not.
    assert first.evaded.value == 50.0
    assert second.evaded.value == 0.0
    assert second.evaded.high == pytest.approx(wilson(0, 1).high)


def _run(seed: int, shy_of: str | None, n: int = 300) -> list[Row]:
    """One of ten answers is refused; where a label is named, half of those to it."""
    dice = random.Random(seed)
    rows = []
    for number in range(n):
        gold = dice.choice(("anger", "fear", "sad", "surprise"))
        refused = dice.random() < (0.5 if gold == shy_of else 0.1)
        rows.append(
            Row(f"{number}", (gold,), None if refused else (gold,), kind="refused" if refused else "scored")
        )
    return rows


def test_the_label_that_is_refused_most() -> None:
    first, *_ = evasions(small_table(_run(1, "fear")), np.arange(300))
    assert (first.label, first.is_certain) == ("fear", True)
    assert first.percent.value > 30
    assert first.difference.value > 20


def test_refusals_that_do_not_depend_on_the_label() -> None:
    false_alarms = sum(
        any(one.is_certain for one in evasions(small_table(_run(seed, None)), np.arange(300)))
        for seed in range(60)
    )
    # 5 % of 60 are 3; more than 8 have a probability below 1 %.
    assert false_alarms <= 8


def test_tasks_without_refusals_are_left_out() -> None:
    rows = [Row("1", ("anger",), ("anger",)), Row("2", ("fear",), None, task="U", kind="refused")]
    # In U all samples have one label, so there is nothing to compare with.
    assert evasions(small_table(rows), np.arange(2)) == ()
