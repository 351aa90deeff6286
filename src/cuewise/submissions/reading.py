"""Reads a submission, which is foreign input: nothing of it is held that does not fit, and nothing is guessed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import from_json

from cuewise.errors import InputError
from cuewise.records import Outcome, Record
from cuewise.samples.problems import printable
from cuewise.submissions.header import FORMAT, VERSION, Header

MAX_LINE: Final = 8 * 2**20
"""Bytes of one line."""
MAX_BYTES: Final = 2 * 2**30
"""Bytes of the whole file, unpacked."""
MAX_HEADER: Final = 2**18
"""Bytes of the first line, all of which stands on a page of the leaderboard; real ones have some ten thousand."""
MAX_EPOCHS: Final = 1000

_GZIP: Final = b"\x1f\x8b"
_R = TypeVar("_R", bound=Record)


@dataclass(frozen=True)
class Submission:
    """An open submission."""

    name: str
    """The file's, safe to print."""
    header: Header
    outcomes: Iterator[Outcome]
    """To be gone through once, while the file is open."""


@contextmanager
def open_submission(path: Path) -> Iterator[Submission]:
    """A submission, read as it is gone through.

    Raises:
        InputError: it cannot be read, is none, or is of another version; raised while outcomes are gone through, too.
    """
    name = printable(path.name)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            file = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
            lines = _lines(file, name)
            header = _header(next(lines, b""), name)
            yield Submission(name, header, _outcomes(lines, name))
    except OSError as error:
        reason = error.strerror or "it is no whole gzip file"
        raise InputError(
            f"{printable(path)} cannot be read ({reason}): check the path and the file"
        ) from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{name} is cut off or damaged inside its gzip: fetch it again") from error


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines, without empty ones after the last."""
    total = number = empty = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        total += len(line)
        if len(line) > MAX_LINE:
            raise InputError(
                f"{name}, line {number}: longer than {MAX_LINE:,} bytes; no submission has such lines"
            )
        if total > MAX_BYTES:
            raise InputError(
                f"{name}: more than {MAX_BYTES:,} bytes when unpacked; no submission is that large"
            )
        if not line.strip():
            empty = empty or number
            continue
        if empty:
            raise InputError(f"{name}, line {empty}: empty, with more after it; {_export}")
        yield line


def _header(line: bytes, name: str) -> Header:
    if len(line) > MAX_HEADER:
        raise InputError(f"{name}, line 1: longer than {MAX_HEADER:,} bytes; no submission begins so")
    try:
        # In free-form settings a record would take a NaN, which JSON does not have.
        start = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        raise InputError(f"{name} is no submission: its first line is no JSON; {_export}") from error
    if not isinstance(start, dict) or start.get("format") != FORMAT:
        raise InputError(f"{name} is no submission: its first line does not say {FORMAT!r}; {_export}")
    if start.get("version") != VERSION:
        version = printable(start.get("version"), 20)
        raise InputError(
            f"{name} has version {version} of the format, and this Cuewise reads {VERSION}: use the Cuewise that"
            " made it, or a newer one"
        )
    header = _record(Header, line, f"{name}, line 1")
    if not 1 <= header.settings.epochs <= MAX_EPOCHS:
        raise InputError(f"{name}, line 1: epochs must lie in 1..{MAX_EPOCHS}")
    return header


_export: Final = "`cuewise export submission RUN -o FILE` makes one"


def _outcomes(lines: Iterator[bytes], name: str) -> Iterator[Outcome]:
    for number, line in enumerate(lines, 2):
        outcome = _record(Outcome, line, f"{name}, line {number}")
        if outcome.sample.clip.path is not None:
            raise InputError(
                f"{name}, line {number}: sample.clip.path: a submission does not say where a clip lies; {_export}"
            )
        yield outcome


def _record(kind: type[_R], line: bytes, where: str) -> _R:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = printable(".".join(map(str, first["loc"])) or "its start", 120)
        raise InputError(f"{where}: {place}: {printable(first['msg'], 200)}") from error
