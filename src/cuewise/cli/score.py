"""`cuewise score`: score the authors' judged files by their own rules and by strict ones, side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli.options import JsonOption

if TYPE_CHECKING:
    from cuewise.samples.tasks import Task


class JudgedFormat(StrEnum):
    """Formats of judged files."""

    OFFICIAL = "official"


def score_command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Judged files; those of one task are pooled.")
    ],
    judged_format: Annotated[
        JudgedFormat, typer.Option("--format", help="Format of the files: official is the authors' own.")
    ] = JudgedFormat.OFFICIAL,
    task: Annotated[
        str | None, typer.Option(help="Task of all the files; by default read from each file's name.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score the authors' judged files, by their metric scripts' rules and strictly, and say where and why
    the two part.

    The official figures leave entries out whose judgement they cannot read; the strict ones count every entry.
    """
    from cuewise.cli.output import print_json
    from cuewise.scores.compare import compare_task, comparison_to_json
    from cuewise.scores.judged import read_judged_file

    comparisons = [
        compare_task(
            found.name,
            [entry for path in paths for entry in read_judged_file(path)],
            separator=found.separator,
        )
        for found, paths in _by_task(files, task)
    ]
    if json:
        print_json(comparison_to_json(comparisons))
    else:
        from cuewise.cli.score_tables import print_comparison

        print_comparison(comparisons)


def _by_task(files: list[Path], name: str | None) -> list[tuple[Task, list[Path]]]:
    """Files by task, tasks in the order in which the files name them.

    Raises:
        InputError: a file's task cannot be told, the task is unknown, or a file is given twice.
    """
    from cuewise.errors import InputError
    from cuewise.samples.problems import printable
    from cuewise.samples.tasks import get_task, task_from_file_name

    groups: dict[str, tuple[Task, list[Path]]] = {}
    seen: set[Path] = set()
    for path in files:
        if path.resolve() in seen:
            raise InputError(f"{printable(path)}: given twice; its entries would count twice")
        seen.add(path.resolve())
        task = get_task(name) if name is not None else task_from_file_name(path)
        if task is None and not path.is_file():
            raise InputError(f"{printable(path)}: there is no such file; check the path")
        if task is None:
            raise InputError(
                f"{printable(path)}: the file's name does not say which task it is of; "
                "add --task NAME, or name it like ER-Lab_eval.json"
            )
        groups.setdefault(task.name, (task, []))[1].append(path)
    return list(groups.values())
