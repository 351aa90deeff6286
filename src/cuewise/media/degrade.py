"""Blurred pictures, and pictures and sounds in noise.

A level means the same at every resolution: blur is measured in shares of the frame's shorter side, and the grain of
noise in pictures is one 240th of it. Imports numpy and scipy: to be imported where decoding happens.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    Samples = npt.NDArray[np.int16]

GRAINS: Final = 240
"""Grains of noise along a picture's shorter side: finer noise than a model's own scaling down would average away."""
_LUMA: Final = (0.114, 0.587, 0.299)
"""Weights of blue, green and red in brightness (ITU-R BT.601)."""
_PROBED: Final = 50_000
_FULL_SCALE: Final = 32_767


def source_of_chance(seed: int, *of: object) -> np.random.Generator:
    """Random numbers that are the same for the same seed and things, on every machine."""
    digest = hashlib.sha256("\0".join(map(str, (seed, *of))).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def blur_picture(bgr: Pixels, share: float) -> Pixels:
    """A picture under a Gaussian blur, mirrored at its edges.

    A Gaussian multiplies the k-th cosine of N pixels by exp(-(pi k sigma / N)^2 / 2), so that a strong blur takes no
    longer than a weak one.

    Args:
        bgr: shape (height, width, 3).
        share: standard deviation sigma of the Gaussian as a share of the shorter side.
    """
    from scipy.fft import dctn, idctn

    sigma = share * min(bgr.shape[:2])
    waves = dctn(bgr.astype(np.float32), axes=(0, 1))
    for axis, side in enumerate(bgr.shape[:2]):
        fading = np.exp(-((np.pi * sigma / side * np.arange(side)) ** 2) / 2).astype(np.float32)
        waves *= fading.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    return _as_pixels(idctn(waves, axes=(0, 1)))


def noisy_picture(bgr: Pixels, snr_db: float, chance: np.random.Generator) -> Pixels:
    """A picture with Gaussian noise in its brightness; a picture of one brightness throughout stays as it is.

    The ratio is that of the variance of brightness to the mean square of its change in the picture that comes out, cut
    to 0..255 as it is: so the noise is drawn a little stronger than a plain formula would have it. Where noise is cut
    so much that the ratio cannot be reached, the strongest noise stands.

    Args:
        bgr: shape (height, width, 3).
        snr_db: ratio of signal to noise, decibels.
    """
    height, width = bgr.shape[:2]
    clean = bgr.astype(np.float32)
    signal = float(brightness(bgr).var())
    if not signal:
        return bgr
    rows, columns = (_grains(side, min(height, width)) for side in (height, width))
    noise = chance.standard_normal((rows[-1] + 1, columns[-1] + 1)).astype(np.float32)
    noise = noise[rows][:, columns, None]
    wanted = signal / 10 ** (snr_db / 10)

    # The gain is found on part of the pixels, evenly spread: enough to know it to a twentieth of a decibel.
    step = max(1, int((height * width / _PROBED) ** 0.5))
    some, some_noise = clean[::step, ::step], noise[::step, ::step]

    def power(gain: float) -> float:
        change = brightness(_as_pixels(some + gain * some_noise)) - brightness(_as_pixels(some))
        return float(np.mean(change**2))

    low, high = 0.0, float(np.sqrt(wanted))
    while power(high) < wanted and high < 4096:
        low, high = high, 2 * high
    for _ in range(12):  # to a four-thousandth of the gain, far below a tenth of a decibel
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle) < wanted else (low, middle)
    return _as_pixels(clean + high * noise)


def _as_pixels(values: npt.NDArray[np.float32]) -> Pixels:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def brightness(bgr: Pixels) -> npt.NDArray[np.float32]:
    """Of every pixel, 0..255, shape (height, width)."""
    weighted: npt.NDArray[np.float32] = bgr.astype(np.float32) @ np.array(_LUMA, dtype=np.float32)
    return weighted


def _grains(side: int, shorter: int) -> npt.NDArray[np.intp]:
    """For each pixel along a side, which grain it lies in."""
    return np.arange(side) * min(shorter, GRAINS) // shorter


def noisy_sound(
    samples: Samples, snr_db: float, spectrum: Literal["white", "speech"], chance: np.random.Generator
) -> Samples:
    """A sound in Gaussian noise; silence stays as it is.

    The ratio is that of mean powers over the whole sound. Where the sum would not fit into 16 bits, sound and noise are
    made fainter together, which leaves the ratio as it is.

    Args:
        samples: shape (n_samples,).
        snr_db: ratio of signal to noise, decibels.
        spectrum: `white`, or `speech`: noise with the spectrum of this very sound, which is its own with the phases
            drawn anew, so that it masks all of it alike.
    """
    clean = samples.astype(np.float64)
    signal = float(np.mean(clean**2))
    if not signal:
        return samples
    noise = chance.standard_normal(len(clean))
    if spectrum == "speech":
        phases = np.exp(2j * np.pi * chance.random(len(clean) // 2 + 1))
        noise = np.fft.irfft(np.abs(np.fft.rfft(clean)) * phases, len(clean))
    noise *= np.sqrt(signal / 10 ** (snr_db / 10) / np.mean(noise**2))
    mixed = clean + noise
    mixed *= min(1.0, _FULL_SCALE / max(1.0, float(np.abs(mixed).max())))
    return np.rint(mixed).astype(np.int16)
