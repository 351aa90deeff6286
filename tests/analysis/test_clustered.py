"""Means, differences and slopes over clusters: by hand, against other code, and where nothing can be told."""

from __future__ import annotations

import doctest
from math import sqrt

import numpy as np
import pytest
from scipy import stats

from cuewise.analysis import clustered
from cuewise.analysis.clustered import (
    Estimated,
    difference,
    effective_rows,
    mean_differences,
    share,
    shares,
    signs,
    slope,
    upper_tail,
)
from cuewise.analysis.uncertainty import mean_with_intervals
from cuewise.scores.intervals import wilson


def test_docstrings() -> None:
    assert doctest.testmod(clustered).failed == 0


def test_difference_within_strata_by_hand() -> None:
    # Stratum 0: group 1, rest 0. Stratum 1: group (0, 0), rest 1, a difference of -1. n1 n0 / n: 1 x 1 / 2 = 1/2 and
    # 2 x 1 / 3 = 2/3: (1/2 - 2/3) / (1/2 + 2/3) = -1/7. Stratum 2 lies wholly in the group.
    values = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    group = np.array([True, False, True, True, False, True])
    found = difference(values, group, np.arange(6), np.array([0, 0, 1, 1, 1, 2]))
    assert found is not None
    assert (found.value, found.count) == pytest.approx((-1 / 7, 5))
    assert difference(values, np.ones(6, dtype=np.bool_), np.arange(6)) is None


def test_signs_are_corrected_for_how_many_there_are() -> None:
    def one(value: float, p_value: float | None) -> Estimated:
        return Estimated(value, value - 1, value + 1, 10, p_value)

    # Holm: 0.01 x 3 and 0.02 x 2 are below 0.05, 0.06 is not; what was not tested counts for nothing.
    found = [one(2, 0.02), None, one(-3, 0.01), one(1, 0.06), one(5, None)]
    assert signs(found) == [1, 0, -1, 0, 0]
    # Alone 0.03 were enough; among three alike it is not.
    assert signs([one(2, 0.03)]) == [1]
    assert signs([one(2, 0.03)] * 3) == [0, 0, 0]


def test_upper_tail_is_the_binomials() -> None:
    for count, successes, p in ((10, 4, 0.2), (25, 25, 0.5), (7, 1, 0.01)):
        assert upper_tail(successes, count, p) == pytest.approx(
            float(stats.binom.sf(successes - 1, count, p))
        )


def _interval(found: Estimated | None) -> tuple[float, float]:
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def test_a_share_has_the_interval_of_scores() -> None:
    """There is one interval for a mean, whichever part of the page it stands on."""
    dice = np.random.default_rng(2)
    groups = np.repeat(np.arange(14) * 3, dice.integers(2, 9, 14))  # numbers with gaps
    for values in (dice.random(len(groups)), (dice.random(len(groups)) < 0.3).astype(np.float64)):
        expected = mean_with_intervals(values, groups.tolist(), "video")
        assert expected is not None
        assert expected.interval is not None
        low, high = _interval(share(values, groups))
        assert (100 * low, 100 * high) == pytest.approx((expected.interval.low, expected.interval.high))
    alone = wilson(3, 10)
    assert _interval(share(np.arange(10) < 3, np.arange(10))) == pytest.approx(
        (alone.low / 100, alone.high / 100)
    )


def test_columns_with_gaps_are_shares_of_their_own() -> None:
    dice = np.random.default_rng(3)
    columns = dice.random((60, 3))
    columns[:25, 1] = np.nan
    columns[:, 2] = np.nan
    groups = np.arange(60) // 2
    first, second, third = shares(columns, groups)
    assert _interval(first) == pytest.approx(_interval(share(columns[:, 0], groups)))
    assert second is not None
    alone = share(columns[25:, 1], groups[25:])
    assert alone is not None
    assert (second.value, second.low, second.count) == pytest.approx((alone.value, alone.low, 35))
    assert third is None


def test_nothing_and_too_few_clusters() -> None:
    nothing, nobody = np.array([]), np.array([], dtype=np.int64)
    assert share(nothing, nobody) is None
    assert slope(nothing, nothing, nobody) is None
    assert difference(nothing, np.array([], dtype=np.bool_), nobody) is None
    values, x = np.arange(45.0) % 7 / 7, np.arange(45.0)
    for groups in (np.zeros(45, dtype=np.int64), np.arange(45) % 9):  # one, and one fewer than are enough
        for found in (
            share(values, groups),
            slope(x, values, groups),
            difference(values, x > 20, groups),
            *mean_differences(values[:, None], groups),
        ):
            assert found is not None
            assert (found.low, found.high, found.p_value) == (None, None, None)
        assert effective_rows(values > 0.5, np.zeros_like(groups), groups, 1) == [None]
    # Of twenty clusters one holds most of the rows.
    groups = np.concatenate((np.zeros(200, dtype=np.int64), np.arange(1, 20)))
    assert share(np.arange(219) % 2 == 0, groups) == Estimated(110 / 219, None, None, 219)


