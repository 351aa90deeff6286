"""Which ranks of models the samples can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.uncertainty import MIN_GROUPS, Resampler

_SAME: Final = 1e-6  # resamples are summed in single precision


@dataclass(frozen=True, slots=True)
class RankInterval:
    """A model's rank and the ranks that it may truly have."""

    name: str
    rank: int
    """1 for the most points; models with equal points share the better rank."""
    low: int
    """Best rank in the 95 % interval."""
    high: int
    """Worst."""
    best_share: float
    """Percent of resamples in which it is first; where several tie for it, each gets its part."""


def rank_intervals(points: Floats, resampler: Resampler, names: Sequence[str]) -> tuple[RankInterval, ...]:
    """Ranks with 95 % intervals, in the order of the names.

    A model may be anywhere between one place behind all that are shown to be better and one before all that are shown
    to be worse (Mogstad, Romano, Shaikh and Wilhelm, Review of Economic Studies 91, 2024, marginal intervals). That is
    shown by the differences to all other models at once: |D_k| / s_k above the 95th percentile of
    max_k |D*_k - D_k| / s_k over resamples, s_k being the deviation of D*_k over them, widened for few groups as
    `bca_interval` is. Percentiles of the ranks in
    resamples would not do: they are too short where models are close to each other, which is where ranks matter.

    Args:
        points: (n_samples, n_models), 0..1, without NaN.
        resampler: over the same samples.
    """
    means, drawn = points.mean(axis=0), resampler.means(points)
    best = drawn == drawn.max(axis=1, keepdims=True)
    first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    found = []
    for place, name in enumerate(names):
        others = np.arange(len(names)) != place
        shown = np.zeros(0, dtype=np.int64)
        if others.any():
            shown = _shown(means[others] - means[place], drawn[:, others] - drawn[:, [place]], resampler)
        found.append(
            RankInterval(
                name,
                rank=1 + int((means > means[place]).sum()),
                low=1 + int((shown > 0).sum()),
                high=len(names) - int((shown < 0).sum()),
                best_share=100 * float(first[place]),
            )
        )
    return tuple(found)


def _shown(differences: Floats, drawn: Floats, resampler: Resampler) -> Integers:
    """Which of k differences are shown together not to be 0: their signs, else 0, (k,). None where there are too few
    groups for any interval.

    Args:
        differences: (k,).
        drawn: the same in each resample, (b, k).
    """
    if resampler.n_groups < MIN_GROUPS:
        return np.zeros(len(differences), dtype=np.int64)
    moved = drawn - differences
    spread = moved.std(axis=0)
    fixed = spread < _SAME  # they differ by as much on every sample, mostly by nothing
    spread[fixed] = 1.0
    largest = np.where(fixed, 0.0, np.abs(moved) / spread).max(axis=1)
    limit = np.quantile(largest, 0.95) * resampler.widening
    shown = np.abs(differences) > np.where(fixed, _SAME, limit * spread)
    return np.where(shown, np.sign(differences), 0).astype(np.int64)
