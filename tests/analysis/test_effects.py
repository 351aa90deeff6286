"""Steps, length and scores: what the formula forces, by hand and by simulation, and the published figures."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cuewise.analysis.effects import (
    LengthEffects,
    ModelCorrelation,
    ModelPoint,
    length_effects,
    over_models,
)
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
    assert cot.rank is not None
    assert cot.rank.value < -0.5  # over all tasks together


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


def _of(found: tuple[ModelCorrelation, ...], first: str, second: str) -> ModelCorrelation:
    return next(one for one in found if (one.first, one.second) == (first, second))


def test_forced_correlations_by_hand() -> None:
    # Recognition and reasoning unrelated, with standard deviations in the ratio 1 to 3: all correlation is forced.
    points = [
        ModelPoint("a", 40, 20, 30, 1.0),
        ModelPoint("b", 60, 20, 40, 1.0),
        ModelPoint("c", 40, 80, 60, 4.0),
        ModelPoint("d", 60, 80, 70, 4.0),
    ]
    found = over_models(points)
    for name, forced in (("reasoning", 3 / sqrt(10)), ("recognition", 1 / sqrt(10))):
        one = _of(found, "cot", name)
        assert one.forced == pytest.approx(forced)
        assert one.value == pytest.approx(forced)
    # Steps go with reasoning alone, so what CoT inherits from it is all.
    steps = _of(found, "cot", "steps")
    assert steps.forced == pytest.approx(steps.value)
    assert over_models(points[:2]) == ()


@pytest.mark.shared
def test_published_models(shared_data: Path) -> None:
    """What the paper's table gives: CoT with reasoning 0.97 and recognition 0.34, steps with reasoning 0.92; of the
    first, 0.96 is forced by the formula."""
    with (shared_data / "published" / "overall.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    points = [
        ModelPoint(
            row["model"],
            float(row["recognition"]),
            float(row["reasoning"]),
            float(row["cot"]),
            float(row["avg_step"]),
            float(row["avg_token"]),
        )
        for row in rows
    ]
    found = over_models(points)
    reasoning, recognition = _of(found, "cot", "reasoning"), _of(found, "cot", "recognition")
    assert (reasoning.count, round(reasoning.value, 2), round(recognition.value, 2)) == (20, 0.97, 0.34)
    assert round(_of(found, "reasoning", "steps").value, 2) == 0.92
    expected = stats.pearsonr([one.cot for one in points], [one.recognition for one in points])
    interval = expected.confidence_interval(0.95)
    assert (recognition.low, recognition.high) == pytest.approx((interval.low, interval.high))
    assert recognition.low is not None
    assert recognition.low < 0  # 20 models cannot tell whether CoT goes with recognition at all
    spread = np.std([one.reasoning for one in points]), np.std([one.recognition for one in points])
    assert reasoning.forced == pytest.approx(spread[0] / np.hypot(*spread))
    assert round(reasoning.forced or 0.0, 2) == 0.96
