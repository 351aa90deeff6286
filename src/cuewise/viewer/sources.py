"""A run's own files, as the index reads them: whether they changed, and what is new in them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from cuewise.analysis.digest_file import is_settled, outcomes_state
from cuewise.errors import RunError
from cuewise.runs.outcomes import FORMAT
from cuewise.runs.reading import open_to_read
from cuewise.runs.workspace import RunFolder
from cuewise.viewer.bodies import Body

MOST: Final = 2**31
"""Places in a dataset and epochs are below this."""


class UnreadableError(Exception):
    """A run's outcomes cannot be read: what is wrong, and what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


@dataclass(frozen=True, slots=True)
class New:
    """One outcome that is new to the index."""

    rowid: int
    position: int
    body: Body | None
    """None where it cannot be read."""
    sample: str
    """Its sample's id, also where it cannot be read."""


def seen(folder: RunFolder, now_ns: Callable[[], int] = time.time_ns) -> str:
    """What tells whether a run's files changed; empty where that cannot be told yet, so that they are read again."""
    states: list[tuple[int, int, str]] = outcomes_state(folder.outcomes_path)
    with suppress(OSError):
        manifest = folder.manifest_path.stat()
        states.append((manifest.st_size, manifest.st_mtime_ns, "manifest"))
    return json.dumps(states) if all(is_settled(changed, now_ns()) for _, changed, _ in states) else ""


class Source:
    """The outcomes of one run at one moment, however it goes on."""

    def __init__(self, db: sqlite3.Connection | None, run: str) -> None:
        self._db = db
        self._run = run
        self.file = 0
        """What was drawn by lot for the file when it was begun; 0 where there is none, or an early version wrote it."""
        self._format = 0
        if db is not None:
            db.execute("BEGIN")
            self.file = self._number("PRAGMA application_id")
            self._format = self._number("PRAGMA user_version")

    def check(self) -> None:
        """
        Raises:
            UnreadableError: a newer version of Cuewise wrote the file.
        """
        if self._format > FORMAT:
            raise UnreadableError(
                f"its outcomes have format {self._format}, and this version of Cuewise reads up to {FORMAT}",
                "upgrade Cuewise",
            )

    def grows(self) -> bool:
        """Whether what is new in it has a higher rowid than all before; so it is since format 2."""
        return bool(self.file) and self._format == FORMAT

    def after(self, rowid: int) -> Iterator[New]:
        """What was written since that one, in the order in which it was written.

        Raises:
            UnreadableError: the file is damaged.
        """
        if self._db is None or not self._format:  # not there, or just being begun
            return
        # As bytes, so that one that is not even text is told from the rest like any other that is damaged.
        texts = "cast(sample AS BLOB), cast(body AS BLOB)"
        query = f"SELECT rowid, position, {texts} FROM outcomes WHERE rowid > ? ORDER BY rowid"  # noqa: S608
        try:
            for found, position, name, body in self._db.execute(query, (rowid,)):
                sample = bytes(name).decode(errors="replace")
                yield New(found, position, _read(body, position, sample), sample)
        except sqlite3.Error as error:
            raise _damaged(self._run, error) from error

    def _number(self, query: str) -> int:
        assert self._db is not None
        return int(self._db.execute(query).fetchone()[0])


@contextmanager
def source(folder: RunFolder) -> Iterator[Source]:
    """Open a run's outcomes; a run that has none yet is an empty one.

    Raises:
        UnreadableError: they cannot be read.
    """
    if not folder.outcomes_path.exists():
        yield Source(None, folder.name)
        return
    try:
        db = open_to_read(folder.outcomes_path)
    except (OSError, sqlite3.Error) as error:
        raise _damaged(folder.name, error) from error
    with closing(db):
        try:
            found = Source(db, folder.name)
        except sqlite3.Error as error:
            raise _damaged(folder.name, error) from error
        found.check()
        yield found


def manifest_facts(folder: RunFolder) -> str:
    """What is shown of a run's manifest, as JSON.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        manifest = folder.manifest()
    except RunError as error:
        what, _, hint = str(error).partition(". ")
        raise UnreadableError(
            what, hint or "restore it, or run its command again with another --run"
        ) from error
    settings = manifest.settings
    return json.dumps(
        {
            "model": settings.model.name,
            "judge": ", ".join(judge.name for judge in settings.judges),
            "protocol": settings.protocol.value,
            "dataset": settings.dataset,
            "created_at": manifest.created_at,
            "n_samples": settings.n_samples,
            "epochs": settings.epochs,
        }
    )


def _read(body: bytes, position: object, sample: str) -> Body | None:
    if not isinstance(position, int) or not 0 <= position < MOST:
        return None
    try:
        found = Body.read(body)
    except ValueError:
        return None
    return found if found.sample.id == sample and found.epoch < MOST else None


def _damaged(run: str, error: Exception) -> UnreadableError:
    return UnreadableError(
        f"its outcomes cannot be read ({error})",
        f"run the command of {run} again, which makes them anew from the stored calls",
    )
