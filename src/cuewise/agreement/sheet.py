"""The sheet that people fill in: the steps of samples drawn by lot from a run, without what the judge says of them."""

from __future__ import annotations

import csv
import hashlib
import heapq
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from cuewise.agreement.cells import as_cell
from cuewise.agreement.truth import counted_points
from cuewise.records import Outcome

COLUMNS: Final = ("sample", "clip", "step", "text", "label", "right", "rater")
"""The last two are left for the rater; `label` is what the answer names."""


def draw(outcomes: Iterable[Outcome], n: int, seed: int = 0) -> list[Outcome]:
    """At most `n` samples with judged reasons, drawn by lot, in the order of the lot; give one outcome of each sample.

    So a smaller draw is the beginning of a larger one, and samples that a run gains later, or another judge's run of
    the same samples, leave the order of the others as it is.
    """
    judged = (outcome for outcome in outcomes if counted_points(outcome))
    return heapq.nsmallest(n, judged, key=lambda outcome: lot(outcome.sample.id, seed))


def lot(sample: str, seed: int) -> bytes:
    """Where a sample stands in the order of the draw, by its id: a hash of the seed and the id."""
    return hashlib.sha256(f"{seed}/{sample}".encode()).digest()


def write_sheet(drawn: Sequence[Outcome], file: TextIO) -> int:
    """A row of `COLUMNS` for each reasoning step that counts towards the reasoning score; their number."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    n_steps = 0
    for outcome in drawn:
        sample, clip, label = (
            as_cell(text) for text in (outcome.sample.id, outcome.sample.clip.id, _named(outcome))
        )
        counts = counted_points(outcome).keys()
        for step in outcome.steps:
            if step.index in counts:
                rows.writerow((sample, clip, step.index, as_cell(step.text), label, "", ""))
                n_steps += 1
    return n_steps


def _named(outcome: Outcome) -> str:
    """The labels that the answer names; where none is a candidate, its last step in its own words."""
    last = outcome.steps[-1]
    labels = outcome.reading.labels if outcome.reading else last.labels
    return ", ".join(labels or ()) or last.text
