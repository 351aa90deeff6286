"""Metrics of a task's single-label answers with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import (
    Resampler,
    Uncertain,
    Weights,
    mean_with_intervals,
    statistic_with_intervals,
)
from cuewise.scores.metrics.classes import macro_f1, unweighted_average_recall, weighted_f1
from cuewise.scores.metrics.confusion import Cells
from cuewise.scores.metrics.ordinal import kappa

MIN_CLASS: Final = 5
"""Mean recall and mean F1 of classes get no interval where a class has fewer samples, but some: how its recall varies
cannot be told from those."""


@dataclass(frozen=True)
class ClassMetrics:
    """Metrics of single-label answers, percent; None where undefined."""

    accuracy: Uncertain | None
    unweighted_average_recall: Uncertain | None
    macro_f1: Uncertain | None
    weighted_f1: Uncertain | None
    kappa: Uncertain | None
    """Quadratic where the labels are a scale. Over answers with a label."""
    recall: dict[str, Uncertain]
    """By class that has samples."""


def class_metrics(
    gold: Sequence[str],
    predicted: Sequence[str | None],
    labels: Sequence[str],
    clusters: Sequence[Hashable],
    unit: str = "sample",
    resampler: Resampler | None = None,
    *,
    ordinal: bool = False,
) -> ClassMetrics:
    """All of them, of answers to samples (n,).

    Args:
        gold: gold labels, each of `labels`.
        predicted: what the answers settle on; None for no label.
        labels: the classes, from lowest to highest if `ordinal`.
        clusters: the group of each sample.
        resampler: over the same samples.
    """
    cells = Cells(gold, predicted, labels)
    right = np.array([one == other for one, other in zip(gold, predicted, strict=True)], dtype=np.float64)

    def metric(function: Callable[[Floats], Floats], lowest: float = 0.0) -> Uncertain | None:
        def of_weights(weights: Weights) -> Floats:
            return function(cells.counts(weights))

        return statistic_with_intervals(of_weights, clusters, unit, resampler, bounds=(lowest, 1.0))

    support = dict(zip(labels, cells.counts().sum(axis=1), strict=True))
    rare = [f"{label} has {n:.0f}" for label, n in support.items() if 0 < n < MIN_CLASS]

    def of_classes(function: Callable[[Floats], Floats]) -> Uncertain | None:
        found = metric(function)
        if found is None or not rare:
            return found
        reason = f"{', '.join(rare)} of the samples: with fewer than {MIN_CLASS} no interval can be relied on"
        return replace(found, analytic=None, bootstrap=None, reason=reason)

    recall = {}
    for label in labels:
        of_label = np.where(np.array(gold) == label, right, np.nan)
        found = mean_with_intervals(of_label, clusters, unit, resampler)
        if found is not None:
            recall[label] = found
    return ClassMetrics(
        accuracy=mean_with_intervals(right, clusters, unit, resampler),
        unweighted_average_recall=of_classes(unweighted_average_recall),
        macro_f1=of_classes(macro_f1),
        weighted_f1=metric(weighted_f1),
        kappa=metric(lambda counts: kappa(counts, quadratic=ordinal), -1.0),
        recall=recall,
    )
