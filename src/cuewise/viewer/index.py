"""Finding outcomes of all runs of a workspace fast: what a list shows of 130,000 of them within a tenth of a second.

`ViewIndex.refresh` takes in what runs wrote since the last time; everything else reads the index, but for
`ViewIndex.outcome`, which reads one outcome whole from its run's own file.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, LifoQueue
from typing import Final

from pydantic import ValidationError

from cuewise.errors import RunError
from cuewise.records import Outcome, OutcomeKind, Protocol
from cuewise.runs.reading import open_to_read
from cuewise.runs.workspace import Workspace
from cuewise.samples.problems import Problem, printable
from cuewise.viewer.filters import Filters, Sort
from cuewise.viewer.latest import Latest
from cuewise.viewer.lists import Lists
from cuewise.viewer.rows import Choices, Page, Row, RunRow
from cuewise.viewer.selection import Selection
from cuewise.viewer.sources import seen
from cuewise.viewer.tables import connect, open_index, read_version, version
from cuewise.viewer.taking_in import drop, take_in, text_table
from cuewise.viewer.text import search

NAME: Final = "viewer.sqlite"
LONGEST_PAGE: Final = 1000
READERS: Final = 4
"""Connections that are kept open for reading."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far `refresh` has come."""

    run: str
    """The run that is being read."""
    outcomes: int
    """Outcomes of it that were read."""
    runs: int
    """Runs that are done, of those that changed."""
    of_runs: int
    """Runs that changed."""


