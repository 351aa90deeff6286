"""Intervals by hand, against scipy's bootstrap and statsmodels' arithmetic written out, and in the corner cases."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cuewise.analysis.groups import means_over, numbered
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import (
    Resampler,
    Uncertain,
    bca_interval,
    mean_with_intervals,
    means_with_intervals,
    percentile_interval,
)
from cuewise.scores.clusters import MIN_FREEDOM, MIN_GROUPS, degrees_of_freedom
from cuewise.scores.intervals import wilson
from support.jackknife import statistic_with_intervals

CLUSTERED = st.lists(
    st.tuples(st.integers(0, 14), st.one_of(st.just(float("nan")), st.sampled_from((0.0, 0.25, 0.5, 1.0)))),
    max_size=60,
)


def mean(values: Sequence[float], clusters: Sequence[Hashable] | None = None, **given: object) -> Uncertain:
    found = mean_with_intervals(np.array(values, dtype=float), clusters, **given)  # type: ignore[arg-type]
    assert found is not None
    return found


# --- groups ---


def test_variance_by_hand() -> None:
    # Groups (1, 1, 0) and (0), (1): n = 5, mean 0.6; residual sums 0.2, -0.6, 0.4; p = 0.6, 0.2, 0.2.
    # Variance (0.04 / 0.4 + 0.36 / 0.8 + 0.16 / 0.8) / 25 = (0.1 + 0.45 + 0.2) / 25 = 0.03.
    means = means_over(np.array([[1.0], [1], [0], [0], [1]]), numbered("aaabc"))
    assert means.mean[0] == pytest.approx(0.6)
    assert means.variance[0] == pytest.approx(0.03)
    assert (means.count[0], means.groups[0]) == (5, 3)


def test_single_samples_have_the_usual_variance() -> None:
    values = np.random.default_rng(0).random((30, 2))
    means = means_over(values)
    assert means.variance == pytest.approx(values.var(axis=0, ddof=1) / 30)
    assert means.freedom == pytest.approx([29, 29])


@pytest.mark.parametrize("sizes", [[4, 4, 4], [1, 2, 3, 9], [62, 58, 47, 17, 20, 1]])
def test_degrees_of_freedom_are_satterthwaite_s_of_the_whole_matrices(sizes: list[int]) -> None:
    """The same from matrices of all samples: residual maker, corrected group sums, working correlation 0.1."""
    n = sum(sizes)
    member = np.repeat(np.eye(len(sizes)), sizes, axis=0)  # (n, G)
    residual_maker = np.eye(n) - 1 / n
    corrected = member / np.sqrt(1 - np.array(sizes) / n)
    working = 0.9 * np.eye(n) + 0.1 * member @ member.T
    m = corrected.T @ residual_maker @ working @ residual_maker @ corrected
    expected = np.trace(m) ** 2 / np.trace(m @ m)
    found = degrees_of_freedom(np.array(sizes, dtype=float)[:, None])[0]
    assert found == pytest.approx(expected)
    assert found <= len(sizes) - 1 + 1e-9


def test_the_variance_agrees_with_leaving_groups_out() -> None:
    dice = np.random.default_rng(1)
    groups = np.sort(dice.integers(0, 300, 2000))
    values = (dice.random(2000) < dice.random(300)[groups]).astype(float)
    without = np.array([values[groups != g].mean() for g in range(300)])
    jackknife = 299 / 300 * ((without - without.mean()) ** 2).sum()
    assert means_over(values[:, None], groups).variance[0] == pytest.approx(jackknife, rel=0.02)


# --- by formula ---


def test_independent_right_and_wrong_is_wilson_s() -> None:
    found = mean([1] * 30 + [0] * 70)
    assert found.analytic == wilson(30, 100)
    assert found.percent == pytest.approx(30)
    assert (found.count, found.clusters, found.bootstrap) == (100, 100, None)


def test_groups_alike_are_wilson_s_for_the_groups_but_for_the_quantile() -> None:
    # 20 groups of 5 that are all right or all wrong, 8 of them right. Sums of residuals 5 x 0.6 or 5 x -0.4, so that
    # the variance is (8 x 9 + 12 x 4) / (1 - 1/20) / 100^2 = 0.24 / 19; effective 19, times (1.96 / 2.093)^2 for 19
    # degrees of freedom.
    found = mean([1.0] * 40 + [0.0] * 60, [n // 5 for n in range(100)])
    effective = 19 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 19)) ** 2
    expected = wilson(0.4 * effective, effective)
    assert found.analytic is not None
    assert (found.analytic.low, found.analytic.high) == pytest.approx((expected.low, expected.high))
    assert found.analytic.method == "wilson-t"
    assert found.clusters == 20


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_values_that_do_not_differ_count_a_group_once(value: float) -> None:
    clusters = [n % 12 for n in range(48)]
    found = mean([value] * 48, clusters, resampler=Resampler(clusters))
    effective = 12 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 11)) ** 2
    expected = wilson(value * effective, effective)
    assert found.analytic is not None
    assert (found.analytic.low, found.analytic.high) == pytest.approx((expected.low, expected.high))
    assert found.bootstrap is None
    assert found.interval == found.analytic


def test_few_groups_are_refused_with_a_reason() -> None:
    clusters = ["F"] * 240 + ["M"] * 260
    found = mean([0.0, 1.0] * 250, clusters, unit="speaker", resampler=Resampler(clusters))
    assert found.analytic is None
    assert found.bootstrap is None
    assert found.interval is None
    assert found.reason == f"2 speakers: with fewer than {MIN_GROUPS} no interval can be relied on"
    assert mean([1.0, 0.0], [1, 1], unit="clip").reason.startswith("1 clip:")


def test_a_video_that_holds_most_samples_leaves_no_interval() -> None:
    clusters = [0] * 200 + [1 + n // 5 for n in range(70)]
    found = mean([n % 2 for n in range(270)], clusters, unit="video", resampler=Resampler(clusters))
    assert found.interval is None
    assert (
        found.reason
        == "a few of the 15 videos hold most of the samples, so that no interval can be relied on"
    )


def test_one_sample_alone_is_wilson_s() -> None:
    assert mean([1.0]).analytic == wilson(1, 1)
    assert mean([0.5]).analytic is None  # a fraction alone says nothing of how fractions vary


def test_groups_of_one_are_independent_however_few() -> None:
    assert mean([1.0, 0.0, 0.0], ["a", "b", "c"], unit="clip").analytic == wilson(1, 3)


def test_what_has_no_value_is_left_out() -> None:
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [0.0, np.nan]])
    first, second = means_with_intervals(values)
    assert second is None
    assert first is not None
    assert (first.percent, first.count, first.analytic) == (50, 2, wilson(1, 2))
    assert means_with_intervals(np.empty((0, 2))) == [None, None]


@given(CLUSTERED)
def test_intervals_lie_in_range_and_hold_the_figure(rows: list[tuple[int, float]]) -> None:
    clusters, values = [c for c, _ in rows], np.array([v for _, v in rows], dtype=float)
    resampler = Resampler(clusters, n_resamples=50)
    found = mean_with_intervals(values, clusters, "clip", resampler)
    if found is None:
        assert np.isnan(values).all()
        return
    assert found.percent == pytest.approx(100 * np.nanmean(values))
    assert found.count == np.count_nonzero(~np.isnan(values))
    known = [c for c, v in rows if not np.isnan(v)]
    freedom = degrees_of_freedom(np.bincount(numbered(known)).astype(float)[:, None])[0]
    few = found.clusters < MIN_GROUPS or freedom < MIN_FREEDOM
    alone = found.clusters == found.count and set(values[~np.isnan(values)]) <= {0.0, 1.0}
    assert (found.analytic is None) == bool(found.reason) == (few and not alone)
    for interval in (found.analytic, found.bootstrap):
        if interval is not None:
            assert 0 <= interval.low <= interval.high <= 100
    if found.analytic is not None:
        assert found.analytic.low <= found.percent + 1e-9
        assert found.analytic.high >= found.percent - 1e-9


# --- by resampling ---


def test_resamples_hold_whole_groups_as_many_as_there_are() -> None:
    clusters = [0, 0, 1, 2, 2, 2, 3]
    weights = Resampler(clusters, n_resamples=200).weights()
    assert weights.shape == (200, 7)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3, 6]].sum(axis=1) == 4).all()
    # Each group is drawn once on average.
    assert weights.mean(axis=0) == pytest.approx(np.ones(7), abs=0.25)


def test_same_seed_same_resamples_for_all_models() -> None:
    clusters = list(range(40))
    assert (Resampler(clusters).weights() == Resampler(clusters).weights()).all()
    assert (Resampler(clusters).weights() != Resampler(clusters, seed=1).weights()).any()


def test_means_of_resamples_are_the_weighted_means() -> None:
    dice = np.random.default_rng(2)
    values = dice.random((30, 3))
    values[dice.random((30, 3)) < 0.2] = np.nan
    resampler = Resampler([n // 2 for n in range(30)], n_resamples=20)
    found = resampler.means(values)
    for b in range(20):
        for k in range(3):
            known = ~np.isnan(values[:, k])
            expected = np.average(values[known, k], weights=resampler.weights()[b, known])
            assert found[b, k] == pytest.approx(expected, rel=1e-5)
    places = np.arange(10)
    assert resampler.means(values[places], places)[0, 0] == pytest.approx(
        np.average(
            values[:10, 0][~np.isnan(values[:10, 0])],
            weights=resampler.weights()[0, :10][~np.isnan(values[:10, 0])],
        ),
        rel=1e-5,
    )


def test_against_scipy_s_bca() -> None:
    """For many samples the widening is nothing, and both agree but for chance in the draws."""
    values = np.random.default_rng(3).beta(0.6, 2.4, 800)
    resampler = Resampler(range(800), n_resamples=8000)
    found = mean_with_intervals(values, None, "sample", resampler)
    assert found is not None
    assert found.bootstrap is not None
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=8000, random_state=0, method="BCa"
    ).confidence_interval
    width = 100 * (theirs.high - theirs.low)
    assert found.bootstrap.low == pytest.approx(100 * theirs.low, abs=0.05 * width)
    assert found.bootstrap.high == pytest.approx(100 * theirs.high, abs=0.05 * width)


def test_percentiles_are_widened_for_few_groups() -> None:
    drawn = np.linspace(0, 1, 100_001)
    # Symmetric, no skew: the levels are Phi(-+ t sqrt(f + 1) / sqrt f), here for f = 9.
    level = stats.norm.cdf(-stats.t.ppf(0.975, 9) * sqrt(10 / 9))
    for found in (bca_interval(drawn, 0.5, 0.0, 9.0), percentile_interval(drawn, 9.0)):
        assert found is not None
        assert (found.low, found.high) == pytest.approx((100 * level, 100 - 100 * level), abs=0.01)


@pytest.mark.parametrize("skew", [0.1, -0.1])
def test_levels_go_by_bias_and_skew(skew: float) -> None:
    """Two fifths of the draws lie below: z0 = Phi^-1(0.4), and the levels are Phi(z0 + x / (1 - a x)), x = z0 -+ z."""
    found = bca_interval(np.linspace(0, 1, 100_001), 0.4, skew, 24.0)
    bias, z = stats.norm.ppf(0.4), stats.t.ppf(0.975, 24) * sqrt(25 / 24)
    low, high = (stats.norm.cdf(bias + x / (1 - skew * x)) for x in (bias - z, bias + z))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((100 * low, 100 * high), abs=0.01)


def test_draws_that_equal_the_statistic_count_half() -> None:
    """A tenth below, a tenth above: no bias, and the levels of some 2 and 98 % are among these tenths."""
    found = bca_interval(np.repeat([0.0, 0.5, 1.0], [10, 80, 10]), 0.5, 0.0, 50.0)
    assert found is not None
    assert (found.low, found.high) == (0, 100)


def test_a_statistic_that_is_undefined_too_often_has_no_interval() -> None:
    assert bca_interval(np.array([np.nan] * 10 + [0.5] * 90), 0.5, 0.0, 50) is None
    assert bca_interval(np.array([]), 0.5, 0.0, 50) is None


# --- any statistic ---


def test_a_mean_as_a_statistic_has_the_mean_s_intervals() -> None:
    dice = np.random.default_rng(4)
    values, clusters = dice.random(300), [n // 3 for n in range(300)]
    resampler = Resampler(clusters)

    def weighted(weights: Floats) -> Floats:
        return np.asarray(weights @ values / weights.sum(axis=1))

    found = statistic_with_intervals(weighted, clusters, "clip", resampler)  # type: ignore[arg-type]
    expected = mean_with_intervals(values, clusters, "clip", resampler)
    assert found is not None
    assert expected is not None
    assert found.percent == pytest.approx(expected.percent)
    for one, other in ((found.analytic, expected.analytic), (found.bootstrap, expected.bootstrap)):
        assert one is not None
        assert other is not None
        assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.1)
    assert found.analytic is not None
    assert found.analytic.method == "t"


def test_statistics_without_an_interval_say_why() -> None:
    def constant(weights: Floats) -> Floats:
        return np.full(len(weights), 0.4)

    def of_the_first(weights: Floats) -> Floats:
        return np.where(weights[:, 0] > 0, 0.5, np.nan)

    def undefined(weights: Floats) -> Floats:
        return np.full(len(weights), np.nan)

    few, many = list(range(5)), list(range(20))
    for function, clusters, reason in (
        (constant, few, "5 videos: with fewer than"),
        (constant, many, "it is the same without any of the videos"),
        (of_the_first, many, "it is undefined without some of the videos"),
    ):
        found = statistic_with_intervals(function, clusters, "video", Resampler(clusters))  # type: ignore[arg-type]
        assert found is not None
        assert found.interval is None
        assert found.reason.startswith(reason)
    assert statistic_with_intervals(undefined, many) is None  # type: ignore[arg-type]
    assert statistic_with_intervals(constant, []) is None  # type: ignore[arg-type]
