"""Several runs over shared samples: scores, averages, pairs and groups, by hand and by scipy."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy.stats import ttest_rel

from cuewise.analysis.pairs import Pair, compare_pairs, not_told_apart
from cuewise.analysis.ranking import rank_intervals
from cuewise.analysis.scoreboard import intervals_by_unit, score_runs
from cuewise.analysis.table import RunTable
from cuewise.analysis.together import Together, put_together
from cuewise.records import Protocol
from support.written_answers import answer, table

PAPER, GROUNDED = Protocol.MME_EMOTION, Protocol.GROUNDED


def run(points: Sequence[float], *, task: str = "ER-Lab", together: int = 1) -> RunTable:
    return table(
        *(answer(str(n), value, task=task, clip=f"{task}{n // together}") for n, value in enumerate(points))
    )


def shared(*tables: RunTable) -> Together:
    found = put_together(tables)
    assert found is not None
    return found


def test_runs_are_put_together_over_the_samples_that_all_have() -> None:
    a = table(answer("x", 1.0), answer("y", 0.0), answer("z", 1.0))
    b = table(answer("z", 0.5), answer("x", 0.0))
    found = shared(a, b)
    assert [row.id for row in found.rows] == ["ER-Lab/x", "ER-Lab/z"]
    assert found.points["recognition"].tolist() == [[1.0, 0.0], [1.0, 0.5]]
    assert (found.left_out, len(found)) == (1, 2)
    c = table(answer("x", 1.0, gold=("happy",)))  # another gold label: another question
    assert put_together([a, c]) is None
    assert put_together([table()]) is None


def test_scores_averages_and_skill_by_hand() -> None:
    # ER-Lab: 3 of 4 right, IR: 1 of 2. Micro (3 + 1) / 6 = 66.7, macro (75 + 50) / 2 = 62.5.
    # Each task's samples are of one label of four: always naming it is right everywhere, by lot 1 in 4.
    one = table(
        *(answer(str(n), value, task="ER-Lab", clip=f"a{n}") for n, value in enumerate((1.0, 1.0, 1.0, 0.0))),
        *(answer(str(n), value, task="IR", clip=f"b{n}") for n, value in enumerate((1.0, 0.0))),
    )
    (found,) = score_runs([one], PAPER)
    assert found.overall["recognition"].percent == pytest.approx(400 / 6)
    assert found.macro["recognition"].value == pytest.approx(62.5)
    assert {task: of["recognition"].percent for task, of in found.tasks.items()} == {"ER-Lab": 75, "IR": 50}
    assert found.baselines is not None
    assert (found.baselines.majority, found.baselines.random) == (100, 25)
    assert found.baselines.over_random == pytest.approx(100 * (400 / 6 - 25) / 75)
    assert found.task_baselines["IR"].over_random == pytest.approx(100 * 25 / 75)
    assert found.unit == "clip"


def test_the_macro_averages_interval_is_that_of_independent_tasks() -> None:
    # Var = (1/2)^2 (s1^2 / n1 + s2^2 / n2): 0.25 x (0.21 / 100 + 0.25 / 400) up to n / (n - 1).
    dice = random.Random(1)
    first = [1.0] * 30 + [0.0] * 70
    second = [1.0] * 200 + [0.0] * 200
    dice.shuffle(first)
    one = table(
        *(answer(str(n), value, task="ER-Lab", clip=f"a{n}") for n, value in enumerate(first)),
        *(answer(str(n), value, task="IR", clip=f"b{n}") for n, value in enumerate(second)),
    )
    (found,) = score_runs([one], PAPER)
    macro = found.macro["recognition"]
    assert macro.low is not None
    assert macro.high is not None
    half = 196 * sqrt(0.25 * (0.21 / 100 + 0.25 / 400))
    assert macro.value == pytest.approx(40)
    assert (macro.high - macro.low) / 2 == pytest.approx(half, rel=0.02)


def test_runs_over_other_samples_are_scored_each_over_its_own() -> None:
    found = score_runs([run([1.0, 0.0]), table(), run([1.0, 1.0, 1.0])], PAPER)
    assert [one.overall["recognition"].percent if one.overall else None for one in found] == [50, None, 100]
    assert [one.overall["recognition"].count if one.overall else 0 for one in found] == [2, 0, 3]


def test_under_the_grounded_rules_the_baseline_is_f1() -> None:
    # Gold {sad, calm} twice: naming one of them recalls 1/2, and has F1 2 x 1 / (1 + 2) = 2/3.
    one = table(*(answer(str(n), 0.5, gold=("sad", "calm"), multi_label=True) for n in range(2)))
    (paper,), (grounded,) = score_runs([one], PAPER), score_runs([one], GROUNDED)
    assert paper.baselines is not None
    assert grounded.baselines is not None
    assert (paper.baselines.majority, grounded.baselines.majority) == pytest.approx((50, 200 / 3))


def test_intervals_are_wider_where_samples_of_a_clip_go_together() -> None:
    dice = random.Random(2)
    points = [float(value) for _ in range(60) for value in [dice.random() < 0.5] * 4]  # four alike per clip
    together, alone = (
        intervals_by_unit([run(points, together=size)])[0]["recognition"]["clip"] for size in (4, 1)
    )
    for kind in ("analytic", "bootstrap"):
        wide, narrow = getattr(together, kind), getattr(alone, kind)
        # Four samples that are one: the deviation is twice that of independent ones.
        assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low), rel=0.15)


def test_pairs_are_tested_as_scipy_does_and_corrected_together() -> None:
    dice = np.random.default_rng(3)
    base = dice.random(80)
    tables = [run(np.clip(base + dice.normal(shift, 0.2, 80), 0, 1).tolist()) for shift in (0.0, 0.02, 0.2)]
    found = compare_pairs(shared(*tables))["recognition"]
    points = [one.score("recognition") for one in tables]
    assert [(pair.a, pair.b) for pair in found] == [(0, 1), (0, 2), (1, 2)]
    for pair in found:
        wanted = ttest_rel(points[pair.b], points[pair.a])
        assert pair.p_value == pytest.approx(wanted.pvalue)
        interval = wanted.confidence_interval()
        assert (pair.low, pair.high) == pytest.approx((100 * interval.low, 100 * interval.high))
    first, second, third = sorted(found, key=lambda pair: pair.p_value)
    # CoT is half of recognition, so that each p-value stands twice among nine; without reasoning the other three are 1.
    assert first.p_adjusted == pytest.approx(9 * first.p_value)
    assert third.p_adjusted == pytest.approx(min(1, max(7 * second.p_value, 5 * third.p_value)))
    assert [pair.real for pair in found] == [False, True, True]


def test_runs_alike_on_every_sample_do_not_differ_and_constant_shifts_do() -> None:
    same, shifted = run([0.25] * 20), run([0.5] * 20)
    (pair,) = compare_pairs(shared(same, same))["recognition"]
    assert (pair.difference, pair.p_value, pair.real) == (0, 1, False)
    (pair,) = compare_pairs(shared(same, shifted))["recognition"]
    assert (pair.difference, pair.p_value, pair.real) == (25, 1e-4, True)  # as `compare`: 9,999 flips
    pair = compare_pairs(shared(same, same, shifted))["recognition"][2]
    assert (pair.difference, pair.p_value, pair.real) == (25, 2.0**-19, True)  # sign flips: 2 of 2^20
    assert compare_pairs(shared(run([1.0] * 9), run([0.0] * 9)))["recognition"] == []  # fewer than ten groups
    assert compare_pairs(shared(same))["recognition"] == []


def test_runs_of_one_model_are_hardly_ever_called_different() -> None:
    rows = shared(run([0.0] * 100)).rows
    dice = np.random.default_rng(6)
    called = 0
    for _ in range(300):
        points = {"recognition": (dice.random((100, 5)) < 0.4).astype(float)}
        called += any(pair.real for pair in compare_pairs(Together(rows, points, 0))["recognition"])
    # 300 families of tests at 5 %: 15 expected, more than 26 has a chance below 0.3 %.
    assert called <= 26


def test_ranks_are_by_score_and_open_where_runs_are_alike() -> None:
    dice = random.Random(5)
    alike = [[float(dice.random() < 0.5) for _ in range(100)] for _ in range(2)]
    together = shared(run([1.0] * 100), *map(run, alike))
    means = together.points["recognition"].mean(axis=0)
    found = rank_intervals(means, compare_pairs(together)["recognition"])
    assert (found[0].rank, found[0].low, found[0].high) == (1, 1, 1)
    assert [(one.low, one.high) for one in found[1:]] == [(2, 3), (2, 3)]
    (same,) = not_told_apart(compare_pairs(together)["recognition"], means)
    assert set(same) == {1, 2}


def test_stretches_of_the_ranking_without_a_real_pair_are_named_once() -> None:
    # Ranking 2, 0, 1, 3. Real: 2 and 1, 2 and 3, 0 and 3. Stretches: 2 and 0; 0 and 1; 1 and 3.
    pairs = [
        Pair(a, b, True, 0, 0, 0, p, p)
        for a, b, p in ((0, 1, 1), (0, 2, 1), (0, 3, 0), (1, 2, 0), (1, 3, 1), (2, 3, 0))
    ]
    means = np.array([0.8, 0.7, 0.9, 0.6])
    assert not_told_apart(pairs, means) == [(2, 0), (0, 1), (1, 3)]
    assert not_told_apart([replace(pair, p_adjusted=0.0) for pair in pairs], means) == []
    assert not_told_apart([replace(pair, p_adjusted=1.0) for pair in pairs], means) == [(2, 0, 1, 3)]


def test_runs_that_differ_on_no_sample_may_still_differ_on_others() -> None:
    # None of 100 clips differs: a clip more for each of two ways, +- 1.96 x sqrt(2 / 102 / 102) = 2.72 points.
    together = shared(run([1.0] * 100), run([1.0] * 100))
    (pair,) = compare_pairs(together)["recognition"]
    assert (pair.difference, pair.p_value, pair.moved) == (0, 1, False)
    assert (pair.low, pair.high) == pytest.approx((-2.717, 2.717), abs=1e-3)
    # All differ by a whole point: sign flips give 2 / 2^100; (100 + 1 - 1) / 102 = 98.0 is the centre.
    (pair,) = compare_pairs(shared(run([0.0] * 100), run([1.0] * 100)))["recognition"]
    assert pair.p_value == 2.0**-99
    assert pair.low < 100 * 100 / 102 < pair.high
