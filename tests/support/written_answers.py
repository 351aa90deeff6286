"""Runs' answers as columns, of samples whose points are written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cuewise.analysis.table import RunTable, TableMaker
from cuewise.records import (
    Clip,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Score,
)
from cuewise.scores.labels import score_labels

LABELS = ("angry", "happy", "sad", "calm")


def answer(
    id_: str,
    recognition: float | None,
    reasoning: float = 0.0,
    *,
    task: str = "ER-Lab",
    clip: str | None = None,
    gold: Sequence[str] = ("sad",),
    said: Sequence[str] | None = None,
    epoch: int = 0,
    multi_label: bool = False,
) -> Outcome:
    """One answer; without recognition a refusal. What it names follows from its recognition unless it is told, and
    the points for its labels from what it names."""
    sample = Sample(
        id=f"{task}/{id_}",
        task=task,
        clip=Clip(id=clip or f"{id_}.mp4"),
        question="?",
        label_set=LABELS,
        labels=tuple(gold),
        multi_label=multi_label,
    )
    if recognition is None:
        return Outcome(sample=sample, epoch=epoch, protocol=Protocol.MME_EMOTION, kind=OutcomeKind.REFUSED)
    wrong = next(label for label in LABELS if label not in gold)
    named = tuple(said) if said is not None else tuple(gold) if recognition else (wrong,)
    return Outcome(
        sample=sample,
        epoch=epoch,
        protocol=Protocol.MME_EMOTION,
        kind=OutcomeKind.SCORED,
        reading=LabelReading(status=LabelStatus.MATCHED, labels=named, taxonomy=1),
        score=Score(
            recognition=recognition,
            reasoning=reasoning,
            cot=(recognition + reasoning) / 2,
            n_steps=2,
            labels=score_labels(sample, named),
        ),
    )


def table_of(answers: Iterable[Sequence[Outcome]]) -> RunTable:
    """The table of outcomes.

    Args:
        answers: the outcomes of each sample together, as `by_sample` of a store gives them.
    """
    maker = TableMaker()
    for outcomes in answers:
        maker.add(*outcomes)
    return maker.table()


def table(*answers: Outcome | Sequence[Outcome]) -> RunTable:
    """A table of answers; several to one sample stand together."""
    return table_of([one] if isinstance(one, Outcome) else list(one) for one in answers)
