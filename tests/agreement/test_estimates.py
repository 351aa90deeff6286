"""Estimates against hand arithmetic, published examples and another library."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.agreement.estimates import (
    Estimate,
    lang_reiczigel,
    mean_estimate,
    over_all_asked,
    prediction_powered,
    rogan_gladen,
    step_share,
    student_t_95,
    tuned_weight,
)

UNIT = st.floats(0, 1)


def bounds(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    # scipy.stats.t.ppf(0.975, freedom)
    [(9, 2.262157162798), (19, 2.093024054408), (49, 2.009575237129), (199, 1.971956544252)],
)
def test_students_quantile(freedom: int, quantile: float) -> None:
    assert student_t_95(freedom) == pytest.approx(quantile, abs=1e-4)


def test_rogan_and_gladen_by_hand() -> None:
    # Of 100 steps 70 are right. The judge passes 90 % of those, 63, and 40 % of the 30 wrong ones, 12: 75 in all.
    # Back again: (0.75 + 0.6 - 1) / (0.9 + 0.6 - 1) = 0.35 / 0.5 = 0.7.
    assert rogan_gladen(0.75, sensitivity=0.9, specificity=0.6) == pytest.approx(0.7)


def test_rogan_and_gladen_published() -> None:
    # Brucellosis: 23 of 150 cows test positive, sensitivity 96 %, specificity 89 %: 5.1 per 100
    # (manual of the R package epiR, `epi.prev`).
    assert rogan_gladen(23 / 150, sensitivity=0.96, specificity=0.89) == pytest.approx(0.051, abs=5e-4)


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.5, 0.5), (0.2, 0.7)])
def test_a_judge_no_better_than_chance_corrects_nothing(sensitivity: float, specificity: float) -> None:
    with pytest.raises(ValueError, match="more than 1"):
        rogan_gladen(0.6, sensitivity, specificity)


@pytest.mark.parametrize(
    ("apparent", "sensitivity", "specificity", "low", "high", "digits"),
    [
        # Examples 1, 2 and 4 (two of them) of Lang and Reiczigel 2014, as (positives, tested) of the population,
        # of the diseased and of the healthy, with the limits of the paper as the manual of the R package asht
        # (`prevSeSp`) repeats them.
        ((4060, 11284), (178, 179), (358, 359), 0.349, 0.372, 3),
        ((51, 2971), (32, 33), (20, 20), 0, 0.053, 3),
        ((259, 509), (84, 127), (96, 109), 0.58, 0.87, 2),
        ((51, 509), (23, 41), (187, 195), 0.037, 0.195, 3),
    ],
)
def test_lang_and_reiczigel_published(
    apparent: tuple[int, int],
    sensitivity: tuple[int, int],
    specificity: tuple[int, int],
    low: float,
    high: float,
    digits: int,
) -> None:
    parts = [part for hits, n in (apparent, sensitivity, specificity) for part in (hits / n, n)]
    found = lang_reiczigel(*parts)  # type: ignore[arg-type]  # share and whole number in turn
    assert (round(found.low / 100, digits), round(found.high / 100, digits)) == (low, high)


def test_lang_and_reiczigel_published_with_a_share() -> None:
    # Example 3 of the same.
    found = lang_reiczigel(0.06, 11862, 0.80, 10, 1.0, 12)
    assert (round(found.low / 100, 3), round(found.high / 100, 3)) == (0, 0.147)


def paired_data() -> tuple[list[float], list[float], list[float]]:
    dice = Random(7)
    truth, judged = [], []
    for _ in range(400):
        value = round(dice.random(), 3)
        truth.append(value)
        judged.append(round(min(1, max(0, value + 0.1 + dice.uniform(-0.3, 0.3))), 3))
    unrated = [round(min(1, max(0, dice.random() + 0.1)), 3) for _ in range(1600)]
    return truth, judged, unrated


@pytest.mark.parametrize(
    ("weight", "value", "low", "high"),
    [
        # ppi-python 0.2.3 by the authors of the method: ppi_mean_pointestimate and ppi_mean_ci, alpha 0.05.
        (1.0, 0.511928125, 0.49095034, 0.53290591),
        (0.5, 0.49459031, 0.47587485, 0.51330578),
        (0.0, (0.44803092 + 0.50647408) / 2, 0.44803092, 0.50647408),
    ],
)
def test_prediction_powered_as_its_authors(weight: float, value: float, low: float, high: float) -> None:
    found = prediction_powered(*paired_data(), weight=weight)
    assert found.value == pytest.approx(100 * value, abs=1e-5)
    # Theirs is normal and divides by n, ours is Student's and divides by n - 1: 0.4 % wider at n = 400.
    assert found.high - found.low == pytest.approx(100 * (high - low), rel=0.005)
    assert found.high - found.low >= 100 * (high - low)


def test_the_tuned_weight_as_its_authors() -> None:
    truth, judged, unrated = paired_data()
    weight = tuned_weight(truth, judged, unrated)
    found = prediction_powered(truth, judged, unrated, weight=weight)
    assert found.value == pytest.approx(50.452557, abs=0.01)
    assert bounds(found) == pytest.approx((48.63836, 52.266754), abs=0.02)


@given(st.lists(st.tuples(UNIT, UNIT), min_size=2, max_size=30), st.lists(UNIT, max_size=30))
def test_without_weight_it_is_the_mean_of_the_rated(
    pairs: list[tuple[float, float]], unrated: list[float]
) -> None:
    truth, judged = [first for first, _ in pairs], [second for _, second in pairs]
    alone = prediction_powered(truth, judged, unrated, weight=0.0)
    classical = mean_estimate(truth)
    assert (alone.value, *bounds(alone)) == pytest.approx((classical.value, *bounds(classical)))


def test_the_classical_interval_by_hand() -> None:
    # Ten values, half 0.4 and half 0.8: mean 0.6, s^2 = 10 x 0.04 / 9, s / sqrt(10) = 0.066667,
    # times Student's 2.262157 for 9 degrees of freedom = 0.150810.
    found = mean_estimate([0.4, 0.8] * 5)
    assert (found.value, *bounds(found)) == pytest.approx((60, 44.919, 75.081), abs=0.003)


@given(st.lists(st.tuples(UNIT, UNIT), min_size=1, max_size=20), st.lists(UNIT, max_size=20))
def test_every_estimate_lies_in_its_interval_and_in_range(
    pairs: list[tuple[float, float]], unrated: list[float]
) -> None:
    truth, judged = [first for first, _ in pairs], [second for _, second in pairs]
    weight = tuned_weight(truth, judged, unrated)
    assert 0 <= weight <= 1
    for found in (mean_estimate(truth), prediction_powered(truth, judged, unrated, weight=weight)):
        assert 0 <= found.low <= found.value <= found.high <= 100
        scaled = over_all_asked(found, len(truth), 2 * len(truth))
        assert 0 <= scaled.low <= scaled.value <= scaled.high <= 100


@given(
    UNIT,
    st.floats(0.51, 1),
    st.floats(0.51, 1),
    st.integers(1, 500),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_rogan_gladen_lies_in_its_interval_and_in_range(
    apparent: float, sensitivity: float, specificity: float, first: int, second: int, third: int
) -> None:
    found = lang_reiczigel(apparent, first, sensitivity, second, specificity, third)
    assert 0 <= found.low <= found.value <= found.high <= 100


def test_values_that_do_not_spread_get_wilsons_interval() -> None:
    # Wilson for 10 of 10: lower limit 10 / (10 + 1.96^2) = 10 / 13.8415 = 72.25 %.
    found = mean_estimate([1.0] * 10)
    assert (found.value, *bounds(found)) == pytest.approx((100, 72.246, 100), abs=0.001)


def test_samples_that_were_not_judged_count_as_zero() -> None:
    # Three quarters of 40 samples judged at 0.8: 60. Directly: 30 values that average 0.8 and ten 0.
    judged = [0.6, 1.0] * 15
    scaled, direct = over_all_asked(mean_estimate(judged), 30, 40), mean_estimate([*judged, *[0.0] * 10])
    assert scaled.value == pytest.approx(direct.value) == pytest.approx(60)
    assert bounds(scaled) == pytest.approx(bounds(direct), abs=0.6)
    all_judged = over_all_asked(mean_estimate(judged), 30, 30)
    assert bounds(all_judged) == pytest.approx(bounds(mean_estimate(judged)))


def test_a_share_of_independent_steps() -> None:
    # One step per sample: between samples p (1 - p) / (n - 1), so 99 of 100 steps are effective.
    share = step_share([1] * 80 + [0] * 20, [1] * 100)
    assert share is not None
    assert (share.value, share.steps, share.samples, share.effective) == (80, 100, 100, 99)


def test_a_share_of_steps_that_stand_or_fall_together() -> None:
    # Ten samples of five steps, each all passed or all failed: worth about ten steps, not fifty.
    # G / (G - 1) x 10 x 2.5^2 / 50^2 = 0.027778; 0.25 / 0.027778 = 9.
    share = step_share([5, 0] * 5, [5] * 10)
    assert share is not None
    assert (share.value, share.effective) == (50, 9)
    assert share.clustered.low < share.wilson.low < 50 < share.wilson.high < share.clustered.high


def test_shares_without_spread_are_counted_by_samples() -> None:
    share = step_share([4] * 12, [4] * 12)
    assert share is not None
    assert (share.value, share.effective, share.steps) == (100, 12, 48)
    assert step_share([0, 0], [0, 0]) is None
