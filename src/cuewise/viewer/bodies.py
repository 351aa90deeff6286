"""What the index needs of an outcome's JSON, read without making the whole record of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter

from cuewise.records import Count, OutcomeKind, Protocol, Unit, Vote
from cuewise.scores.panel import count_votes
from cuewise.viewer.filters import Disagreement
from cuewise.viewer.text import searchable


@dataclass(frozen=True, slots=True)
class _Clip:
    id: str


@dataclass(frozen=True, slots=True)
class _Sample:
    id: str
    task: str
    clip: _Clip
    label_set: tuple[str, ...]
    labels: tuple[str, ...]
    multi_label: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str


@dataclass(frozen=True, slots=True)
class _Step:
    text: str
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Score:
    recognition: Unit
    reasoning: Unit
    cot: Unit
    judged_recognition: Unit | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a `records.Outcome` that are listed, filtered by or searched."""

    sample: _Sample
    protocol: Protocol
    kind: OutcomeKind
    epoch: Count = 0
    cause: str | None = None
    answer: _Answer | None = None
    steps: tuple[_Step, ...] = ()
    reading: _Reading | None = None
    verdicts: tuple[_Verdict, ...] = ()
    votes: tuple[Vote, ...] = field(default=())
    score: _Score | None = None

    @classmethod
    def read(cls, text: bytes) -> Body:
        """
        Raises:
            ValueError: it is no outcome.
        """
        return _reader().validate_json(text)

    @property
    def predicted(self) -> tuple[str, ...] | None:
        """The labels that recognition is scored by; None where no label step was reached."""
        if self.reading is not None:
            return self.reading.labels
        return self.steps[-1].labels if self.steps else None

    def identity(self) -> str:
        """A hash of what makes it the same sample in two runs: its id, clip, candidates and gold labels."""
        sample = self.sample
        told = [sample.id, sample.task, sample.clip.id, sample.source, sample.label_set, sample.labels]
        return hashlib.sha256(json.dumps([*told, sample.multi_label]).encode()).hexdigest()[:32]

    def disagreements(self) -> set[Disagreement]:
        """Those that this outcome shows by itself."""
        score = self.score
        apart = score is not None and score.judged_recognition not in (None, score.recognition)
        found = {Disagreement.LABEL} if apart else set()
        try:
            counts = count_votes(self.votes)
        except ValueError:  # not even on the same steps
            return found | {Disagreement.JUDGES}
        return found | {Disagreement.JUDGES} if counts is not None and counts.split else found

    def texts(self) -> tuple[str, str, str]:
        """What is searched, in the order of `text.COLUMNS`."""
        answer = "" if self.answer is None else self.answer.text
        # Steps are often taken from the answer word by word.
        others = (step.text for step in self.steps if step.text not in answer)
        reasons = (verdict.reason for verdict in self.verdicts)
        said, judged = "\n".join((answer, *others)), "\n".join(reasons)
        return searchable(self.sample.id), searchable(said), searchable(judged)


@cache
def _reader() -> TypeAdapter[Body]:
    return TypeAdapter(Body)
