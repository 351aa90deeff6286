"""Which sections a report has beside its own parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cuewise.reports.blocks import Section
from cuewise.reports.colours import colours
from cuewise.reports.sections.comparison import comparison_section
from cuewise.reports.sections.confusion import confusion_section
from cuewise.reports.sections.consistency import consistency_section
from cuewise.reports.sections.costs import costs_section
from cuewise.reports.sections.effects import effects_section
from cuewise.reports.sections.failures import failures_section
from cuewise.reports.sections.folding import folded
from cuewise.reports.sections.gallery import gallery_section
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.maps import maps_section
from cuewise.reports.sections.modality import modality_section
from cuewise.reports.sections.reasoning import reasoning_section
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.scoreboard import scoreboard_section
from cuewise.reports.sections.slices import slices_section

if TYPE_CHECKING:
    from cuewise.result import RunResult


def sections_of(runs: Sequence[RunResult], *, full: bool = False) -> list[Section]:
    """All sections that have something to show of the runs, in the order in which they stand.

    Args:
        full: with the parts that many runs would make too long for a page.

    Raises:
        RunError: an outcome store cannot be read.
    """
    return [folded(section) for make in _makers(runs, full) if (section := make()) is not None]


def analysed(runs: Sequence[RunResult]) -> tuple[AnalysedRun, ...]:
    """The runs as sections are given them."""
    settings = [run.manifest.settings for run in runs]
    return tuple(
        AnalysedRun(run.name, own.model.name, colour, own.protocol, run.table(), own)
        for run, own, colour in zip(runs, settings, colours(settings), strict=True)
    )


def _makers(runs: Sequence[RunResult], full: bool) -> Iterator[Callable[[], Section | None]]:
    page = PageRuns(analysed(runs))
    yield partial(modality_section, runs)
    yield partial(scoreboard_section, page)
    yield partial(comparison_section, page)
    yield partial(maps_section, page)
    yield partial(confusion_section, page, full=full)
    yield partial(failures_section, page, full=full)
    yield partial(effects_section, page)
    yield partial(reasoning_section, page, full=full)
    yield partial(slices_section, page)
    yield partial(consistency_section, page)
    yield partial(gallery_section, page)
    yield partial(costs_section, runs)
