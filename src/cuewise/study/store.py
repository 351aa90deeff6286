"""What raters said, in an SQLite file: every click as it came, and never changed.

A click is on disk before its page hears that it is. What a rater says by now follows from the clicks: the last one on
each question counts, and a click that takes another back is a click too. So nothing is lost at kill -9 or by a mistake,
and a click that a page sends again, as it heard nothing, counts once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cuewise.errors import RunError
from cuewise.runs.reading import open_to_read
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Click, Said

FORMAT: Final = 1
"""`user_version` of the file; raised when the tables change."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS raters (
    name     TEXT PRIMARY KEY,
    token    TEXT NOT NULL UNIQUE    -- SHA-256 of the token in the rater's link
);
CREATE TABLE IF NOT EXISTS clicks (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    rater    TEXT NOT NULL REFERENCES raters (name),
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


@dataclass(frozen=True, slots=True)
class Kept:
    """A click as it is kept."""

    number: int
    """From 1, in the order in which they came."""
    rater: str
    id: str
    item: str
    question: str
    value: Any
    spent_s: float
    at: str
    """UTC, ISO 8601."""
    undoes: str


def utc_now() -> str:
    """Now, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def token_hash(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class RatingStore:
    """The ratings of one study. Safe for several threads; several processes may read while one serves."""

    def __init__(self, path: Path, *, read_only: bool = False, now: Callable[[], str] = utc_now) -> None:
        """Open or create the file.

        Raises:
            RunError: it cannot be opened, or was written by a newer version.
        """
        self._now = now
        self._lock = threading.Lock()
        try:
            if read_only:
                self._db = open_to_read(path, check_same_thread=False)
            else:
                self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
            self._db.row_factory = sqlite3.Row
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            raise RunError(
                f"the ratings of study {path.parent.name} cannot be opened ({error}): check that the folder can be"
                " written and the disk has room"
            ) from error
        if version > FORMAT:
            self._db.close()
            raise RunError(
                f"the ratings of study {path.parent.name} have format {version}, and this version of Cuewise reads"
                f" up to {FORMAT}: upgrade Cuewise"
            )
        if not read_only:
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version={FORMAT}")
            self._db.commit()

    def close(self) -> None:
        self._db.close()

    # --- raters ---

    def set_token(self, rater: str, token: str) -> None:
        """Give a rater a link; an earlier one of the same rater opens nothing any more."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO raters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET token = excluded.token",
                (rater, token_hash(token)),
            )

    def rater_of(self, token: str) -> str | None:
        """Whose link has this token; None for nobody's."""
        with self._lock:
            row = self._db.execute("SELECT name FROM raters WHERE token = ?", (token_hash(token),)).fetchone()
        return None if row is None else str(row[0])

    def linked(self) -> set[str]:
        """Names of the raters who have a link."""
        with self._lock:
            return {str(row["name"]) for row in self._db.execute("SELECT name FROM raters")}

    # --- clicks ---

    def add(self, rater: str, clicks: Sequence[Click]) -> int:
        """Keep clicks, all or none; returns once they are on disk.

        Returns:
            How many were new; those that were there already change nothing.

        Raises:
            RunError: they cannot be written.
        """
        at = self._now()
        rows = [
            (
                rater,
                click.id,
                click.item,
                click.question,
                json.dumps(click.value),
                click.spent_s,
                at,
                click.undoes,
            )
            for click in clicks
        ]
        try:
            with self._lock, self._db:
                before = self._db.total_changes
                self._db.executemany(
                    "INSERT INTO clicks (rater, id, item, question, value, spent_s, at, undoes)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                    " ON CONFLICT (rater, id) DO NOTHING",
                    rows,
                )
                return self._db.total_changes - before
        except sqlite3.Error as error:
            raise RunError(
                f"ratings cannot be written ({error}): free disk space or mend permissions; what was rated before"
                " is kept"
            ) from error

    def find(self, rater: str, id: str) -> Kept | None:
        """A click of a rater, counting or not; None where there is none."""
        found = self._read("SELECT * FROM clicks WHERE rater = ? AND id = ?", rater, id)
        return found[0] if found else None

    def counting(self, rater: str, item: str) -> list[Kept]:
        """The clicks on an item that still count, in the order in which they came."""
        return _counting(self._clicks(rater, item))

    def last(self, rater: str, item: str) -> str | None:
        """Id of the click that undo takes back: the last one on an item that still counts; None where there is none."""
        counting = self.counting(rater, item)
        return counting[-1].id if counting else None

    def said(self, rater: str, item: str) -> Said:
        """What a rater says of an item by now."""
        return _settled(rater, item, self._clicks(rater, item))

    def all_said(self) -> Iterator[Said]:
        """What every rater says of every item that he or she clicked on, by rater and item."""
        with self._lock:
            pairs = self._db.execute(
                "SELECT DISTINCT rater, item FROM clicks ORDER BY rater, item"
            ).fetchall()
        for rater, item in pairs:
            yield self.said(rater, item)

    def done(self, rater: str) -> set[str]:
        """Ids of the items that a rater has finished with."""
        clicks = self._read(
            "SELECT * FROM clicks WHERE rater = ? AND question = ? ORDER BY number", rater, DONE
        )
        return {
            item for item, value in {click.item: click.value for click in _counting(clicks)}.items() if value
        }

    def trail(self) -> Iterator[Kept]:
        """Every click of everybody, in the order in which they came."""
        yield from self._read("SELECT * FROM clicks ORDER BY number")

    def _clicks(self, rater: str, item: str) -> list[Kept]:
        return self._read("SELECT * FROM clicks WHERE rater = ? AND item = ? ORDER BY number", rater, item)

    def _read(self, query: str, *values: str) -> list[Kept]:
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        return [Kept(**{**dict(row), "value": json.loads(row["value"])}) for row in rows]


def _counting(clicks: Iterable[Kept]) -> list[Kept]:
    """Without those that were taken back, and those that took them back."""
    clicks = list(clicks)
    gone = {click.undoes for click in clicks}
    return [click for click in clicks if not click.undoes and click.id not in gone]


def _settled(rater: str, item: str, clicks: Sequence[Kept]) -> Said:
    now: dict[str, object] = {click.question: click.value for click in _counting(clicks)}
    label = now.get(LABEL)
    return Said(
        rater=rater,
        item=item,
        steps={
            int(question): str(value) for question, value in now.items() if question.isdecimal() and value
        },
        label=tuple(map(str, label)) if isinstance(label, list) else None,
        cannot_tell_label=label == "cannot tell",
        note=str(now.get(NOTE) or ""),
        reasons=str(now.get(REASONS) or ""),
        done=now.get(DONE) is True,
        spent_s=max((click.spent_s for click in clicks), default=0.0),
        at=clicks[-1].at if clicks else "",
    )
