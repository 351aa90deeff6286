"""Samples worth looking at, with links to their pages."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.instructive import FEW_RUNS, KINDS, Pick, instructive
from cuewise.models.protocol import ReadMedia
from cuewise.reports.blocks import Block, Cell, Column, Section, Table, Text
from cuewise.reports.collect import ReadOutcomes
from cuewise.reports.sections.cards import NO_LABEL, gallery
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.sections.phrases import plural, words
from cuewise.reports.words.phrases import kept_together


def gallery_section(
    page: PageRuns, read: Sequence[ReadOutcomes] = (), read_media: ReadMedia | None = None
) -> Section | None:
    """The best, the worst and the most instructive samples; None where there is none.

    Args:
        read: gives the outcomes of chosen samples, of each run on the page; where there is none, samples are only
            listed.
        read_media: gives the bytes of stored frames; None leaves pictures out.

    Raises:
        RunError: an outcome store cannot be read.
    """
    links = page.links
    blocks: list[Block] = []
    for group in page.groups:
        picks = instructive([run.table for run in group.runs])
        if not picks:
            continue
        blocks.append(words(_sentences(group, picks)))
        if read:
            blocks.append(gallery(group, picks, links, read, read_media))
        blocks += [
            _table(group, kind, own, links)
            for kind in KINDS
            if (own := [one for one in picks if one.kind == kind])
        ]
    return Section("gallery", "Samples worth looking at", tuple(blocks)) if blocks else None


def _sentences(group: Group, picks: Sequence[Pick]) -> list[str]:
    tasks = len({one.task for one in picks})
    told = (
        f"{group.heading}{plural(len({one.id for one in picks}), 'sample')} of {plural(tasks, 'task')}, chosen by fixed"
        " rules; each opens with its frames, steps and verdicts where the file holds them."
    )
    if len(group.runs) < FEW_RUNS:
        told += f" With {FEW_RUNS} runs or more, samples on which runs part are shown too."
    return [told, "Chosen samples are extremes. They show what can happen, not how often it does."]


def _table(group: Group, kind: str, picks: Sequence[Pick], links: SampleLinks) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in picks:
        run = group.runs[one.run]
        cells: tuple[Cell, ...] = (
            links.cell(run, run.table.samples[one.place]),
            Text(one.task),
            Text(", ".join(one.gold)),
            Text(", ".join(one.said) if one.said else NO_LABEL),
            Text(kept_together(one.reason)),
        )
        rows.append((*cells, Text(run.name)) if len(group.runs) > 1 else cells)
    columns = (
        Column("Clip"),
        Column("Task"),
        Column("Gold"),
        Column("Named"),
        Column("Why"),
        Column("Run"),
    )
    return Table(
        group.id(f"gallery-{kind.replace('_', '-')}"),
        group.title(KINDS[kind]),
        columns[: len(rows[0])],
        tuple(rows),
    )
