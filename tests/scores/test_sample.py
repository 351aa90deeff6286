"""One sample's score: hand arithmetic, and what is refused."""

from __future__ import annotations

import doctest
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.records import Step, Verdict
from cuewise.scores import sample
from cuewise.scores.sample import score_verdicts


def steps(count: int) -> list[Step]:
    reasons = [Step(index=index, text=f"claim {index}") for index in range(1, count)]
    return [*reasons, Step(index=count, text="happy", labels=("happy",))]


def verdicts(ratings: Sequence[float]) -> list[Verdict]:
    return [Verdict(step=index, rating=rating) for index, rating in enumerate(ratings, start=1)]


def test_docstring() -> None:
    assert doctest.testmod(sample).failed == 0


def test_last_step_is_recognition_and_the_mean_of_the_others_reasoning() -> None:
    score = score_verdicts(steps(4), verdicts([1, 0, 1, 0.5]))
    assert score.recognition == 0.5
    assert score.reasoning == pytest.approx(2 / 3)  # (1 + 0 + 1) / 3
    assert score.cot == pytest.approx(7 / 12)  # 1/2 x 1/2 + 1/2 x 2/3
    assert score.n_steps == 4


def test_alpha_weighs_recognition() -> None:
    score = score_verdicts(steps(2), verdicts([0, 1]), alpha=0.25)
    assert score.cot == 0.25  # 0.25 x 1 + 0.75 x 0


def test_a_bare_right_label_gets_half() -> None:
    score = score_verdicts(steps(1), verdicts([1]))
    assert (score.recognition, score.reasoning, score.cot, score.n_steps) == (1, 0, 0.5, 1)


@pytest.mark.parametrize(
    "rated",
    [[], [1], [1, 2, 3], [2, 1], [1, 1], [1, 3]],
    ids=["none", "few", "many", "swapped", "twice", "other"],
)
def test_anything_but_one_verdict_per_step_in_order_is_refused(rated: list[int]) -> None:
    with pytest.raises(ValueError, match="one verdict per step"):
        score_verdicts(steps(2), [Verdict(step=step, rating=1) for step in rated])


def test_no_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="without steps"):
        score_verdicts([], [])


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        score_verdicts(steps(1), verdicts([1]), alpha=alpha)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1))
def test_scores_stay_in_range_and_cot_lies_between_its_parts(ratings: list[float], alpha: float) -> None:
    score = score_verdicts(steps(len(ratings)), verdicts(ratings), alpha=alpha)
    low, high = sorted((score.recognition, score.reasoning))
    assert low - 1e-12 <= score.cot <= high + 1e-12
