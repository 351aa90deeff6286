"""Taking a run's new outcomes into the index, all in one transaction, so that nobody sees half."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

from cuewise.runs.workspace import RunFolder
from cuewise.viewer.bodies import Body
from cuewise.viewer.columns import BITS
from cuewise.viewer.sources import New, Source, UnreadableError, manifest_facts, seen, source
from cuewise.viewer.text import COLUMNS, make_table

BATCH: Final = 500
"""Outcomes that are put in together; progress is told after each."""

_INSERT: Final = """
INSERT OR REPLACE INTO outcomes (id, run, sample, position, epoch, task, gold, predicted, kind, cause, protocol,
    recognition, reasoning, cot, n_steps, disagreements)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_TEXT: Final = f"(rowid, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * (1 + len(COLUMNS)))})"

_FIGURES: Final = """
UPDATE runs SET (outcomes, recognition, reasoning, cot) = (
    SELECT coalesce(sum(n), 0), avg(recognition), avg(reasoning), avg(cot) FROM (
        SELECT count(*) AS n, avg(coalesce(recognition, 0)) AS recognition, avg(coalesce(reasoning, 0)) AS reasoning,
            avg(coalesce(cot, 0)) AS cot
        FROM outcomes WHERE run = ? GROUP BY sample
    )
)
WHERE id = ?
"""


def take_in(
    db: sqlite3.Connection, folder: RunFolder, *, full_text: bool, progress: Callable[[int], None]
) -> None:
    """Bring one run up to date, with what is wrong with it.

    A run whose outcomes cannot be read stays as it was last read.

    Args:
        progress: is told how many outcomes were read so far.

    Raises:
        sqlite3.Error: the index cannot be written; it is as before.
    """
    now = seen(folder)  # before it is read: what is written meanwhile is found next time
    with _transaction(db):
        known = db.execute("SELECT seen FROM runs WHERE name = ?", (folder.name,)).fetchone()
        if known is None or not now or known[0] != now:  # else another viewer was faster
            _Taking(db, folder, full_text, progress).take_in(now)
            _tell_change(db)
            db.execute("UPDATE runs SET changed = (SELECT n FROM changes) WHERE name = ?", (folder.name,))


def drop(db: sqlite3.Connection, name: str) -> None:
    """Forget a run that is no longer in the workspace.

    Raises:
        sqlite3.Error: the index cannot be written; it is as before.
    """
    with _transaction(db):
        for (run,) in db.execute("SELECT id FROM runs WHERE name = ?", (name,)).fetchall():
            _clear(db, run)
            db.execute("DELETE FROM runs WHERE id = ?", (run,))
            _tell_change(db)


def text_table(run: int) -> str:
    """Name of a run's table of texts."""
    return f"text_{run:d}"


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _tell_change(db: sqlite3.Connection) -> None:
    db.execute("UPDATE changes SET n = n + 1")


def _clear(db: sqlite3.Connection, run: int) -> None:
    """Take out all outcomes of a run."""
    db.execute("DELETE FROM outcomes WHERE run = ?", (run,))
    db.execute(f"DROP TABLE IF EXISTS {text_table(run)}")


class _Taking:
    """One run being taken in."""

    def __init__(
        self, db: sqlite3.Connection, folder: RunFolder, full_text: bool, progress: Callable[[int], None]
    ) -> None:
        self._db = db
        self._folder = folder
        self._full_text = full_text
        self._progress = progress
        self._samples: dict[str, int] = {}
        self._labels: dict[tuple[str, ...], int] = {}
        self._next = db.execute("SELECT coalesce(max(id), 0) + 1 FROM outcomes").fetchone()[0]

    def take_in(self, now: str) -> None:
        db, name = self._db, self._folder.name
        db.execute("INSERT OR IGNORE INTO runs (name) VALUES (?)", (name,))
        run = db.execute("SELECT id FROM runs WHERE name = ?", (name,)).fetchone()[0]
        problems, manifest = [], None
        try:
            manifest = manifest_facts(self._folder)
        except UnreadableError as error:
            problems.append((error.what, error.hint))
        db.execute("SAVEPOINT whole")
        try:
            with source(self._folder) as outcomes:
                self._outcomes(run, outcomes)
        except UnreadableError as error:
            db.execute("ROLLBACK TO whole")
            problems.append((error.what, f"{error.hint}; until then it is shown as it was last read"))
        db.execute("RELEASE whole")
        db.execute(
            "UPDATE runs SET seen = ?, manifest = ?, problems = ? WHERE id = ?",
            (now, manifest, json.dumps(problems), run),
        )

    def _outcomes(self, run: int, outcomes: Source) -> None:
        db = self._db
        columns = "file, last, unread, first_unread"
        file, last, unread, first = db.execute(f"SELECT {columns} FROM runs WHERE id = ?", (run,)).fetchone()  # noqa: S608
        if not (outcomes.grows() and outcomes.file == file):
            _clear(db, run)
            make_table(db, text_table(run), full_text=self._full_text)
            last, unread, first = -1, 0, None
        read, each = 0, outcomes.after(last)
        while batch := list(islice(each, BATCH)):
            last = batch[-1].rowid
            self._put(run, batch)
            missed = [one.sample for one in batch if one.body is None]
            unread, first = unread + len(missed), first or next(iter(missed), None)
            read += len(batch)
            self._progress(read)
        counts = db.execute("SELECT kind, count(*) FROM outcomes WHERE run = ? GROUP BY kind", (run,))
        db.execute(
            "UPDATE runs SET file = ?, last = ?, unread = ?, first_unread = ?, kinds = ? WHERE id = ?",
            (outcomes.file, last, unread, first, json.dumps(dict(counts)), run),
        )
        db.execute(_FIGURES, (run, run))

    def _put(self, run: int, batch: Sequence[New]) -> None:
        rows, texts = [], []
        for one in batch:
            if one.body is not None:
                rows.append((self._next, run, *self._row(one.position, one.body)))
                texts.append((self._next, *one.body.texts()))
                self._next += 1
        self._db.executemany(_INSERT, rows)
        self._db.executemany(f"INSERT INTO {text_table(run)} {_INSERT_TEXT}", texts)

    def _row(self, position: int, body: Body) -> tuple[object, ...]:
        score, predicted = body.score, body.predicted
        return (
            self._sample(body),
            position,
            body.epoch,
            body.sample.task,
            self._combination(body.sample.labels),
            None if predicted is None else self._combination(predicted),
            body.kind.value,
            body.cause,
            body.protocol.value,
            score and score.recognition,
            score and score.reasoning,
            score and score.cot,
            len(body.steps),
            sum(BITS[one] for one in body.disagreements()),
        )

    def _sample(self, body: Body) -> int:
        identity = body.identity()
        if identity not in self._samples:
            sample = body.sample
            self._db.execute(
                "INSERT OR IGNORE INTO samples (identity, name) VALUES (?, ?)", (identity, sample.id)
            )
            found = self._db.execute("SELECT id FROM samples WHERE identity = ?", (identity,))
            self._samples[identity] = found.fetchone()[0]
        return self._samples[identity]

    def _combination(self, labels: tuple[str, ...]) -> int:
        if labels not in self._labels:
            names = json.dumps(labels)
            self._db.execute("INSERT OR IGNORE INTO labels (names) VALUES (?)", (names,))
            known = self._db.execute("SELECT id FROM labels WHERE names = ?", (names,))
            self._labels[labels] = known.fetchone()[0]
        return self._labels[labels]
