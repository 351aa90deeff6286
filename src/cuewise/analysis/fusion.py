"""What several modalities together are worth beyond the best of them alone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cuewise.analysis.paired import PairedResult, compare_points, holm
from cuewise.analysis.table import Floats

FOLDS: Final = 10


@dataclass(frozen=True)
class FusionGain:
    """Of one task, or over all."""

    task: str
    """Empty over all tasks."""
    together: float
    """Recognition, percent, over the samples that take part in all of these conditions."""
    alone: dict[str, float]
    """Of each modality alone, over the same samples."""
    best: str
    """The modality that is best alone in most of the folds."""
    gain: PairedResult
    """Together against the best modality, chosen on other clips; see `fusion_gain`."""
    p_all: float
    """That together is no better than every single modality: the largest of the one-sided p-values against each."""
    p_adjusted: float
    """`p_all` by Holm's procedure over the tasks."""

    @property
    def helps(self) -> bool:
        """Whether together beats each single modality beyond chance."""
        return self.p_adjusted < 0.05


def fusion_gain(
    task: str, together: Floats, alone: Mapping[str, Floats], clips: Sequence[Hashable], *, seed: int = 0
) -> FusionGain | None:
    """The gain over the best single modality, without the luck of the choice.

    The highest of several scores is too high, being chosen by its luck: the difference to it, taken on the samples that
    it was chosen on, is biased against fusion. So clips are dealt into ten folds; the modality that scores best on nine
    of them is the one compared with on the tenth (cross-fitting, as cross-validation chooses a model). The gain is the
    mean of these differences. It is the gain over a modality that one could have chosen, at most a little above that
    over the truly best where these are close. That together beats all of them is tested apart, as an intersection-union
    test (Berger, Technometrics 24, 1982): each one-sided test must reject, which needs no correction for their number.

    Args:
        together: points of each sample, 0..1, (n,); NaN for one that takes no part.
        alone: the same of each modality alone, at least one.
        clips: the clip of each sample.

    Returns:
        None where fewer than two clips take part in all.
    """
    names = list(alone)
    columns = np.column_stack([together, *(alone[name] for name in names)])
    known = np.asarray(~np.isnan(columns).any(axis=1))
    columns, groups = columns[known], [clip for clip, k in zip(clips, known.tolist(), strict=True) if k]
    fold = folds(groups, seed)
    if fold is None:
        return None
    reference = np.empty(len(columns))
    chosen: Counter[str] = Counter()
    for number in np.unique(fold):
        here = fold == number
        best = int(np.argmax(columns[~here, 1:].mean(axis=0)))
        reference[here] = columns[here, 1 + best]
        chosen[names[best]] += 1
    gain = compare_points(reference, columns[:, 0], groups, seed=seed)
    against_each = [
        compare_points(columns[:, 1 + k], columns[:, 0], groups, seed=seed) for k in range(len(names))
    ]
    assert gain is not None
    p_all = max(_one_sided(result) for result in against_each if result is not None)
    return FusionGain(
        task=task,
        together=100 * float(columns[:, 0].mean()),
        alone={name: 100 * float(columns[:, 1 + k].mean()) for k, name in enumerate(names)},
        best=chosen.most_common(1)[0][0],
        gain=gain,
        p_all=p_all,
        p_adjusted=p_all,
    )


def folds(clips: Sequence[Hashable], seed: int) -> np.ndarray | None:
    """The fold of each sample, clips being kept whole; None for fewer than two clips."""
    unique = sorted(set(clips), key=lambda clip: hashlib.sha256(f"{seed}\0{clip!r}".encode()).digest())
    if len(unique) < 2:
        return None
    number = {clip: place % min(FOLDS, len(unique)) for place, clip in enumerate(unique)}
    return np.array([number[clip] for clip in clips])


def with_holm(gains: Sequence[FusionGain]) -> list[FusionGain]:
    """The same with `p_adjusted` over all of them."""
    adjusted = holm([gain.p_all for gain in gains])
    return [replace(gain, p_adjusted=p) for gain, p in zip(gains, adjusted, strict=True)]


def _one_sided(result: PairedResult) -> float:
    """From a symmetric two-sided p-value: that b is not above a."""
    return result.p_value / 2 if result.difference > 0 else 1 - result.p_value / 2
