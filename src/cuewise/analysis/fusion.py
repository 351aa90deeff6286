"""What several modalities together are worth beyond the best of them alone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from cuewise.analysis.paired import PairedResult, compare_points, holm
from cuewise.analysis.table import Floats
from cuewise.scores.intervals import Z_95, Interval

SPLITS: Final = 20
"""Random halvings of the clips."""


@dataclass(frozen=True)
class FusionGain:
    """Of one task, or over all."""

    task: str
    """Empty over all tasks."""
    count: int
    """Samples that take part in all of these conditions."""
    together: float
    """Recognition, percent, over these samples."""
    alone: dict[str, float]
    """Of each modality alone, over the same samples."""
    best: str
    """The modality that is best alone in most halves."""
    gain: float
    """Together less the best modality alone, chosen on other clips, percentage points; see `fusion_gain`."""
    interval: Interval | None
    """95 % interval of the gain over the truly best modality; None for too few clips."""
    p_all: float
    """That together is no better than every single modality: the largest of the one-sided p-values against each."""
    p_adjusted: float
    """`p_all` by Holm's procedure over the tasks."""

    @property
    def helps(self) -> bool:
        """Whether together beats each single modality beyond chance, which too few clips cannot show."""
        return self.interval is not None and self.p_adjusted < 0.05


def fusion_gain(
    task: str, together: Floats, alone: Mapping[str, Floats], clips: Sequence[Hashable], *, seed: int = 0
) -> FusionGain | None:
    """The gain over the best single modality, without the luck of the choice.

    The highest of several scores is too high, being chosen by its luck: a difference to it on the samples that it was
    chosen on is biased against fusion. So clips are halved at random, many times; the modality that scores best on one
    half is the one compared with on the other, and the gain is the mean of all these differences (cross-fitting). It is
    the gain over a modality that one could have chosen, at most a little above that over the truly best where these are
    close. The gain over the best is also the least of the gains over each, so that its interval needs no choice: it
    reaches from the least of their lower ends, since each holds for the best (an intersection-union test, Berger,
    Technometrics 24, 1982), to the least of their upper ends at a level corrected for their number (Bonferroni).
    `docs/decisions/022` has how both do in simulations.

    Args:
        together: points of each sample, 0..1, (n,); NaN for one that takes no part.
        alone: the same of each modality alone, at least one.
        clips: the clip of each sample; no clip is in both halves.

    Returns:
        None where fewer than two clips take part in all.
    """
    names = list(alone)
    columns = np.column_stack([together, *(alone[name] for name in names)])
    known = np.asarray(~np.isnan(columns).any(axis=1))
    columns, groups = columns[known], [clip for clip, k in zip(clips, known.tolist(), strict=True) if k]
    if len(set(groups)) < 2:
        return None
    chosen: Counter[str] = Counter()
    gains = []
    for split in range(SPLITS):
        half = first_half(groups, f"{seed} {split}")
        for here in (half, ~half):
            best = int(np.argmax(columns[~here, 1:].mean(axis=0)))
            gains.append(float((columns[here, 0] - columns[here, 1 + best]).mean()))
            chosen[names[best]] += 1
    results = [compare_points(column, columns[:, 0], groups, seed=seed) for column in columns[:, 1:].T]
    against_each = [result for result in results if result is not None]
    p_all = max(map(_one_sided, against_each))
    return FusionGain(
        task=task,
        count=len(columns),
        together=100 * float(columns[:, 0].mean()),
        alone={name: 100 * float(columns[:, 1 + k].mean()) for k, name in enumerate(names)},
        best=chosen.most_common(1)[0][0],
        gain=100 * float(np.mean(gains)),
        interval=_least(against_each),
        p_all=p_all,
        p_adjusted=p_all,
    )


def first_half(clips: Sequence[Hashable], draw: str) -> npt.NDArray[np.bool_]:
    """Which samples lie in the first half of a halving, clips being kept whole; neither half is empty of two clips."""
    order = sorted(set(clips), key=lambda clip: hashlib.sha256(f"{draw}\0{clip!r}".encode()).digest())
    first = set(order[: len(order) // 2])
    return np.array([clip in first for clip in clips])


def _least(against_each: Sequence[PairedResult]) -> Interval | None:
    """The interval of the least of several differences."""
    intervals = [result.interval for result in against_each]
    known = [interval for interval in intervals if interval is not None]
    if len(known) < len(intervals):
        return None
    wider = float(ndtri(1 - 0.025 / len(known))) / Z_95
    highs = [
        result.difference + wider * (interval.high - result.difference)
        for result, interval in zip(against_each, known, strict=True)
    ]
    return Interval(min(interval.low for interval in known), min(100.0, *highs), known[0].method)


def with_holm(gains: Sequence[FusionGain]) -> list[FusionGain]:
    """The same with `p_adjusted` over all of them."""
    adjusted = holm([gain.p_all for gain in gains])
    return [replace(gain, p_adjusted=p) for gain, p in zip(gains, adjusted, strict=True)]


def _one_sided(result: PairedResult) -> float:
    """From a symmetric two-sided p-value: that b is not above a."""
    return result.p_value / 2 if result.difference > 0 else 1 - result.p_value / 2