@pytest.mark.parametrize(("inside", "told"), [(4, False), (5, True), (15, True), (16, False)])
def test_a_difference_needs_clusters_on_each_side(inside: int, told: bool) -> None:
    groups = np.repeat(np.arange(20), 3)
    values = (np.arange(60) % 2).astype(np.float64)
    found = difference(values, groups < inside, groups)
    assert found is not None
    assert (found.low is not None) == (found.p_value is not None) == told


def test_difference_of_independent_groups_by_hand() -> None:
    # Inside 5 of 10, outside 2 of 20, each row its own cluster: CR2 is s^2 / n with n - 1 in the denominator, so
    # 0.25 / 9 + 0.09 / 19. Degrees of freedom for equal spreads (1/10 + 1/20)^2 / (1/10^2 / 9 + 1/20^2 / 19).
    values = np.array([1.0] * 5 + [0.0] * 5 + [1.0] * 2 + [0.0] * 18)
    found = difference(values, np.arange(30) < 10, np.arange(30))
    error = sqrt(0.25 / 9 + 0.09 / 19)
    freedom = 0.15**2 / (0.1**2 / 9 + 0.05**2 / 19)
    half = float(stats.t.ppf(0.975, freedom)) * error
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.p_value == pytest.approx(2 * float(stats.t.sf(0.4 / error, freedom)))
    assert _interval(found) == pytest.approx((0.4 - half, 0.4 + half))


def test_difference_of_whole_clusters_is_welchs_of_their_means() -> None:
    dice = np.random.default_rng(4)
    values = dice.random((16, 6))
    means, inside = values.mean(axis=1), np.arange(16) < 7
    found = difference(values.ravel(), np.repeat(inside, 6), np.repeat(np.arange(16), 6))
    expected = stats.ttest_ind(means[inside], means[~inside], equal_var=False)
    assert found is not None
    assert found.p_value is not None
    # Not below Welch's: the variance is no less than that of sides which spread alike.
    assert float(expected.pvalue) - 1e-9 <= found.p_value < float(expected.pvalue) + 0.05
    assert found.value == pytest.approx(float(means[inside].mean() - means[~inside].mean()))


def test_difference_within_clusters_that_are_on_both_sides() -> None:
    """Each of 20 clusters has a row on either side, as before and after: what counts is the difference of the two.

    With d the differences of clusters the variance is sum (d - mean)^2 / (G (G - 1)), as of paired samples; sides that
    spread alike have n / (n - 2) times that, n = 2 G rows."""
    dice = np.random.default_rng(7)
    before = dice.random(20)
    after = np.clip(before + 0.05 + dice.normal(0, 0.05, 20), 0, 1)
    found = difference(np.concatenate((after, before)), np.arange(40) < 20, np.tile(np.arange(20), 2))
    apart = after - before
    error = sqrt(float(apart.var(ddof=1)) / 20 * 40 / 38)
    half = float(stats.t.ppf(0.975, 19)) * error
    assert found is not None
    assert found.value == pytest.approx(apart.mean())
    assert _interval(found) == pytest.approx((apart.mean() - half, apart.mean() + half))


def test_a_small_side_that_does_not_spread_is_no_surer_for_it() -> None:
    # Inside 0 of 6, outside 6 of 30, so that -0.2. By sides 0 + 0.16 / 29. Spreading alike: residuals' squares 4.8 over
    # 36 - 2, times 1/6 + 1/30, times the design effect of the corrected over the plain variance, which is 30/29 here.
    values = np.array([0.0] * 6 + [1.0] * 6 + [0.0] * 24)
    found = difference(values, np.arange(36) < 6, np.arange(36))
    variance = 30 / 29 * 4.8 / 34 * (1 / 6 + 1 / 30)
    freedom = 0.2**2 / ((1 / 6) ** 2 / 5 + (1 / 30) ** 2 / 29)
    half = float(stats.t.ppf(0.975, freedom)) * sqrt(variance)
    assert found is not None
    assert found.value == pytest.approx(-0.2)
    assert _interval(found) == pytest.approx((-0.2 - half, -0.2 + half))


def test_complete_separation_is_certain() -> None:
    """A model that always says neutral: 100 % where neutral is gold, 0 % elsewhere. Neither side spreads."""
    group = np.arange(120) < 30
    found = difference(group.astype(np.float64), group, np.arange(120))
    assert found is not None
    # Each side as one right and one wrong more: 31 / 32^3 + 91 / 92^3.
    error = sqrt(31 / 32**3 + 91 / 92**3)
    assert found.value == 1
    low, high = _interval(found)
    assert high == 1  # no difference is more
    assert 1 - 2.1 * error < low < 1 - 1.96 * error
    assert found.p_value is not None
    assert found.p_value < 1e-6
    # Where both sides are the same throughout there is nothing to find.
    same = difference(np.ones(120), group, np.arange(120))
    assert same is not None
    assert (same.value, same.p_value) == (0, 1)


