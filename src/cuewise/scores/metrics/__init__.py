"""Metrics as pure functions, each with its formula, range and source.

`confusion` and `classes` are of answers with one label, `sets` of answers with several, `ordinal` of labels on a scale
and by valence, `confidence` of stated confidence, `averages` over tasks. Scores of single samples lie in
`scores.sample` and `scores.labels`.
"""

from cuewise.scores.metrics.averages import macro_average, micro_average
from cuewise.scores.metrics.classes import (
    accuracy,
    f1_per_class,
    macro_f1,
    precision_per_class,
    recall_per_class,
    unweighted_average_recall,
    weighted_f1,
)
from cuewise.scores.metrics.confidence import expected_calibration_error
from cuewise.scores.metrics.confusion import NO_LABEL, Cells, confusion_matrix
from cuewise.scores.metrics.ordinal import kappa_of_counts, mean_absolute_error, valence_accuracy
from cuewise.scores.metrics.sets import set_f1, set_jaccard, set_match, set_precision, set_recall

__all__ = [
    "NO_LABEL",
    "Cells",
    "accuracy",
    "confusion_matrix",
    "expected_calibration_error",
    "f1_per_class",
    "kappa_of_counts",
    "macro_average",
    "macro_f1",
    "mean_absolute_error",
    "micro_average",
    "precision_per_class",
    "recall_per_class",
    "set_f1",
    "set_jaccard",
    "set_match",
    "set_precision",
    "set_recall",
    "unweighted_average_recall",
    "valence_accuracy",
    "weighted_f1",
]
