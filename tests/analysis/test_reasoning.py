"""Reasoning against recognition: by hand, within tasks, planted and absent relations."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from cuewise.analysis.reasoning import Accord, accords
from support.small_tables import Row, small_table


def _row(id: str, right: float, reasoning: float, steps: int = 3, task: str = "T") -> Row:
    return Row(id, ("sad",), ("sad",), recognition=right, reasoning=reasoning, steps=steps, task=task)


def _whole(rows: list[Row]) -> Accord:
    return accords(small_table(rows), np.arange(len(rows)))[0]


def test_by_hand() -> None:
    rows = [
        _row("1", 1, 1.0),
        _row("2", 1, 0.0),
        _row("3", 1, 0.0, steps=1),
        _row("4", 0, 0.5),
        _row("5", 0, 0.25),
        _row("6", 0.5, 1.0),
        Row("7", ("sad",), None, kind="refused"),
    ]
    accord = _whole(rows)
    assert accord.count == 6
    assert accord.given_right is not None
    assert accord.given_wrong is not None
    assert accord.difference is not None
    assert accord.given_right.value == pytest.approx(100 / 3)
    assert accord.given_wrong.value == 37.5
    assert (accord.difference.value, accord.difference.count) == pytest.approx((100 / 3 - 37.5, 5))
    expected = stats.pearsonr([1, 1, 1, 0, 0, 0.5], [1, 0, 0, 0.5, 0.25, 1])[0]
    assert accord.pearson is not None
    assert accord.pearson.value == pytest.approx(float(expected))
    conflicts = (accord.right_poor, accord.right_without_reason, accord.wrong_good)
    assert [(one.number, one.samples) for one in conflicts if one] == [(1, ("2",)), (1, ("3",)), (1, ("4",))]
    assert accord.right_poor is not None
    assert accord.right_poor.percent.value == pytest.approx(100 / 6)


def test_a_hard_task_does_not_pose_as_a_relation() -> None:
    """Over tasks right labels go with good reasons, within tasks they do not."""
    easy = [_row(f"e{n}", float(n % 4 > 0), 0.9 if n // 4 % 2 else 0.8, task="easy") for n in range(80)]
    hard = [_row(f"h{n}", float(n % 4 == 0), 0.2 if n // 4 % 2 else 0.3, task="hard") for n in range(80)]
    table = small_table([*easy, *hard])
    whole, first, second = accords(table, np.arange(160))
    raw = stats.pearsonr(table.points["recognition"], table.points["reasoning"])[0]
    assert raw > 0.4
    assert whole.pearson is not None
    # Three of four are right in the one, one of four in the other, whichever reasons they give.
    assert abs(whole.pearson.value) < 1e-6
    assert (first.task, second.task) == ("easy", "hard")
    assert accords(table, np.arange(160), by_task=False) == (whole,)


def _run(seed: int, gain: float, n: int = 400) -> list[Row]:
    dice = random.Random(seed)
    rows = []
    for number in range(n):
        right = float(dice.random() < 0.5)
        passed = sum(dice.random() < 0.5 + gain * right for _ in range(4))
        rows.append(_row(f"{number}", right, passed / 4, steps=5))
    return rows


def test_planted_relation_is_found() -> None:
    accord = _whole(_run(1, 0.2))
    assert accord.difference is not None
    assert accord.difference.is_certain
    assert accord.difference.value == pytest.approx(20, abs=6)
    assert accord.spearman is not None
    assert accord.spearman.is_certain


def test_no_relation_is_not_found() -> None:
    found = [_whole(_run(seed, 0.0)) for seed in range(40)]
    # 5 % of 40 are 2; more than 7 have a probability below 1 %.
    for name in ("difference", "pearson", "spearman"):
        assert sum(getattr(accord, name).is_certain for accord in found) <= 7


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_all_right_or_all_wrong(right: float) -> None:
    accord = _whole([_row(f"{n}", right, n / 4) for n in range(4)])
    assert (accord.pearson, accord.spearman, accord.difference) == (None, None, None)


def test_nothing_scored() -> None:
    assert accords(small_table([Row("1", ("sad",), None, kind="refused")]), np.arange(1)) == ()
