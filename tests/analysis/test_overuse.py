"""Over-use of labels: shares by hand, planted and null over-use, collapse onto one label."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from cuewise.analysis.answers import TaskAnswers, task_answers
from cuewise.analysis.overuse import Use, effective_labels, label_use, label_uses, top_label
from cuewise.analysis.paired import holm
from support.small_tables import Row, small_table

LABELS = ("anger", "fear", "sad", "surprise")


def _answers(rows: list[Row]) -> TaskAnswers:
    table = small_table(rows)
    (found,) = task_answers(table, np.arange(len(table.samples)))
    return found


def _use(rows: list[Row]) -> Use:
    found = label_use(_answers(rows))
    assert found is not None
    return found


def test_shares_by_hand() -> None:
    rows = [
        Row("1", ("anger",), ("anger",)),
        Row("2", ("fear",), ("anger",)),
        Row("3", ("sad",), ("fear", "sad"), status="several"),
        Row("4", ("sad",), ("anger",)),
        Row("5", ("sad",), (), status="none"),
    ]
    use = _use(rows)
    # Of four answers: anger 3/4, fear and sad half an answer each; gold anger 1/4, fear 1/4, sad 2/4.
    assert use.count == 4
    assert [label.named for label in use.labels] == [75.0, 12.5, 12.5, 0.0]
    assert [label.gold for label in use.labels] == [25.0, 25.0, 50.0, 0.0]
    anger = use.labels[0].excess
    assert anger.value == 50.0
    assert (anger.low, anger.p_value) == (None, None)  # four answers tell too little
    assert (use.top.label, use.top.share.value, use.top.gold) == ("anger", 75.0, 25.0)
    # exp of the entropy of 3/4, 1/8, 1/8: (4/3)^(3/4) x 8^(1/4).
    assert use.breadth == pytest.approx((4 / 3) ** 0.75 * 8**0.25)
    assert use.gold_breadth == pytest.approx(4**0.25 * 4**0.25 * 2**0.5)


@pytest.mark.parametrize(("moved", "tested"), [(9, False), (10, True)])
def test_a_label_is_tested_where_enough_answers_move_it(moved: int, tested: bool) -> None:
    rows = [Row(str(n), ("anger",), ("fear",)) for n in range(moved)]
    rows += [Row(f"right {n}", ("sad",), ("sad",)) for n in range(50)]
    of = {label.label: label.excess for label in _use(rows).labels}
    assert (of["anger"].p_value is not None, of["fear"].p_value is not None) == (tested, tested)
    assert of["sad"].p_value is None, "it is named where it is right and nowhere else"


def test_effective_labels() -> None:
    assert effective_labels(np.array([1.0, 0.0])) == pytest.approx(1)
    assert effective_labels(np.full(5, 0.2)) == pytest.approx(5)


def _run(seed: int, favourite: float, n: int = 240) -> list[Row]:
    """Labels drawn at random, a share of them one label whatever is shown."""
    dice = random.Random(seed)
    return [
        Row(f"{n}", (dice.choice(LABELS),), ("fear" if dice.random() < favourite else dice.choice(LABELS),))
        for n in range(n)
    ]


def test_planted_overuse_is_found() -> None:
    use = _use(_run(1, favourite=0.25))
    assert [label.label for label in use.overused] == ["fear"]
    assert not use.top.collapsed


def test_random_answers_overuse_nothing() -> None:
    def uses(seed: int) -> list[Use]:
        return label_uses([_answers(_run(seed, 0.0))])

    false_alarms = sum(any(label.is_certain for label in uses(seed)[0].labels) for seed in range(60))
    # 5 % of 60 are 3; more than 8 have a probability below 1 %.
    assert false_alarms <= 8


def test_always_the_same_label() -> None:
    """Nothing varies, and yet it is certain."""
    use = _use([Row(f"{n}", ("sad",), ("anger",)) for n in range(40)])
    anger = use.labels[0]
    assert anger.excess.value == 100
    assert anger.excess.p_value == 2.0**-39
    assert anger.is_certain


def test_several_tasks_are_corrected_together() -> None:
    rows = [replace(row, task="S", id=f"S/{row.id}") for row in _run(1, favourite=0.25)]
    tasks = task_answers(small_table([*_run(1, favourite=0.25), *rows]), np.arange(480))
    alone, (first, second) = _use(_run(1, favourite=0.25)), label_uses(tasks)
    p_values = [[label.excess.p_value or 0.0 for label in use.labels] for use in (alone, first, second)]
    assert p_values[1] == p_values[2]
    assert p_values[1] + p_values[2] == pytest.approx(holm(2 * p_values[0]))


def test_collapse() -> None:
    top = top_label(_answers(_run(1, favourite=0.9)))
    assert top is not None
    assert (top.label, top.collapsed) == ("fear", True)
    # One label throughout is no collapse where it is right throughout.
    right = top_label(_answers([Row(f"{n}", ("fear",), ("fear",)) for n in range(50)]))
    assert right is not None
    assert (right.share.value, right.collapsed) == (100.0, False)


def test_no_label_named() -> None:
    assert label_use(_answers([Row("1", ("fear",), None, kind="refused"), Row("2", ("sad",), ())])) is None


def test_one_answer() -> None:
    use = _use([Row("1", ("fear",), ("sad",))])
    assert use.labels[1].excess.value == -100.0
    assert use.labels[1].excess.low is None
    assert not use.overused
