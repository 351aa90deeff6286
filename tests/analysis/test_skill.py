"""Baselines by hand and of the published data, and skill above them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.analysis.skill import Baseline, baselines, overall_baseline, skill
from support.real import real_rows, row


def test_baselines_by_hand() -> None:
    three = ("a", "b", "c")
    rows = [
        row("1", "single", label_set=three, labels=("b",)),
        row("2", "single", label_set=three, labels=("b",)),
        row("3", "single", label_set=("a", "b"), labels=("a",)),
        row("4", "several", label_set=(*three, "d"), labels=("c", "d"), multi_label=True),
    ]
    found = baselines(rows)
    # Random: 1/3, 1/3 and 1/2 of the three; two of four labels drawn hold one of two gold labels on average.
    assert list(found) == ["single", "several"]
    single, several = found.values()
    assert (single.count, single.majority_label) == (3, "b")
    assert (single.majority, single.random) == pytest.approx((200 / 3, 100 * 7 / 18))
    assert several == Baseline("several", 1, "c", 50, 50)
    overall = overall_baseline(found.values())
    assert overall is not None
    assert (overall.task, overall.count, overall.majority_label) == ("", 4, "")
    assert overall.majority == pytest.approx((2 + 0.5) / 4 * 100)
    assert overall.random == pytest.approx((7 / 6 + 0.5) / 4 * 100)
    assert baselines([]) == {}
    assert overall_baseline([]) is None


@pytest.mark.shared
def test_published_tasks(shared_data: Path) -> None:
    """The figures that the data's own description gives."""
    found = baselines(real_rows(shared_data))
    expected = {"ER-Lab": 24.0, "ER-Wild": 20.5, "FG-SA": 23.8, "IR": 26.6, "Noise-ER": 23.8, "SA": 39.25}
    assert {task: found[task].majority for task in expected} == pytest.approx(expected)
    # One of 9, 6, 3 and 8 candidates; of ER-Wild's six sources, three have 7, one 8, one 11 and MELD 7.
    for task, size in (("ER-Lab", 9), ("FG-SA", 9), ("Noise-ER", 6), ("SA", 3), ("IR", 8)):
        assert found[task].random == pytest.approx(100 / size)
    overall = overall_baseline(found.values())
    assert overall is not None
    assert overall.count == 6500
    # SA and ER-Wild weigh 1,600 and 1,800 of 6,500.
    whole = sum(one.count * one.majority for one in found.values())
    assert overall.majority == pytest.approx(whole / 6500)


def test_skill() -> None:
    assert skill(40, 25) == 20
    assert skill(100, 24) == 100
    assert skill(24, 24) == 0
    assert skill(5, 24) == pytest.approx(-25)
    assert skill(100, 100) is None
