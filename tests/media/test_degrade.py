"""Blur and noise measured: against the formulas that they are named after."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cuewise.media.degrade import (
    blur_picture,
    brightness,
    noisy_picture,
    noisy_sound,
    source_of_chance,
)
from cuewise.media.images import decode_jpeg, encode_jpeg


def scene(height: int, width: int, scale: int = 1) -> Any:
    """A picture with structure of several sizes; at `scale` 2 the same one, twice as large."""
    rows, columns = np.mgrid[0:height, 0:width] / scale
    wave = 60 * np.sin(rows / 5) + 50 * np.cos(columns / 9) + 10 * np.sin(columns * rows / 90)
    return np.clip(np.stack([120 + wave, 110 + 0.7 * wave, 130 - 0.5 * wave], axis=2), 0, 255).astype(
        np.uint8
    )


def picture_snr(clean: Any, noisy: Any) -> float:
    return float(
        10 * np.log10(brightness(clean).var() / np.mean((brightness(noisy) - brightness(clean)) ** 2))
    )


def high_frequency(bgr: Any) -> float:
    """Energy of the finest differences between neighbours."""
    return float(
        np.mean(np.diff(brightness(bgr), axis=0) ** 2) + np.mean(np.diff(brightness(bgr), axis=1) ** 2)
    )


class TestBlur:
    def test_a_line_becomes_a_gaussian_of_the_level_s_width(self) -> None:
        dark = np.zeros((101, 161, 3), dtype=np.uint8)
        dark[:, 80] = 255  # a line: its profile is the Gaussian's own, and does not vanish in 8 bits
        sigma = 0.04 * 101
        row = blur_picture(dark, 0.04)[50, :, 0].astype(float)
        at = np.arange(161) - 80
        spread = np.sqrt((row * at**2).sum() / row.sum())
        assert spread == pytest.approx(sigma, rel=0.05)
        gaussian = 255 * np.exp(-(at**2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)
        assert np.abs(row - gaussian).max() < 1.0

    @pytest.mark.parametrize(("height", "width"), [(90, 120), (101, 67)])
    def test_it_is_what_another_library_s_gaussian_gives(self, height: int, width: int) -> None:
        clean = scene(height, width)
        sigma = 0.03 * min(height, width)
        other = gaussian_filter(clean.astype(float), (sigma, sigma, 0), mode="reflect", truncate=6)
        assert np.abs(blur_picture(clean, 0.03) - other).max() <= 1.0

    def test_it_leaves_an_even_picture_and_lowers_fine_detail_the_more_the_stronger(self) -> None:
        even = np.full((40, 60, 3), 77, dtype=np.uint8)
        assert (blur_picture(even, 0.1) == 77).all()
        energies = [
            high_frequency(blur_picture(scene(90, 120), share)) for share in (0.0005, 0.01, 0.03, 0.09)
        ]
        assert energies[0] == pytest.approx(high_frequency(scene(90, 120)), rel=1e-3)
        assert all(b < 0.8 * a for a, b in pairwise(energies))

    def test_a_level_means_the_same_at_every_resolution(self) -> None:
        small = blur_picture(scene(90, 120), 0.03).astype(float)
        large = blur_picture(scene(180, 240, scale=2), 0.03).astype(float)
        shrunk = large.reshape(90, 2, 120, 2, 3).mean(axis=(1, 3))
        assert np.sqrt(np.mean((small - shrunk) ** 2)) < 3


class TestPictureNoise:
    @pytest.mark.parametrize("level", [20.0, 5.0, 0.0, -5.0])
    def test_the_ratio_is_the_one_asked_for_in_what_is_sent(self, level: float) -> None:
        clean = decode_jpeg(encode_jpeg(scene(240, 320, scale=4), 95))  # as frames lie in the store
        sent = decode_jpeg(encode_jpeg(noisy_picture(clean, level, source_of_chance(0, "clip", 1)), 95))
        assert picture_snr(clean, sent) == pytest.approx(level, abs=0.5)

    def test_the_same_seed_gives_the_same_bytes_and_another_others(self) -> None:
        clean = scene(60, 80)
        first, again, other = (noisy_picture(clean, 5, source_of_chance(seed, "c")) for seed in (0, 0, 1))
        assert (first == again).all()
        assert (first != other).any()

    def test_a_picture_of_one_brightness_has_no_signal_and_stays(self) -> None:
        even = np.full((40, 60, 3), 77, dtype=np.uint8)
        assert (noisy_picture(even, 0, source_of_chance(0)) == even).all()

    def test_noise_survives_scaling_down_alike_at_every_resolution(self) -> None:
        """A model that shrinks a large frame must not average the noise away."""
        kept = []
        for scale in (1, 3):
            clean = scene(240 * scale, 320 * scale, scale=scale)
            noise = brightness(noisy_picture(clean, 5, source_of_chance(0))) - brightness(clean)
            shrunk = noise.reshape(240, scale, 320, scale).mean(axis=(1, 3))
            kept.append(float(np.var(shrunk) / np.var(noise)))
        assert kept == pytest.approx([1, 1], abs=0.05)


def tones(seconds: float = 1.0, amplitude: float = 0.2) -> Any:
    time_s = np.arange(int(16_000 * seconds)) / 16_000
    wave = np.sin(2 * np.pi * 220 * time_s) + 0.5 * np.sin(2 * np.pi * 440 * time_s)
    return (amplitude * 32767 * wave).astype(np.int16)


def voice() -> Any:
    """Two seconds of noise that rises and falls, with most of its power below 1 kHz."""
    chance = np.random.default_rng(3)
    smooth = np.convolve(chance.standard_normal(32_000), np.hanning(24), "same")
    return (200 * smooth * (1 + np.sin(np.arange(32_000) / 2000))).astype(np.int16)


class TestSoundNoise:
    @pytest.mark.parametrize("level", [20.0, 0.0, -10.0])
    @pytest.mark.parametrize("spectrum", ["white", "speech"])
    def test_the_ratio_is_the_one_asked_for(self, level: float, spectrum: Any) -> None:
        clean = voice().astype(float)
        noisy = noisy_sound(voice(), level, spectrum, source_of_chance(0, "clip")).astype(float)
        snr = 10 * np.log10(np.mean(clean**2) / np.mean((noisy - clean) ** 2))
        assert snr == pytest.approx(level, abs=0.5)

    def test_speech_shaped_noise_has_the_sound_s_own_spectrum_and_white_noise_is_flat(self) -> None:
        clean = tones().astype(float)
        for spectrum, share in (("speech", 1.0), ("white", 300 / 8000)):
            noise = noisy_sound(tones(), 0, spectrum, source_of_chance(1)).astype(float) - clean  # type: ignore[arg-type]
            power = np.abs(np.fft.rfft(noise)) ** 2
            within = power[200:500].sum() / power.sum()  # 1 Hz a bin: both tones lie there
            assert within == pytest.approx(share, abs=0.02)

    def test_a_loud_sum_is_made_fainter_and_not_cut(self) -> None:
        loud = noisy_sound(tones(amplitude=0.6), -5, "white", source_of_chance(0))
        assert np.abs(loud.astype(int)).max() == 32_767
        assert (np.abs(loud.astype(int)) >= 32_767).sum() <= 2, "one sample touches full scale, none is cut"

    def test_silence_stays(self) -> None:
        assert not noisy_sound(np.zeros(100, dtype=np.int16), 0, "white", source_of_chance(0)).any()

    @pytest.mark.parametrize("count", [1, 2, 3, 1001])
    def test_sounds_of_any_length(self, count: int) -> None:
        assert len(noisy_sound(tones()[1 : 1 + count], 0, "speech", source_of_chance(0))) == count
