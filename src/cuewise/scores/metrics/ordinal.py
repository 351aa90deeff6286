"""Metrics of labels that lie on a scale, and of labels by their valence."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from cuewise.labels.taxonomy import valence_of
from cuewise.scores.metrics.confusion import Floats


def mean_absolute_error(gold: Sequence[int], predicted: Sequence[int | None]) -> float | None:
    """Mean |g - p|, 0..k-1, g and p being places on a scale of k (scikit-learn `mean_absolute_error`).

    Args:
        gold: places, (n,).
        predicted: the same; None where an answer names none. Such an answer has no distance and is left out: say how
            many there are beside it, as in `LabelFigures`.

    Returns:
        None where no answer has a place.

    >>> mean_absolute_error([0, 2, 4], [1, None, 1])
    2.0
    """
    found = [abs(g - p) for g, p in zip(gold, predicted, strict=True) if p is not None]
    return fmean(found) if found else None


def kappa_of_counts(counts: Floats, *, quadratic: bool = False) -> Floats:
    """Cohen's kappa of confusion matrices (..., k, k + 1), over the answers with a label, (...), -1..1.

    As `kappa.cohen_kappa` has it (`cohen_kappa_score`); this one takes weights and many matrices at once.
    NaN where it is undefined.
    """
    table = counts[..., :-1]
    place = np.arange(table.shape[-1])
    apart = np.subtract.outer(place, place)
    weight = (apart**2 if quadratic else apart != 0).astype(np.float64)
    n = table.sum(axis=(-2, -1))
    observed = n * (weight * table).sum(axis=(-2, -1))
    expected = np.einsum("...i,ij,...j->...", table.sum(axis=-1), weight, table.sum(axis=-2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def valence_accuracy(gold: Sequence[str], predicted: Sequence[str | None]) -> float | None:
    """Share of samples whose predicted label has the gold label's valence (negative, neutral, positive), 0..1.

    Over the samples whose gold label has one, as the taxonomy of labels settles it; an answer without a label, or with
    one that has no valence, is wrong. None where no gold label has one.

    >>> valence_accuracy(["anger", "joy", "surprise"], ["sadness", None, "joy"])
    0.5
    """
    found = [
        said is not None and valence_of(said) == valence
        for label, said in zip(gold, predicted, strict=True)
        if (valence := valence_of(label)) is not None
    ]
    return fmean(found) if found else None
