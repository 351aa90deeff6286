"""Shares of steps that are not independent: hand arithmetic, the jackknife, coverage in simulation."""

from __future__ import annotations

from math import sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores.intervals import PooledShare, wilson

ANSWERS = st.lists(st.integers(0, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=30)


def pooled(*answers: tuple[int, int]) -> PooledShare:
    result = PooledShare()
    for answer in answers:
        result.add(*answer)
    return result


def test_by_hand() -> None:
    # (1 of 2), (3 of 3), (0 of 1): R = 4/6. Residuals a - R b: -1/3, 1, -2/3; squares 1/9 + 1 + 4/9 = 14/9.
    # Variance = 3 / (2 x 36) x 14/9 = 7/108; R (1 - R) = 2/9; effective = 2/9 x 108/7 = 24/7.
    estimate = pooled((1, 2), (3, 3), (0, 1)).estimate()
    assert estimate is not None
    expected = wilson(2 / 3 * 24 / 7, 24 / 7)
    assert estimate.percent == pytest.approx(200 / 3)
    assert estimate.count == 6
    assert estimate.interval.low == pytest.approx(expected.low)
    assert estimate.interval.high == pytest.approx(expected.high)
    assert estimate.interval.method == "wilson-clustered"


def test_ten_steps_that_always_agree_tell_as_much_as_one() -> None:
    alike = pooled(*[(10, 10)] * 20, *[(0, 10)] * 20).estimate()
    single = pooled(*[(1, 1)] * 20, *[(0, 1)] * 20).estimate()
    assert alike is not None
    assert single is not None
    assert alike.interval.low == pytest.approx(single.interval.low)


@pytest.mark.parametrize("part", [0, 4])
def test_answers_that_do_not_differ_count_as_one_step_each(part: int) -> None:
    estimate = pooled(*[(part, 4)] * 5).estimate()
    assert estimate is not None
    assert (estimate.interval.low, estimate.interval.high) == (
        wilson(5 * part / 4, 5).low,
        wilson(5 * part / 4, 5).high,
    )


def test_nothing_is_undefined() -> None:
    assert pooled().estimate() is None
    assert pooled((0, 0), (0, 0)).estimate() is None


def test_the_variance_agrees_with_the_jackknife() -> None:
    """The interval's width over many answers, against leaving one answer out at a time (Quenouille, Tukey)."""
    dice = Random(7)
    answers = []
    for _ in range(400):
        leaning, whole = dice.random(), dice.randint(1, 8)
        answers.append((sum(dice.random() < leaning for _ in range(whole)), whole))
    part, whole = np.array(answers, dtype=float).T
    without = (part.sum() - part) / (whole.sum() - whole)
    spread = sqrt(399 / 400 * ((without - without.mean()) ** 2).sum())
    estimate = pooled(*answers).estimate()
    assert estimate is not None
    half = (estimate.interval.high - estimate.interval.low) / 2
    assert half == pytest.approx(100 * 1.959963984540054 * spread, rel=0.02)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Answers whose steps share a leaning of mean 0.2: 95 % of intervals hold 20 %; naive ones would hold fewer."""
    dice = Random(3)
    held = naive = 0
    for _ in range(300):
        answers = []
        for _ in range(60):
            leaning = dice.betavariate(0.5, 2)
            answers.append((sum(dice.random() < leaning for _ in range(6)), 6))
        estimate = pooled(*answers).estimate()
        assert estimate is not None
        held += estimate.interval.low <= 20 <= estimate.interval.high
        simple = wilson(sum(part for part, _ in answers), 360)
        naive += simple.low <= 20 <= simple.high
    assert 0.91 <= held / 300 <= 0.99
    assert naive / 300 < 0.85


@given(ANSWERS, st.randoms())
def test_order_changes_no_digit_and_the_interval_holds_the_share(
    answers: list[tuple[int, int]], chance: Random
) -> None:
    estimate = pooled(*answers).estimate()
    shuffled = list(answers)
    chance.shuffle(shuffled)
    assert pooled(*shuffled).estimate() == estimate
    if estimate is not None:
        interval = estimate.interval
        assert 0 <= interval.low <= estimate.percent + 1e-9
        assert estimate.percent - 1e-9 <= interval.high <= 100
        assert estimate.count == sum(whole for _, whole in answers)
