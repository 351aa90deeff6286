"""Skill of two runs: hand arithmetic."""

from __future__ import annotations

import pytest

from cuewise.analysis.compared_skill import compared_skill
from cuewise.analysis.comparison import compare_runs
from cuewise.analysis.table import RunTable
from cuewise.records import Protocol
from support.written_answers import answer, table


def run(right: int, others: int) -> RunTable:
    """20 samples of one task, gold labels sad and happy in half each, and 20 of one where all are sad."""
    first = [answer(str(n), float(n < right), gold=("sad",) if n % 2 else ("happy",)) for n in range(20)]
    second = [answer(str(n), float(n < others), task="SA") for n in range(20)]
    return table(*first, *second)


def test_skill_is_the_score_and_its_interval_on_another_scale() -> None:
    found = compare_runs(run(12, 10), run(16, 20))
    assert found is not None
    whole, lab = compared_skill(found, Protocol.MME_EMOTION)
    # ER-Lab: 60 and 80 % over 50 %: 20 and 60. SA: its label is always right, so that there is no skill to have.
    assert lab.task == "ER-Lab"
    assert (lab.baseline, lab.a, lab.b) == pytest.approx((50, 20, 60))
    assert lab.difference == pytest.approx(40)
    (of_lab,) = [one for one in found.tasks if (one.task, one.score) == ("ER-Lab", "recognition")]
    assert of_lab.result.interval is not None
    assert (lab.low, lab.high) == pytest.approx(
        (2 * of_lab.result.interval.low, 2 * of_lab.result.interval.high)
    )
    # Over all: 22 and 36 of 40 over 75 %.
    assert whole.task == ""
    assert (whole.baseline, whole.a, whole.b) == pytest.approx((75, -80, 60))
    assert whole.difference == pytest.approx(140)
    interval = found.overall[0].result.interval
    assert interval is not None
    assert (whole.low, whole.high) == pytest.approx((4 * interval.low, 4 * interval.high))
