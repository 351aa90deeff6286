"""Metrics of single-label answers, as functions of a confusion matrix.

Each takes counts (..., k, k + 1) as `Cells.counts` gives them, rows gold, columns predicted, the last column for
answers without a label, and gives a value for each matrix, (...), 0..1; NaN where it is undefined, which is said of
each. Counts may be weights, so that all resamples are computed at once. Definitions are scikit-learn's, with answers
without a label as one more prediction which is right for no sample and no class of its own.
"""

from __future__ import annotations

import numpy as np

from cuewise.scores.metrics.confusion import Floats


def recall_per_class(counts: Floats) -> Floats:
    """Of each class's samples, the share predicted as it, c_ii / r_i, r_i the row's sum, (..., k) (`recall_score`).

    Undefined for a class without samples.
    """
    return _ratio(_hits(counts), counts.sum(axis=-1))


def f1_per_class(counts: Floats) -> Floats:
    """2 c_ii / (r_i + s_i), the harmonic mean of a class's precision and recall, (..., k) (`f1_score`; van Rijsbergen,
    Information Retrieval, 1979). Undefined for a class that neither has samples nor is predicted."""
    return _ratio(2 * _hits(counts), counts.sum(axis=-1) + _predicted(counts))


def unweighted_average_recall(counts: Floats) -> Floats:
    """Mean recall of the classes that have samples (UAR; Schuller et al., Interspeech 2009; `balanced_accuracy_score`).

    A model that always answers one label scores 1/k, however frequent that label is. Undefined without samples.
    """
    return _mean_of_known(recall_per_class(counts))


def macro_f1(counts: Floats) -> Floats:
    """Mean F1 of the classes that have samples or are predicted (`f1_score`, average="macro"). Undefined without such.

    >>> import numpy as np
    >>> round(float(macro_f1(np.array([[1.0, 1, 0], [0, 2, 0]]))), 4)  # 2/3 and 4/5
    0.7333
    """
    return _mean_of_known(f1_per_class(counts))


def weighted_f1(counts: Floats) -> Floats:
    """Mean F1 of the classes, each weighted by its number of samples (`f1_score`, average="weighted").

    Undefined without samples.
    """
    support = counts.sum(axis=-1)
    return _ratio((np.nan_to_num(f1_per_class(counts)) * support).sum(axis=-1), support.sum(axis=-1))


def _hits(counts: Floats) -> Floats:
    return np.asarray(np.diagonal(counts, axis1=-2, axis2=-1), dtype=np.float64)


def _predicted(counts: Floats) -> Floats:
    """How often each class was predicted, (..., k)."""
    return np.asarray(counts[..., :-1].sum(axis=-2), dtype=np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), dtype=np.float64)


def _mean_of_known(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))