class ViewIndex:
    """The index of one workspace. Every method may be called by any thread."""

    def __init__(self, workspace: Workspace) -> None:
        """Open the index, or make an empty one: in a temporary folder where the workspace cannot be written or has no
        runs yet."""
        self._workspace = workspace
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.path = workspace.root / NAME
        """Where it lies."""
        try:
            if not workspace.runs_path.is_dir():
                # It may be no workspace, but a folder that was named by mistake: nothing is written into that.
                raise FileNotFoundError
            self._writer, self._full_text = open_index(self.path)
        except (sqlite3.Error, OSError):
            self._temporary = tempfile.TemporaryDirectory(prefix="cuewise-view-")
            self.path = Path(self._temporary.name) / NAME
            self._writer, self._full_text = open_index(self.path)
        self._file = _identity(self.path)
        self._writing = threading.Lock()
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue(READERS)
        self._latest = Latest()
        self._lists: Lists | None = None

    def close(self) -> None:
        """Close all connections; a temporary index is deleted."""
        with self._writing:
            self._writer.close()
        with suppress(Empty):
            while True:
                self._readers.get_nowait().close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def refresh(self, progress: Callable[[Progress], None] | None = None) -> list[Problem]:
        """Take in what is new; where nothing is, only the times of the runs' files are looked at.

        Each run is taken in as a whole and can be shown before the next. One caller at a time does this, others wait.

        Returns:
            What is wrong with runs, in order of name: with those that are read now and with those read before.

        Raises:
            RunError: the index cannot be written.
        """
        folders = {folder.name: folder for folder in self._workspace.runs()}
        with self._writing, _told(self.path):
            self._check(self._writer)
            known = dict(self._writer.execute("SELECT name, seen FROM runs").fetchall())
            for name in known.keys() - folders.keys():
                drop(self._writer, name)
            changed = [
                folder for name, folder in folders.items() if not _unchanged(known.get(name), seen(folder))
            ]
            for place, folder in enumerate(changed):

                def tell(outcomes: int, place: int = place, name: str = folder.name) -> None:
                    if progress is not None:
                        progress(Progress(name, outcomes, place, len(changed)))

                tell(0)
                take_in(self._writer, folder, full_text=self._full_text, progress=tell)
            found = self._writer.execute(
                "SELECT name, problems, unread, first_unread FROM runs ORDER BY name"
            ).fetchall()
        with self._reading() as db:
            self._latest.columns(db)  # so that no page waits for them
        return [problem for row in found for problem in _problems(*row)]

    def runs(self) -> list[RunRow]:
        """All runs whose manifest can be read, by name."""
        query = (
            "SELECT name, outcomes, kinds, recognition, reasoning, cot, manifest FROM runs"
            " WHERE manifest IS NOT NULL ORDER BY name"
        )
        with self._reading() as db:
            return [_run_row(*row) for row in db.execute(query)]

    def page(
        self,
        filters: Filters,
        *,
        sort: Sort = Sort.POSITION,
        descending: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> Page:
        """A part of the list of what the filters let through.

        Args:
            offset: how many to leave out at the start of the list.
            limit: how many at most, up to `LONGEST_PAGE`.
        """
        selection = self._selection(filters)
        rows = selection.page(
            sort, descending=descending, offset=max(0, offset), limit=max(0, min(limit, LONGEST_PAGE))
        )
        return Page(rows, selection.total)

    def choices(self, filters: Filters) -> Choices:
        """What each filter could be set to, with counts under all other filters."""
        return self._selection(filters).choices()

    def around(
        self, filters: Filters, sort: Sort, row: Row, *, descending: bool = False
    ) -> tuple[Row | None, Row | None]:
        """What stands before and after a row in a list; None at its ends.

        The row need not be in the list itself: then it is where it would stand. Both are None if it is no longer there.
        """
        return self._selection(filters).around(sort, row, descending=descending)

    def place(
        self, filters: Filters, sort: Sort, row: Row, *, descending: bool = False
    ) -> tuple[int | None, int]:
        """Where a row stands in a list, from 0, and how long the list is.

        One that is not in the list is where it would stand; the place is None if it is no longer there.
        """
        selection = self._selection(filters)
        return selection.place(sort, row, descending=descending), selection.total

    def samples(self, filters: Filters, sort: Sort, *, descending: bool = False) -> list[str]:
        """Ids of the samples of a list, each where its first row stands."""
        return self._selection(filters).samples(sort, descending=descending)

    def of_sample(self, filters: Filters, sample: str) -> list[Row]:
        """What of the samples with this id the filters let through, by run and epoch."""
        return self._selection(filters).of_sample(sample)

    def runs_with(self, sample: str) -> list[Row]:
        """The outcomes of the samples with this id in all runs, by run and epoch."""
        return self.of_sample(Filters(), sample)

    def outcome(self, run: str, sample: str, epoch: int = 0) -> Outcome | None:
        """One outcome whole, from its run's own file as it is now; None where there is none.

        Raises:
            RunError: the name is none of a run's, or its file or the outcome cannot be read.
        """
        path = self._workspace.run(run).outcomes_path
        if not path.exists():
            return None
        query = "SELECT body FROM outcomes WHERE sample = ?"
        try:
            with closing(open_to_read(path)) as db:
                bodies = db.execute(query, (sample,)).fetchall()
            outcomes = (Outcome.model_validate_json(body) for (body,) in bodies)
            return next((outcome for outcome in outcomes if outcome.epoch == epoch), None)
        except (sqlite3.Error, UnicodeError, ValidationError) as error:
            raise RunError(
                f"the outcome of {printable(sample)} in run {run} cannot be read: run its command again, which makes"
                " it anew from the stored calls"
            ) from error

    def _check(self, db: sqlite3.Connection) -> None:
        if _identity(self.path) != self._file:  # which connections that are open would not notice
            raise sqlite3.OperationalError("it was deleted or replaced")
        if read_version(db) != version(self._full_text):
            raise sqlite3.OperationalError("another version of Cuewise made it anew")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the index as it is at one moment."""
        with _told(self.path):
            try:
                db = self._readers.get_nowait()
            except Empty:
                db = connect(self.path)
            try:
                db.execute("BEGIN")
                self._check(db)
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                try:
                    self._readers.put_nowait(db)
                except Full:
                    db.close()

    def _selection(self, filters: Filters) -> Selection:
        with self._reading() as db:
            columns = self._latest.columns(db)
            lists = self._lists
            if lists is None or lists.columns is not columns:
                self._lists = lists = Lists(columns)
            return lists.selection(filters, lambda text: self._search(db, text))

    def _search(self, db: sqlite3.Connection, text: str) -> Iterator[int]:
        """Ids of outcomes with a text, and of some that are no longer there."""
        for (run,) in db.execute("SELECT id FROM runs WHERE outcomes > 0").fetchall():
            query, values = search(text_table(run), text, full_text=self._full_text)
            yield from (found for (found,) in db.execute(query, values))


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another in its place; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RunError(
            f"the viewer's index {path} cannot be used ({error}): stop all viewers of this workspace, delete the file,"
            " and start again; it is made anew from the runs"
        ) from error


def _unchanged(before: str | None, now: str) -> bool:
    return bool(now) and before == now


def _problems(run: str, problems: str, unread: int, first: str | None) -> Iterator[Problem]:
    where = f"runs/{run}"
    for what, hint in json.loads(problems):
        yield Problem(where, what, hint)
    if unread:
        yield Problem(
            where,
            f"{unread:,} of its outcomes cannot be read, the first of {printable(first)}",
            "run its command again, which makes them anew from the stored calls",
        )


def _run_row(
    name: str,
    outcomes: int,
    kinds: str,
    recognition: float | None,
    reasoning: float | None,
    cot: float | None,
    manifest: str,
) -> RunRow:
    facts = json.loads(manifest)
    return RunRow(
        name=name,
        outcomes=outcomes,
        kinds={OutcomeKind(kind): count for kind, count in json.loads(kinds).items()},
        recognition=recognition,
        reasoning=reasoning,
        cot=cot,
        **{**facts, "protocol": Protocol(facts["protocol"])},
    )
