"""Statistics over clusters: hand arithmetic, scipy, and how often intervals cover and tests err."""

from __future__ import annotations

import doctest
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cuewise.analysis import clustered
from cuewise.analysis.clustered import (
    Estimated,
    difference,
    effective_number,
    pearson,
    ranked,
    share,
    signs,
    slope,
    spearman,
    standard_errors,
    upper_tail,
    weighted_spearman,
)
from cuewise.scores.intervals import wilson

ALONE = np.arange(400)


def test_docstrings() -> None:
    assert doctest.testmod(clustered).failed == 0


def test_standard_error_by_hand() -> None:
    # Influences 1 1 -1 -1 in clusters {0, 1} and {2, 3}: sums over n 2/4 and -2/4, times 2 / (2 - 1):
    # sqrt(2 x (1/4 + 1/4)) = 1. Each alone: 4/3 x 4 x 1/16 = 1/3.
    influence = np.array([1.0, 1.0, -1.0, -1.0])
    assert standard_errors(influence, np.array([0, 0, 1, 1]))[0] == pytest.approx(1)
    assert standard_errors(influence, np.arange(4))[0] == pytest.approx(sqrt(1 / 3))
    error, present = standard_errors(influence, np.zeros(4, dtype=np.int64))
    assert np.isnan(error)
    assert present == 1


def test_share_of_independent_rows_is_wilsons() -> None:
    values = np.array([1.0] * 3 + [0.0] * 7)
    found = share(values, np.arange(10))
    # The effective number is p (1 - p) / variance, with n - 1 in the variance: 9.
    expected = wilson(0.3 * 9, 9)
    assert found is not None
    assert (found.value, found.count) == pytest.approx((0.3, 10))
    assert (found.low, found.high) == pytest.approx((expected.low / 100, expected.high / 100))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_share_that_does_not_spread_counts_clusters(value: float) -> None:
    found = share(np.full(6, value), np.array([0, 0, 1, 1, 2, 2]))
    expected = wilson(3 * value, 3)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low / 100, expected.high / 100))


def test_nothing_and_one_row() -> None:
    assert share(np.array([]), np.array([], dtype=np.int64)) is None
    one = share(np.array([1.0]), np.array([5]))
    assert one is not None
    assert (one.value, one.count) == (1, 1)
    assert one.low == pytest.approx(wilson(1, 1).low / 100)
    empty = np.array([]), np.array([])
    nobody = np.array([], dtype=np.int64)
    assert slope(*empty, nobody) is None
    assert pearson(*empty, nobody) is None
    assert spearman(ranked(empty[0]), ranked(empty[1]), nobody) is None
    assert difference(empty[0], np.array([], dtype=np.bool_), nobody) is None


def test_one_cluster_gives_no_interval() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0, 2.0])
    same = np.zeros(4, dtype=np.int64)
    for found in (slope(x, y, same), pearson(x, y, same), difference(y, x > 1, same)):
        assert found is not None
        assert (found.low, found.high, found.p_value) == (None, None, None)


def test_values_against_scipy() -> None:
    dice = np.random.default_rng(3)
    x = dice.integers(1, 6, 400).astype(np.float64)
    y = (dice.random(400) < x / 8).astype(np.float64)
    found = pearson(x, y, ALONE), spearman(ranked(x), ranked(y), ALONE), slope(x, y, ALONE)
    expected = stats.pointbiserialr(y, x)[0], stats.spearmanr(x, y)[0], stats.linregress(x, y).slope
    assert [one.value for one in found if one] == pytest.approx([float(one) for one in expected])
    assert weighted_spearman(x, y, np.ones(400)) == pytest.approx(float(expected[1]))
    # Scipy's interval supposes normal values; with 400 rows the two lie close together.
    interval = stats.pearsonr(x, y).confidence_interval(0.95)
    assert found[0] is not None
    assert (found[0].low, found[0].high) == pytest.approx((interval.low, interval.high), abs=0.01)


def test_weights_are_repeats() -> None:
    x, y, times = np.array([1.0, 2.0, 3.0, 3.0]), np.array([0.0, 0.5, 0.2, 1.0]), np.array([1, 3, 2, 2])
    expected = stats.spearmanr(np.repeat(x, times), np.repeat(y, times))[0]
    assert weighted_spearman(x, y, times.astype(np.float64)) == pytest.approx(float(expected))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=3, max_size=40))
