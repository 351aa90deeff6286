"""Fusion gain: by hand, and over studies with a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from cuewise.analysis.fusion import first_half, fusion_gain, with_holm


def test_by_hand_where_one_modality_is_best_in_every_half() -> None:
    """Picture right in 12 of 20, sound in none, together in 16: the picture is chosen in every half, so that the mean
    of the two halves' gains is (16 - 12) / 20 = 20 points, however the clips are halved into tens."""
    picture = np.array([1.0] * 12 + [0.0] * 8)
    together = np.array([1.0] * 16 + [0.0] * 4)
    clips = [f"c{n}" for n in range(20)]
    gain = fusion_gain("T", together, {"video": picture, "audio": np.zeros(20)}, clips)
    assert gain is not None
    assert gain.best == "video"
    assert gain.gain == pytest.approx(20)
    assert (gain.together, gain.alone) == (80, {"video": 60, "audio": 0})
    # McNemar: 4 samples better, none worse: two-sided p = 2 / 2^4, one-sided half of it; against sound far less.
    assert gain.p_all == pytest.approx(1 / 16)
    assert not gain.helps
    # Bonett and Price: b = 5/22, c = 1/22, centre 4/22, half 1.96 sqrt((6/22 - (4/22)^2) / 22)
    assert gain.interval is not None
    half = 1.959964 * np.sqrt((6 / 22 - (4 / 22) ** 2) / 22)
    assert gain.interval.low == pytest.approx(100 * (4 / 22 - half), abs=1e-3)


def test_samples_that_take_no_part_in_one_condition_are_left_out_of_all() -> None:
    nan = np.nan
    together = np.array([1, 1, 1, nan, 1.0])
    alone = {"video": np.array([1, 0, 0, 0, nan]), "audio": np.array([0, 0, nan, 0, 0.0])}
    gain = fusion_gain("T", together, alone, list("abcde"))
    assert gain is not None
    assert gain.count == 2
    assert (gain.together, gain.alone["video"]) == (100, 50)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_clips_say_nothing(count: int) -> None:
    assert fusion_gain("T", np.ones(count), {"video": np.zeros(count)}, ["a"] * count) is None
    assert fusion_gain("T", np.ones(3), {"video": np.zeros(3)}, ["a"] * 3) is None, "one clip alone"


def test_all_right_and_all_wrong() -> None:
    clips = list(range(12))
    same = fusion_gain("T", np.ones(12), {"video": np.ones(12)}, clips)
    assert same is not None
    assert (same.gain, same.helps) == (0, False)
    all_gained = fusion_gain("T", np.ones(12), {"video": np.zeros(12)}, clips)
    assert all_gained is not None
    assert (all_gained.gain, all_gained.helps) == (100, True)
    assert all_gained.interval is not None
    assert all_gained.interval.high <= 100


def test_the_interval_reaches_to_the_least_of_the_upper_ends() -> None:
    """Together right in all of 20, picture in 10, sound in 8. Bonett and Price: against the picture centre 10/22,
    against the sound 12/22, and the half width of both 1.96 sqrt((12/22 - (10/22)^2) / 22). Upper ends are
    z(1 - 0.0125) / z(1 - 0.025) times as far from the difference, as there are two."""
    right = {name: np.array([1.0] * n + [0.0] * (20 - n)) for name, n in (("video", 10), ("audio", 8))}
    gain = fusion_gain("T", np.ones(20), right, list(range(20)))
    half = 1.959964 * np.sqrt((12 / 22 - (10 / 22) ** 2) / 22)
    assert gain is not None
    assert gain.interval is not None
    assert gain.interval.low == pytest.approx(100 * (10 / 22 - half), abs=1e-3)
    assert gain.interval.high == pytest.approx(
        50 + 2.241403 / 1.959964 * (100 * (10 / 22 + half) - 50), abs=1e-3
    )


def test_together_worse_than_alone() -> None:
    """McNemar: 12 samples worse, none better: 2 / 2^12 two-sided, and 1 less half of it that it is not better."""
    gain = fusion_gain("T", np.zeros(12), {"video": np.ones(12)}, list(range(12)))
    assert gain is not None
    assert gain.p_all == pytest.approx(1 - 2**-12)


def test_of_nine_clips_nothing_is_claimed() -> None:
    """All are right together and none alone: p is 1/512."""
    gain = fusion_gain("T", np.ones(9), {"video": np.zeros(9)}, list(range(9)))
    assert gain is not None
    assert gain.p_adjusted == pytest.approx(1 / 512)
    assert (gain.interval, gain.helps) == (None, False)


def test_a_clip_is_in_one_half() -> None:
    clips = [n // 3 for n in range(30)]
    half = first_half(clips, "0")
    assert {clips[n] for n in range(30) if half[n]} & {clips[n] for n in range(30) if not half[n]} == set()
    assert half.sum() == 15


def test_where_all_are_alike_the_gain_is_not_biased_and_the_interval_covers() -> None:
    """Three modalities and their fusion, all right in 40 %: the truth is no gain. The difference to the highest score,
    taken on the same samples, lies near -5 points; halving must not."""
    chance = np.random.default_rng(5)
    gains, naive, covered = [], [], 0
    for study in range(120):
        points = (chance.random((4, 40)) < 0.4).astype(float)
        alone = {name: points[1 + k] for k, name in enumerate(("video", "audio", "words"))}
        gain = fusion_gain("T", points[0], alone, list(range(40)), seed=study)
        assert gain is not None
        assert gain.interval is not None
        gains.append(gain.gain)
        naive.append(gain.together - max(gain.alone.values()))
        covered += gain.interval.low <= 0 <= gain.interval.high
    error = np.std(gains) / np.sqrt(len(gains))
    assert abs(np.mean(gains)) < 3 * error
    assert np.mean(naive) < -4
    assert covered >= 110, "at least 95 % are meant; fewer than 110 of 120 has a chance below 0.1 %"


def test_holm_over_tasks() -> None:
    clips = list(range(12))
    right, wrong = np.ones(12), np.zeros(12)
    few = np.array([1.0] * 6 + [0.0] * 6)
    gains = [fusion_gain(task, right, {"video": alone}, clips) for task, alone in (("A", wrong), ("B", few))]
    adjusted = with_holm([gain for gain in gains if gain is not None])
    # one-sided p: 2^-12 and 2^-6; the smaller is doubled, the larger stays
    assert [gain.p_adjusted for gain in adjusted] == pytest.approx([2 * 2**-12, 2**-6])
