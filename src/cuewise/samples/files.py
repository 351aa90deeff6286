"""Read annotation files into raw entries: JSON lists, JSON Lines, CSV.

Each reader goes through its file and gives entries and problems in the file's order. What cannot be read costs as
little as can be told: a cell its row, a line or an object itself, and only a list that is not JSON the whole file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cuewise.samples.problems import Problem, printable

MAX_CELL_LENGTH: Final = 50_000_000
"""Characters in one CSV cell; the standard library's 131,072 are too few for a long transcript."""
MAX_READ_AGAIN: Final = 10
"""How often, on average, a line of a CSV file may be read again because a quote before it was left open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file, unchecked."""

    where: str
    """File with entry number or line."""
    values: dict[str, Any]


def is_encodable(text: str) -> bool:
    """Whether a text can be written as UTF-8.

    It cannot where JSON's escapes spell halves of characters, or where it stands for bytes that are not UTF-8
    (`surrogateescape`).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _undecodable(where: str, what: str = "has") -> Problem:
    return Problem(where, f"{what} bytes that are not UTF-8", "save the file as UTF-8")


def _entry(where: str, value: Any) -> Entry | Problem:
    if isinstance(value, dict):
        return Entry(where, value)
    return Problem(
        where, f"is a JSON {type(value).__name__}, not an object", "write it as {...} with its keys"
    )


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json_list(path: Path, name: str) -> Iterator[Entry | Problem]:
    """The entries of a JSON file that holds one list of objects; `name` stands for the file in messages.

    Raises:
        OSError: the file cannot be read.
    """
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    decoded = is_encodable(text)
    try:
        content = _parse(text)
    except ValueError as error:
        yield _broken_json(name, text, error)
        return
    if not isinstance(content, list):
        yield Problem(name, f"holds a JSON {type(content).__name__}", "it must hold a list of entries")
        return
    del text
    content.reverse()
    for number in range(1, len(content) + 1):
        where, value = f"{name}, entry {number}", content.pop()
        yield _entry(where, value) if decoded or _all_encodable(value) else _undecodable(where)


def _all_encodable(value: Any) -> bool:
    try:
        return is_encodable(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return False  # no entry is nested as deeply as that


def _broken_json(name: str, text: str, error: ValueError) -> Problem:
    try:
        text.encode()
    except UnicodeEncodeError as undecodable:
        # Another encoding altogether is the likelier reason.
        line = text.count("\n", 0, undecodable.start) + 1
        return Problem(name, f"is not UTF-8 (at line {line})", "save it as UTF-8")
    if isinstance(error, json.JSONDecodeError):
        message = error.msg.removesuffix(" at")  # "Unterminated string starting at"
        what = f"is not JSON: {message} at line {error.lineno}, column {error.colno}"
    else:
        what = f"is not usable JSON: {error}"
    return Problem(name, what, "mend or fetch it again")


def read_json_lines(path: Path, name: str) -> Iterator[Entry | Problem]:
    """The entries of a file with one JSON object a line; blank lines are passed over.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:  # a file of bytes ends its lines at \n alone
        for number, line in enumerate(file, 1):
            where = f"{name}, line {number}"
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip():
                    yield _entry(where, _parse(text))
            except UnicodeDecodeError:
                yield _undecodable(where)
            except ValueError as error:
                yield Problem(where, f"is not JSON: {printable(error)}", "mend the line")


def read_csv(path: Path, name: str) -> Iterator[Entry | Problem]:
    """The rows of a CSV file with a header; cells lose the space around them, and empty ones are left out.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = file.readlines()
    with _long_cells():
        rows = _rows(lines)
        number, first = next(rows, (1, []))
        header = _header(name, f"{name}, line {number}", first)
        if isinstance(header, Problem):
            yield header
            return
        for number, row in rows:
            if isinstance(row, csv.Error) or any(row):
                yield _row(f"{name}, line {number}", header, row)


def _header(name: str, where: str, row: list[str] | csv.Error) -> list[str] | Problem:
    if isinstance(row, csv.Error):
        return _misquoted(where, row)
    columns = [column.strip().lower() for column in row]
    if not any(columns):
        return Problem(name, "is empty", "its first line must name the columns")
    if not all(is_encodable(column) for column in columns):
        return _undecodable(where)
    if len(columns) == 1:
        for sign, called in ((";", "semicolons"), ("\t", "tabs")):
            if sign in columns[0]:
                return Problem(name, f"has {called} between its columns", "save it with commas between them")
    if len(set(columns)) != len(columns):
        return Problem(name, "names a column twice in its first line", "rename one")
    return columns


def _misquoted(where: str, error: csv.Error) -> Problem:
    return Problem(where, f"is not CSV: {error}", "mend its quoting")


def _row(where: str, header: Sequence[str], row: list[str] | csv.Error) -> Entry | Problem:
    if isinstance(row, csv.Error):
        return _misquoted(where, row)
    if len(row) > len(header):
        what = f"has {len(row)} cells under {len(header)} columns"
        return Problem(where, what, "put cells with commas in quotes")
    values = {key: cell.strip() for key, cell in zip(header, row, strict=False) if cell.strip()}
    for key, cell in values.items():
        if not is_encodable(cell):
            return _undecodable(where, f"`{printable(key)}` has")
    return Entry(where, values)


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The rows of a CSV file, each with the number of its first line; in place of a broken row, what is wrong.

    A broken row costs its first line alone, since a quote left open may have swallowed whole rows after it:
    reading goes on with the next line. Where too much would be read again, what was swallowed is given up.
    """
    at, to_spare = 0, MAX_READ_AGAIN * len(lines)
    while at < len(lines):
        rows = csv.reader((lines[here] for here in range(at, len(lines))), strict=True)
        start = at
        try:
            for row in rows:
                yield start + 1, row
                start = at + rows.line_num
            return
        except csv.Error as error:
            end = at + rows.line_num
            to_spare -= end - start - 1
            if to_spare >= 0:
                yield start + 1, error
                at = start + 1
            else:
                yield start + 1, csv.Error(f"{error}; nothing up to line {end} is read")
                at = end


@contextmanager
def _long_cells() -> Iterator[None]:
    # The limit is the module's, not the reader's; leave it as it was.
    before = csv.field_size_limit(MAX_CELL_LENGTH)
    try:
        yield
    finally:
        csv.field_size_limit(before)
