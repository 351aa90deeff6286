"""The outcomes of one run, in an SQLite file that can be searched while the run goes on.

Everything here can be derived again from the call store, so it is written fast rather than durably.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pydantic import ValidationError

from cuewise.errors import RunError
from cuewise.records import Outcome
from cuewise.runs.reading import open_to_read
from cuewise.samples.problems import printable

FORMAT = 2
"""`user_version` of the file; raised when the table changes. 1 had no epochs."""

_TABLES = """
CREATE TABLE IF NOT EXISTS outcomes (
    position     INTEGER NOT NULL,    -- place of the sample in the dataset, from 0
    epoch        INTEGER NOT NULL,    -- which of several times that it was asked, from 0
    sample       TEXT NOT NULL,
    task         TEXT NOT NULL,
    kind         TEXT NOT NULL,       -- OutcomeKind
    recognition  REAL,                -- 0..1; null unless scored
    reasoning    REAL,
    cot          REAL,
    body         TEXT NOT NULL,       -- JSON of an Outcome
    PRIMARY KEY (position, epoch),
    UNIQUE (sample, epoch)
);
CREATE INDEX IF NOT EXISTS outcomes_by_task ON outcomes (task, kind);
"""

_ORDER = {1: "position", 2: "position, epoch"}
"""By format."""


class OutcomeStore:
    """One run's outcomes, by place in the dataset and epoch."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file; a run that is being written starts from an empty table.

        Raises:
            RunError: the file cannot be opened or was written by a newer version.
        """
        self._run = path.parent.name
        self._failed: RunError | None = None
        """The first error of writing. SQLite may have taken back all that was added since the last commit, so that
        nothing may go on as if it were there."""
        try:
            if not read_only:
                # All of it can be made again from the calls, so an earlier file is replaced, whatever is in it.
                for ending in ("", "-wal", "-shm"):
                    path.with_name(path.name + ending).unlink(missing_ok=True)
            if read_only:
                self._db = open_to_read(path)
            else:
                self._db = sqlite3.connect(path, timeout=30)
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=OFF")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        except (OSError, sqlite3.Error) as error:
            raise RunError(
                f"the outcomes of run {self._run} cannot be opened ({error}): run its command again, which makes"
                " them anew from the stored calls"
            ) from error
        if version > FORMAT:
            raise RunError(
                f"the outcomes of run {path.parent.name} have format {version}, and this version of Cuewise"
                f" reads up to {FORMAT}: upgrade Cuewise"
            )
        self._order = _ORDER.get(version, _ORDER[FORMAT])
        if not read_only:
            self._db.executescript(_TABLES)
            self._db.execute(f"PRAGMA user_version={FORMAT}")
            # So that no file is taken for another of the same size, whose time of change a copy can keep.
            self._db.execute(f"PRAGMA application_id={1 + secrets.randbelow(2**31 - 1)}")
            self._db.commit()

    def add(self, position: int, outcome: Outcome) -> None:
        """Keep an outcome; others can read it after the next `commit`. Where the clip lies on this machine is left out.

        Args:
            position: place of its sample in the dataset, from 0.
        """
        clip = outcome.sample.clip.model_copy(update={"path": None})
        sample = outcome.sample.model_copy(update={"clip": clip})
        body = outcome.model_copy(update={"sample": sample}).model_dump_json(exclude_defaults=True)
        score = outcome.score
        self._write(
            "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                position,
                outcome.epoch,
                outcome.sample.id,
                outcome.sample.task,
                outcome.kind.value,
                score and score.recognition,
                score and score.reasoning,
                score and score.cot,
                body,
            ),
        )

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM outcomes").fetchone()[0])

    def __iter__(self) -> Iterator[Outcome]:
        """Outcomes in the dataset's order, those of one sample in order of epoch, read one by one.

        Raises:
            RunError: one of them cannot be read; the message names its sample.
        """
        yield from self._outcomes("")

    def of(self, samples: Iterable[str]) -> Iterator[Outcome]:
        """The outcomes of chosen samples alone, in the same order; no other is read.

        Args:
            samples: their ids; one that is not there gives nothing.

        Raises:
            RunError: one of them cannot be read.
        """
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (sample TEXT PRIMARY KEY)")
        self._db.execute("DELETE FROM temp.wanted")
        self._db.executemany("INSERT OR IGNORE INTO temp.wanted VALUES (?)", ((one,) for one in samples))
        yield from self._outcomes("WHERE sample IN (SELECT sample FROM temp.wanted)")

    def _outcomes(self, which: str) -> Iterator[Outcome]:
        # As bytes, so that one that is not even text is told from the rest like any other that is damaged.
        what = "cast(sample AS BLOB), cast(body AS BLOB)"
        query = f"SELECT {what} FROM outcomes {which} ORDER BY {self._order}"  # noqa: S608 - all of it is ours
        try:
            for sample, body in self._db.execute(query):
                yield self._read(sample, body)
        except sqlite3.Error as error:
            raise self._unreadable("the outcomes", error) from error

    def _read(self, sample: bytes, body: bytes) -> Outcome:
        try:
            return Outcome.model_validate_json(body)
        except ValidationError as error:
            what = f"the outcome of {printable(sample.decode(errors='replace'))}"
            raise self._unreadable(what, "it is damaged") from error

    def _unreadable(self, what: str, why: object) -> RunError:
        return RunError(
            f"{what} in run {self._run} cannot be read ({why}): run its command again, which makes them anew from"
            " the stored calls"
        )

    def commit(self) -> None:
        """Let others read what was added.

        Raises:
            RunError: it cannot be written, or something before it could not.
        """
        self._check()
        try:
            self._db.commit()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def close(self) -> None:
        """Commit and close.

        Raises:
            RunError: as `commit`; it is closed even so.
        """
        try:
            self.commit()
        finally:
            self._db.close()

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _write(self, statement: str, row: tuple[object, ...]) -> None:
        self._check()
        try:
            self._db.execute(statement, row)
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> RunError:
        self._failed = RunError(
            f"the outcomes of run {self._run} cannot be written ({error}): free disk space or mend permissions,"
            " then run the same command again; the calls are kept"
        )
        return self._failed


def by_sample(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, ...]]:
    """The outcomes of each sample together, of outcomes in a store's order."""
    for _, those in groupby(outcomes, key=lambda outcome: outcome.sample.id):
        yield tuple(those)
