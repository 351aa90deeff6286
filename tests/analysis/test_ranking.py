"""Rank intervals of models, which the tests of all pairs leave open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from cuewise.analysis.pairs import Pair, compare_pairs
from cuewise.analysis.ranking import RankInterval, rank_intervals
from cuewise.analysis.table import Floats, SampleRow
from cuewise.analysis.together import Together


def together(points: Floats, videos: Sequence[int]) -> Together:
    """Runs with these points in every score, over clips of these videos."""
    rows = tuple(
        SampleRow(
            id=f"FG-ER/{number}",
            task="FG-ER",
            clip=f"BOLD/video/{video:011d}_{number}_0.mp4",
            source="BOLD",
            label_set=("a", "b"),
            labels=("a",),
            multi_label=False,
            scale=(),
            duration_s=None,
            has_audio=None,
        )
        for number, video in enumerate(videos)
    )
    return Together(rows, {"recognition": points}, 0)


def ranked(points: Floats, videos: Sequence[int]) -> tuple[RankInterval, ...]:
    runs = together(points, videos)
    return rank_intervals(points.mean(axis=0), compare_pairs(runs)["recognition"])


def test_ranks_are_what_the_tested_pairs_leave_open() -> None:
    # Means 0.5, 0.9, 0.6, 0.6. Real: 1 above 0, and 1 above 3. So 1 is first or second, 0 and 3 have one above them.
    pairs = [
        Pair(a, b, True, difference, 0, 0, p, p)
        for a, b, difference, p in (
            (0, 1, 40.0, 0.001),
            (0, 2, 10.0, 0.3),
            (0, 3, 10.0, 0.3),
            (1, 2, -30.0, 0.06),
            (1, 3, -30.0, 0.04),
            (2, 3, 0.0, 1.0),
        )
    ]
    assert rank_intervals(np.array([0.5, 0.9, 0.6, 0.6]), pairs) == (
        RankInterval(4, 2, 4),
        RankInterval(1, 1, 2),
        RankInterval(2, 1, 4),
        RankInterval(2, 2, 4),
    )


def test_without_tests_every_rank_is_open() -> None:
    assert rank_intervals(np.array([0.2, 0.9]), []) == (RankInterval(2, 1, 2), RankInterval(1, 1, 2))
    assert rank_intervals(np.array([0.3]), []) == (RankInterval(1, 1, 1),)


def test_few_videos_tell_nothing_apart() -> None:
    points = np.tile([[1.0, 0.0, 0.5]], (400, 1))
    assert {(one.low, one.high) for one in ranked(points, [place % 6 for place in range(400)])} == {(1, 3)}
    assert [(one.low, one.high) for one in ranked(points, range(400))] == [(1, 1), (3, 3), (2, 2)]


@pytest.mark.parametrize("models", [4, 20])
def test_ranks_of_equal_models_over_few_videos_are_all_held_at_once(models: int) -> None:
    """Truly equal models over 15 films, in which their samples correlate by 0.1: no rank may be closed in 95 % of 200
    runs, less 3 standard errors (4.6 points)."""
    dice = np.random.default_rng(20)
    videos = np.repeat(np.arange(15), np.linspace(15, 55, 15).astype(int))
    held = 0
    for _ in range(200):
        chance = dice.beta(0.4 * 9, 0.6 * 9, (15, models))
        points = (dice.random((len(videos), models)) < chance[videos]).astype(float)
        held += all((one.low, one.high) == (1, models) for one in ranked(points, videos.tolist()))
    assert held / 200 > 0.904


def test_the_true_ranks_are_held() -> None:
    """200 simulations of six models over independent clips, three of them truly equal: a tied model may have any of
    the tied ranks, and all intervals together must hold them. 95 % less 3 standard errors of 200 runs, 4.6 points."""
    shares = np.array([0.5, 0.45, 0.40, 0.40, 0.40, 0.3])
    best = 1 + (shares[None, :] > shares[:, None]).sum(axis=1)
    worst = 6 - (shares[None, :] < shares[:, None]).sum(axis=1)
    held = 0
    for run in range(200):
        dice = np.random.default_rng(20_000 + run)
        common, alike = dice.random((300, 1)), dice.random((300, 6)) < 0.5
        points = (np.where(alike, common, dice.random((300, 6))) < shares).astype(float)
        found = ranked(points, range(300))
        held += all(one.low <= b and one.high >= w for one, b, w in zip(found, best, worst, strict=True))
    assert held / 200 > 0.904
