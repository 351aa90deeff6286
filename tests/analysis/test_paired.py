"""Paired tests against scipy, all flips written out, and by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cuewise.analysis.paired import FLIPS, PairedResult, compare_points, holm, mcnemar, sign_flip
from cuewise.analysis.uncertainty import Resampler

NAN = float("nan")


def compare(a: list[float], b: list[float], clusters: list[int] | None = None) -> PairedResult:
    found = compare_points(np.array(a, dtype=float), np.array(b, dtype=float), clusters)
    assert found is not None
    return found


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test(better: int, worse: int) -> None:
    expected = stats.binomtest(better, better + worse).pvalue if better + worse else 1.0
    assert mcnemar(better, worse) == pytest.approx(expected)


def test_right_and_wrong_by_hand() -> None:
    # b is right where a is not 3 times, wrong where a is right once, of 10: difference 20 points; p = 2 x 5/16 = 0.625.
    # Interval: 4/12 - 2/12 -+ 1.96 sqrt((6/12 - 1/36) / 12) = 0.16667 -+ 0.38880.
    found = compare([0, 0, 0, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 1, 1, 0, 0, 0])
    assert found.test == "mcnemar-exact"
    assert found.p_value == pytest.approx(0.625)
    assert found.difference == pytest.approx(20)
    assert (found.count, found.clusters, found.better, found.worse) == (10, 10, 3, 1)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-22.213, 55.547), abs=0.001)


def test_runs_that_are_the_same() -> None:
    found = compare([1, 0] * 6, [1, 0] * 6)
    assert (found.difference, found.p_value) == (0, 1)
    assert found.interval is not None
    # One sample added to each way to differ: 2/14 in all, so that twelve equal answers do not show equality.
    assert found.interval.high == pytest.approx(100 * 1.96 * np.sqrt(2 / 14 / 14), abs=0.01)
    fractions = compare([0.5, 0.25], [0.5, 0.25])
    assert (fractions.p_value, fractions.interval) == (1, None)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8))
def test_few_groups_try_every_flip(sums: list[int]) -> None:
    observed = abs(sum(sums))
    flipped = [
        abs(sum(sign * one for sign, one in zip(signs, sums, strict=True)))
        for signs in product((1, -1), repeat=len(sums))
    ]
    expected = np.mean([one >= observed for one in flipped])
    assert sign_flip(np.array(sums, dtype=float)[:, None] / 4)[0] == pytest.approx(expected)


def test_many_groups_draw_flips_and_count_the_observed_one() -> None:
    dice = np.random.default_rng(0)
    sums = dice.normal(0.2, 1, (60, 3))
    found = sign_flip(sums)
    for column in range(3):
        theirs = stats.permutation_test(
            (sums[:, column],), np.mean, permutation_type="samples", n_resamples=9_999, random_state=1
        ).pvalue
        assert found[column] == pytest.approx(theirs, abs=0.02)
    assert sign_flip(np.ones((60, 1)))[0] == 1 / (FLIPS + 1)
    assert (sign_flip(sums) == found).all()


def test_groups_are_flipped_as_a_whole() -> None:
    # 6 groups of 50 alike: only 2 of 2^6 flips are as extreme, however many samples there are.
    found = compare([0.0] * 300, [1.0] * 300, [n // 50 for n in range(300)])
    assert (found.test, found.p_value) == ("sign-flip", 2 / 64)
    assert found.interval is None  # six groups
    assert (found.count, found.clusters) == (300, 6)


@pytest.mark.parametrize("gained", [0.0, 0.25])
def test_videos_that_all_differ_alike_count_once_each(gained: float) -> None:
    """12 videos of 5 clips: two are added, one each way, so that the mean is 12 d / 14, its square's mean
    (12 d^2 + 2) / 14."""
    found = compare([0.5] * 60, [0.5 + gained] * 60, [n // 5 for n in range(60)])
    mean = 12 * gained / 14
    half = 1.959964 * np.sqrt(((12 * gained**2 + 2) / 14 - mean**2) / 14)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (100 * (mean - half), 100 * (mean + half))
    )


def test_fractions_by_student_s_interval() -> None:
    dice = np.random.default_rng(1)
    a, b = dice.random(40), dice.random(40)
    found = compare_points(a, b)
    assert found is not None
    theirs = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((100 * theirs.low, 100 * theirs.high))
    assert found.test == "sign-flip"
    assert found.p_value == pytest.approx(stats.ttest_rel(b, a).pvalue, abs=0.02)


def test_the_paired_bootstrap_is_scipy_s() -> None:
    dice = np.random.default_rng(2)
    a, b = dice.random(600), dice.random(600)
    a[3] = NAN
    found = compare_points(a, b, resampler=Resampler(range(600), n_resamples=6000))
    assert found is not None
    assert found.bootstrap is not None
    theirs = stats.bootstrap(
        ((b - a)[~np.isnan(a)],), np.mean, n_resamples=6000, method="percentile", random_state=0
    ).confidence_interval
    assert (found.bootstrap.low, found.bootstrap.high) == pytest.approx(
        (100 * theirs.low, 100 * theirs.high), abs=0.25
    )
    few = compare_points(a, b, [n % 5 for n in range(600)], resampler=Resampler([n % 5 for n in range(600)]))
    assert few is not None
    assert few.bootstrap is None


@pytest.mark.parametrize(("count", "told"), [(9, False), (10, True)])
def test_right_and_wrong_have_an_interval_from_ten_samples_on(count: int, told: bool) -> None:
    """Nine that all go one way would leave 0 out: 9/11 -+ 1.96 sqrt((11/11 - 81/121) / 11)."""
    found = compare([0] * count, [1] * count)
    assert found.test == "mcnemar-exact"
    assert (found.interval is not None) is told


def test_samples_that_one_run_lacks_are_left_out() -> None:
    found = compare([1, NAN, 0], [1, 1, NAN])
    assert found.count == 1
    assert compare_points(np.array([NAN]), np.array([1.0])) is None
    assert compare_points(np.array([]), np.array([])) is None
    with pytest.raises(ValueError, match="1 and of 2 samples"):
        compare_points(np.array([1.0]), np.array([1.0, 0.0]))


@given(
    st.lists(st.tuples(st.sampled_from((0, 0.5, 1)), st.sampled_from((0, 0.5, 1))), min_size=1, max_size=30)
)
def test_turning_the_runs_round_turns_the_difference(pairs: list[tuple[float, float]]) -> None:
    a, b = [one for one, _ in pairs], [other for _, other in pairs]
    there, back = compare(a, b), compare(b, a)
    assert there.difference == pytest.approx(-back.difference)
    assert there.p_value == pytest.approx(back.p_value)
    assert 0 < there.p_value <= 1
    if there.interval is not None and back.interval is not None:
        assert there.interval.low == pytest.approx(-back.interval.high)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_its_definition(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    m = len(p_values)
    ordered = sorted(p_values)
    for p, found in zip(p_values, adjusted, strict=True):
        rank = max(place for place, one in enumerate(ordered) if one == p)
        expected = max(min(1.0, (m - place) * one) for place, one in enumerate(ordered[: rank + 1]))
        assert found == pytest.approx(expected)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm([]) == []
