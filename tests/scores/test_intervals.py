"""Shares of steps that are not independent: hand arithmetic, the jackknife, coverage in simulation."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from cuewise.scores.clusters import degrees_of_freedom
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


T_11 = (1.959963984540054 / 2.2009851600916384) ** 2
"""What Student's t with 11 degrees of freedom, whose table has 2.201, leaves of the effective number."""


def test_answers_to_one_sample_by_hand() -> None:
    # Means 1/2, 1, 0, 1, three times each: p = 5/8, squared deviations 3 (9/4 - 25/16) = 33/16, variance of the mean
    # 33/16 / (12 x 11) = 1/64. Effective: 15/64 x 64 = 15 samples.
    found = moments(*[(1, 0), (1, 1), (0, 0), (1, 1)] * 3)
    interval, expected = found.interval(), wilson(5 / 8 * 15 * T_11, 15 * T_11)
    assert found.percent() == 62.5
    assert interval is not None
    assert interval.method == "wilson-t"
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_the_same_answer_again_and_again_tells_no_more() -> None:
    once = moments((1,), (0,), (1,), (1,))
    assert moments((1,) * 7, (0,) * 7, (1,) * 7, (1,) * 7).estimate() == once.estimate()
    assert moments(*[(0.5,) * 3, (0.25,) * 3] * 6).estimate() == moments(*[(0.5,), (0.25,)] * 6).estimate()


def test_samples_that_do_not_differ_count_as_one_each() -> None:
    interval, expected = moments(*[(1, 0)] * 12).interval(), wilson(6 * T_11, 12 * T_11)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_groups_of_unequal_size_by_hand() -> None:
    """Twelve videos: one of four clips, all right, ten of two, right and wrong, and one of one, wrong."""
    found = Moments()
    for value in (1, 1, 1, 1):
        found.add(value, group="long")
    for video in range(10):
        found.add(1, group=video)
        found.add(0, group=video)
    found.add(0, group="short")
    # 14 of 25 = 0.56. Residuals: 4 - 4 x 0.56 = 1.76; 1 - 1.12 = -0.12, ten times; -0.56. Squares over 1 - n_g / 25:
    # 3.0976 / 0.84 + 0.144 / 0.92 + 0.3136 / 0.96 = 3.687619 + 0.156522 + 0.326667 = 4.170808; over 625: 0.00667329.
    # Effective: 0.2464 / 0.00667329 = 36.9233.
    freedom = float(degrees_of_freedom(np.array([[4.0], *[[2.0]] * 10, [1.0]]))[0])
    assert 8 < freedom < 11
    effective = 36.9233 * (1.959963984540054 / float(stdtrit(freedom, 0.975))) ** 2
    interval, expected = found.interval(), wilson(0.56 * effective, effective)
    assert found.percent() == pytest.approx(56)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-3)


def test_too_few_groups_have_a_mean_and_no_interval() -> None:
    found = Moments()
    for number in range(90):
        found.add(float(number < 30), group=number % 9)
    estimate = found.estimate()
    assert estimate is not None
    assert estimate.percent == pytest.approx(100 / 3)
    assert estimate.count == 90
    assert estimate.interval is None
    # Ten groups of which one holds nearly all: 10 groups, but hardly more than 2 degrees of freedom.
    found = Moments()
    for number in range(500):
        found.add(float(number % 2), group=max(0, number - 490))
    assert found.interval() is None


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 14)), max_size=60), st.randoms())
def test_order_changes_no_digit_of_a_mean_over_groups(
    samples: list[tuple[float, int]], chance: Random
) -> None:
    def taken(order: list[tuple[float, int]]) -> Moments:
        found = Moments()
        for value, group in order:
            found.add(value, group=group)
        return found

    shuffled = list(samples)
    chance.shuffle(shuffled)
    assert taken(shuffled).estimate() == taken(samples).estimate()


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
