"""The scores of single runs as blocks: overall, by task and gold label, as charts, and under both protocols."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.reports.blocks import Bar, Bars, Block, Cell, Column, Section, Table, Text, Value
from cuewise.reports.charts import SCORES
from cuewise.reports.overview import RunView, by_protocol
from cuewise.reports.sections.run_cells import ALL, FIGURES, Rows, figure_cells, named, score, task_table
from cuewise.reports.side_by_side import Change, Pair, pair_runs
from cuewise.scores.intervals import Interval

_NOTE = "95 % intervals, samples of one source video taken together."


def scores_section(runs: Sequence[RunView]) -> Section:
    """All scores of each run."""
    overall = Table(
        "scores-overall",
        "Scores over all samples",
        (Column("Run", help="Second line: its rules"), Column("Model"), Column("Judges"), *FIGURES),
        tuple(
            (
                named(run),
                Text(run.model),
                Text(", ".join(judge.name for judge in run.judges)),
                *figure_cells(run.overall),
            )
            for run in runs
        ),
        _NOTE,
    )
    blocks: list[Block] = [overall, *_charts(runs)]
    blocks += task_table("scores-by-task", "Scores by task", runs, FIGURES, figure_cells, _NOTE)
    blocks += [*_by_gold_label(runs), *_both_protocols(runs)]
    return Section("run-scores", "Scores", tuple(blocks))


def _charts(runs: Sequence[RunView]) -> list[Bars]:
    """The three scores by task, for each protocol."""
    views = by_protocol(runs)
    made = []
    for view in views:
        tasks = list(dict.fromkeys(task.name for run in view.runs for task in run.tasks))
        figures = {
            run.name: {ALL: run.overall} | {task.name: task.figures for task in run.tasks}
            for run in view.runs
        }
        alone = len(views) == 1
        for name, title in SCORES.items():
            bars = tuple(
                Bar(run.name, score(figures[run.name][group], name), run.colour, group)
                for group in (ALL, *(tasks if len(tasks) > 1 else ()))
                for run in view.runs
                if group in figures[run.name]
            )
            made.append(
                Bars(
                    f"chart-{name}" if alone else f"chart-{name}-{view.runs[0].protocol.value}",
                    f"{title} by task" if alone else f"{title} by task, {view.runs[0].rules}",
                    "percent",
                    bars,
                    low=0.0,
                    high=100.0,
                    note="95 % intervals, samples of one source video taken together.",
                )
            )
    return made


def _by_gold_label(runs: Sequence[RunView]) -> list[Table]:
    rows: Rows = [
        (named(run), Text(task.name), Text(label), *figure_cells(figures))
        for run in runs
        for task in run.tasks
        for label, figures in task.categories
    ]
    columns = (Column("Run", help="Second line: its rules"), Column("Task"), Column("Gold label"), *FIGURES)
    note = f"A sample with several gold labels counts under each of them. {_NOTE}"
    return [Table("scores-by-gold-label", "Scores by gold label", columns, tuple(rows), note)] if rows else []


def _both_protocols(runs: Sequence[RunView]) -> list[Block]:
    """What the same answers earn under both protocols; nothing where no model has a run under each."""
    pairs = pair_runs(runs)
    if not pairs:
        return []
    table = Table(
        "protocols",
        "Scores under both protocols",
        (
            Column("Model", help="Second line: its runs"),
            *(
                column
                for title in SCORES.values()
                for column in (
                    Column(f"{title}, paper’s rules", "percent"),
                    Column(f"{title}, grounded", "percent"),
                    Column(f"{title}, difference", "points"),
                )
            ),
            Column("Also unlike"),
        ),
        tuple(
            (
                Text(pair.label, sub=f"{pair.paper_run}, {pair.grounded_run}"),
                *(cell for change in pair.changes for cell in _change(change)),
                Text(pair.remark),
            )
            for pair in pairs
        ),
        "All samples. Difference: grounded less paper’s. 95 % intervals, samples of one source video taken together.",
    )
    bars = Bars(
        "protocols-cot",
        "CoT under both protocols",
        "percent",
        tuple(bar for pair in pairs for bar in _bars(pair)),
        low=0.0,
        high=100.0,
        note="95 % intervals, samples of one source video taken together.",
    )
    return [table, bars]


def _change(change: Change) -> tuple[Cell, ...]:
    return (
        _value(change.paper, change.paper_interval),
        _value(change.grounded, change.grounded_interval),
        Value(change.difference),
    )


def _bars(pair: Pair) -> tuple[Bar, Bar]:
    change = pair.changes[-1]
    return (
        Bar("paper’s rules", _value(change.paper, change.paper_interval), pair.colour, pair.label),
        Bar("grounded", _value(change.grounded, change.grounded_interval), pair.colour, pair.label),
    )


def _value(percent: float | None, interval: Interval | None) -> Value:
    return Value(percent) if interval is None else Value(percent, interval.low, interval.high)
