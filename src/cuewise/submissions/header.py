"""The first line of a submission: what was run, and what it is said to have come to.

A submission is JSON Lines, gzipped or not: a `Header`, then an `Outcome` of `records.py` per answer, in the dataset's
order, those of one sample in order of epoch.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from cuewise.records import Count, Record
from cuewise.runs.manifest import Settings
from cuewise.samples.tasks import Task
from cuewise.scores.figures import Figures

FORMAT: Final = "cuewise-submission"
VERSION: Final = 1
"""To be raised whenever a reader of the earlier form could not read the new one."""

Range = tuple[float, float]
Dollars = Annotated[float, Field(ge=0)]
Stage = Literal["answer", "steps", "evidence", "verdicts"]
"""What calls are made for."""


class StatedFigures(Record):
    """Figures of a set of samples, as `Figures` has them. Percent; None where there is nothing to report on."""

    count: Count
    scored: Count
    recognition: float | None = None
    reasoning: float | None = None
    cot: float | None = None
    coverage: float | None = None
    avg_step: float | None = None
    avg_tokens: float | None = None
    panel_agreement: float | None = None
    """Of pairs of judgements of one step; None where there is one of each."""
    outcomes: dict[str, int]
    intervals: dict[str, Range]
    """95 %, by score."""


class Header(Record):
    """What was run, without anything that belongs to one machine or one user, and its figures."""

    format: Literal["cuewise-submission"]
    version: Literal[1]
    run: str
    created_at: str
    """UTC, ISO 8601."""
    settings: Settings
    cuewise: str
    """Version of Cuewise that made the run."""
    git_commit: str | None = None
    python: str
    versions: dict[str, str]
    """Of the packages that can change a score."""
    own_tasks: tuple[Task, ...] = ()
    left_out: Count = 0
    """Entries of the dataset that could not be used, so that they are no samples."""
    overall: StatedFigures
    tasks: dict[str, StatedFigures]
    costs_usd: dict[Stage, Dollars | None]
    """What each stage's calls cost; None where a price or a count is not known. Nobody can check them."""


def stated(figures: Figures) -> StatedFigures:
    """Figures as a header states them."""
    names = ("count", "scored", "recognition", "reasoning", "cot", "coverage", "avg_step", "avg_tokens")
    agreement = None if figures.panel is None else figures.panel.agreement
    found = {name: interval for name, interval in figures.interval.items() if interval is not None}
    return StatedFigures(
        **{name: getattr(figures, name) for name in names},
        panel_agreement=None if agreement is None else agreement.percent,
        outcomes=figures.outcomes,
        intervals={name: (interval.low, interval.high) for name, interval in found.items()},
    )
