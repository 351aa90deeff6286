"""Files that are there whole or not at all, however the process that writes them ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cuewise.errors import InputError
from cuewise.samples.problems import printable


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, in place of an earlier one in one step.

    Raises:
        OSError: the folder cannot be written; an earlier file stays as it was.
    """
    with whole_file(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of an earlier one in one step when the block ends well.

    Raises:
        OSError: the folder cannot be written; an earlier file stays as it was.
    """
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def output_file(path: Path) -> Iterator[BinaryIO]:
    """The same, of a file that the user named with `-o`.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{printable(path)} cannot be written ({reason}): name another file with -o"
        ) from error
