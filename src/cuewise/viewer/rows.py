"""What a list of outcomes shows: small records, as the index knows them without opening a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cuewise.records import OutcomeKind, Protocol
from cuewise.viewer.filters import Disagreement, Rightness


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome."""

    run: str
    position: int
    """Place of the sample in the run's dataset, from 0."""
    epoch: int
    sample: str
    """Its id."""
    task: str
    labels: tuple[str, ...]
    """Gold labels."""
    predicted: tuple[str, ...] | None
    """Labels that recognition is scored by; None where no label step was reached."""
    kind: OutcomeKind
    cause: str | None
    recognition: float | None
    """0..1, as the next two; None unless scored."""
    reasoning: float | None
    cot: float | None
    n_steps: int
    """Steps including the label step; 0 where the answer was not taken apart."""
    disagreements: frozenset[Disagreement]

    @property
    def rightness(self) -> Rightness | None:
        """None unless scored."""
        if self.recognition is None:
            return None
        if self.recognition >= 1:
            return Rightness.RIGHT
        return Rightness.PARTLY if self.recognition > 0 else Rightness.WRONG


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    rows: tuple[Row, ...]
    total: int
    """Outcomes in the whole list."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run."""

    name: str
    model: str
    judge: str
    """All judges, joined by a comma and a space."""
    protocol: Protocol
    dataset: str
    created_at: str
    """UTC, ISO 8601."""
    n_samples: int
    """Samples that it is to ask."""
    epochs: int
    """How often it is to ask each of them."""
    outcomes: int
    """How many it has so far; `n_samples` x `epochs` when finished."""
    kinds: Mapping[OutcomeKind, int]
    """How many ended in which way; kinds that did not occur are absent."""
    recognition: float | None
    """Mean over the samples asked so far, 0..1: of each its mean over epochs, where one without a score counts 0. A
    hundredth of the report's overall figure. None before the first outcome, as the next two."""
    reasoning: float | None
    cot: float | None

    @property
    def finished(self) -> bool:
        """Whether every sample has its outcomes."""
        return self.outcomes >= self.n_samples * self.epochs


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter can take."""

    value: str
    """As `Filters` has it."""
    count: int
    """Outcomes that it would let through, under all other filters. One outcome counts under each of its labels."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The values of each filter that let something through, and those that are chosen, in order of name."""

    runs: tuple[Choice, ...]
    tasks: tuple[Choice, ...]
    labels: tuple[Choice, ...]
    predictions: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    rightness: tuple[Choice, ...]
    disagreements: tuple[Choice, ...]
    epochs: tuple[Choice, ...]
