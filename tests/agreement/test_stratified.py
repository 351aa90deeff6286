"""Scores by people from a stratified draw: hand arithmetic, what it comes to in simple cases, and simulation."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from cuewise.agreement.estimates import prediction_powered
from cuewise.agreement.stratified import RatedSample, stratified_score
from cuewise.errors import InputError


def one(stratum: str, right: float, points: float) -> RatedSample:
    """A sample of one step."""
    return RatedSample(stratum, (bool(right),), (float(points),))


def test_by_hand() -> None:
    # 6 samples in a, 2 of them rated; 4 in b, 2 rated: N = 10, weights 3 and 2. One step each.
    rated = [one("a", 1, 1), one("a", 1, 1), one("b", 0, 1), one("b", 1, 1)]
    # The judge passes 8 of the 10; within strata its points of rated ones do not vary: b = 0, people alone count.
    found = stratified_score(
        rated, {"a": 6, "b": 4}, np.repeat([1.0, 0.0], [8, 2]), np.repeat([1.0, 0.0], [8, 2])
    )
    # (3 x 1 + 3 x 1 + 2 x 0 + 2 x 1) / 10 = 0.8; unweighted 3 / 4.
    assert found.slope == 0
    assert found.corrected.value == found.people.value == pytest.approx(80)
    assert found.unweighted == pytest.approx(75)
    assert found.bias.value == pytest.approx(0)
    # Sensitivity: all right ones pass. Specificity: the only wrong one passes. 1 + 0 is no better than chance.
    assert (found.sensitivity, found.specificity) == (100, 0)
    assert found.rogan_gladen is None
    assert "no better than chance" in found.why_none


def test_interval_by_hand() -> None:
    # 20 samples in a, 5 rated (4 right): weight 4. 40 in b, 5 rated (1 right): weight 8. The judge passes all: b = 0.
    rated = [one("a", right, 1) for right in (1, 1, 1, 1, 0)] + [
        one("b", right, 1) for right in (1, 0, 0, 0, 0)
    ]
    found = stratified_score(rated, {"a": 20, "b": 40}, np.ones(60), np.ones(60))
    # Score: (4 x 4 + 8 x 1) / 60 = 0.4. S^2: 0.4 x 0.6 x 10 / 9. Within a stratum squares sum to 4/5.
    value, spread = 0.4, 0.4 * 0.6 * 10 / 9 / 60
    a = 5 / 4 * (1 - 1 / 4) * (4 / 60) ** 2 * 0.8
    b = 5 / 4 * (1 - 1 / 8) * (8 / 60) ** 2 * 0.8
    freedom = (a + b) ** 2 / (a**2 / 4 + b**2 / 4)
    half = stats.t.ppf(0.975, freedom) * sqrt(spread + a + b)
    assert found.corrected.value == pytest.approx(100 * value)
    assert found.corrected.low == pytest.approx(100 * (value - half))
    assert found.corrected.high == pytest.approx(100 * (value + half))
    assert found.bias.value == pytest.approx(60)  # the judge gives all of them 100


def test_of_one_stratum_it_is_prediction_powered() -> None:
    dice = np.random.default_rng(1)
    truth = (dice.random(40) < 0.6).astype(float)
    judged = np.where(dice.random(40) < 0.8, truth, 1 - truth)
    unrated = (dice.random(160) < 0.6).astype(float)
    found = stratified_score(
        [one("all", y, x) for y, x in zip(truth, judged, strict=True)],
        {"all": 200},
        np.concatenate([judged, unrated]),
        np.concatenate([judged, unrated]),
    )
    assert found.slope == pytest.approx(np.cov(truth, judged)[0, 1] / np.var(judged, ddof=1))
    same = prediction_powered(
        truth.tolist(), judged.tolist(), unrated.tolist(), weight=found.slope * 160 / 200
    )
    assert found.corrected.value == pytest.approx(same.value)
    assert found.corrected.low == pytest.approx(same.low, abs=1)
    assert found.corrected.high == pytest.approx(same.high, abs=1)


def test_with_all_rated_it_is_the_score_itself() -> None:
    dice = np.random.default_rng(2)
    rated = []
    for number in range(30):
        right = dice.random(1 + number % 4) < 0.5
        passed = np.where(dice.random(len(right)) < 0.8, right, ~right)
        rated.append(
            RatedSample(f"s{number % 3}", tuple(right.tolist()), tuple(passed.astype(float).tolist()))
        )
    judged = np.array([np.mean(sample.points) for sample in rated])
    found = stratified_score(rated, {"s0": 10, "s1": 10, "s2": 10}, judged, judged)
    whole = 100 * np.mean([np.mean(sample.right) for sample in rated])
    assert found.corrected.value == found.people.value == pytest.approx(whole)
    assert found.unweighted == pytest.approx(whole)
    assert found.bias.value == pytest.approx(100 * np.mean(judged) - whole)
    assert found.rogan_gladen is not None
    assert found.rogan_gladen.value == pytest.approx(whole)


def test_a_stratum_that_nobody_rated_is_taken_to_be_like_the_next() -> None:
    rated = [one("a", 1, 1), one("a", 1, 1), one("c", 0, 0), one("c", 0, 0), one("d", 1, 1)]
    sizes = {"a": 10, "b": 10, "c": 20, "d": 10}
    # b goes with c, d with the group before it. c has 20 of 2, d 10 of 1, so that both weigh 10 before b's 10 are
    # spread over the group of b, c and d: its 40 samples score (2 x 0 + 1 x 1) / 3; with a's 10 of 1:
    found = stratified_score(rated, sizes, np.full(50, 0.5), np.zeros(50))
    assert found.people.value == pytest.approx(100 * (10 * 1 + 40 / 3) / 50)
    assert found.people.low < found.people.value < found.people.high


def test_one_kind_of_step_alone_says_so() -> None:
    rated = [one("a", 1, number % 2) for number in range(12)]
    found = stratified_score(rated, {"a": 24}, np.full(24, 0.5), np.full(24, 0.5))
    assert found.corrected.value == pytest.approx(100)
    assert found.corrected.low < 100
    assert found.specificity is None
    assert "no rated step is wrong" in found.why_none
    with pytest.raises(InputError, match="fewer than two"):
        stratified_score(rated[:1], {"a": 24}, np.full(24, 0.5), np.full(24, 0.5))


@pytest.mark.slow
def test_it_is_unbiased_where_a_plain_mean_is_not() -> None:
    sizes, drawn = {"easy": 300, "hard": 60, "odd": 20}, 12
    rates = {"easy": 0.85, "hard": 0.4, "odd": 0.15}
    target = 100 * sum(rates[name] * size for name, size in sizes.items()) / sum(sizes.values())
    dice = np.random.default_rng(7)
    corrected, people, accuracy, plain, held = [], [], [], [], []
    for _ in range(1500):
        rated, judged = [], []
        for name, size in sizes.items():
            right = dice.random((size, 3)) < rates[name]
            passed = np.where(dice.random((size, 3)) < 0.8, right, dice.random((size, 3)) < 0.9)
            judged.append(passed.mean(axis=1))
            rated += [
                RatedSample(name, tuple(right[place].tolist()), tuple(passed[place].astype(float)))
                for place in dice.permutation(size)[:drawn]
            ]
        whole = np.concatenate(judged)
        found = stratified_score(rated, sizes, whole, whole)
        corrected.append(found.corrected.value)
        people.append(found.people.value)
        plain.append(found.unweighted)
        held.append(found.corrected.low <= target <= found.corrected.high)
        if found.rogan_gladen is not None:
            accuracy.append(found.rogan_gladen.value)
    error = np.std(corrected) / sqrt(len(corrected))
    assert abs(np.mean(corrected) - target) < 4 * error + 0.1
    assert abs(np.mean(people) - target) < 4 * np.std(people) / sqrt(len(people))
    assert abs(np.mean(accuracy) - target) < 1.5  # a ratio: nearly unbiased
    assert np.mean(plain) < target - 20  # of each stratum as many: far off
    assert np.std(corrected) < np.std(people)  # the judge's view helps
    assert 0.93 < np.mean(held) < 0.975
