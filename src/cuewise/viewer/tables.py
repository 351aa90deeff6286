"""The index on disk, `WORKSPACE/viewer.sqlite`: all that lists and filters need of all outcomes of all runs.

It is derived from the runs' own files and may be deleted while no viewer runs. An index that is no database, or of
another version of Cuewise, is made anew. It is in WAL mode: a killed writer leaves what was committed before, readers
never wait for a writer, and several viewers share it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from cuewise.viewer.text import has_full_text

FORMAT: Final = 4
"""Raised whenever the tables change, or what is put into them."""

TIMEOUT_S: Final = 30
"""How long a writer waits for another viewer."""

_CACHE_KIB: Final = 24576
"""Of pages, per connection."""

_TABLES: Final = """
CREATE TABLE changes (
    made INTEGER NOT NULL,              -- drawn by lot, so that an index is known from one that takes its place
    n INTEGER NOT NULL                  -- goes up with every change, so that what was computed is known to be old
);
INSERT INTO changes VALUES (random(), 0);
CREATE TABLE runs (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    seen      TEXT NOT NULL DEFAULT '',     -- state of its files when they were read; '' where that cannot be told
    file      INTEGER NOT NULL DEFAULT 0,   -- application_id of its outcomes.sqlite; 0 where there was none
    last      INTEGER NOT NULL DEFAULT -1,  -- highest rowid taken in from there
    unread    INTEGER NOT NULL DEFAULT 0,   -- outcomes in it that cannot be read
    first_unread TEXT,                      -- sample of the first of them
    changed   INTEGER NOT NULL DEFAULT 0,   -- n of its last change
    problems  TEXT NOT NULL DEFAULT '[]',   -- JSON: what else is wrong with it, [[what, hint], ...]
    manifest  TEXT,                         -- JSON of what is shown of it; null where it cannot be read
    outcomes  INTEGER NOT NULL DEFAULT 0,
    kinds     TEXT NOT NULL DEFAULT '{}',   -- JSON: {kind: outcomes}
    recognition REAL, reasoning REAL, cot REAL    -- means over samples, 0..1
);
CREATE TABLE samples (
    id        INTEGER PRIMARY KEY,
    identity  TEXT NOT NULL UNIQUE,     -- hash of all that makes it the same sample in two runs
    name      TEXT NOT NULL             -- its id in the dataset
);
CREATE TABLE labels (                   -- each combination of labels that occurs
    id        INTEGER PRIMARY KEY,
    names     TEXT NOT NULL UNIQUE      -- JSON
);
CREATE TABLE outcomes (
    id        INTEGER PRIMARY KEY,      -- also rowid in the run's table of texts, text_RUN
    run       INTEGER NOT NULL,
    sample    INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    task      TEXT NOT NULL,
    gold      INTEGER NOT NULL,         -- labels
    predicted INTEGER,                  -- labels; null where no label step was reached
    kind      TEXT NOT NULL,
    cause     TEXT,
    protocol  TEXT NOT NULL,
    recognition REAL, reasoning REAL, cot REAL,
    n_steps   INTEGER NOT NULL,
    disagreements INTEGER NOT NULL,     -- sum of BITS, of those that it shows by itself
    UNIQUE (run, position, epoch)
);
"""


def open_index(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection that may write, to an index that is there and of this version, and whether it has FTS5.

    Raises:
        sqlite3.Error: no index can be made there.
    """
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:  # no database, or a damaged one
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _open(path)


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time.

    Args:
        create: whether an empty file is made where there is none.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    address = f"{path.resolve().as_uri()}?mode={'rwc' if create else 'rw'}"
    db = sqlite3.connect(address, uri=True, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False)
    db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    return db


def version(full_text: bool) -> int:
    """`user_version` of an index; one made without FTS5 is of no use with it, and the other way round."""
    return 2 * FORMAT + full_text


def read_version(db: sqlite3.Connection) -> int:
    """`user_version` as it is now."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _open(path: Path) -> tuple[sqlite3.Connection, bool]:
    db = connect(path, create=True)
    try:
        full_text = has_full_text(db)
        if db.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise sqlite3.OperationalError("its file system has no shared memory")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("BEGIN IMMEDIATE")  # so that of two viewers that start at once, one makes it
        if read_version(db) != version(full_text):
            _make(db, full_text)
        db.execute("COMMIT")
    except sqlite3.Error:
        db.close()
        raise
    return db, full_text


def _make(db: sqlite3.Connection, full_text: bool) -> None:
    listed = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY sql NOT LIKE '%VIRTUAL%'"
    for kind, name in db.execute(listed).fetchall():
        if kind in ("table", "view"):
            # With a virtual table go those that it keeps itself in.
            quoted = name.replace('"', '""')
            db.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    for statement in _statements():
        db.execute(statement)
    db.execute(f"PRAGMA user_version={version(full_text)}")


def _statements() -> list[str]:
    """One by one, as `executescript` would commit first."""
    bare = "\n".join(line.partition("--")[0] for line in _TABLES.splitlines())
    return [statement for statement in bare.split(";") if statement.strip()]
