"""Brings ratings that were made elsewhere into a study, as clicks of their raters: all of a file, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cuewise.agreement.cells import as_cell
from cuewise.agreement.ratings import first_of
from cuewise.errors import InputError
from cuewise.samples.problems import printable
from cuewise.study.checks import MOST_SPENT_S, called
from cuewise.study.exchange.checks import Read, answers_of, problems_of
from cuewise.study.exchange.from_document import read_document
from cuewise.study.exchange.from_label_studio import read_label_studio
from cuewise.study.exchange.from_table import read_table
from cuewise.study.records import Click, Said, Study
from cuewise.study.store import RatingStore

MOST_BYTES: Final = 200_000_000
"""Of a file; ten thousand answers rated by ten people are a tenth of it."""


class FileFormat(StrEnum):
    """How a file of ratings is written."""

    CSV = "csv"
    JSON = "json"
    LABEL_STUDIO = "label-studio"


_READERS: Final[dict[FileFormat, Callable[[Path, str, Study], Iterator[Read | str]]]] = {
    FileFormat.CSV: read_table,
    FileFormat.JSON: read_document,
    FileFormat.LABEL_STUDIO: read_label_studio,
}


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What an import added."""

    raters: tuple[str, ...]
    """Whose answers are new."""
    items: int
    """Different items that they are of."""
    clicks: int
    """What was new."""
    taken_back: int
    """Answers that an earlier import brought in, and that were taken back here since: they stay so."""


def format_of(path: Path) -> FileFormat:
    """How a file is written, by its name, and of JSON by its first sign: Label Studio exports a list.

    Raises:
        InputError: the file cannot be read, or its name does not tell.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        return FileFormat.CSV
    if ending != ".json":
        raise InputError(f"{printable(path.name)} does not tell its format: name it with --format")
    with _reading(path), path.open("rb") as file:
        start = file.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip()
    return FileFormat.LABEL_STUDIO if start.startswith(b"[") else FileFormat.JSON


def read_ratings(path: Path, file_format: FileFormat, study: Study) -> list[Read]:
    """Read a file of ratings of a study; one bad entry and nothing of it is used.

    Raises:
        InputError: the file cannot be read, holds no ratings, or has entries that are not in form.
    """
    name = printable(path.name)
    reads: list[Read] = []
    problems: list[str] = []
    with _reading(path):
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{name} is larger than {MOST_BYTES:,} bytes, which no ratings of a study are")
        for read in _READERS[file_format](path, name, study):
            if isinstance(read, str):
                problems.append(read)
            else:
                reads.append(read)
    problems += problems_of(study, reads)
    if problems:
        raise InputError(first_of(problems))
    if not reads:
        raise InputError(f"{name} holds no ratings")
    return reads


def bring_in(study: Study, store: RatingStore, reads: Sequence[Read]) -> BroughtIn:
    """Keep ratings as clicks of their raters, all or none. What is there already is not kept again, and what was
    brought in before and has been taken back here is left so.

    Raises:
        InputError: a rater has said something else here.
        RunError: they cannot be written.
    """
    new: list[Said] = []
    taken_back = 0
    with store.at_once():
        problems: list[str] = []
        for read in reads:
            rater, item = read.said.rater, read.said.item
            now = answers_of(store.said(rater, item))
            for question, value in answers_of(read.said).items():
                click = _click(read.said, question, value)
                if question not in now:
                    if store.add(rater, [click]):
                        new.append(read.said)
                    else:
                        taken_back += 1
                elif _plain(now[question]) != _plain(value):
                    problems.append(
                        f"{read.where}: rater {rater} has said something else of {called(question)} of item {item}"
                        " here, and nothing is overwritten; give the rater another name"
                    )
        if problems:
            raise InputError(first_of(problems))
    return BroughtIn(
        raters=tuple(sorted({said.rater for said in new})),
        items=len({said.item for said in new}),
        clicks=len(new),
        taken_back=taken_back,
    )


def _plain(value: Any) -> Any:
    """Without what a table does not carry: line breaks of a text, the order of labels."""
    return as_cell(value) if isinstance(value, str) else sorted(value) if isinstance(value, list) else value


def _click(said: Said, question: str, value: Any) -> Click:
    content = json.dumps([said.rater, said.item, question, value])
    id = f"import-{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    spent_s = min(said.spent_s, MOST_SPENT_S)
    return Click(id=id, item=said.item, question=question, value=value, spent_s=spent_s)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be read: {error.strerror or error}; check the path"
        ) from error