def test_differences_within_rows() -> None:
    dice = np.random.default_rng(6)
    columns = np.column_stack((dice.integers(-1, 2, 50), np.ones(50), np.zeros(50))).astype(np.float64)
    first, second, third = mean_differences(columns, np.arange(50))
    expected = stats.ttest_1samp(columns[:, 0], 0)
    assert first.p_value == pytest.approx(float(expected.pvalue))
    interval = expected.confidence_interval(0.95)
    assert _interval(first) == pytest.approx((float(interval.low), float(interval.high)))
    # All the same: 2 / 2^50 by flipping signs; the interval is that of Bonett and Price, 50 / 52 +- ..., cut at 1.
    assert second.p_value == 2.0**-49
    mean = 50 / 52
    assert _interval(second) == pytest.approx((mean - 1.959964 * sqrt((1 - mean**2) / 52), 1))
    assert third.p_value == 1
    assert _interval(third) == pytest.approx((-1.959964 * sqrt(2) / 52, 1.959964 * sqrt(2) / 52))


def test_columns_of_one_kind_share_their_design_effect() -> None:
    """Ten clusters of two rows. In the first column both are 1 or both -1: sums +-2, variance 10 x 4 / 0.9 / 400 = 1/9.
    In the second each has a 1 and a -1: variance 0. Independent rows would give 1/19 in either, so that the design
    effect of both together is (1/9) / (2/19) = 19/18, and the second has 19/18 / 19 = 1/18."""
    first = np.repeat([1.0, -1.0], 10)
    second = np.tile([1.0, -1.0], 10)
    columns, clusters = np.column_stack((first, second)), np.repeat(np.arange(10), 2)
    t = float(stats.t.ppf(0.975, 9))
    one, other = mean_differences(columns, clusters, alike=True)
    assert _interval(one) == pytest.approx((-t / 3, t / 3))
    assert _interval(other) == pytest.approx((-t / sqrt(18), t / sqrt(18)))
    # Alone the second has nothing that varies: Bonett and Price, each cluster as one sample.
    _, alone = mean_differences(columns, clusters)
    assert _interval(alone) == pytest.approx((-1.959964 * sqrt(2) / 12, 1.959964 * sqrt(2) / 12))


def test_a_slopes_error_is_corrected_for_leverage() -> None:
    """HC2 of MacKinnon and White, sum x^2 e^2 / (1 - h) / (sum x^2)^2 with h = x^2 / sum x^2, and Bell and McCaffrey's
    degrees of freedom from whole matrices."""
    x = np.arange(16.0) ** 2
    y = np.random.default_rng(8).normal(size=16)
    found = slope(x, y, np.arange(16))
    u, v = x - x.mean(), y - y.mean()
    total = float(u @ u)
    b, h = float(u @ v) / total, u**2 / total
    error = sqrt(float((u**2 * (v - b * u) ** 2 / (1 - h)).sum())) / total
    scores = (np.diag(u) - np.outer(u, h)) / np.sqrt(1 - h)
    m = scores.T @ scores
    half = float(stats.t.ppf(0.975, np.trace(m) ** 2 / np.trace(m @ m))) * error
    assert found is not None
    assert _interval(found) == pytest.approx((b - half, b + half))


def test_rows_are_worth_no_more_than_they_are() -> None:
    """39 clusters of 40 have one row of two inside and one has both: they differ less than chance would have it."""
    inside = np.tile([True, False], 40)
    inside[1] = True
    groups = np.repeat(np.arange(40), 2)
    assert effective_rows(inside, np.zeros(80, dtype=np.int64), groups, 1) == [80]


def test_slope_against_scipy() -> None:
    # As many rows for each x: the corrected sandwich lies close to least squares' own error.
    x = np.tile(np.arange(5.0), 80)
    y = 0.3 * x + np.random.default_rng(7).normal(size=400)
    found, expected = slope(x, y, np.arange(400)), stats.linregress(x, y)
    assert found is not None
    assert found.value == pytest.approx(float(expected.slope))
    low, high = _interval(found)
    assert (high - low) / 2 == pytest.approx(1.966 * float(expected.stderr), rel=0.05)
    # A slope that only one cluster tells is not told.
    one = slope(np.where(np.arange(400) < 4, x, 2.0), y, np.arange(400) // 4)
    assert one is not None
    assert one.p_value is None


def test_copies_of_a_sample_tell_no_more_than_the_sample() -> None:
    dice = np.random.default_rng(5)
    x, y = dice.normal(size=60), dice.normal(size=60)
    often = np.repeat(np.arange(60), 5)
    for once, repeated in (
        (slope(x, y, np.arange(60)), slope(np.repeat(x, 5), np.repeat(y, 5), often)),
        (share(y > 0.1, np.arange(60) // 2), share(np.repeat(y > 0.1, 5), often // 2)),
        (
            difference((y > 0).astype(np.float64), x > 0, np.arange(60)),
            difference(np.repeat((y > 0).astype(np.float64), 5), np.repeat(x > 0, 5), often),
        ),
    ):
        assert _interval(repeated) == pytest.approx(_interval(once), rel=0.03)
