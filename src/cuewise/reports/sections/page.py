"""Which sections a report has beside its own parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cuewise.analysis.study_runs import further_conditions
from cuewise.reports.blocks import Section
from cuewise.reports.colours import colours
from cuewise.reports.sections.comparison import comparison_section
from cuewise.reports.sections.confusion import confusion_section
from cuewise.reports.sections.costs import costs_section
from cuewise.reports.sections.effects import effects_section
from cuewise.reports.sections.failures import failures_section
from cuewise.reports.sections.folding import folded
from cuewise.reports.sections.gallery import gallery_section
from cuewise.reports.sections.maps import maps_section
from cuewise.reports.sections.modality import modality_sections
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
    others = [section for make in _makers(runs, full) if (section := make()) is not None]
    return [folded(section) for section in (*modality_sections(runs), *others)]


def analysed(runs: Sequence[RunResult]) -> tuple[AnalysedRun, ...]:
    """The runs as sections are given them."""
    settings = [run.manifest.settings for run in runs]
    further = further_conditions(settings)
    return tuple(
        AnalysedRun(run.name, own.model.name, colour, own.protocol, run.table(), own, place not in further)
        for place, (run, own, colour) in enumerate(zip(runs, settings, colours(settings), strict=True))
    )


def _makers(runs: Sequence[RunResult], full: bool) -> Iterator[Callable[[], Section | None]]:
    read = analysed(runs)
    yield partial(scoreboard_section, read)
    yield partial(comparison_section, read)
    yield partial(maps_section, read)
    yield partial(confusion_section, read, full=full)
    yield partial(failures_section, read, full=full)
    yield partial(effects_section, read)
    yield partial(reasoning_section, read, full=full)
    yield partial(slices_section, read)
    yield partial(gallery_section, read)
    yield partial(costs_section, runs)
