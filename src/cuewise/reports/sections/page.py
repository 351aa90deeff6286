"""Which sections a report has beside its own parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cuewise.reports.blocks import Section
from cuewise.reports.sections.many import many_runs

if TYPE_CHECKING:
    from cuewise.result import RunResult


def sections_of(runs: Sequence[RunResult]) -> list[Section]:
    """All sections that have something to show of the runs, in the order in which they stand.

    Raises:
        RunError: an outcome store cannot be read.
    """
    return [section for section in (many_runs(runs),) if section is not None]
