"""What a section of a page is given of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cuewise.analysis.table import RunTable
from cuewise.records import Protocol

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings


@dataclass(frozen=True, eq=False)
class AnalysedRun:
    """One run with its answers as columns. Compared by identity, so that what is counted of runs can be kept."""

    name: str
    """Of the run."""
    model: str
    """`provider/model` of the model under test."""
    colour: int
    """As `colours` gives it."""
    protocol: Protocol
    table: RunTable
    settings: Settings
    questions: tuple[str, ...] = ()
    """What was asked of each of the table's samples, (n_samples,); empty where nothing is to link to them."""
    contends: bool = True
    """Whether it is ranked with others: the further conditions of a study say something of their model alone."""
