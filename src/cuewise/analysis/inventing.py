"""Counts, answer by answer, the reasoning steps that cite what their model was not given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.citing import Sense, cited
from cuewise.analysis.table import Integers
from cuewise.records import Outcome

EXAMPLES: Final = 5
"""Inventions that are kept word by word."""


@dataclass(frozen=True)
class Invention:
    """A step that cites what its model was not given."""

    sample: str
    """Id."""
    step: str
    senses: tuple[Sense, ...]


@dataclass(frozen=True)
class Inventions:
    """What the reasoning steps of one run cite that its model was not given; arrays by answer, (n_answers,)."""

    steps: Integers
    """All steps, the label step included; 0 where the answer was not taken apart."""
    invented: Integers
    """Reasoning steps that cite something that was not given."""
    by_sense: dict[Sense, Integers]
    """The same by what they cite, for each sense that was not given; a step may cite several."""
    examples: tuple[Invention, ...]
    """Of different samples, the first ones."""


class InventionTally:
    """Gathers inventions sample by sample; holds no outcome."""

    def __init__(self, missing: frozenset[Sense]) -> None:
        """
        Args:
            missing: what the model was not given.
        """
        self._missing = tuple(sense for sense in Sense if sense in missing)
        self._wanted = missing
        self._rows: list[tuple[int, ...]] = []
        self._examples: list[Invention] = []

    def add(self, *outcomes: Outcome) -> None:
        """Count one sample: its outcome, or its outcomes in order of epoch."""
        for outcome in outcomes:
            cites = ((step.text, cited(step.text, self._wanted)) for step in outcome.steps[:-1])
            found = [(text, senses) for text, senses in cites if senses]
            by_sense = (sum(sense in senses for _, senses in found) for sense in self._missing)
            self._rows.append((len(outcome.steps), len(found), *by_sense))
            if found and outcome is outcomes[0] and len(self._examples) < EXAMPLES:
                text, senses = found[0]
                self._examples.append(Invention(outcome.sample.id, text, tuple(sorted(senses))))

    def inventions(self) -> Inventions:
        """What has been counted so far."""
        counts = np.array(self._rows, dtype=np.int64).reshape(-1, 2 + len(self._missing))
        return Inventions(
            steps=counts[:, 0],
            invented=counts[:, 1],
            by_sense={sense: counts[:, 2 + place] for place, sense in enumerate(self._missing)},
            examples=tuple(self._examples),
        )
