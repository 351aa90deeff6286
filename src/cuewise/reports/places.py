"""Where samples stand in a report's table: what the table is made by, and what links to its samples count by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cuewise.analysis.columns import Codes
from cuewise.analysis.table import SampleRow

Key = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Id, question, candidates, gold labels."""


class SamplePlaces:
    """Numbers the samples of all runs, each once, in the order of first appearance.

    Samples of two runs are one where question, candidates and gold labels are the same as well as the id.
    """

    def __init__(self) -> None:
        self.keys: dict[Key, int] = {}
        """Place of each sample."""
        self.tasks: list[str] = []
        """Of each sample."""
        self._known: list[tuple[Sequence[SampleRow], Sequence[str], Codes]] = []

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, samples: Sequence[SampleRow], questions: Sequence[str]) -> Codes:
        """Take in one run's samples, (n_samples,) with what was asked of each; gives their places, (n_samples,)."""
        for rows, texts, places in self._known:
            # Digests of runs on the same dataset share them.
            if rows is samples and texts is questions:
                return places
        found = []
        for sample, question in zip(samples, questions, strict=True):
            key = (sample.id, question, sample.label_set, sample.labels)
            place = self.keys.setdefault(key, len(self.keys))
            if place == len(self.tasks):
                self.tasks.append(sample.task)
            found.append(place)
        places = np.array(found, dtype=np.int64)
        self._known.append((samples, questions, places))
        return places