def test_spearman_is_scipys(pairs: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    found = spearman(ranked(x), ranked(y), np.arange(len(x)))
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(float(stats.spearmanr(x, y)[0]))
        assert found.low is None or -1 <= found.low <= found.value + 1e-9


def test_difference_within_strata_by_hand() -> None:
    # Stratum 0: group 1, rest 0. Stratum 1: group (0, 0), rest 1, a difference of -1. n1 n0 / n: 1 x 1 / 2 = 1/2 and
    # 2 x 1 / 3 = 2/3: (1/2 - 2/3) / (1/2 + 2/3) = -1/7. Stratum 2 lies wholly in the group.
    values = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    group = np.array([True, False, True, True, False, True])
    found = difference(values, group, np.arange(6), np.array([0, 0, 1, 1, 1, 2]))
    assert found is not None
    assert (found.value, found.count) == pytest.approx((-1 / 7, 5))
    assert difference(values, np.ones(6, dtype=np.bool_), np.arange(6)) is None


def test_a_group_all_wrong_beside_rows_all_right_is_not_sure_of_it() -> None:
    # One row of 0, five of 1: spread (1 + 1) / (1 + 2)^2 = 2/9, sum of squares 1 x 5 / 6, so that the error is
    # sqrt(2/9 x 6/5) = 0.516; t with 5 degrees of freedom 2.571, -1 +- 1.327.
    values = np.array([0.0, 1, 1, 1, 1, 1])
    found = difference(values, values == 0, np.arange(6))
    assert found is not None
    assert found.low == -1  # no difference is less
    assert found.high == pytest.approx(0.327, abs=1e-3)
    assert found.p_value == pytest.approx(2 * stats.t.sf(1 / sqrt(2 / 9 * 6 / 5), 5))
    assert not found.is_certain
    # A hundred on either side leave no doubt.
    many = difference(np.repeat([0.0, 1], 100), np.arange(200) < 100, np.arange(200))
    assert many is not None
    assert many.is_certain
    # No row differs, so neither do the groups, as far as six rows tell.
    same = difference(np.ones(6), np.arange(6) < 1, np.arange(6))
    assert same is not None
    assert (same.value, same.p_value) == (0, 1)
    assert same.high == 1


def test_signs_are_corrected_for_how_many_there_are() -> None:
    def one(value: float, p_value: float | None) -> Estimated:
        return Estimated(value, value - 1, value + 1, 10, p_value)

    # Holm: 0.01 x 3 and 0.02 x 2 are below 0.05, 0.06 is not; what was not tested counts for nothing.
    found = [one(2, 0.02), None, one(-3, 0.01), one(1, 0.06), one(5, None)]
    assert signs(found) == [1, 0, -1, 0, 0]
    # Alone 0.03 were enough; among three alike it is not.
    assert signs([one(2, 0.03)]) == [1]
    assert signs([one(2, 0.03)] * 3) == [0, 0, 0]


def test_copies_of_a_sample_tell_no_more_than_the_sample() -> None:
    dice = np.random.default_rng(5)
    x, y = dice.normal(size=60), dice.normal(size=60)
    once = pearson(x, y, np.arange(60))
    often = pearson(np.repeat(x, 5), np.repeat(y, 5), np.repeat(np.arange(60), 5))
    assert once is not None
    assert often is not None
    assert (often.value, often.low, often.high) == pytest.approx((once.value, once.low, once.high))
    hit = np.repeat(y > 0, 5)
    assert effective_number(hit, np.repeat(np.arange(60), 5)) == pytest.approx(
        effective_number(y > 0, np.arange(60))
    )


def test_upper_tail_is_the_binomials() -> None:
    for count, successes, p in ((10, 4, 0.2), (25, 25, 0.5), (7, 1, 0.01)):
        assert upper_tail(successes, count, p) == pytest.approx(
            float(stats.binom.sf(successes - 1, count, p))
        )


def _correlated(dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """60 clusters of 1 to 4 rows, bivariate normal with correlation 0.6 within and between clusters."""
    clusters = np.repeat(np.arange(60), dice.integers(1, 5, 60))
    common, own = dice.normal(size=(2, 60)), dice.normal(size=(2, len(clusters)))
    a, b = (common[:, clusters] + own) / sqrt(2)
    return a, 0.6 * a + 0.8 * b, clusters


def test_intervals_cover_and_tests_err_as_they_should() -> None:
    """500 made-up samples; 5 binomial standard errors of 500 around 95 % are 4.9 points."""
    dice = np.random.default_rng(11)
    covered = np.zeros(3)
    false_alarms = np.zeros(2)
    for _ in range(500):
        x, y, clusters = _correlated(dice)
        r, rho, b = pearson(x, y, clusters), spearman(ranked(x), ranked(y), clusters), slope(x, y, clusters)
        # Of a bivariate normal: rho = 6 / pi x asin(r / 2).
        for at, (found, true) in enumerate(((r, 0.6), (rho, 6 / np.pi * np.arcsin(0.3)), (b, 0.6))):
            assert found is not None
            assert found.low is not None
            assert found.high is not None
            covered[at] += found.low <= true <= found.high
        # A small group in a rare event: nothing differs.
        rare = (dice.random(120) < 0.08).astype(np.float64)
        alone = difference(rare, np.arange(120) < 20, np.arange(120))
        whole = difference(y, x[dice.permutation(len(x))] > 0, clusters)
        for at, found in enumerate((alone, whole)):
            false_alarms[at] += found is not None and found.p_value is not None and found.p_value < 0.05
    assert np.all(covered / 500 > 0.90), covered
    assert np.all(covered / 500 < 0.99), covered
    assert np.all(false_alarms / 500 < 0.10), false_alarms
