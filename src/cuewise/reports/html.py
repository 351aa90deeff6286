"""The report: one HTML file that holds everything, asks for nothing from outside, and can be passed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cuewise import __version__
from cuewise.errors import RunError
from cuewise.records import MediaRef
from cuewise.reports.blocks import Section, Words
from cuewise.reports.collect import Collection
from cuewise.reports.colours import colours
from cuewise.reports.details import MAX_ANSWER
from cuewise.reports.drawing.page import blocks_script, blocks_style, draw_sections
from cuewise.reports.embedding import compact_json, json_block, own_code, security_policy
from cuewise.reports.linked import linked_places
from cuewise.reports.overview import RunView, by_protocol, shared_warnings, view_run
from cuewise.reports.private import shown_settings
from cuewise.reports.sections.costs import FEW_RUNS
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.page import analysed, sections_of
from cuewise.reports.side_by_side import dumbbell_chart, pair_runs
from cuewise.reports.templates import asset, environment
from cuewise.reports.thumbnails import BUDGET, Thumbnails, make_thumbnails
from cuewise.reports.words.comparison import comparison_sentences, is_one_study, title
from cuewise.reports.words.grounding import DECISIONS
from cuewise.reports.words.labels import MEANS, STATUSES
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.published import headline, why_left_out
from cuewise.whole_files import write_whole

if TYPE_CHECKING:
    from cuewise.result import RunResult
    from cuewise.runs.manifest import Settings

MENU: Final = {
    "modalities": "Modalities",
    "scoreboard": "Intervals",
    "comparison": "Differences",
    "maps": "Maps",
    "confusions": "Confusions",
    "failures": "Failures",
    "effects": "Length",
    "reasoning": "Reasoning",
    "slices": "Slices",
    "audits": "Audit",
    "gallery": "Picked samples",
    "costs": "Costs",
}
"""Short names of sections for the bar at the top, by id; others stand there by their titles."""

PAGE: Final = 4_800_000
"""Bytes that a report takes at most, about; what the figures and tables leave of it is for details and pictures."""

OF_PAGE: Final = 200_000
OF_RUN: Final = 100_000
"""Bytes of code and words, and of the tables of each run, about."""

LEAST: Final = 300_000
"""Bytes of details and pictures, however long the rest is."""


def write_report(
    runs: Sequence[RunResult],
    *paths: Path,
    read_media: Callable[[MediaRef], bytes] | None = None,
    sections: Sequence[Section] | None = None,
) -> None:
    """Write the report of one or several runs, in place of an earlier one in one step.

    The same runs give the same bytes.

    Args:
        runs: at least one; their outcomes are read from their folders.
        paths: the HTML file, or files of the same content.
        read_media: gives the bytes of stored frames; None leaves pictures out.
        sections: further parts of the page, which stand after the tasks; None for those that the runs give.

    Raises:
        RunError: an outcome store cannot be read, or a file cannot be written.
    """
    page = render(runs, read_media=read_media, sections=sections).encode("utf-8", "replace")
    for path in paths:
        _write(path, page)


def _write(path: Path, page: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, page)
    except OSError as error:
        raise RunError(
            f"the report {path.name} cannot be written: {error.strerror}; choose another place with --output"
        ) from error


def render(
    runs: Sequence[RunResult],
    *,
    read_media: Callable[[MediaRef], bytes] | None = None,
    sections: Sequence[Section] | None = None,
) -> str:
    """The report as HTML text.

    Raises:
        ValueError: no run was given.
        RunError: an outcome store cannot be read.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    settings = [shown_settings(run.manifest.settings) for run in runs]
    views = [view_run(run, colour=colour) for run, colour in zip(runs, colours(settings), strict=True)]
    page = PageRuns(analysed(runs))
    sections = sections_of(runs, page=page, read_media=read_media) if sections is None else sections
    study, sections = _study_words(settings, sections)
    leading = draw_sections([section for section in sections if section.first])
    drawn = draw_sections([section for section in sections if not section.first])
    pairs = pair_runs(views)
    style, script = _style(), _script()
    template = environment().get_template("report.html")
    return template.render(
        policy=security_policy(style, script),
        style=own_code(style, "style"),
        script=own_code(script, "script"),
        version=__version__,
        title=title(settings),
        runs=views,
        warnings=shared_warnings(views),
        comparison=study
        or comparison_sentences(
            [(view.name, view.settings, view.overall) for view in views],
            [group.leader for group in page.groups],
        ),
        groups=by_protocol(views),
        many=len(runs) > FEW_RUNS,
        sections=sections,
        menu=MENU,
        leading_sections=leading,
        drawn_sections=drawn,
        pairs=pairs,
        dumbbells=dumbbell_chart(pairs),
        statuses=STATUSES,
        decisions=DECISIONS,
        published=headline() if any(view.whole_benchmark for view in views) else (),
        why_left_out=why_left_out(),
        max_answer=MAX_ANSWER,
        **_samples(runs, views, linked_places(sections), len(leading) + len(drawn), read_media),
    )


