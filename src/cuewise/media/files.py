"""Clip files on disk: are they there, and what is their hash."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from cuewise.errors import ClipBrokenError, ClipMissingError
from cuewise.records import ClipFault


def check_file(path: Path) -> os.stat_result:
    """Status of a regular file with something in it.

    Raises:
        ClipMissingError: there is no file, or it is a folder, a pipe or a device.
        ClipBrokenError: it is empty or may not be read.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise ClipMissingError(
            f"clip {path.name!r} is not there: put the file under the clips folder (a link may lead nowhere)"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise ClipMissingError(f"clip {path.name!r} is not a regular file: put the video itself in its place")
    if status.st_size == 0:
        raise ClipBrokenError(f"clip {path.name!r} is empty (0 bytes): fetch it again", ClipFault.ZERO_BYTES)
    return status


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content.

    Raises:
        ClipBrokenError: it may not be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ClipBrokenError(
            f"clip {path.name!r} cannot be read ({error.strerror}): check its permissions and its disk",
            ClipFault.UNREADABLE,
        ) from error
