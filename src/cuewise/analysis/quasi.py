"""What label frequencies alone make of wrong labels: a label named does not depend on the one that is right."""

from __future__ import annotations

from typing import Final

import numpy as np

from cuewise.analysis.answers import Masks
from cuewise.analysis.table import Floats

ROUNDS: Final = 200
"""Most rounds of fitting; tables of emotions settle within a few dozen."""


def expected_counts(observed: Floats, chances: Floats, apart: Masks | None = None) -> Floats:
    """Counts that the model `popularity of the label named x chances` expects, (n_labels, n_labels).

    Row i is a label that was missed, column j the one that was named in its place. Given i, label j is named with
    probability chances_ij b_j / sum_k chances_ik b_k, whatever i is: labels differ in how popular they are and not in
    what they are taken for (quasi-independence: Goodman, Journal of the American Statistical Association 63, 1968). The
    popularities b are fitted to the row and column totals by iterative proportional fitting (Deming and Stephan, Annals
    of Mathematical Statistics 11, 1940).

    Args:
        observed: (n_labels, n_labels) counts.
        chances: alike, how often it could have happened; 0 where it never could, on the diagonal too.
        apart: cells that popularity is not fitted to, as something else than popularity is at work there; one further
            wrong label per row, spread by chances, then keeps the popularity of labels that are left with few.
    """
    known = chances > 0
    rows = observed.sum(axis=1)
    if apart is not None:
        known = known & ~apart
        left = np.where(known, chances, 0.0)
        spread = left / np.maximum(left.sum(axis=1, keepdims=True), 1e-12)
        observed = np.where(known, observed, 0.0) + spread
    popularity = _popularity(observed, np.where(known, chances, 0.0))
    weights = chances * popularity
    sums = weights.sum(axis=1, keepdims=True)
    counts: Floats = rows[:, None] * weights / np.where(sums > 0, sums, 1.0)
    return counts


def _popularity(observed: Floats, chances: Floats) -> Floats:
    """(n_labels,) of each label named, so that a_i b_j chances_ij has the totals of `observed`."""
    rows, columns = observed.sum(axis=1), observed.sum(axis=0)
    popularity = np.ones(len(columns))
    for _ in range(ROUNDS):
        by_row = _ratio(rows, chances @ popularity)
        before = popularity
        popularity = _ratio(columns, by_row @ chances)
        if np.abs(popularity - before).max() <= 1e-9 * max(1e-300, popularity.max()):
            break
    return popularity


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = part / np.where(whole > 0, whole, 1.0)
    return ratio
