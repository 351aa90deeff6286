"""Steps, length and scores: what the formula forces, by hand and by simulation, and the published figures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cuewise.analysis.effects import LengthEffects, length_effects
from cuewise.analysis.pooled import pool
from cuewise.analysis.table import RunTable
from support.small_tables import Row, small_table


def _effects(table: RunTable, alpha: float = 0.5) -> LengthEffects:
    found = length_effects(table, np.arange(len(table.samples)), alphas=[alpha])
    assert found is not None
    return found


def _row(number: int, steps: int, reasoning: float, recognition: float, reasons: float = np.nan) -> Row:
    return Row(
        f"{number}",
        ("sad",),
        ("sad",),
        steps=steps,
        reasoning=reasoning,
        recognition=recognition,
        tokens=10 * steps,
        reasons=reasons,
    )


def test_forced_values_by_hand() -> None:
    # Reasons: 0, 1, 1, 2 of which 0 + 1 + 0 + 2 pass: p = 3/4. Recognition 1, 0, 0, 1: r = 1/2.
    table = small_table(
        [_row(1, 1, 0.0, 1.0), _row(2, 2, 1.0, 0.0), _row(3, 2, 0.0, 0.0), _row(4, 3, 1.0, 1.0)]
    )
    found = _effects(table)
    assert (found.count, found.pass_rate, found.recognition, found.no_reason) == (4, 75.0, 50.0, 25.0)
    reasoning = found.effect("steps", "reasoning")
    assert [(one.middle, one.observed.value, one.forced) for one in reasoning.bins] == [
        (1, 0.0, 0.0),
        (2, 50.0, 75.0),
        (3, 100.0, 75.0),
    ]
    cot = found.effect("steps", "cot")
    assert [one.forced for one in cot.bins] == [25.0, 62.5, 62.5]
    # With a fifth of the weight on recognition: 1/5 x 1/2, and 4/5 x 3/4 more with reasons.
    assert [one.forced for one in _effects(table, 0.2).effect("steps", "cot").bins] == pytest.approx(
        [10, 70, 70]
    )
    # Steps less their mean: -1 0 0 1. Reasoning: (1 x 1 - 1 x 0) / 2 = 1/2 per step; forced 3/4 / 2.
    assert reasoning.slope is not None
    assert reasoning.beyond is not None
    assert (reasoning.slope.value, reasoning.forced_slope, reasoning.beyond.value) == pytest.approx(
        (50, 37.5, 12.5)
    )
    tokens = found.effect("tokens", "reasoning")
    assert tokens.slope is not None
    assert tokens.slope.value == pytest.approx(500)  # per 100 tokens, ten to a step
    # CoT: with reasons 1/2, 0, 1; without 1/2. Gap 0 = (1 - alpha) x 2/3 + alpha x (1/3 - 1).
    gap = found.gap
    assert gap is not None
    assert (gap.with_reasons, gap.without_reasons) == (3, 1)
    assert (gap.gap.value, gap.forced, gap.recognition) == pytest.approx((0, 100 / 3, -100 / 3))


def test_under_grounded_what_counts_are_the_reasons_that_are_counted() -> None:
    rows = [_row(1, 3, 0.0, 0.0, reasons=0.0), _row(2, 3, 0.5, 0.0, reasons=2.0)]
    found = _effects(small_table(rows))
    assert (found.pass_rate, found.no_reason) == (50.0, 50.0)


def _null(seed: int, n: int = 3000, p: float = 0.8) -> RunTable:
    """Each reason passes with probability p, recognition does not depend on steps."""
    dice = random.Random(seed)
    rows = []
    for number in range(n):
        reasons = dice.randrange(5)
        passed = sum(dice.random() < p for _ in range(reasons))
        score = passed / reasons if reasons else 0.0
        rows.append(_row(number, reasons + 1, score, float(dice.random() < 0.4)))
    return small_table(rows)


def test_what_the_formula_forces_is_all_there_is_in_a_null_run() -> None:
    table = _null(4)
    found = _effects(table)
    for score in ("reasoning", "cot"):
        effect = found.effect("steps", score)
        assert effect.slope is not None
        assert effect.beyond is not None
        assert effect.rank is not None
        assert effect.forced_rank is not None
        assert effect.slope.is_certain  # the naive reading finds a strong effect
        assert not effect.beyond.is_certain
        assert effect.rank.low is not None
        assert effect.rank.high is not None
        assert effect.rank.low < effect.forced_rank < effect.rank.high
    # E[reasoning | k steps] is 0 for k = 1 and p for k >= 2.
    assert [one.forced for one in found.effect("steps", "reasoning").bins] == pytest.approx(
        [0.0, *[found.pass_rate] * 4]
    )


def test_forced_rank_against_simulation() -> None:
    many = _null(5, n=40_000)
    effect = _effects(many).effect("steps", "cot")
    expected = float(stats.spearmanr(many.steps, np.round(many.points["cot"], 9))[0])
    assert effect.forced_rank == pytest.approx(expected, abs=0.02)


def test_planted_effect_is_found() -> None:
    dice = random.Random(6)
    rows = []
    for number in range(1500):
        reasons = dice.randrange(1, 5)
        right = float(dice.random() < 0.2 + 0.15 * reasons)
        rows.append(_row(number, reasons + 1, 0.8, right))
    cot = _effects(small_table(rows)).effect("steps", "cot")
    assert cot.beyond is not None
    assert cot.beyond.is_certain
    assert cot.beyond.value == pytest.approx(7.5, abs=2)  # half of 15 points per step
    assert cot.forced_slope == pytest.approx(0, abs=1e-9)


def test_pooled_runs_keep_their_own_rates() -> None:
    """A run with many steps and much skill beside one with few and little is no effect of steps."""
    poor = small_table([_row(n, 1 + n % 3, 0.2 * (n % 3 > 0), 0.0) for n in range(60)])
    good = small_table([_row(n, 3 + n % 3, 0.9, 1.0) for n in range(60)])
    pooled = pool([poor, good])
    found = length_effects(pooled.table, np.arange(60), alphas=[0.5, 0.5], runs=pooled.run)
    assert found is not None
    cot = found.effect("steps", "cot")
    assert cot.beyond is not None
    assert cot.beyond.value == pytest.approx(0, abs=1e-9)
    assert cot.bins[0].forced == pytest.approx(0)
    assert cot.bins[-1].forced == pytest.approx(95)
    assert (cot.rank, cot.forced_rank, found.gap) == (None, None, None)


def test_a_hard_task_with_long_answers_is_no_effect_of_length() -> None:
    easy = [replace(_row(n, 2 + n % 3, 0.8, 0.9), task="easy") for n in range(60)]
    hard = [replace(_row(n, 6 + n % 3, 0.8, 0.1), task="hard") for n in range(60, 120)]
    cot = _effects(small_table([*easy, *hard])).effect("steps", "cot")
    assert cot.slope is not None
    assert cot.slope.value == pytest.approx(0, abs=1e-9)
    assert cot.rank is None  # within tasks CoT does not vary
    # Where it varies, ranks are those within tasks too.
    easy = [replace(row, recognition=n // 3 % 2) for n, row in enumerate(easy)]
    hard = [replace(row, recognition=n // 3 % 2 / 10) for n, row in enumerate(hard)]
    cot = _effects(small_table([*easy, *hard])).effect("steps", "cot")
    assert cot.rank is not None
    assert cot.rank.value == pytest.approx(0, abs=1e-9)


def _two_tasks(seed: int, number: int, n: int = 400) -> Iterator[RunTable]:
    """Runs in which the formula alone is at work, but reasons pass at their own task's rate: 0.4 in the one, where some
    answers give none, and 0.9 in the other, which is easier too."""
    dice = np.random.default_rng(seed)
    task = np.arange(n) % 2
    base = small_table([Row(f"{at}", ("sad",), None, task="AB"[at % 2]) for at in range(n)])
    few, many = [0.3, 0.2, 0.2, 0.2, 0.1], [0.0, 0.1, 0.3, 0.3, 0.3]
    for _ in range(number):
        reasons = np.where(task, dice.choice(5, p=many, size=n), dice.choice(5, p=few, size=n))
        reasoning = dice.binomial(reasons, np.where(task, 0.9, 0.4)) / np.maximum(reasons, 1)
        recognition = (dice.random(n) < np.where(task, 0.6, 0.3)).astype(np.float64)
        points = {
            "recognition": recognition,
            "reasoning": reasoning,
            "cot": (recognition + reasoning) / 2,
        }
        yield replace(base, steps=reasons + 1, points=points)


def test_tasks_that_differ_are_no_effect_beyond_the_formula() -> None:
    errs, held = 0, 0
    for table in _two_tasks(1, 1000):
        found = length_effects(
            table, np.arange(len(table.samples)), alphas=[0.5], measures=("steps",), scores=("cot",)
        )
        assert found is not None
        effect = found.effect("steps", "cot")
        assert effect.beyond is not None
        assert effect.beyond.p_value is not None
        errs += effect.beyond.p_value < 0.05
        assert effect.rank is not None
        assert effect.rank.low is not None
        assert effect.rank.high is not None
        assert effect.forced_rank is not None
        held += effect.rank.low < effect.forced_rank < effect.rank.high
    assert 35 <= errs <= 65
    assert 930 <= held <= 970


def test_the_gap_of_reasons_is_within_tasks() -> None:
    """Answers without reasons lie in the hard task; within tasks recognition does not depend on them."""
    (table,) = _two_tasks(2, 1, n=4000)
    gap = _effects(table).gap
    assert gap is not None
    # Task B has no answer without reasons, so task A alone tells: half of 0.4, and nothing from recognition.
    assert gap.gap.value == pytest.approx(20, abs=3)
    assert gap.forced == pytest.approx(20, abs=2)
    assert gap.recognition == pytest.approx(0, abs=2)
    assert gap.gap.value == pytest.approx(gap.forced + gap.recognition)


def test_nothing_to_tell() -> None:
    assert (
        length_effects(small_table([Row("1", ("sad",), None, kind="refused")]), np.arange(1), alphas=[0.5])
        is None
    )
    one = _effects(small_table([Row("1", ("sad",), ("sad",))]))
    cot = one.effect("steps", "cot")
    assert (cot.slope, cot.forced_slope, cot.beyond, cot.rank, cot.forced_rank) == (
        None,
        None,
        None,
        None,
        None,
    )
    assert (one.pass_rate, one.gap) == (None, None)
    assert [effect.measure for effect in one.effects if effect.measure == "tokens"] == []
