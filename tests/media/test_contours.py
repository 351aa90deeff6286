"""Melody, loud stretches and local rates against sounds whose course is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.media.contours import MOST, pitch_moves
from cuewise.media.prosody import measure_prosody
from media.test_prosody import RATE, Pcm, buzz, times, tone

HOP_S = 0.01


def glide(*course: tuple[float, float]) -> Pcm:
    """A sine through (seconds, hertz), straight between them in hertz."""
    seconds, hertz = zip(*course, strict=True)
    f0 = np.interp(times(seconds[-1]), seconds, hertz)
    return np.asarray(0.3 * np.sin(2 * math.pi * np.cumsum(f0) / RATE), np.float32)


class TestMelody:
    def test_a_glide_is_one_rise(self) -> None:
        (move,) = measure_prosody(glide((0, 200), (1, 300)), RATE).pitch_moves
        assert (move.start_s, move.end_s) == (0, 1)
        # Straight in hertz, it bends a little in semitones: the line is up to a third of a semitone off.
        assert move.start_hz == pytest.approx(200, rel=0.02)
        assert move.end_hz == pytest.approx(300, rel=0.02)
        # 12 log2(300 / 200) = 7.02
        assert move.semitones == pytest.approx(7.02, abs=0.3)

    def test_up_and_down_turns_where_the_voice_does(self) -> None:
        first, second = measure_prosody(glide((0, 200), (0.8, 300), (2, 150)), RATE).pitch_moves
        assert first.end_s == second.start_s == pytest.approx(0.8, abs=0.06)
        # 12 log2(1.5) = 7.02 up; 12 log2(150 / 300) = -12 down
        assert first.semitones == pytest.approx(7.02, abs=0.6)
        assert second.semitones == pytest.approx(-12, abs=1)

    def test_a_steady_voice_is_one_level_move(self) -> None:
        (move,) = measure_prosody(buzz(150, 3), RATE).pitch_moves
        assert (move.start_hz, move.end_hz) == pytest.approx((150, 150), rel=0.01)

    def test_a_pause_parts_moves_and_a_short_gap_does_not(self) -> None:
        def voice(gap_s: float) -> Pcm:
            return np.concatenate([buzz(200, 0.6), np.zeros(round(gap_s * RATE), np.float32), buzz(200, 0.6)])

        assert len(measure_prosody(voice(0.1), RATE).pitch_moves) == 1
        moves = measure_prosody(voice(0.5), RATE).pitch_moves
        ends = [end for move in moves for end in (move.start_s, move.end_s)]
        assert ends == pytest.approx([0, 0.6, 1.1, 1.7], abs=0.02)

    def test_a_long_wavering_voice_is_told_more_coarsely(self) -> None:
        # Ten octaves' turns in twenty seconds, and a rise over the whole.
        course = [(float(at), (220 if at % 2 else 150) + 5.0 * at) for at in range(21)]
        moves = measure_prosody(glide(*course), RATE).pitch_moves
        assert 1 <= len(moves) <= MOST
        assert moves[0].start_s < 0.2
        assert moves[-1].end_s > 19.8

    def test_no_voice_has_no_melody(self) -> None:
        noise = np.random.default_rng(3).normal(0, 0.1, RATE).astype(np.float32)
        for pcm in (np.zeros(0, np.float32), np.zeros(RATE, np.float32), noise, tone(200, 0.04)):
            assert measure_prosody(pcm, RATE).pitch_moves == ()

    @given(
        st.lists(
            st.tuples(st.booleans(), st.integers(1, 120), st.floats(60, 500), st.floats(60, 500)), max_size=30
        )
    )
    def test_moves_are_in_order_apart_and_within_what_was_voiced(
        self, parts: list[tuple[bool, int, float, float]]
    ) -> None:
        f0 = np.concatenate(
            [np.zeros(0), *(np.linspace(a, b, n) if voiced else np.zeros(n) for voiced, n, a, b in parts)]
        )
        moves = pitch_moves(f0, HOP_S)
        assert len(moves) <= MOST
        for move in moves:
            within = f0[round(move.start_s / HOP_S) : round(move.end_s / HOP_S)]
            assert within[0] > 0 and within[-1] > 0
            assert move.end_s - move.start_s >= 0.07
        assert all(left.end_s <= right.start_s for left, right in itertools.pairwise(moves))

    def test_minutes_of_wild_pitch_are_told_in_eight_moves_too(self) -> None:
        f0 = 200 * 2 ** (np.random.default_rng(5).normal(0, 4, 20_000).cumsum() % 12 / 12)
        assert len(pitch_moves(f0, HOP_S)) == MOST


SILENCE = np.zeros(RATE, np.float32)
"""Shows where the background lies; without it the quieter of two levels might be that."""


class TestLoudStretches:
    def test_a_burst_has_its_time_and_level(self) -> None:
        # 0.05 to 0.4 in amplitude: 20 log10(8) = 18.06 dB.
        pcm = np.concatenate([SILENCE, tone(200, 1.2, 0.05), tone(200, 0.3, 0.4), tone(200, 1.5, 0.05)])
        (burst,) = measure_prosody(pcm, RATE).loud_stretches
        assert burst.start_s == pytest.approx(2.2, abs=0.08)
        assert burst.end_s == pytest.approx(2.5, abs=0.08)
        assert burst.above_median_db == pytest.approx(18.06, abs=0.2)

    def test_what_is_not_twice_as_strong_does_not_stand_out(self) -> None:
        # 20 log10(1.8) = 5.1 dB
        pcm = np.concatenate([SILENCE, tone(200, 1.2, 0.1), tone(200, 0.3, 0.18), tone(200, 1.5, 0.1)])
        assert measure_prosody(pcm, RATE).loud_stretches == ()

    def test_the_loudest_of_many_are_told_in_time_order(self) -> None:
        quiet = tone(200, 0.7, 0.02)
        levels = [0.1, 0.3, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.2, 0.25]
        pcm = np.concatenate([SILENCE, quiet, *(np.concatenate([tone(200, 0.2, a), quiet]) for a in levels)])
        told = measure_prosody(pcm, RATE).loud_stretches
        # The first begins after 1.7 s, each other 0.9 s later; the two weakest are left out.
        assert [round((stretch.start_s - 1.7) / 0.9) for stretch in told] == [1, 3, 4, 5, 6, 7, 8, 9]

    @pytest.mark.parametrize("pcm", [np.zeros(0, np.float32), np.zeros(50, np.float32), tone(200, 0.03)])
    def test_silence_and_the_shortest_of_sounds_have_none(self, pcm: Pcm) -> None:
        assert measure_prosody(pcm, RATE).loud_stretches == ()


class TestRates:
    @staticmethod
    def syllables(per_s: int, seconds: float) -> Pcm:
        swell = 0.5 - 0.5 * np.cos(2 * math.pi * per_s * times(seconds))
        return (buzz(150, seconds) * swell).astype(np.float32)

    def test_each_stretch_between_pauses_has_its_own(self) -> None:
        quiet = np.zeros(RATE // 2, np.float32)
        pcm = np.concatenate([self.syllables(3, 2), quiet, self.syllables(6, 1.5), quiet, buzz(150, 0.5)])
        slow, fast = measure_prosody(pcm, RATE).rates
        assert slow.syllables_per_s == pytest.approx(3, rel=0.08)
        assert fast.syllables_per_s == pytest.approx(6, rel=0.08)
        assert (slow.start_s, slow.end_s) == pytest.approx((0, 2), abs=0.1)
        assert (fast.start_s, fast.end_s) == pytest.approx((2.5, 4), abs=0.1)

    def test_one_stretch_alone_has_the_rate_of_the_whole(self) -> None:
        assert measure_prosody(self.syllables(4, 3), RATE).rates == ()
