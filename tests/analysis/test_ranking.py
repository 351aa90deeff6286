"""Rank intervals and groups of models that cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cuewise.analysis.ranking import rank_intervals
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import Resampler


def models(*shares: float, n: int = 400, seed: int = 0) -> Floats:
    """Right and wrong of models that know the shares, half of the samples being easy or hard for all alike."""
    dice = np.random.default_rng(seed)
    common = dice.random((n, 1))
    alike = dice.random((n, len(shares))) < 0.5
    return (np.where(alike, common, dice.random((n, len(shares)))) < np.array(shares)).astype(float)


def test_what_is_far_apart_has_its_rank() -> None:
    found = rank_intervals(models(0.2, 0.9, 0.5), Resampler(range(400)), ("low", "high", "mid"))
    assert [(one.name, one.rank, one.low, one.high) for one in found] == [
        ("low", 3, 3, 3),
        ("high", 1, 1, 1),
        ("mid", 2, 2, 2),
    ]
    assert [one.best_share for one in found] == [0, 100, 0]


def test_models_with_the_same_answers_share_the_rank_and_the_first_place() -> None:
    points = models(0.5)[:, [0, 0, 0]]
    for one in rank_intervals(points, Resampler(range(400)), "abc"):
        assert (one.rank, one.low, one.high) == (1, 1, 3)
        assert one.best_share == pytest.approx(100 / 3)


def test_two_models_are_apart_where_their_paired_interval_is() -> None:
    """For a single pair the criterion is the bootstrap's |t| > 1.96 or so: it agrees with the paired t-test."""
    resampler = Resampler(range(400))
    agreed = 0
    for seed in range(30):
        points = models(0.45, 0.5, seed=seed)
        one, other = rank_intervals(points, resampler, "ab")
        p_value = stats.ttest_rel(points[:, 0], points[:, 1]).pvalue
        apart = one.low == one.high
        assert apart == (other.low == other.high)
        agreed += apart == (p_value < 0.05) or abs(p_value - 0.05) < 0.01
    assert agreed == 30


def test_few_groups_tell_nothing_apart() -> None:
    points = models(0.2, 0.9)
    groups = [place % 6 for place in range(400)]
    assert [(one.low, one.high) for one in rank_intervals(points, Resampler(groups), "ab")] == [
        (1, 2),
        (1, 2),
    ]
    assert rank_intervals(points, Resampler([0] * 400), "ab")[0].high == 2


def test_ranks_over_few_videos_are_held() -> None:
    """Four truly equal models over 15 videos, in which their samples correlate by 0.15: a model may be anywhere in 95 %
    of 300 runs, less 3 standard errors. Unwidened it would be 85 %."""
    dice = np.random.default_rng(20)
    groups = np.repeat(np.arange(15), np.linspace(15, 55, 15).astype(int))
    resampler, held = Resampler(groups.tolist(), n_resamples=400), np.zeros(4)
    for _ in range(300):
        chance = dice.beta(0.4 * (1 / 0.15 - 1), 0.6 * (1 / 0.15 - 1), (15, 4))
        points = (dice.random((len(groups), 4)) < chance[groups]).astype(float)
        held += [(one.low, one.high) == (1, 4) for one in rank_intervals(points, resampler, "abcd")]
    assert (held / 300 > 0.912).all()


def test_a_model_alone_is_first() -> None:
    (found,) = rank_intervals(models(0.3), Resampler(range(400)), ("one",))
    assert (found.rank, found.low, found.high, found.best_share) == (1, 1, 1, 100)


def test_the_true_ranks_are_held() -> None:
    """200 simulations of six models, three of them truly equal: a tied model may have any of the tied ranks, and the
    interval must hold all of them. 95 % less 3 standard errors of 200 runs, 4.6 points."""
    shares = np.array([0.5, 0.45, 0.40, 0.40, 0.40, 0.3])
    best = 1 + (shares[None, :] > shares[:, None]).sum(axis=1)
    worst = 6 - (shares[None, :] < shares[:, None]).sum(axis=1)
    resampler, held = Resampler(range(300), n_resamples=400), np.zeros(6)
    for run in range(200):
        points = models(*shares, n=300, seed=20_000 + run)
        found = rank_intervals(points, resampler, "abcdef")
        held += [one.low <= b and one.high >= w for one, b, w in zip(found, best, worst, strict=True)]
    assert (held / 200 > 0.904).all()


def test_a_model_that_is_right_where_the_other_never_is_is_apart() -> None:
    points = np.tile([[1.0, 0.0]], (50, 1))
    one, other = rank_intervals(points, Resampler(range(50)), "ab")
    assert (one.low, one.high, other.low, other.high) == (1, 1, 2, 2)
