"""Read annotation files into raw entries: JSON lists, JSON Lines, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cuewise.errors import DatasetError
from cuewise.samples.problems import Problem, printable

MAX_CELL_LENGTH: Final = 50_000_000
"""Characters in one CSV cell; the standard library's 131,072 are too few for a long transcript."""


@dataclass(frozen=True)
class Entry:
    """One record of a file, unchecked."""

    where: str
    """File with entry number or line."""
    values: dict[str, Any]


@dataclass(frozen=True)
class Entries:
    """What a file holds."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    """Records that are not even records."""


def read_text(path: Path, name: str) -> str:
    """The text of a UTF-8 file, with or without a byte order mark; `name` stands for it in messages.

    Raises:
        DatasetError: it cannot be opened or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(
            f"cannot read {name}: {error.strerror}; check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{name} is not UTF-8 (at byte {error.start}); save it as UTF-8") from error


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json_list(path: Path, name: str) -> Entries:
    """The entries of a JSON file that holds one list of objects.

    Raises:
        DatasetError: the file is unreadable or holds anything else.
    """
    text = read_text(path, name)
    try:
        content = _parse(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DatasetError(f"{name} is not JSON: {error.msg} at {place}; mend or fetch it again") from error
    except ValueError as error:
        raise DatasetError(f"{name} is not usable JSON: {error}; mend or fetch it again") from error
    if not isinstance(content, list):
        raise DatasetError(f"{name} holds a JSON {type(content).__name__}; it must hold a list of entries")
    return _checked([(f"{name}, entry {number}", value) for number, value in enumerate(content, 1)])


def read_json_lines(path: Path, name: str) -> Entries:
    """The entries of a file with one JSON object a line; blank lines are passed over.

    Raises:
        DatasetError: the file is unreadable.
    """
    values: list[tuple[str, Any]] = []
    problems: list[Problem] = []
    # Not splitlines(): that also cuts at signs that may stand inside a JSON string.
    for number, line in enumerate(read_text(path, name).split("\n"), 1):
        where = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            values.append((where, _parse(line)))
        except ValueError as error:
            problems.append(Problem(where, f"is not JSON: {printable(error)}", "mend the line"))
    checked = _checked(values)
    return Entries(checked.entries, (*problems, *checked.problems))


def _checked(values: list[tuple[str, Any]]) -> Entries:
    entries: list[Entry] = []
    problems: list[Problem] = []
    for where, value in values:
        if isinstance(value, dict):
            entries.append(Entry(where, value))
        else:
            what = f"is a JSON {type(value).__name__}, not an object"
            problems.append(Problem(where, what, "write it as {...} with its keys"))
    return Entries(tuple(entries), tuple(problems))


def read_csv(path: Path, name: str) -> Entries:
    """The rows of a CSV file with a header; cells lose the space around them, and empty ones are left out.

    Raises:
        DatasetError: the file is unreadable, has no header, a column twice, or broken quoting.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    with _long_cells():
        rows = csv.reader(io.StringIO(read_text(path, name), newline=""), strict=True)
        try:
            header = [column.strip().lower() for column in next(rows, [])]
            if not any(header):
                raise DatasetError(f"{name} is empty; its first line must name the columns")
            if len(set(header)) != len(header):
                raise DatasetError(f"{name} names a column twice in its first line; rename one")
            start = rows.line_num + 1
            for row in rows:
                where, start = f"{name}, line {start}", rows.line_num + 1
                if len(row) > len(header):
                    what = f"has {len(row)} cells under {len(header)} columns"
                    problems.append(Problem(where, what, "put cells with commas in quotes"))
                elif any(row):
                    cells = zip(header, (cell.strip() for cell in row), strict=False)
                    entries.append(Entry(where, {key: cell for key, cell in cells if cell}))
        except csv.Error as error:
            raise DatasetError(
                f"{name} is not CSV: {error} at line {rows.line_num}; mend its quoting"
            ) from error
    return Entries(tuple(entries), tuple(problems))


@contextmanager
def _long_cells() -> Iterator[None]:
    # The limit is the module's, not the reader's; leave it as it was.
    before = csv.field_size_limit(MAX_CELL_LENGTH)
    try:
        yield
    finally:
        csv.field_size_limit(before)
