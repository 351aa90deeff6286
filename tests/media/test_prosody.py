"""Prosody against tones whose properties are known, and against Praat on real voices."""

from __future__ import annotations

import io
import itertools
import math
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.errors import ClipBrokenError
from cuewise.media.prosody import measure_prosody, read_wav
from cuewise.records import ClipFault, Prosody

RATE = 16_000
Pcm = npt.NDArray[np.float32]


def times(seconds: float, rate: int = RATE) -> npt.NDArray[np.float64]:
    return np.arange(round(seconds * rate)) / rate


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 0.5, rate: int = RATE) -> Pcm:
    return np.asarray(amplitude * np.sin(2 * math.pi * hertz * times(seconds, rate)), np.float32)


def buzz(hertz: float, seconds: float = 1.0, harmonics: int = 10) -> Pcm:
    """A voice-like sound: harmonics that fall by 6 dB per octave."""
    t = times(seconds)
    parts = [np.sin(2 * math.pi * hertz * k * t + k) / k for k in range(1, harmonics + 1) if hertz * k < 7500]
    return np.asarray(0.2 * np.sum(parts, axis=0), np.float32)


def wav_bytes(pcm: Pcm, rate: int = RATE, channels: int = 1, width: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes((pcm * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


class TestPitch:
    @pytest.mark.parametrize("hertz", [62, 80, 110.5, 165, 220, 333.3, 440, 495])
    @pytest.mark.parametrize("sound", [tone, buzz])
    def test_a_steady_sound_is_within_a_percent(self, sound: type, hertz: float) -> None:
        measured = measure_prosody(sound(hertz), RATE)
        for f0 in (measured.f0_p10_hz, measured.f0_median_hz, measured.f0_p90_hz):
            assert f0 == pytest.approx(hertz, rel=0.01)
        assert measured.f0_slope_st_per_s == pytest.approx(0, abs=0.2)
        assert measured.voiced_fraction > 0.9

    @pytest.mark.parametrize("hertz", [200, 440, 495])
    def test_equally_strong_harmonics_do_not_pull_it_octaves_down(self, hertz: float) -> None:
        t = times(1)
        pcm = 0.08 * np.sum([np.sin(2 * math.pi * hertz * k * t + k * k) for k in range(1, 13)], axis=0)
        assert measure_prosody(pcm.astype(np.float32), RATE).f0_median_hz == pytest.approx(hertz, rel=0.01)

    def test_a_missing_fundamental_is_heard(self) -> None:
        t = times(1)
        pcm = 0.1 * np.sum([np.sin(2 * math.pi * 150 * k * t) for k in (2, 3, 4, 5)], axis=0)
        assert measure_prosody(pcm.astype(np.float32), RATE).f0_median_hz == pytest.approx(150, rel=0.01)

    @pytest.mark.parametrize("slope", [-12.0, -4.0, 4.0, 12.0])
    def test_a_glide_has_its_slope_in_semitones(self, slope: float) -> None:
        # f(t) = 220 * 2**(slope * (t - 0.5) / 12): `slope` semitones per second, 220 Hz half way.
        f0 = 220 * 2 ** (slope * (times(1) - 0.5) / 12)
        pcm = (0.3 * np.sin(2 * math.pi * np.cumsum(f0) / RATE)).astype(np.float32)
        measured = measure_prosody(pcm, RATE)
        assert measured.f0_slope_st_per_s == pytest.approx(slope, rel=0.02)
        assert measured.f0_median_hz == pytest.approx(220, rel=0.01)
        # Of a straight glide, the 10th and 90th percentiles lie 0.4 s either side of the middle.
        low, high = sorted(220 * 2 ** (sign * 0.4 * slope / 12) for sign in (-1, 1))
        assert measured.f0_p10_hz == pytest.approx(low, rel=0.01)
        assert measured.f0_p90_hz == pytest.approx(high, rel=0.01)

    @pytest.mark.parametrize("rate", [2_000, 8_000, 22_050, 44_100, 48_000])
    def test_other_sample_rates(self, rate: int) -> None:
        measured = measure_prosody(tone(200, rate=rate), rate)
        assert measured.f0_median_hz == pytest.approx(200, rel=0.01)
        assert measured.duration_s == pytest.approx(1)

    def test_it_survives_noise_offset_and_clipping(self) -> None:
        rng = np.random.default_rng(7)
        voice = buzz(180, 2)
        noisy = voice + rng.normal(0, np.std(voice) / 3.16, voice.size)  # 10 dB below the voice
        shifted = voice + 0.4
        clipped = np.clip(20 * voice, -1, 1)
        for pcm in (noisy, shifted, clipped):
            measured = measure_prosody(pcm.astype(np.float32), RATE)
            assert measured.f0_median_hz == pytest.approx(180, rel=0.01)
            assert measured.voiced_fraction > 0.9

    def test_noise_has_no_pitch(self) -> None:
        pcm = np.random.default_rng(3).normal(0, 0.1, 3 * RATE).astype(np.float32)
        measured = measure_prosody(pcm, RATE)
        assert measured.f0_median_hz is None
        assert measured.f0_slope_st_per_s is None
        assert measured.rate_syllables_per_s is None
        assert measured.voiced_fraction == 0
        assert measured.loudness_db == pytest.approx(-20, abs=0.2)  # 20 log10(0.1)

    def test_the_voiced_share_counts_slices(self) -> None:
        pcm = np.concatenate([buzz(200, 0.6), np.zeros(RATE, np.float32), buzz(200, 0.4)])
        assert measure_prosody(pcm, RATE).voiced_fraction == pytest.approx(0.5, abs=0.02)


class TestLevel:
    @pytest.mark.parametrize(
        ("amplitude", "decibels"),
        # A sine's RMS is amplitude / sqrt(2): 20 log10(1 / sqrt 2) = -3.01; a tenth is 20 dB less.
        [(1.0, -3.01), (0.5, -9.03), (0.1, -23.01), (0.01, -43.01), (0.001, -63.01)],
    )
    def test_a_sine_has_its_rms_level(self, amplitude: float, decibels: float) -> None:
        # 200 Hz: each 10 ms slice holds two whole periods.
        measured = measure_prosody(tone(200, amplitude=amplitude), RATE)
        assert measured.loudness_db == pytest.approx(decibels, abs=0.02)
        assert measured.loudness_range_db == pytest.approx(0, abs=0.02)

    def test_silence_around_the_voice_does_not_lower_it(self) -> None:
        quiet = np.zeros(2 * RATE, np.float32)
        pcm = np.concatenate([quiet, tone(200), quiet])
        assert measure_prosody(pcm, RATE).loudness_db == pytest.approx(-9.03, abs=0.02)

    def test_a_step_in_amplitude_is_the_range(self) -> None:
        # Half the slices at 0.5, half at 0.1: 20 log10(5) = 13.98 dB between the 10th and 90th percentile.
        # Mean square: (0.125 + 0.005) / 2 = 0.065, that is -11.87 dB.
        # The silence before shows where the background lies; without it the quieter half might be that.
        quiet = np.zeros(RATE // 4, np.float32)
        pcm = np.concatenate([quiet, tone(200, amplitude=0.5), tone(200, amplitude=0.1)])
        measured = measure_prosody(pcm, RATE)
        assert measured.loudness_range_db == pytest.approx(13.98, abs=0.05)
        assert measured.loudness_db == pytest.approx(-11.87, abs=0.05)

    def test_digital_silence_and_a_constant_are_at_the_floor(self) -> None:
        for pcm in (np.zeros(RATE, np.float32), np.full(RATE, 0.7, np.float32)):
            measured = measure_prosody(pcm, RATE)
            assert measured == Prosody(
                duration_s=1,
                f0_median_hz=None,
                f0_p10_hz=None,
                f0_p90_hz=None,
                f0_slope_st_per_s=None,
                loudness_db=-120,
                loudness_range_db=0,
                rate_syllables_per_s=None,
                voiced_fraction=0,
                pauses=(),
            )

    def test_a_hum_too_faint_to_hear_is_no_voice(self) -> None:
        measured = measure_prosody(tone(120, amplitude=0.0002), RATE)  # -77 dB
        assert measured.voiced_fraction == 0
        assert measured.loudness_db == pytest.approx(-76.99, abs=0.05)


class TestPauses:
    @pytest.mark.parametrize("noise", [0.0, 0.003])
    def test_gaps_have_their_times(self, noise: float) -> None:
        # 300 ms from 0.50 s and 200 ms from 1.30 s are pauses; 150 ms from 1.00 s is too short for one.
        pcm = tone(200, 2, 0.3)
        for start, stop in ((0.5, 0.8), (1.0, 1.15), (1.3, 1.5)):
            pcm[round(start * RATE) : round(stop * RATE)] = 0
        pcm += np.random.default_rng(1).normal(0, noise, pcm.size).astype(np.float32)
        pauses = measure_prosody(pcm, RATE).pauses
        assert [(p.start_s, p.end_s) for p in pauses] == [(0.5, 0.8), (1.3, 1.5)]

    def test_silence_before_and_after_is_no_pause(self) -> None:
        quiet = np.zeros(RATE, np.float32)
        assert measure_prosody(np.concatenate([quiet, buzz(150), quiet]), RATE).pauses == ()

    def test_a_click_neither_splits_a_pause_nor_starts_speech(self) -> None:
        pcm = np.concatenate([np.zeros(RATE, np.float32), buzz(150), np.zeros(RATE, np.float32), buzz(150)])
        pcm[RATE // 2] = pcm[5 * RATE // 2] = 0.9
        pauses = measure_prosody(pcm, RATE).pauses
        assert [(p.start_s, p.end_s) for p in pauses] == [(2.0, 3.0)]

    def test_gusts_of_noise_are_not_speech(self) -> None:
        gust = np.random.default_rng(2).normal(0, 0.1, RATE).astype(np.float32)
        assert measure_prosody(np.concatenate([gust, np.zeros(RATE, np.float32), gust]), RATE).pauses == ()


class TestRate:
    @pytest.mark.parametrize("syllables_per_s", [2, 3, 4, 5, 6, 7])
    def test_a_train_of_syllables_has_its_rate(self, syllables_per_s: int) -> None:
        # Raised cosine from zero to zero, so many times a second.
        swell = 0.5 - 0.5 * np.cos(2 * math.pi * syllables_per_s * times(3))
        measured = measure_prosody((buzz(150, 3) * swell).astype(np.float32), RATE)
        # Voice is lost in the troughs at both ends: up to half a trough of the span that is divided by.
        assert measured.rate_syllables_per_s == pytest.approx(syllables_per_s, rel=0.06)

    def test_a_pause_counts_as_time(self) -> None:
        # Four syllables in 1 s, 1 s of silence, four in 1 s: 8 in 3 s.
        swell = 0.5 - 0.5 * np.cos(2 * math.pi * 4 * times(1))
        four = (buzz(150, 1) * swell).astype(np.float32)
        measured = measure_prosody(np.concatenate([four, np.zeros(RATE, np.float32), four]), RATE)
        assert measured.rate_syllables_per_s == pytest.approx(8 / 3, rel=0.03)

    def test_ripples_under_two_decibels_are_not_syllables(self) -> None:
        # 1 +- 0.1: 20 log10(1.1 / 0.9) = 1.74 dB from trough to crest.
        ripple = 1 + 0.1 * np.cos(2 * math.pi * 5 * times(2))
        measured = measure_prosody((buzz(200, 2) * ripple).astype(np.float32), RATE)
        assert measured.rate_syllables_per_s == pytest.approx(0.5, rel=0.05)


class TestShortAndStrange:
    @pytest.mark.parametrize("samples", [0, 1, 2, 79, 80, 159, 160, 500, 799])
    def test_under_fifty_milliseconds_nothing_is_said_of_pitch(self, samples: int) -> None:
        measured = measure_prosody(tone(200)[:samples], RATE)
        assert measured.duration_s == samples / RATE
        assert measured.f0_median_hz is None
        assert measured.rate_syllables_per_s is None
        assert measured.pauses == ()

    def test_a_short_cry_has_pitch_but_no_rate(self) -> None:
        measured = measure_prosody(tone(300, 0.15), RATE)
        assert measured.f0_median_hz == pytest.approx(300, rel=0.01)
        assert measured.f0_slope_st_per_s is None
        assert measured.rate_syllables_per_s is None

    @given(
        st.lists(st.sampled_from(["tone", "noise", "silence", "click", "step"]), max_size=5),
        st.integers(0, 2**31),
    )
    @settings(max_examples=40, deadline=None)
    def test_any_patchwork_gives_ordered_finite_figures(self, kinds: list[str], seed: int) -> None:
        rng = np.random.default_rng(seed)
        pieces = [np.zeros(0, np.float32)]
        for kind in kinds:
            n = int(rng.integers(1, 8000))
            piece = {
                "tone": buzz(float(rng.uniform(50, 600)), 0.5)[:n],
                "noise": rng.normal(0, rng.uniform(0, 0.5), n),
                "silence": np.zeros(n),
                "click": np.eye(1, n)[0],
                "step": np.full(n, rng.uniform(-1, 1)),
            }[kind]
            pieces.append(piece.astype(np.float32))
        pcm = np.concatenate(pieces)
        measured = measure_prosody(pcm, RATE)
        f0 = (measured.f0_p10_hz, measured.f0_median_hz, measured.f0_p90_hz)
        if measured.f0_median_hz is None:
            assert f0 == (None, None, None)
        else:
            low, middle, high = (value or 0 for value in f0)
            assert 60 <= low <= middle <= high <= 500
        assert measured.loudness_db >= -120
        assert measured.loudness_range_db >= 0
        for left, right in itertools.pairwise(measured.pauses):
            assert left.end_s < right.start_s
        assert all(0.195 < pause.end_s - pause.start_s < measured.duration_s for pause in measured.pauses)

    def test_bad_arguments_are_named(self) -> None:
        with pytest.raises(ValueError, match="sample_rate must be at least 2000"):
            measure_prosody(tone(200), 0)
        with pytest.raises(ValueError, match="one-dimensional and finite"):
            measure_prosody(np.zeros((10, 2), np.float32), RATE)
        with pytest.raises(ValueError, match="one-dimensional and finite"):
            measure_prosody(np.array([0, math.nan], np.float32), RATE)


class TestWav:
    @given(st.lists(st.integers(-32768, 32767), max_size=50), st.sampled_from([8_000, 16_000, 44_100]))
    def test_samples_come_back(self, values: list[int], rate: int) -> None:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.array(values, "<i2").tobytes())
        pcm, read_rate = read_wav(buffer.getvalue())
        assert read_rate == rate
        assert pcm.dtype == np.float32
        assert (pcm * 32768).tolist() == values

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "not a WAV file"),
            (b"RIFF\x00\x00\x00\x00WAVE", "not a WAV file"),
            (b"\xff\xd8\xff\xe0 a picture", "not a WAV file"),
            (wav_bytes(tone(200, 0.1), channels=2), "2 channels of 16 bit"),
            (wav_bytes(tone(200, 0.1), width=1), "1 channels of 8 bit"),
        ],
    )
    def test_anything_else_is_a_broken_clip(self, data: bytes, message: str) -> None:
        with pytest.raises(ClipBrokenError, match=message) as caught:
            read_wav(data)
        assert caught.value.cause is ClipFault.UNREADABLE

    @given(st.binary(max_size=200))
    def test_hostile_bytes_never_raise_anything_else(self, data: bytes) -> None:
        for body in (data, wav_bytes(tone(200, 0.01))[:36] + data):
            try:
                pcm, rate = read_wav(body)
            except ClipBrokenError:
                continue
            assert rate > 0
            assert pcm.ndim == 1

    def test_a_cut_off_file_gives_what_is_there(self) -> None:
        pcm, _ = read_wav(wav_bytes(tone(200, 0.1))[:-801])
        assert pcm.size == 1600 - 401


# Measured once with Praat 6.1.38 (praat-parselmouth 0.4.7, `To Pitch (ac)`, 10 ms steps, 60 to 500 Hz, its
# other settings as shipped): 10th, 50th and 90th percentile of the voiced frames, hertz. Speaker 03 is a
# man, 12 a woman; both say the same two sentences.
PRAAT = {
    "angry_03-01-05-02-01-01-03": (232.0, 270.8, 315.8),
    "angry_03-01-05-02-01-01-12": (193.5, 259.0, 377.3),
    "calm_03-01-02-02-01-01-03": (101.8, 120.3, 140.6),
    "calm_03-01-02-02-01-01-12": (172.8, 209.7, 243.5),
    "disgust_03-01-07-02-01-01-03": (85.3, 137.1, 171.7),
    "disgust_03-01-07-02-01-01-12": (167.1, 240.1, 336.0),
    "fearful_03-01-06-02-01-01-03": (163.0, 214.6, 253.7),
    "fearful_03-01-06-02-01-01-12": (351.6, 418.3, 465.3),
    "happy_03-01-03-02-01-01-03": (208.4, 265.2, 287.6),
    "happy_03-01-03-02-01-01-12": (240.9, 305.0, 403.1),
    "neutral_03-01-01-01-01-01-03": (115.4, 166.9, 203.3),
    "neutral_03-01-01-01-01-01-12": (167.4, 203.7, 255.1),
    "sad_03-01-04-02-01-01-03": (195.7, 221.5, 368.8),
    "sad_03-01-04-02-01-01-12": (282.1, 346.5, 422.9),
    "surprised_03-01-08-02-01-01-03": (170.9, 224.0, 260.8),
    "surprised_03-01-08-02-01-01-12": (176.9, 273.9, 388.7),
}


@pytest.mark.shared
class TestRealVoices:
    @staticmethod
    def measure(shared_data: Path, name: str) -> Prosody:
        return measure_prosody(*read_wav((shared_data / "clips" / f"voice_{name}.wav").read_bytes()))

    @pytest.mark.parametrize("name", PRAAT)
    def test_pitch_agrees_with_praat(self, shared_data: Path, name: str) -> None:
        measured = self.measure(shared_data, name)
        low, median, _ = PRAAT[name]
        # Half a semitone and a little for the median; the percentile at the edge is looser.
        assert measured.f0_median_hz == pytest.approx(median, rel=0.04)
        assert measured.f0_p10_hz == pytest.approx(low, rel=0.05)

    def test_the_calm_man_is_lower_than_the_calm_woman(self, shared_data: Path) -> None:
        man = self.measure(shared_data, "calm_03-01-02-02-01-01-03").f0_median_hz
        woman = self.measure(shared_data, "calm_03-01-02-02-01-01-12").f0_median_hz
        assert man is not None and 85 < man < 155
        assert woman is not None and 165 < woman < 255

    @pytest.mark.parametrize("speaker", ["03", "12"])
    def test_anger_is_louder_than_sadness_and_both_than_calm(self, shared_data: Path, speaker: str) -> None:
        anger, sadness, calm = (
            self.measure(shared_data, f"{name}-02-01-01-{speaker}").loudness_db
            for name in ("angry_03-01-05", "sad_03-01-04", "calm_03-01-02")
        )
        assert anger > sadness + 3
        assert sadness > calm

    def test_the_angry_man_speaks_higher_than_the_sad_and_the_calm_one(self, shared_data: Path) -> None:
        # The woman's strong sadness is a wail above her anger, in Praat's figures too.
        anger, sadness, calm = (
            self.measure(shared_data, f"{name}-02-01-01-03").f0_median_hz or 0
            for name in ("angry_03-01-05", "sad_03-01-04", "calm_03-01-02")
        )
        assert anger > sadness > calm

    @pytest.mark.parametrize("name", PRAAT)
    def test_syllable_rate_is_of_the_order_spoken(self, shared_data: Path, name: str) -> None:
        # Seven syllables in 1.2 to 2.4 s.
        rate = self.measure(shared_data, name).rate_syllables_per_s
        assert rate is not None and 2.5 < rate < 6.5
