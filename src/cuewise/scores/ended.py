"""How one answer ended, as far as figures are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cuewise.records import Outcome

SCORES: Final = ("recognition", "reasoning", "cot")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sample ended that was asked once, or one of several times."""

    kind: str
    """An `OutcomeKind`, or why an entry of a judged file is not read."""
    scores: tuple[float, float, float] | None = None
    """In the order of `SCORES`, 0..1; None without a score."""
    n_steps: int = 0
    labels: frozenset[str] | None = None
    """The candidates that the answer settles on; None where it did not come so far."""


def ended(outcome: Outcome) -> Ended:
    """What the figures need of an outcome."""
    score, reading = outcome.score, outcome.reading
    return Ended(
        kind=outcome.kind.value,
        scores=None if score is None else (score.recognition, score.reasoning, score.cot),
        n_steps=0 if score is None else score.n_steps,
        labels=None if reading is None else frozenset(reading.labels),
    )
