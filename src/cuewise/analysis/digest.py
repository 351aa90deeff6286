"""What a run's outcomes come to, gathered in one pass over them: all that scores, tables and reports are made from.

What an outcome says in many words (answer, steps, evidence, verdicts) is not in it; that stays in the run's store and
is read for the samples that are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from cuewise.analysis.answer_hash import AnswerHash
from cuewise.analysis.citing import Sense
from cuewise.analysis.inventing import Inventions, InventionTally
from cuewise.analysis.table import RunTable, TableMaker
from cuewise.records import EvidenceKind, Outcome, OutcomeKind, Usage
from cuewise.runs.spending import Charge, ChargeTally
from cuewise.runs.store import CallStore
from cuewise.scores.summary import Summary, SummaryTally

_BEFORE: Final = {OutcomeKind.MISSING_CLIP, OutcomeKind.BROKEN_CLIP, OutcomeKind.EVIDENCE_FAILURE}
"""How a sample without an answer ended before the model was asked: the last where the model is sent what an agent
writes down."""


@dataclass(frozen=True)
class Failure:
    """Why some samples were not scored."""

    kind: OutcomeKind
    cause: str | None
    count: int
    """Samples, or answers where samples were asked several times."""
    sample: str
    """Id of the first of them."""
    message: str
    """What happened to that one, and what to do."""


@dataclass
class RunNotes:
    """What is counted of a run's outcomes beside its figures."""

    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a kind of outcome had which cause."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Of how many samples something was kept from the judge, by what it was."""

    cued: int = 0
    """Samples with annotated cues."""
    unasked: int = 0
    """Samples that the model was never asked, as they ended before."""

    def add(self, *outcomes: Outcome) -> None:
        """Count one sample: its outcome, or its outcomes in all epochs."""
        self.cued += bool(outcomes[0].sample.cues)
        self.unasked += all(outcome.answer is None and outcome.kind in _BEFORE for outcome in outcomes)
        self.causes.update((outcome.kind.value, outcome.cause) for outcome in outcomes if outcome.cause)
        # "audio clue: names Anger" is of an audio clue.
        self.withheld.update({what.partition(":")[0] for outcome in outcomes for what in outcome.withheld})


@dataclass(frozen=True)
class Wording:
    """What a page tells of samples and answers beside the table's columns, in the table's order."""

    questions: tuple[str, ...]
    """What was asked, (n_samples,)."""
    framed: npt.NDArray[np.bool_]
    """Samples of which frames are among the evidence, (n_samples,)."""
    predicted: tuple[tuple[str, ...] | None, ...]
    """Labels that recognition is scored by, (n_answers,); None where no label step was reached."""
    messages: tuple[str, ...]
    """What happened, (n_answers,); empty where scored."""


@dataclass(frozen=True)
class Digest:
    """What a run's outcomes come to."""

    table: RunTable
    wording: Wording
    summary: Summary
    usage: dict[str, Usage]
    """Per stage: tokens and calls behind the outcomes, made now or reused."""
    failures: tuple[Failure, ...]
    """In order of first appearance."""
    notes: RunNotes
    charges: tuple[Charge, ...] | None
    """The calls behind the outcomes, as the call store knew them; None where it was not there."""
    answers_sha256: str
    """See `AnswerHash`."""
    inventions: Inventions | None = None
    """What steps cite that the model was not given; None where it was given all."""


class DigestMaker:
    """Gathers a digest sample by sample; holds no outcome."""

    def __init__(
        self,
        tasks: Iterable[str] = (),
        epochs: int = 1,
        calls: CallStore | None = None,
        missing: frozenset[Sense] = frozenset(),
    ) -> None:
        """
        Args:
            tasks: in the order in which they are to be reported; others follow as they appear.
            epochs: how often every sample is asked.
            calls: where the calls behind the outcomes are kept; None where that is not known.
            missing: what the model was not given, so that citing it is an invention.
        """
        self._table = TableMaker()
        self._summary = SummaryTally(tasks, epochs)
        self._charges = None if calls is None else ChargeTally(calls)
        self._inventions = InventionTally(missing) if missing else None
        self._usage: dict[str, Usage] = {}
        self._failures: dict[tuple[OutcomeKind, str | None], Failure] = {}
        self._notes = RunNotes()
        self._answers = AnswerHash()
        self._questions: list[str] = []
        self._framed: list[bool] = []
        self._predicted: list[tuple[str, ...] | None] = []
        self._messages: list[str] = []

    def add(self, *outcomes: Outcome) -> None:
        """Take in one sample: its outcome, or its outcomes in order of epoch.

        Raises:
            ValueError: an outcome is `scored` without a score or the other way round, or they are of several samples.
        """
        self._summary.add(*outcomes)
        self._table.add(*outcomes)
        self._notes.add(*outcomes)
        self._answers.add(*outcomes)
        self._questions.append(outcomes[0].sample.question)
        self._framed.append(any(map(_framed, outcomes)))
        for outcome in outcomes:
            self._predicted.append(predicted(outcome))
            self._messages.append(outcome.message)
            if outcome.kind is not OutcomeKind.SCORED:
                reason = (outcome.kind, outcome.cause)
                new = Failure(*reason, 0, outcome.sample.id, outcome.message)
                known = self._failures.get(reason, new)
                self._failures[reason] = replace(known, count=known.count + 1)
            for stage, usage in outcome.usage.items():
                self._usage[stage] = self._usage.get(stage, Usage(calls=0)).plus(usage)
        if self._charges is not None:
            self._charges.add(*outcomes)
        if self._inventions is not None:
            self._inventions.add(*outcomes)

    def digest(self) -> Digest:
        """What has been taken in so far."""
        return Digest(
            table=self._table.table(),
            wording=Wording(
                tuple(self._questions),
                np.array(self._framed, dtype=np.bool_),
                tuple(self._predicted),
                tuple(self._messages),
            ),
            summary=self._summary.summary(),
            usage=self._usage,
            failures=tuple(self._failures.values()),
            notes=self._notes,
            charges=None if self._charges is None else self._charges.charges(),
            answers_sha256=self._answers.hexdigest(),
            inventions=None if self._inventions is None else self._inventions.inventions(),
        )


def digest_of(
    answers: Iterable[Sequence[Outcome]],
    tasks: Iterable[str] = (),
    epochs: int = 1,
    calls: CallStore | None = None,
    missing: frozenset[Sense] = frozenset(),
) -> Digest:
    """The digest of the outcomes of each sample together; for the other arguments see `DigestMaker`."""
    maker = DigestMaker(tasks, epochs, calls, missing)
    for outcomes in answers:
        maker.add(*outcomes)
    return maker.digest()


def predicted(outcome: Outcome) -> tuple[str, ...] | None:
    """The labels that recognition is scored by; None where no label step was reached."""
    if outcome.reading is not None:
        return outcome.reading.labels
    return outcome.steps[-1].labels if outcome.steps else None


def _framed(outcome: Outcome) -> bool:
    return any(piece.kind is EvidenceKind.FRAME and piece.image is not None for piece in outcome.evidence)
