"""Opening an SQLite file to read it, also where nothing can be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def open_to_read(path: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    """A connection that changes nothing in the file.

    A file in WAL mode wants another one beside it even to be read. Where that cannot be made, as the folder may not
    be written, the file is read as it lies there, if all of it has been merged into it.

    Args:
        check_same_thread: False where whoever opens it sees to it that one thread at a time uses it.

    Raises:
        sqlite3.Error: it is not there or cannot be read.
    """
    address = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=30, check_same_thread=check_same_thread)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if not path.is_file() or _has_content(path.with_name(f"{path.name}-wal")):
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True, check_same_thread=check_same_thread)
    return connection


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
