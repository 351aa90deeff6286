"""`cuewise tasks`: what the benchmark asks, or what a task file does."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from rich.table import Table

    from cuewise.samples.tasks import Task

SCENARIO_NOTE = "Scenarios are published for a task as a whole; which one a single clip shows is unknown."


def tasks_command(
    task_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Check a TOML file that defines tasks of your own, and list those."
        ),
    ] = None,
    json: opt.JsonOption = False,
) -> None:
    """List the eight tasks: what kind of labels they ask for, out of how many, on clips from where."""
    from cuewise.samples.tasks import tasks

    if task_file is not None:
        _own_tasks(task_file, json=json)
    elif json:
        from cuewise.cli.output import print_json

        print_json({"tasks": [_as_json(task) for task in tasks().values()], "note": SCENARIO_NOTE})
    else:
        from cuewise.cli.output import new_console

        new_console().print(_table(tasks().values()), SCENARIO_NOTE)


def _own_tasks(path: Path, *, json: bool) -> None:
    from cuewise.cli.output import new_console, print_json
    from cuewise.samples.own_tasks import read_task_file

    own = read_task_file(path).values()
    if json:
        print_json({"tasks": [_as_json(task) for task in own]})
    else:
        new_console().print(_own_table(own))


def _as_json(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "title": task.title,
        "description": task.description,
        "label_kind": task.kind.value,
        "separator": task.separator,
        "scale": list(task.scale),
        "labels": list(task.labels),
        "synonyms": {label: list(words) for label, words in task.synonyms},
        "questions": task.n_questions,
        "question": task.question,
        "scenarios": list(task.scenarios),
        "sources": [
            {"name": source.name, "questions": source.n_questions, "labels": list(source.label_set)}
            for source in task.sources
            if source.name
        ],
    }


def _table(all_tasks: Collection[Task]) -> Table:

    from cuewise.cli.output import new_table

    table = new_table()
    table.add_column("Task", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Labels", no_wrap=True, justify="right")
    table.add_column("Questions", no_wrap=True, justify="right")
    table.add_column("Sources")
    table.add_column("Scenarios")
    for task in all_tasks:
        table.add_row(
            task.name,
            task.kind.value,
            _label_counts(task),
            f"{task.n_questions:,}",
            ", ".join(source.name for source in task.sources),
            ", ".join(task.scenarios),
        )
    table.add_section()
    questions = sum(task.n_questions for task in all_tasks)
    scenarios = sum(len(task.scenarios) for task in all_tasks)
    table.add_row("All tasks", "", "", f"{questions:,}", "", f"{scenarios} in all", style="bold")
    return table


def _own_table(own: Collection[Task]) -> Table:
    from rich.text import Text

    from cuewise.cli.output import new_table

    table = new_table()
    table.add_column("Task", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("Labels")
    table.add_column("Also called")
    for task in own:
        joined = " < " if task.scale else ", "
        also = (f"{label}: {', '.join(words)}" for label, words in task.synonyms)
        table.add_row(
            Text(task.name), task.kind.value, Text(joined.join(task.labels)), Text("\n".join(also) or "–")
        )
    return table


def _label_counts(task: Task) -> str:
    """How many candidates a question has; it may differ by source."""
    return "/".join(str(count) for count in sorted({len(source.label_set) for source in task.sources}))
