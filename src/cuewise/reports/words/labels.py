"""What the label taxonomy read in the answers, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.records import LabelMeans, LabelStatus
from cuewise.reports.formats import count, hundredths
from cuewise.reports.words.phrases import OFFLINE, listed, percent
from cuewise.scores.label_figures import JudgeAgreement, LabelFigures

STATUSES: Final = {
    LabelStatus.MATCHED: "matched",
    LabelStatus.SEVERAL: "several at once",
    LabelStatus.NONE: "none named",
    LabelStatus.REFUSED: "declined to name one",
    LabelStatus.OUTSIDE: "outside the candidates",
}

MEANS: Final = {
    LabelMeans.SPELLED: "as spelled",
    LabelMeans.INFLECTED: "by another form of the word",
    LabelMeans.SYNONYM: "by a synonym",
    LabelMeans.TRANSLATED: "by a word of another language",
}


def label_sentences(
    labels: LabelFigures, *, taxonomy: int, judges: Sequence[str], repeated: bool = False
) -> list[str]:
    """How many answers could be mapped, how right they are at each level, and whether the judge reads the same.

    Args:
        taxonomy: version of the label taxonomy.
        judges: names of all judges.
        repeated: whether samples were asked several times.
    """
    sentences = []
    if labels.mapped is not None:
        others = [
            f"{words}, {count(number)}"
            for status, words in STATUSES.items()
            if status is not LabelStatus.MATCHED and (number := labels.statuses.get(status.value, 0))
        ]
        sentences.append(
            f"The label taxonomy (version {taxonomy}), without a judge, could map {percent(labels.mapped)} of"
            f" {count(labels.mapped.count)} answers to candidate labels"
            + (f" ({'; '.join(others)})." if others else ".")
        )
    if labels.exact is not None:
        levels = [
            f"the right {words} in {percent(estimate)}"
            for words, estimate in (("emotion family", labels.family), ("valence", labels.valence))
            if estimate is not None
        ]
        sentences.append(
            f"Exactly the gold label is named in {percent(labels.exact)} of all {'answers' if repeated else 'samples'}"
            + (f"; {listed(levels)} of those whose gold label has one." if levels else ".")
        )
    if labels.judge is not None:
        sentences.append(_agreement(labels.judge, judges))
    return sentences


def _agreement(agreement: JudgeAgreement, judges: Sequence[str]) -> str:
    kappa = "" if agreement.kappa is None else f", Cohen’s kappa {hundredths(agreement.kappa)}"
    caveat = (
        "; the rules read labels by the same taxonomy, so this is no independent check"
        if set(judges) == {OFFLINE}
        else ""
    )
    return (
        f"The judge’s own reading of the label earns the same points on {percent(agreement.equal)} of"
        f" {count(agreement.equal.count)} answers{kappa}{caveat}."
    )
