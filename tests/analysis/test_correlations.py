"""Correlations over clusters: scipy's values, strata by hand, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cuewise.analysis.clustered import slope
from cuewise.analysis.correlations import pearson, plain_pearson, ranked, spearman, weighted_spearman
from cuewise.scores.clusters import satterthwaite

ALONE = np.arange(400)


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


def test_ranks_within_strata_by_hand() -> None:
    # Stratum 0: x 1 2 3 and y 1 3 2, ranks (1/6, 1/2, 5/6) - 1/2 = -1/3 0 1/3 and -1/3 1/3 0. Stratum 1: x 8 9 and
    # y 5 4, -1/4 1/4 and 1/4 -1/4. Mean ab (1/9 - 1/8) / 5, mean aa and mean bb (2/9 + 1/8) / 5 each.
    strata = np.array([0, 0, 0, 1, 1])
    x, y = np.array([1.0, 2.0, 3.0, 8.0, 9.0]), np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    expected = (1 / 9 - 1 / 8) / (2 / 9 + 1 / 8)
    found = spearman(ranked(x, strata), ranked(y, strata), np.arange(5))
    assert found is not None
    assert found.value == pytest.approx(expected)
    assert weighted_spearman(x, y, np.ones(5), strata) == pytest.approx(expected)
    # The order of strata and rows does not matter.
    order = np.array([3, 0, 4, 2, 1])
    assert weighted_spearman(x[order], y[order], np.ones(5), 1 - strata[order]) == pytest.approx(expected)


def test_an_interval_from_how_the_correlation_moves_with_each_row() -> None:
    """A row's influence is the derivative of r by its weight, here by finite differences of NumPy's weighted
    covariance; the rest is Bell and McCaffrey's correction and Student's t on Fisher's scale."""
    dice = np.random.default_rng(11)
    groups = np.repeat(np.arange(15), 3)
    x = dice.normal(size=15)[groups] + dice.exponential(size=45)
    y = 0.3 * x + dice.normal(size=45)
    found = pearson(x, y, groups)

    def r(weights: npt.NDArray[np.float64]) -> float:
        c = np.cov(x, y, aweights=weights, ddof=0)
        return float(c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]))

    influence = np.array(
        [(r(np.ones(45) + step) - r(np.ones(45) - step)) / 2e-5 for step in 1e-5 * np.eye(45)]
    )
    leverages, freedoms = [], []
    for column in (x - x.mean(), y - y.mean()):
        squares, sums = np.bincount(groups, column**2), np.bincount(groups, column)
        leverages.append(squares / squares.sum())
        freedoms.append(float(satterthwaite(leverages[-1], 0.9 * squares + 0.1 * sums**2)))
    corrected = np.bincount(groups, influence) ** 2 / (1 - np.mean(leverages, axis=0))
    whole = r(np.ones(45))
    half = stats.t.ppf(0.975, min(freedoms)) * np.sqrt(corrected.sum()) / (1 - whole**2)
    assert max(freedoms) > 1.1 * min(freedoms)
    assert found is not None
    assert found.value == pytest.approx(whole)
    assert (found.low, found.high) == pytest.approx(
        (np.tanh(np.arctanh(whole) - half), np.tanh(np.arctanh(whole) + half)), rel=1e-6
    )


def test_a_hard_stratum_is_no_correlation_of_ranks() -> None:
    dice = np.random.default_rng(1)
    strata = np.repeat([0, 1], 200)
    x, y = dice.normal(size=400) + 3 * strata, dice.normal(size=400) - 3 * strata
    within, across = (
        spearman(ranked(x, strata), ranked(y, strata), ALONE),
        spearman(ranked(x), ranked(y), ALONE),
    )
    assert within is not None
    assert across is not None
    assert abs(within.value) < 0.1
    assert within.p_value is not None
    assert within.p_value > 0.05
    assert across.value < -0.6


def test_copies_of_a_sample_tell_no_more_than_the_sample() -> None:
    dice = np.random.default_rng(5)
    x, y = dice.normal(size=60), dice.normal(size=60)
    for function in (pearson, lambda x, y, groups: spearman(ranked(x), ranked(y), groups)):
        once = function(x, y, np.arange(60))
        often = function(np.repeat(x, 5), np.repeat(y, 5), np.repeat(np.arange(60), 5))
        assert once is not None
        assert often is not None
        assert (often.value, often.low, often.high) == pytest.approx(
            (once.value, once.low, once.high), rel=1e-3
        )


def test_perfect_correlation() -> None:
    x = np.arange(20.0)
    found = pearson(x, 3 - 2 * x, np.arange(20))
    assert found is not None
    # That 20 clusters go one way has the probability 2 / 2^20 where there is no relation.
    assert (found.value, found.low, found.high, found.p_value) == pytest.approx((-1, -1, -1, 2.0**-19))


def test_too_few_clusters_and_nothing_that_varies() -> None:
    x, y = np.arange(40.0), np.sin(np.arange(40.0))
    for groups in (np.zeros(40, dtype=np.int64), np.arange(40) % 9):
        for found in (pearson(x, y, groups), spearman(ranked(x), ranked(y), groups)):
            assert found is not None
            assert (found.low, found.high, found.p_value) == (None, None, None)
    assert pearson(x, np.ones(40), np.arange(40)) is None
    assert plain_pearson(x, np.ones(40)) is None
    assert spearman(ranked(x), ranked(np.ones(40)), np.arange(40)) is None
    assert weighted_spearman(x, np.ones(40), np.ones(40)) is None
    empty, nobody = np.array([]), np.array([], dtype=np.int64)
    assert pearson(empty, empty, nobody) is None
    assert spearman(ranked(empty), ranked(empty), nobody) is None
