"""The SQLite file with a study's ratings: its tables, how it is opened, and what to say where SQLite refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cuewise.errors import RunError
from cuewise.runs.reading import open_to_read

FORMAT: Final = 2
"""`user_version` of the file; raised when the tables change. In format 1 there were no `link_hosts`."""
WAIT_S: Final = 30.0
"""How long another program may write before this one gives up."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS raters (
    name     TEXT PRIMARY KEY,
    token    TEXT NOT NULL UNIQUE    -- SHA-256 of the token in the rater's link
);
CREATE TABLE IF NOT EXISTS link_hosts (
    rater    TEXT PRIMARY KEY,       -- one with a link; none for links that were made under format 1
    host     TEXT NOT NULL           -- HOST:PORT in that link
);
CREATE TABLE IF NOT EXISTS clicks (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    rater    TEXT NOT NULL,          -- also of those who have no link, as they rated elsewhere
    id       TEXT NOT NULL,          -- made by the page, so that a click sent twice is known
    item     TEXT NOT NULL,
    question TEXT NOT NULL,          -- a step's index, label, note, reasons, done
    value    TEXT NOT NULL,          -- JSON
    spent_s  REAL NOT NULL,          -- seconds that the item was open
    at       TEXT NOT NULL,          -- UTC, ISO 8601
    undoes   TEXT NOT NULL,          -- id of the click of this rater that it takes back; empty for none
    UNIQUE (rater, id)
);
CREATE INDEX IF NOT EXISTS clicks_by_item ON clicks (rater, item, number);
CREATE TRIGGER IF NOT EXISTS clicks_are_kept BEFORE DELETE ON clicks
    BEGIN SELECT RAISE(ABORT, 'clicks are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS clicks_are_final BEFORE UPDATE ON clicks
    BEGIN SELECT RAISE(ABORT, 'clicks are never changed'); END;
"""
_CREATE: Final = f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version={FORMAT};COMMIT;"

_TO_DO: Final = {
    sqlite3.SQLITE_BUSY: "another program has been writing to it for long: end that and try again",
    sqlite3.SQLITE_LOCKED: "another program has been writing to it for long: end that and try again",
    sqlite3.SQLITE_FULL: "the disk is full: make room; what was rated before is kept",
    sqlite3.SQLITE_IOERR: "the disk failed: see to it; what was rated before is kept",
    sqlite3.SQLITE_READONLY: "it may not be written: mend the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "it may not be opened: mend the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it may not be opened: mend the permissions of the file and its folder",
    sqlite3.SQLITE_NOTADB: "it is damaged: restore it from a copy",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a copy",
}
"""By SQLite's result code without its extension (https://sqlite.org/rescode.html)."""


def open_ratings(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open or create the file; transactions begin where they are told to.

    A file of an older format gets what it lacks once it is opened to be written. To be read, a file in which nothing
    was created yet, as whoever began it was stopped, is one without ratings.

    Raises:
        RunError: it cannot be opened, or was written by a newer version.
    """
    with telling(path):
        if read_only:
            db = open_to_read(path, check_same_thread=False)
        else:
            db = sqlite3.connect(path, timeout=WAIT_S, check_same_thread=False)
        try:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if version > FORMAT:
                raise RunError(
                    f"the ratings of study {path.parent.name} have format {version}, and this version of Cuewise reads"
                    f" up to {FORMAT}: upgrade Cuewise"
                )
            if read_only and not version:
                db.close()
                db = sqlite3.connect(":memory:", check_same_thread=False)
            elif not read_only:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=FULL")
            if version < FORMAT and not (read_only and version):
                db.executescript(_CREATE)
        except BaseException:
            db.close()
            raise
    db.isolation_level = None
    db.row_factory = sqlite3.Row
    return db


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite says into words.

    Raises:
        RunError: the file could not be read or written.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Errors that are not of SQLite itself, such as that of a closed connection, have no code.
        to_do = _TO_DO.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        raise RunError(
            f"the ratings of study {path.parent.name} cannot be read or written ({error}); {path.name}:"
            f" {to_do or 'check that its folder can be written and the disk has room'}"
        ) from error
