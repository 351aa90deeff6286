"""Score tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cuewise.cli.output import new_table
from cuewise.result import RunResult
from cuewise.scores.summary import Figures


def print_scores(runs: Sequence[RunResult]) -> None:
    """For one run, a table by task; for several, a row per run. Outcomes and the report's place follow."""
    console = Console()
    console.print(_by_task(runs[0]) if len(runs) == 1 else _by_run(runs))
    for run in runs:
        unscored = {
            kind.replace("_", " "): n
            for kind, n in run.summary.overall().outcomes.items()
            if kind != "scored" and n
        }
        if unscored:
            listed = ", ".join(f"{n} {kind}" for kind, n in unscored.items())
            console.print(
                f"Not scored in {escape(run.name)}: {listed}. They count as 0; in brackets: if all were right.",
                highlight=False,
            )


def _by_task(run: RunResult) -> Table:
    table = _table(
        f"{run.manifest.settings.model.name}, judged by {run.manifest.settings.judge.name}", "Task"
    )
    for task, figures in run.summary.tasks().items():
        table.add_row(escape(task), *_cells(figures))
    table.add_section()
    table.add_row("All samples", *_cells(run.summary.overall()), style="bold")
    return table


def _by_run(runs: Sequence[RunResult]) -> Table:
    table = _table("All samples of each run", "Model")
    for run in runs:
        table.add_row(escape(run.manifest.settings.model.name), *_cells(run.summary.overall()))
    return table


def _table(title: str, first: str) -> Table:
    table = new_table(escape(title))
    table.add_column(first, no_wrap=True)
    for name in ("Recognition", "Reasoning", "CoT", "Steps", "Samples", "Coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(figures: Figures) -> list[str]:
    return [
        *(_score(figures, name) for name in ("recognition", "reasoning", "cot")),
        number(figures.avg_step),
        str(figures.count),
        number(figures.coverage, " %"),
    ]


def _score(figures: Figures, name: str) -> str:
    """A score, and where samples went unscored its upper bound in brackets."""
    bounds = figures.bounds[name]
    if bounds is None or figures.scored == figures.count:
        return number(getattr(figures, name))
    return f"{number(bounds.low)} [{number(bounds.high)}]"


def number(value: float | None, unit: str = "") -> str:
    """One decimal, or a dash where a figure is undefined."""
    return "–" if value is None else f"{value:.1f}{unit}"
