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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from cuewise.errors import InputError
from cuewise.records import CANNOT_TELL
from cuewise.samples.problems import printable
from cuewise.study.ratings_file import open_ratings, telling
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Click, Said


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
    """The ratings of one study. Safe for several threads and processes, readers and writers."""

    def __init__(self, path: Path, *, read_only: bool = False, now: Callable[[], str] = utc_now) -> None:
        """Open or create the file.

        Every method raises RunError where the file cannot be read or written.

        Raises:
            RunError: it cannot be opened, or was written by a newer version.
        """
        self._path, self._now = path, now
        # Entered again by the thread that has it: `at_once` around methods.
        self._lock = threading.RLock()
        self._db = open_ratings(path, read_only=read_only)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is read and written inside is one transaction: nobody else writes meanwhile, in this process or in
        another, and what is written is on disk at its end, or is not there at all where an error leaves it."""
        with self._lock, telling(self._path):
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise

    # --- raters ---

    def set_token(self, rater: str, token: str, host: str = "") -> None:
        """Give a rater a link; an earlier one of the same rater opens nothing any more.

        Args:
            host: HOST:PORT in the link; empty where it is not known.
        """
        with self.at_once():
            self._db.execute("INSERT OR REPLACE INTO link_hosts VALUES (?, ?)", (rater, host))
            self._db.execute(
                "INSERT INTO raters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET token = excluded.token",
                (rater, token_hash(token)),
            )

    def rater_of(self, token: str) -> str | None:
        """Whose link has this token; None for nobody's."""
        rows = self._rows("SELECT name FROM raters WHERE token = ?", token_hash(token))
        return str(rows[0]["name"]) if rows else None

    def linked(self) -> set[str]:
        """Names of the raters who have a link."""
        return {str(row["name"]) for row in self._rows("SELECT name FROM raters")}

    def link_hosts(self) -> set[str]:
        """HOST:PORT of the links that raters have, of those that are known. The file is one opened to be written."""
        return {str(row["host"]) for row in self._rows("SELECT host FROM link_hosts WHERE host <> ''")}

    # --- clicks ---

    def add(self, rater: str, clicks: Sequence[Click]) -> int:
        """Keep clicks, all or none; returns once they are on disk.

        Returns:
            How many were new; those that were there already change nothing.

        Raises:
            InputError: another click of this rater has the id of one, or one takes back what is no click of this rater
                on the same question of the same item.
            RunError: they cannot be written.
        """
        with self.at_once():
            return sum(self._add(rater, click) for click in clicks)

    def _add(self, rater: str, click: Click) -> bool:
        """Whether it was new."""
        before = self.find(rater, click.id)
        if before is not None:
            if not same(before, click):
                raise InputError(
                    f"another click of {rater} has the id {click.id}: give each click an id of its own"
                )
            return False
        if click.undoes and not undone_by(click, self.find(rater, click.undoes)):
            raise InputError(
                f"click {click.id} of {rater} takes back {printable(click.undoes)}, which is no answer of {rater} to"
                f" the same question of item {printable(click.item)}"
            )
        self._db.execute(
            "INSERT INTO clicks (rater, id, item, question, value, spent_s, at, undoes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(rater, click.id, click.item, click.question, json.dumps(click.value)),
                *(click.spent_s, self._now(), click.undoes),
            ),
        )
        return True

    def find(self, rater: str, id: str) -> Kept | None:
        """A click of a rater, counting or not; None where there is none."""
        found = self._clicks("SELECT * FROM clicks WHERE rater = ? AND id = ?", rater, id)
        return found[0] if found else None

    def counting(self, rater: str, item: str) -> list[Kept]:
        """The clicks on an item that still count, in the order in which they came."""
        return _counting(self._of_item(rater, item))

    def last(self, rater: str, item: str) -> str | None:
        """Id of the click that undo takes back: the last one on an item that still counts; None where there is none."""
        counting = self.counting(rater, item)
        return counting[-1].id if counting else None

    def said(self, rater: str, item: str) -> Said:
        """What a rater says of an item by now."""
        return _settled(rater, item, self._of_item(rater, item))

    def all_said(self) -> Iterator[Said]:
        """What every rater says of every item that he or she clicked on, by rater and item."""
        clicks = self._clicks("SELECT * FROM clicks ORDER BY rater, item, number")
        for (rater, item), of_item in groupby(clicks, lambda click: (click.rater, click.item)):
            yield _settled(rater, item, list(of_item))

    def done(self, rater: str) -> set[str]:
        """Ids of the items that a rater has finished with."""
        clicks = self._clicks("SELECT * FROM clicks WHERE rater = ? ORDER BY item, number", rater)
        by_item = groupby(clicks, lambda click: click.item)
        return {item for item, of_item in by_item if _settled(rater, item, list(of_item)).done}

    def trail(self) -> Iterator[Kept]:
        """Every click of everybody, in the order in which they came."""
        yield from self._clicks("SELECT * FROM clicks ORDER BY number")

    def _of_item(self, rater: str, item: str) -> list[Kept]:
        return self._clicks("SELECT * FROM clicks WHERE rater = ? AND item = ? ORDER BY number", rater, item)

    def _clicks(self, query: str, *values: str) -> list[Kept]:
        rows = self._rows(query, *values)
        return [Kept(**{**dict(row), "value": json.loads(row["value"])}) for row in rows]

    def _rows(self, query: str, *values: str) -> list[sqlite3.Row]:
        with self._lock, telling(self._path):
            return self._db.execute(query, values).fetchall()


def same(before: Kept, click: Click) -> bool:
    """Whether a click says what one with its id said before; the time spent may be told in another way."""
    return _content(before) == _content(click)


def undone_by(click: Click, target: Kept | None) -> bool:
    """Whether a click can take back another of its rater: an answer to the same question of the same item."""
    return target is not None and (target.item, target.question, target.undoes) == (
        click.item,
        click.question,
        "",
    )


def _content(click: Kept | Click) -> tuple[str, ...]:
    return click.item, click.question, json.dumps(click.value), click.undoes


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
        cannot_tell_label=label == CANNOT_TELL,
        note=str(now.get(NOTE) or ""),
        reasons=str(now.get(REASONS) or ""),
        done=now.get(DONE) is True,
        spent_s=max((click.spent_s for click in clicks), default=0.0),
        at=clicks[-1].at if clicks else "",
    )
