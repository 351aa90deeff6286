"""The human baseline as blocks."""

from __future__ import annotations

from typing import Final

from cuewise.reports.blocks import Bar, Bars, Block, Column, HeatMap, Section, Table, Text, Value
from cuewise.reports.words.modality import pvalue
from cuewise.study.report import cells
from cuewise.study.report.baseline import BesideRun, HumanBaseline

ALL_COUNTS: Final = (
    "Over all tasks, each counts for as many samples as the run has of it, however many answers there are."
)
"""Said where figures are no plain means of the answers."""


def people_section(found: HumanBaseline, *, weighted: bool) -> Section:
    """How often people name the annotated labels, and how the runs stand beside them.

    Args:
        weighted: whether figures over all tasks are no plain means of the answers.
    """
    counts = ALL_COUNTS if weighted else ""
    blocks: list[Block] = [_by_task(found, counts), _figure(found, counts), _by_rater(found, counts)]
    blocks.append(_rater_map(found))
    blocks += [_beside(found.beside, counts)] if found.beside else []
    return Section("people", "How well people do", tuple(blocks))


def _by_task(found: HumanBaseline, counts: str) -> Table:
    return Table(
        id="people-tasks",
        title="Recognition by people",
        columns=(
            Column("Task"),
            Column("Samples", "count"),
            Column("Answers", "count"),
            Column(
                "Raters, mme",
                "percent",
                "All answers, by the rules of mme-emotion: recall of the annotated labels",
            ),
            Column("Raters, F1", "percent", "The same by those of grounded"),
            Column("Majority, mme", "percent", "What most raters of a sample name; of those tied, the mean"),
            Column("Majority, F1", "percent"),
        ),
        rows=tuple(
            (
                Text(one.task or "All"),
                Value(one.items),
                Value(one.answers),
                cells.percent(one.mme),
                cells.percent(one.f1),
                cells.percent(vote.mme),
                cells.percent(vote.f1),
            )
            for one, vote in zip(found.pooled, found.majority, strict=True)
        ),
        note=f"{counts} An answer without a label earns nothing. 95 % intervals by whole videos, all answers to a"
        " sample together; of fewer than ten videos only where each has a single answer that is wholly right or wrong"
        " (Wilson's), else none.".strip(),
    )


def _figure(found: HumanBaseline, counts: str) -> Bars:
    runs = {(one.task, one.run): one for one in found.beside if one.run_points is not None}
    bars = []
    for one, vote in zip(found.pooled, found.majority, strict=True):
        group = one.task or "All"
        bars += [
            Bar("raters", cells.percent(one.mme), 0, group),
            Bar("majority", cells.percent(vote.mme), 1, group),
        ]
        bars += [
            Bar(run, cells.percent(beside.run_points), 2, group)
            for (task, run), beside in runs.items()
            if task == one.task
        ]
    return Bars(
        id="people-figure",
        title="Recognition of people and runs on the same samples",
        unit="percent",
        bars=tuple(bars),
        low=0.0,
        high=100.0,
        note=f"People by the rules of mme-emotion, runs by those that they were judged under. {counts}".strip(),
    )


def _by_rater(found: HumanBaseline, counts: str) -> Table:
    return Table(
        id="people-raters",
        title="Recognition rater by rater",
        columns=(
            Column("Rater"),
            Column("Answers", "count"),
            Column("Without a label", "count", rising=True),
            Column("mme-emotion", "percent"),
            Column("F1", "percent"),
        ),
        rows=tuple(
            (
                Text(one.who),
                Value(one.answers),
                Value(one.cannot_tell),
                cells.percent(one.mme),
                cells.percent(one.f1),
            )
            for one in found.by_rater
            if not one.task
        ),
        note=f"{counts} Tasks that a rater answered nothing of are left out of his or her figures."
        if counts
        else "",
    )


def _rater_map(found: HumanBaseline) -> HeatMap:
    tasks = tuple(one.task for one in found.pooled if one.task)
    by_cell = {(one.who, one.task): one for one in found.by_rater}
    raters = tuple(dict.fromkeys(one.who for one in found.by_rater))
    return HeatMap(
        id="people-map",
        title="Recognition by rater and task",
        unit="percent",
        row_title="Rater",
        column_title="Task",
        rows=raters,
        columns=tasks,
        cells=tuple(
            tuple(
                cells.percent(by_cell[who, task].mme) if (who, task) in by_cell else Value(None)
                for task in tasks
            )
            for who in raters
        ),
        note="By the rules of mme-emotion.",
    )


def _beside(found: tuple[BesideRun, ...], counts: str) -> Table:
    return Table(
        id="people-beside",
        title="Runs beside people on the same samples",
        columns=(
            Column("Run"),
            Column("Task"),
            Column("Samples", "count"),
            Column("Run", "percent", "Its recognition on these samples, by its own protocol"),
            Column("People", "percent", "Mean over the raters of a sample, by the same protocol"),
            Column("Difference", "points", "The run less people"),
            Column(
                "p",
                help="That there is none; sign flips of whole videos, or McNemar’s exact test",
                rising=True,
            ),
        ),
        rows=tuple(_run(one) for one in found),
        note=" ".join(
            filter(None, [counts, *sorted({f"{one.run}: {one.why_none}." for one in found if one.why_none})])
        ),
    )


def _run(one: BesideRun) -> tuple[Text | Value, ...]:
    apart = one.difference
    interval = None if apart is None else apart.interval
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return (
        Text(one.run, sub=one.model),
        Text(one.task or "All"),
        Value(one.items),
        cells.percent(one.run_points),
        cells.percent(one.people),
        Value(None) if apart is None else Value(apart.difference, low, high, n=apart.count),
        Value(None) if apart is None else Value(apart.p_value, shown=pvalue(apart.p_value)),
    )
