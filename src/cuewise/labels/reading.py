"""The label that an answer settles on, read without a judge."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.labels import taxonomy
from cuewise.labels.refusals import looks_like_refusal
from cuewise.labels.statements import read_final_labels
from cuewise.records import LabelReading, LabelStatus, Step


def read_label(text: str, label_set: Sequence[str], *, multi_label: bool = False) -> LabelReading:
    """The labels that an answer settles on.

    Args:
        text: an answer, or a label step; foreign.
        label_set: the candidates.
        multi_label: whether several may hold at once.
    """
    labels = read_final_labels(text, label_set)
    if labels:
        status = LabelStatus.MATCHED if multi_label or len(labels) == 1 else LabelStatus.SEVERAL
    else:
        status = LabelStatus.REFUSED if looks_like_refusal(text, label_set) else LabelStatus.NONE
    return LabelReading(status=status, labels=labels, taxonomy=taxonomy.VERSION)


def settle_label(answer: str, step: Step, label_set: Sequence[str], *, multi_label: bool) -> LabelReading:
    """The reading that recognition is scored by: of the answer itself where that is certain, else the label step's.

    Args:
        answer: the answer's text.
        step: its label step, whose labels an extractor read.
    """
    reading = read_label(answer, label_set, multi_label=multi_label)
    if reading.labels and reading.certain:
        return reading
    labels = step.labels or ()
    if not labels:
        return reading.model_copy(update={"labels": (), "certain": False}) if reading.labels else reading
    status = LabelStatus.MATCHED if multi_label or len(labels) == 1 else LabelStatus.SEVERAL
    return LabelReading(status=status, labels=labels, origin="step", taxonomy=taxonomy.VERSION)
