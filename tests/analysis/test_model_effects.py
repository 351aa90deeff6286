"""Over models: what the formula forces, by hand and on the published figures."""

from __future__ import annotations

import csv
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cuewise.analysis.model_effects import ModelCorrelation, ModelPoint, over_models


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


def test_forced_correlations_where_the_scores_go_against_each_other() -> None:
    # CoT hardly varies, as recognition falls where reasoning rises: sd(recognition) 10, sd(reasoning) 20 (over
    # sqrt(2/3) both), so t / sqrt(s^2 + t^2) = 20 / sqrt(500). Steps go with reasoning one to one.
    points = [
        ModelPoint("a", 60, 20, 40, 1.0, 10.0),
        ModelPoint("b", 50, 40, 45, 2.0),
        ModelPoint("c", 40, 60, 50, 3.0, 30.0),
        ModelPoint("d", 50, 40, 45, 2.0, 20.0),
    ]
    found = over_models(points)
    for name in ("reasoning", "steps", "tokens"):
        one = _of(found, "cot", name)
        assert one.forced == pytest.approx(20 / sqrt(500))
    assert _of(found, "cot", "recognition").forced == pytest.approx(10 / sqrt(500))
    assert _of(found, "reasoning", "steps").forced is None


@given(
    st.lists(
        st.tuples(*(st.floats(0, 100, allow_subnormal=False) for _ in range(3)), st.floats(0, 1)),
        min_size=3,
        max_size=8,
    )
)
def test_forced_correlations_are_correlations(figures: list[tuple[float, float, float, float]]) -> None:
    alpha = figures[0][3]
    points = [
        ModelPoint(f"{at}", r, s, alpha * r + (1 - alpha) * s, steps)
        for at, (r, s, steps, _) in enumerate(figures)
    ]
    for one in over_models(points, alpha=alpha):
        assert one.forced is None or -1 - 1e-9 <= one.forced <= 1 + 1e-9


def test_intervals_are_scipys() -> None:
    figures = [(40.0, 50.0, 4.0), (35.0, 61.0, 5.0), (28.0, 44.0, 3.0), (31.0, 70.0, 6.0), (22.0, 38.0, 4.0)]
    points = [ModelPoint(f"{at}", r, s, (r + s) / 2, steps) for at, (r, s, steps) in enumerate(figures)]
    one = _of(over_models(points), "reasoning", "steps")
    expected = stats.pearsonr([s for _, s, _ in figures], [steps for *_, steps in figures])
    interval = expected.confidence_interval(0.95)
    assert one.value == pytest.approx(expected.statistic)
    assert (one.low, one.high) == pytest.approx((interval.low, interval.high))


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
    # Of the correlation with steps and tokens this much is what CoT inherits from reasoning.
    for name, inherited in (("steps", "avg_step"), ("tokens", "avg_token")):
        both = stats.pearsonr(
            [float(row["reasoning"]) for row in rows], [float(row[inherited]) for row in rows]
        )
        assert _of(found, "cot", name).forced == pytest.approx(
            float(both[0]) * spread[0] / np.hypot(*spread), abs=1e-9
        )
