"""Metrics of labels that lie on a scale, as functions of a confusion matrix whose classes are its places in order.

Each takes counts or weights (..., k, k + 1) as `Cells.counts` gives them and is over the answers with a label, as the
others have no place: say how many there are beside it. NaN where it is undefined.
"""

from __future__ import annotations

import numpy as np

from cuewise.scores.kappa import Weighting, kappa_of_tables
from cuewise.scores.metrics.confusion import Floats


def mean_absolute_error(counts: Floats) -> Floats:
    """Mean |g - p|, (...), 0..k-1, g and p being gold and predicted places (scikit-learn `mean_absolute_error`).

    Undefined where no answer has a place.

    >>> import numpy as np
    >>> float(mean_absolute_error(np.array([[0.0, 1, 0, 5], [0, 0, 0, 0], [1, 0, 0, 0]])))  # (1 + 2) / 2
    1.5
    """
    tables = counts[..., :-1]
    place = np.arange(tables.shape[-1])
    off = np.abs(np.subtract.outer(place, place))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((tables * off).sum(axis=(-2, -1)) / tables.sum(axis=(-2, -1)), dtype=np.float64)


def kappa(counts: Floats, *, weighting: Weighting = "unweighted") -> Floats:
    """Cohen's kappa (`scores.kappa`; `cohen_kappa_score`), (...), -1..1.

    Undefined where no answer has a label, or all gold and predicted labels are one and the same.
    """
    return kappa_of_tables(counts[..., :-1], weighting=weighting)
