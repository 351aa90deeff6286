"""Cells that tables of single runs are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from cuewise.reports.blocks import Cell, Column, Table, Text, Value
from cuewise.reports.charts import SCORES
from cuewise.reports.overview import RunView
from cuewise.scores.figures import Figures

ALL: Final = "All samples"

Rows = list[tuple[Cell, ...]]


def by_task(run: RunView) -> Iterator[tuple[str, Figures]]:
    """Figures of each task, then of all samples."""
    yield from ((task.name, task.figures) for task in run.tasks)
    if len(run.tasks) != 1:
        yield ALL, run.overall


def task_table(
    id_: str,
    title: str,
    runs: Sequence[RunView],
    columns: Sequence[Column],
    cells: Callable[[Figures], Sequence[Cell] | None],
    note: str = "",
) -> list[Table]:
    """A table with a row for each run and task; none where no row has anything to show.

    Args:
        cells: of one row; None for one that is left out.
    """
    rows = [
        (named(run), Text(task), *made)
        for run in runs
        for task, figures in by_task(run)
        if (made := cells(figures)) is not None
    ]
    heads = (Column("Run", help="Second line: its rules"), Column("Task"), *columns)
    return [Table(id_, title, heads, tuple(rows), note)] if rows else []


def named(run: RunView) -> Text:
    """A run by its name and the rules that it is under."""
    return Text(run.name, sub=run.rules)


def score(figures: Figures, name: str) -> Value:
    """A score with its interval."""
    interval = figures.interval[name]
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Value(getattr(figures, name), low, high, n=figures.count)


FIGURES: Final = (
    *(Column(title, "percent") for title in SCORES.values()),
    Column("Coverage", "percent", "Share of answers that have a score; the others count as 0"),
    *(
        Column(f"{title} at most", "percent", "If each answer without a score had earned all points")
        for title in SCORES.values()
    ),
    Column("Avg. steps", "ratio", "Per scored answer, the label step included"),
    Column("Avg. tokens", "count", "Output tokens per answer that was counted"),
    Column("Samples", "count"),
)


def figure_cells(figures: Figures) -> tuple[Value, ...]:
    """A cell for each of `FIGURES`."""
    bounds = [figures.bounds[name] for name in SCORES]
    return (
        *(score(figures, name) for name in SCORES),
        Value(figures.coverage),
        *(Value(None if bound is None else bound.high) for bound in bounds),
        Value(figures.avg_step),
        Value(figures.avg_tokens),
        Value(figures.count),
    )
