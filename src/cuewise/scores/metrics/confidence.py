"""Whether stated confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

BINS = 15
"""As Guo et al. used."""


def expected_calibration_error(
    confidence: Sequence[float], right: Sequence[float], *, bins: int = BINS
) -> float | None:
    """How far confidence and share right are apart, 0..1: sum over bins of n_b / n |share right_b - mean confidence_b|.

    Bins are of equal width, ]0, 1/B], ]1/B, 2/B] and so on, 0 in the first (Guo et al., ICML 2017).
    More bins see finer errors, but each then holds fewer samples, whose share right strays further by chance alone: at
    n samples a perfectly calibrated model of confidences spread evenly over 0..1 gets about 0.31 sqrt(B / n), not 0
    (the mean of |N(0, 1)| times that of sqrt(p (1 - p))). So compare only figures with the same number of bins and of
    samples.

    Args:
        confidence: 0..1, (n,).
        right: whether each is, 1 or 0 or the chance of it, (n,).
        bins: B, at least 1.

    Returns:
        None without samples.

    Raises:
        ValueError: the sequences are not of one length, or a confidence is not in 0..1.

    >>> round(expected_calibration_error([0.9, 0.9, 0.2, 0.2], [True, False, False, False]), 2)  # (0.4 + 0.2) / 2
    0.3
    """
    stated, truth = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if stated.shape != truth.shape:
        raise ValueError(f"{len(stated)} confidences and {len(truth)} answers cannot be paired")
    if not len(stated):
        return None
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError("a confidence is not in 0..1")
    gaps = np.bincount(bins_of(stated, bins), truth - stated, bins)
    return float(np.abs(gaps).sum() / len(stated))


def bins_of(confidence: npt.NDArray[np.float64], bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin of each confidence in 0..1, numbered from 0, (n,); see `expected_calibration_error`."""
    return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
