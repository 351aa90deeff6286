"""Which sections a report has beside its own parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cuewise.analysis.study_runs import further_conditions
from cuewise.models.protocol import ReadMedia
from cuewise.reports.blocks import Section
from cuewise.reports.colours import colours
from cuewise.reports.overview import view_run
from cuewise.reports.private import shown_settings
from cuewise.reports.sections.audits import audits_section
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
from cuewise.reports.sections.modality import modality_sections
from cuewise.reports.sections.published import published_section
from cuewise.reports.sections.reasoning import reasoning_section
from cuewise.reports.sections.run_parts import parts_section
from cuewise.reports.sections.run_scores import scores_section
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.scoreboard import scoreboard_section
from cuewise.reports.sections.slices import slices_section

if TYPE_CHECKING:
    from cuewise.result import RunResult


def sections_of(
    runs: Sequence[RunResult],
    *,
    full: bool = False,
    page: PageRuns | None = None,
    read_media: ReadMedia | None = None,
) -> list[Section]:
    """All sections that have something to show of the runs, in the order in which they stand.

    Args:
        full: all that there is, for files: with the parts that many runs would make too long for a page, and with those
            that the page draws by itself.
        page: the runs as sections are given them, where something was counted of them before.
        read_media: gives the bytes of stored frames; None leaves pictures out.

    Raises:
        RunError: an outcome store cannot be read.
    """
    page = page or PageRuns(analysed(runs))
    made = (
        *modality_sections(runs),
        scoreboard_section(page),
        comparison_section(page),
        maps_section(page),
        confusion_section(page, full=full),
        failures_section(page, full=full),
        effects_section(page),
        reasoning_section(page, full=full),
        slices_section(page),
        consistency_section(page),
        audits_section(runs),
        gallery_section(page, [run.outcomes_of for run in runs], read_media),
        costs_section(runs),
    )
    found = [section for section in made if section is not None]
    return [*found, *_of_single_runs(runs)] if full else [folded(section) for section in found]


def _of_single_runs(runs: Sequence[RunResult]) -> list[Section]:
    """What the page draws of each run by itself, as blocks; and the published models where a run compares with them."""
    own = colours([shown_settings(run.manifest.settings) for run in runs])
    views = [view_run(run, colour=colour) for run, colour in zip(runs, own, strict=True)]
    published = [published_section()] if any(view.whole_benchmark for view in views) else []
    return [scores_section(views), parts_section(views), *published]


def analysed(runs: Sequence[RunResult]) -> tuple[AnalysedRun, ...]:
    """The runs as sections are given them."""
    settings = [shown_settings(run.manifest.settings) for run in runs]
    further = further_conditions(settings)
    return tuple(
        AnalysedRun(
            run.name,
            own.model.name,
            colour,
            own.protocol,
            run.table(),
            own,
            run.digest.wording.questions,
            place not in further,
        )
        for place, (run, own, colour) in enumerate(zip(runs, settings, colours(settings), strict=True))
    )
