"""Many runs side by side: a row per run in place of a chart and a table of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cuewise.records import Protocol
from cuewise.reports.blocks import Block, Column, HeatMap, Section, Table, Text, Value
from cuewise.reports.charts import SCORES
from cuewise.reports.colours import COLOURS
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.protocols import NAMES

if TYPE_CHECKING:
    from cuewise.result import RunResult
    from cuewise.scores.figures import Figures


def many_runs(runs: Sequence[RunResult]) -> Section | None:
    """Scores by run and task, and how answers ended; None where the page shows each run by itself."""
    if len(runs) <= COLOURS:
        return None
    blocks: list[Block] = []
    for protocol in Protocol:
        if own := [run for run in runs if run.manifest.settings.protocol is protocol]:
            blocks += [_map(own, protocol, score, title) for score, title in SCORES.items()]
    return Section("side-by-side", "Side by side", (*blocks, _endings(runs)))


def _map(runs: Sequence[RunResult], protocol: Protocol, score: str, title: str) -> HeatMap:
    figures = [run.summary.tasks() for run in runs]
    tasks = tuple(dict.fromkeys(task for run in runs for task in run.manifest.settings.tasks))
    found = tuple(task for task in tasks if any(task in of_run for of_run in figures))
    return HeatMap(
        id=f"{score}-by-task-{protocol}",
        title=f"{title} by task, {NAMES[protocol]}",
        unit="percent",
        row_title="Run",
        column_title="Task",
        rows=tuple(run.name for run in runs),
        columns=("All samples", *found),
        cells=tuple(
            (_value(run.summary.overall(), score), *(_value(of_run.get(task), score) for task in found))
            for run, of_run in zip(runs, figures, strict=True)
        ),
        note="Percent of all samples, those without a score as 0. Intervals of 95 % are told with each number.",
    )


def _value(figures: Figures | None, score: str) -> Value:
    if figures is None:
        return Value(None)
    interval = figures.interval[score]
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Value(getattr(figures, score), low, high, figures.count)


def _endings(runs: Sequence[RunResult]) -> Table:
    """Only such columns as any run needs."""
    counts = [run.summary.overall().outcomes for run in runs]
    kinds = [kind for kind in OUTCOMES if any(of_run.get(kind.value) for of_run in counts)]
    return Table(
        id="endings-of-runs",
        title="How answers ended",
        columns=(Column("Run"), *(Column(OUTCOMES[kind][0], "count") for kind in kinds)),
        rows=tuple(
            (Text(run.name), *(Value(float(of_run.get(kind.value, 0))) for kind in kinds))
            for run, of_run in zip(runs, counts, strict=True)
        ),
        note="Answers without a score count as 0.",
    )
