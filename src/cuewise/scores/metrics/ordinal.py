"""Metrics of labels that lie on a scale, and of labels by their valence."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from cuewise.scores.kappa import kappa_of_tables
from cuewise.scores.labels import valence_points
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


def kappa(counts: Floats, *, quadratic: bool = False) -> Floats:
    """Cohen's kappa (`scores.kappa`; `cohen_kappa_score`) of confusion matrices (..., k, k + 1), (...), -1..1.

    Over the answers with a label, as the others have no place on a scale: say how many there are beside it. NaN where
    it is undefined.
    """
    return kappa_of_tables(counts[..., :-1], quadratic=quadratic)


def valence_accuracy(
    gold: Sequence[str], predicted: Sequence[str | None], label_set: Sequence[str]
) -> float | None:
    """Share of samples whose predicted label has the gold label's valence (negative, neutral, positive), 0..1.

    Over the samples whose gold label has one (`scores.labels.valence_points`); an answer without a label is wrong.

    Returns:
        None where no gold label has one, or the candidates do not differ in it.

    >>> emotions = ["anger", "joy", "sadness", "surprise"]
    >>> valence_accuracy(["anger", "joy", "surprise"], ["sadness", None, "joy"], emotions)
    0.5
    """
    candidates = tuple(label_set)
    found = [
        valence_points(candidates, {label}, set() if said is None else {said})
        for label, said in zip(gold, predicted, strict=True)
    ]
    known = [points for points in found if points is not None]
    return fmean(known) if known else None