def _study_words(
    settings: Sequence[Settings], sections: Sequence[Section]
) -> tuple[tuple[str, ...], Sequence[Section]]:
    """Where all runs are one study, what its section concludes, which is then the page's summary, and the sections
    without it."""
    first = next((section for section in sections if section.first), None)
    if first is None or not is_one_study(settings):
        return (), sections
    words = first.blocks[0]
    assert isinstance(words, Words), "a study's section begins with its conclusions"
    rest = replace(first, blocks=first.blocks[1:])
    return words.paragraphs, [rest if section is first else section for section in sections]


def _samples(
    runs: Sequence[RunResult],
    views: Sequence[RunView],
    linked: Sequence[int],
    drawn: int,
    read_media: Callable[[MediaRef], bytes] | None,
) -> dict[str, Any]:
    """The sample table, and details and pictures as far as the page has room for them.

    Args:
        linked: places of samples to which the page links.
        drawn: bytes of the page's sections.
    """
    collection = Collection()
    for run in runs:
        collection.add_run(run.digest)
    table = collection.index()
    room = max(LEAST, PAGE - OF_PAGE - OF_RUN * len(runs) - drawn - len(compact_json(table)))
    framed = collection.framed()
    pictures = min(BUDGET, room // 3) if read_media is not None and framed else 0
    order = dict.fromkeys(place for place in linked if place < len(collection)) | dict.fromkeys(
        collection.order()
    )
    details = collection.details(list(order), [run.outcomes_of for run in runs], room - pictures)
    thumbnails = Thumbnails(frames=[{} for _ in runs])
    if read_media is not None:
        thumbnails = make_thumbnails(details.shown, details.frames, read_media, budget=pictures)
    entries = [_run_entry(view) for view in views]
    index = {**table, "shown": details.shown, "block": details.per_block, "runs": entries, "words": _words()}
    return {
        "n_shown": len(details.shown),
        "n_samples": len(collection),
        "n_with_frames": framed,
        "thumbnails": thumbnails,
        "index": json_block(index),
        "frames": json_block({"jpegs": thumbnails.jpegs, "frames": thumbnails.frames}),
        "details": json_block(details.blocks),
    }


def _run_entry(view: RunView) -> dict[str, Any]:
    return {
        "name": view.name,
        "model": view.model,
        "badge": view.badge,
        "colour": view.colour,
        "protocol": view.protocol.value,
        "rules": view.rules,
    }


def _words() -> dict[str, dict[str, str]]:
    """The fixed words that the script shows, by what they stand for."""
    return {
        "outcomes": {kind.value: words for kind, (words, _) in OUTCOMES.items()},
        "statuses": {status.value: words for status, words in STATUSES.items()},
        "means": {means.value: words for means, words in MEANS.items()},
        "signs": {decision.value: sign for decision, sign in DECISIONS.items()},
    }


_STYLES = ("report.css", "sample.css")
_SCRIPTS = ("data.js", "table.js", "timeline.js", "sample.js", "route.js")
"""In the order in which they build on one another."""


@cache
def _style() -> str:
    return "\n".join([*map(asset, _STYLES), blocks_style(), asset("print.css")])


@cache
def _script() -> str:
    """All parts in one block, so that no name of theirs is the page's."""
    parts = "\n".join([*map(asset, _SCRIPTS), blocks_script()])
    return f'"use strict";\n{{\n{parts}}}\n'
