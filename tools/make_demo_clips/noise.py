"""What the noisy task does to a clip: additive noise on the sound, blur on the picture."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SNR_DB: Final = 8.0
"""Level of the speech above the noise, decibels."""
BLUR_SIGMA: Final = 1.6
"""Standard deviation of the Gaussian blur, pixels."""


def add_noise(pcm: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Add pink noise (power falling as 1/f above 40 Hz) at `SNR_DB` below the speech."""
    white = np.random.default_rng(seed).standard_normal(len(pcm))
    spectrum = np.fft.rfft(white)
    bins = np.arange(len(spectrum))
    floor = max(1, round(40 * len(pcm) / 22_050))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(bins, floor)), len(pcm))
    speech = pcm[np.abs(pcm) > 0.05 * np.abs(pcm).max()]
    wanted = np.sqrt(np.mean(speech.astype(np.float64) ** 2)) / 10 ** (SNR_DB / 20)
    noisy = pcm + pink * wanted / np.sqrt(np.mean(pink**2))
    return np.asarray(np.clip(noisy, -1, 1), dtype=np.float32)


def blur(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blur one picture of shape (height, width, 3)."""
    blurred: NDArray[Any] = cv2.GaussianBlur(picture, (0, 0), BLUR_SIGMA)
    return blurred
