"""Shares of steps that are not independent: hand arithmetic, the jackknife, coverage in simulation."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores.intervals import AnswerShare, Moments, PooledShare, share, wilson

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


# --- repeated answers ------------------------------------------------------------------------------


def moments(*samples: tuple[float, ...]) -> Moments:
    result = Moments()
    for values in samples:
        result.add(*values)
    return result


def test_answers_to_one_sample_by_hand() -> None:
    # Means 1/2, 1, 0, 1: p = 5/8, squared deviations 9/4 - 25/16 = 11/16, variance of the mean 11/16 / (4 x 3)
    # = 11/192. Effective: 15/64 x 192/11 = 45/11 answers, of eight.
    found = moments((1, 0), (1, 1), (0, 0), (1, 1))
    interval, expected = found.interval(), wilson(5 / 8 * 45 / 11, 45 / 11)
    assert found.percent() == 62.5
    assert interval is not None
    assert interval.method == "wilson-clustered"
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_the_same_answer_again_and_again_tells_no_more() -> None:
    once = moments((1,), (0,), (1,), (1,))
    assert moments((1,) * 7, (0,) * 7, (1,) * 7, (1,) * 7).estimate() == once.estimate()
    assert moments((0.5,) * 3, (0.25,) * 3).estimate() == moments((0.5,), (0.25,)).estimate()


def test_no_answers_tell_more_than_all_of_them_would_if_independent() -> None:
    # Every sample right once in two: the means do not spread at all, as if there were one answer of each.
    assert moments(*[(1, 0)] * 4).interval() == wilson(2, 4)
    # Nearly none of it: 4 samples of 2 answers can tell no more than 8 answers.
    interval = moments((1, 0), (1, 0), (1, 0), (1, 1)).interval()
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((wilson(5, 8).low, wilson(5, 8).high))


def test_a_share_of_answers_is_one_of_independent_samples_where_each_has_one() -> None:
    once, twice, steps = AnswerShare(), AnswerShare(), PooledShare()
    for part in (1, 1, 0):
        once.add(part, 1)
        twice.add(2 * part, 2)
        steps.add(2 * part, 2)
    assert once.estimate() == share(2, 3)
    assert twice.estimate() == steps.estimate()
    assert AnswerShare().estimate() is None


def test_the_interval_of_repeated_answers_holds_the_truth_about_as_often_as_it_says() -> None:
    """Five answers each to 60 samples, drawn by a leaning of the sample's own (mean 0.2): 95 % of the intervals hold
    20 %, both of answers of 0 or 1 and of points in between; intervals that take the answers as independent do not."""
    dice = Random(11)
    held: Counter[str] = Counter()
    for _ in range(300):
        right, points, together = Moments(), Moments(), 0
        for _ in range(60):
            leaning = dice.betavariate(0.5, 2)
            answers = [float(dice.random() < leaning) for _ in range(5)]
            right.add(*answers)
            points.add(*((one + leaning) / 2 for one in answers))  # of mean 0.2 as well
            together += round(sum(answers))
        intervals = {"right": right.interval(), "points": points.interval(), "naive": wilson(together, 300)}
        held.update(name for name, each in intervals.items() if each and each.low <= 20 <= each.high)
    assert 0.92 <= held["right"] / 300 <= 0.98
    assert 0.91 <= held["points"] / 300 <= 0.98
    assert held["naive"] / 300 < 0.85
