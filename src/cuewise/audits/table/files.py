"""Read tables of published scores, and keep what a printed decimal can stand for.

Two forms of CSV, both with a header: one row per model and task (`model,task,rec,rea,cot`), and one row per model
(`model,recognition,reasoning,cot`, with `avg_step` and `avg_token` where they are known). `rec` and `recognition`
are the same column, and so are `rea` and `reasoning`. Other columns are passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from cuewise.errors import InputError, UnknownTaskError
from cuewise.samples.files import Entry, read_csv
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import get_task

SCORES: Final = ("recognition", "reasoning", "cot")
MEASURES: Final = ("avg_step", "avg_token")

_SYNONYMS: Final = {"rec": "recognition", "rea": "reasoning"}
_DECIMAL: Final = re.compile(r"[+-]?(?P<whole>\d{1,6})(?:\.(?P<part>\d{1,9}))?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_NOTHING: Final = frozenset(("-", "–", "—", "n/a", "na", "none", "null"))


@dataclass(frozen=True)
class Printed:
    """A number as printed, and the numbers that are printed so."""

    value: Fraction
    decimals: int

    @property
    def low(self) -> Fraction:
        """Least number that rounds to it. A half may go either way, so that both ends belong to it."""
        return self.value - self._half

    @property
    def high(self) -> Fraction:
        """Greatest number that rounds to it."""
        return self.value + self._half

    @property
    def _half(self) -> Fraction:
        return Fraction(1, 2 * 10**self.decimals)

    def __str__(self) -> str:
        return f"{float(self.value):.{self.decimals}f}"


Cell = Printed | str | None
"""A number, a text that is none, or nothing."""


@dataclass(frozen=True)
class Row:
    """One row of a table."""

    where: str
    """File and line."""
    model: str
    task: str | None
    """The benchmark's name for it; None in a table of overall scores."""
    cells: Mapping[str, Cell]
    """By column: `SCORES`, in a table of overall scores `MEASURES` too."""

    def number(self, column: str) -> Printed | None:
        """The cell's number; None where there is none, or for a score none within 0..100."""
        cell = self.cells.get(column)
        if not isinstance(cell, Printed) or (column in SCORES and not 0 <= cell.value <= 100):
            return None
        return cell

    @property
    def subject(self) -> str:
        """Model and task, safe to print."""
        return printable(self.model) if self.task is None else f"{printable(self.model)}, {self.task}"


def read_task_scores(path: Path) -> tuple[Row, ...]:
    """The rows of a table with one row per model and task.

    Raises:
        InputError: it cannot be read as such a table; the message names file and line.
    """
    return _read(path, ("model", "task", *SCORES), ())


def read_overall(path: Path) -> tuple[Row, ...]:
    """The rows of a table with one row per model.

    Raises:
        InputError: it cannot be read as such a table, or has several rows for each model, as a table of single tasks
            does; the message names the file.
    """
    rows = _read(path, ("model", *SCORES), MEASURES, foreign="task")
    if min(Counter(row.model for row in rows).values()) > 1:
        raise InputError(
            f"{printable(path.name)}: has each model several times; a table of overall scores has one row per model"
        )
    return rows


def _read(
    path: Path, required: tuple[str, ...], optional: tuple[str, ...], *, foreign: str | None = None
) -> tuple[Row, ...]:
    name = printable(path.name)
    entries = []
    try:
        for found in read_csv(path, name):
            if isinstance(found, Problem):
                raise InputError(str(found))
            entries.append((found.where, _columns(found)))
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read ({error.strerror}); check the path") from error
    if not entries:
        raise InputError(f"{name}: has no rows; a table of scores needs {_listed(required)}")
    if any(foreign in values for _, values in entries):
        raise InputError(
            f"{name}: has a column `{foreign}`, so its rows are scores of single tasks; a table of overall scores has"
            f" one row per model: {_listed(required)}. Name that one, or remove the column if these are overall scores"
        )
    for column in required:
        if not any(column in values for _, values in entries):
            raise InputError(
                f"{name}: has no column {_listed([column])} with anything in it; the columns are separated by commas"
                f" and named in the first line: {_listed(required)}"
            )
    return tuple(_row(where, values, required, optional) for where, values in entries)


def _listed(columns: Sequence[str]) -> str:
    """`model, recognition (or rec), ...`, as the command's help names them too."""
    shorter = {long: f"{long} (or {short})" for short, long in _SYNONYMS.items()}
    return ", ".join(shorter.get(column, column) for column in columns)


def _columns(entry: Entry) -> dict[str, str]:
    values: dict[str, str] = {}
    for column, text in entry.values.items():
        column = _SYNONYMS.get(column, column)
        if column in values:
            raise InputError(f"{entry.where}: has two columns for `{column}`; keep one")
        values[column] = text
    return values


def _row(where: str, values: Mapping[str, str], required: tuple[str, ...], optional: tuple[str, ...]) -> Row:
    for column in ("model", "task"):
        if column in required and column not in values:
            raise InputError(f"{where}: names no {column}; fill the cell or remove the row")
    columns = [column for column in (*required, *optional) if column not in ("model", "task")]
    return Row(
        where=where,
        model=values["model"],
        task=_task_name(values["task"]) if "task" in required else None,
        cells={column: _cell(values.get(column), column, where) for column in columns},
    )


def _task_name(text: str) -> str:
    """The benchmark's spelling where the task is one of its own; else as written."""
    try:
        return get_task(text).name
    except UnknownTaskError:
        return printable(text)


def _cell(text: str | None, column: str, where: str) -> Cell:
    if text is None or text.casefold() in _NOTHING:
        return None
    if text.endswith("%") and _DECIMAL.fullmatch(text[:-1].rstrip()):
        raise InputError(
            f"{where}: `{column}` is {printable(text)!r}; write percent as a plain number, without %"
        )
    if _COMMA.fullmatch(text):
        raise InputError(f"{where}: `{column}` is {printable(text)!r}; write decimals with a point")
    if match := _DECIMAL.fullmatch(text):
        return Printed(Fraction(text), len(match["part"] or ""))
    return text
