"""What raters say of labels: whether those that the answer names fit, or which of the annotated ones it names."""

from __future__ import annotations

from dataclasses import dataclass

from cuewise.agreement.alpha import krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import cohen_kappa
from cuewise.agreement.nominal import raw_agreement
from cuewise.agreement.quality import consensus
from cuewise.study.records import Gold
from cuewise.study.report.figures import of_ratings
from cuewise.study.report.judge import PEOPLE, Units
from cuewise.study.report.table import HOLDS, HOLDS_NOT, RatedStudy


@dataclass(frozen=True)
class LabelView:
    """What raters say of labels, beside what is annotated or was read from the answer."""

    beside: str
    """What they are held against."""
    agreement: Coefficient
    """Share of (item, label) on which most raters, or the only one, say the same as that, 0..1."""
    kappa: Coefficient
    alpha_people: Coefficient


def label_view(rated: RatedStudy) -> LabelView:
    """What raters say of labels. Where these were hidden from them: whether the labels that the answer names fit,
    beside the annotated ones; else which of the annotated ones it names, beside those read from the answer."""
    hidden = rated.study.plan.gold is Gold.HIDDEN
    said: Units = {
        (item.id, label): HOLDS if label in (item.sample.labels if hidden else item.named) else HOLDS_NOT
        for item in rated.study.drawn
        for label in rated.study.labels_asked(item)
    }
    labels = rated.labels
    people = None if labels is None else consensus(labels, name=PEOPLE, minimum=1)
    both = None if people is None else people.with_rater("annotation", said)
    return LabelView(
        beside="the annotated labels" if hidden else "the labels read from the answer",
        agreement=of_ratings("raw agreement", both, raw_agreement),
        kappa=of_ratings("Cohen's kappa", both, cohen_kappa),
        alpha_people=of_ratings("Krippendorff's alpha (nominal)", labels, krippendorff_alpha),
    )
