"""The call store: every completion that was paid for, and every attempt that failed.

One SQLite file in WAL mode per workspace. A completion is committed, and synced to disk, before the caller
sees it, so nothing is ever built on a call that a crash could lose. One writer thread gathers what arrives
within a few milliseconds into one commit: under load a commit carries many calls. The same file remembers the
batches that are under way, see `runs.batch_records`.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from cuewise.errors import RunError
from cuewise.models.protocol import Completion
from cuewise.runs.reading import open_to_read

FORMAT = 3
"""`user_version` of the file; raised when the tables change. 1 had no batches, 2 no endpoint of one."""

_GATHER_S = 0.004
"""How long the writer waits for company before it commits: much less than any call takes."""

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS calls (
    key          TEXT PRIMARY KEY,   -- SHA-256 of `request`
    model        TEXT NOT NULL,
    stage        TEXT NOT NULL,      -- answer, steps, verdicts, ...
    sample       TEXT NOT NULL,      -- the sample it was first made for
    request      TEXT NOT NULL,      -- canonical JSON; media by hash
    completion   TEXT NOT NULL,      -- JSON of a Completion
    server       TEXT NOT NULL,      -- address that answered; empty for models without one
    finished_at  REAL NOT NULL,      -- Unix time, seconds
    latency_s    REAL NOT NULL,      -- from sending to the last byte
    batch        TEXT NOT NULL DEFAULT ''  -- provider's id of the batch it came by; empty for a call of its own
)""",
    """
CREATE TABLE IF NOT EXISTS attempts (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL,
    model        TEXT NOT NULL,
    stage        TEXT NOT NULL,
    sample       TEXT NOT NULL,
    failed_at    REAL NOT NULL,
    latency_s    REAL NOT NULL,
    status       INTEGER,            -- HTTP status where there was one
    kind         TEXT NOT NULL,      -- timeout, rate_limit, ...
    message      TEXT NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key)",
    """
CREATE TABLE IF NOT EXISTS batches (
    token        TEXT PRIMARY KEY,   -- our own name for it, which stands in its metadata
    run          TEXT NOT NULL,      -- the run that it was made for
    model        TEXT NOT NULL,
    server       TEXT NOT NULL,
    state        TEXT NOT NULL,      -- gathering, creating, open, ended
    file         TEXT NOT NULL DEFAULT '',  -- provider's id of the uploaded calls
    batch        TEXT NOT NULL DEFAULT '',  -- provider's id of the batch
    calls        INTEGER NOT NULL DEFAULT 0,
    created_at   REAL NOT NULL,      -- Unix time, seconds
    ended_at     REAL,               -- when its results were stored
    endpoint     TEXT NOT NULL DEFAULT ''   -- path of its calls; empty for batches of the format before
)""",
    """
CREATE TABLE IF NOT EXISTS batch_calls (
    token        TEXT NOT NULL,      -- of the batch
    line         INTEGER NOT NULL,   -- of its file, from 1
    key          TEXT NOT NULL,      -- the rest as in `calls`; kept until the batch has ended
    stage        TEXT NOT NULL,
    sample       TEXT NOT NULL,
    request      TEXT NOT NULL,
    PRIMARY KEY (token, key)
)""",
)

_INSERT_CALL = (
    "INSERT OR IGNORE INTO calls"
    " (key, model, stage, sample, request, completion, server, finished_at, latency_s, batch)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_ATTEMPT = (
    "INSERT INTO attempts (key, model, stage, sample, failed_at, latency_s, status, kind, message)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class CallLabel:
    """What a stored row says of a call beside the request itself."""

    key: str
    model: str
    stage: str
    sample: str
    server: str = ""
    """Address of the server that is asked; empty for models without one."""


@dataclass(frozen=True)
class StoredCall:
    """What is kept under a key."""

    completion: Completion
    server: str


@dataclass(frozen=True)
class StoredUsage:
    """What a stored call took, as its server counted."""

    model: str
    input_tokens: int | None
    output_tokens: int | None
    batched: bool
    """Whether it came by a batch, and so for less."""


@dataclass(frozen=True)
class CallRecord:
    """Everything that is kept of a call."""

    key: str
    model: str
    request: str
    """Canonical JSON; media by hash."""
    completion: Completion
    finished_at: float
    """Unix time, seconds."""
    latency_s: float
    """From sending to the last byte."""
    batched: bool
    """Whether it came by a batch, so that its latency says nothing, and for less."""
    failures: tuple[tuple[str, str], ...]
    """Kind and message of each attempt at it that failed, in order of time."""


Row = tuple[object, ...]
Statement = tuple[str, Sequence[Row]]
"""SQL and the rows that it is carried out with."""


@dataclass(frozen=True)
class _Write:
    statements: Sequence[Statement]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class CallStore:
    """Completions by key. Reads happen on the calling thread, writes on one thread of its own."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open or create the file.

        Args:
            read_only: leave the file as it is, unless it is of an earlier format.

        Raises:
            RunError: it cannot be opened, is no call store, or was written by a newer version.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._reader = (read_only and _to_read(path)) or self._connect()
        except (OSError, sqlite3.Error) as error:
            raise RunError(f"the call store {path.name} cannot be opened: {error}") from error
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._broken: Exception | None = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=60, check_same_thread=False)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > FORMAT:
            connection.close()
            raise RunError(
                f"the call store {self.path.name} has format {version}, and this version of Cuewise reads"
                f" up to {FORMAT}: upgrade Cuewise"
            )
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        if version < FORMAT:
            _upgrade(connection)
        return connection

    def get(self, key: str) -> StoredCall | None:
        """What was paid for under this key, if anything."""
        row = self._reader.execute("SELECT completion, server FROM calls WHERE key = ?", (key,)).fetchone()
        return None if row is None else StoredCall(Completion.model_validate_json(row[0]), row[1])

    def usage(self, keys: Iterable[str]) -> dict[str, StoredUsage]:
        """What the calls under these keys took, as far as they are stored."""
        rows = self._reader.execute(
            "SELECT key, model, json_extract(completion, '$.input_tokens'),"
            " json_extract(completion, '$.output_tokens'), batch <> ''"
            " FROM calls WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(keys)),),
        )
        return {key: StoredUsage(model, sent, got, bool(batched)) for key, model, sent, got, batched in rows}

    def request_text(self, key: str) -> str | None:
        """The canonical request stored under this key."""
        row = self._reader.execute("SELECT request FROM calls WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def record(self, key: str) -> CallRecord | None:
        """Everything kept under this key."""
        row = self._reader.execute(
            "SELECT model, request, completion, finished_at, latency_s, batch <> '' FROM calls WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None:
            return None
        model, request, completion, finished_at, latency_s, batched = row
        failed = self._reader.execute("SELECT kind, message FROM attempts WHERE key = ? ORDER BY id", (key,))
        return CallRecord(
            key=key,
            model=model,
            request=request,
            completion=Completion.model_validate_json(completion),
            finished_at=finished_at,
            latency_s=latency_s,
            batched=bool(batched),
            failures=tuple(failed.fetchall()),
        )

    def counts(self) -> tuple[int, int]:
        """How many calls and how many failed attempts are stored."""
        calls = self._reader.execute("SELECT count(*) FROM calls").fetchone()[0]
        attempts = self._reader.execute("SELECT count(*) FROM attempts").fetchone()[0]
        return calls, attempts

    async def put(
        self,
        label: CallLabel,
        request: str,
        completion: Completion,
        *,
        finished_at: float,
        latency_s: float,
        batch: str = "",
    ) -> None:
        """Keep a completion; returns once it is on disk.

        Args:
            batch: the provider's id of the batch that it came by.
        """
        row = (
            label.key,
            label.model,
            label.stage,
            label.sample,
            request,
            completion.model_dump_json(exclude_none=True),
            label.server,
            finished_at,
            latency_s,
            batch,
        )
        await self.write((_INSERT_CALL, [row]))

    async def put_failure(
        self,
        label: CallLabel,
        *,
        failed_at: float,
        latency_s: float,
        status: int | None,
        kind: str,
        message: str,
    ) -> None:
        """Keep a failed attempt; it never answers a later `get`."""
        row = (label.key, label.model, label.stage, label.sample, failed_at, latency_s, status, kind, message)
        await self.write((_INSERT_ATTEMPT, [row]))

    def rows(self, sql: str, *values: object) -> list[Any]:
        """What a query gives."""
        return self._reader.execute(sql, values).fetchall()

    async def write(self, *statements: Statement) -> None:
        """Carry statements out together or not at all; returns once that is on disk."""
        if self._broken is not None:
            raise self._store_error(self._broken)
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_batches, name="call-store", daemon=True)
            self._writer.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Write(statements, loop, done))
        await done

    def _write_batches(self) -> None:
        """The writer thread. Whatever goes wrong in it is raised to all who wait and who come later."""
        connection: sqlite3.Connection | None = None
        open_ = True
        while open_:
            item = self._queue.get()
            time.sleep(_GATHER_S)
            batch: list[_Write] = []
            while item is not None:
                batch.append(item)
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            else:
                open_ = False
            try:
                connection = connection or self._connect()
                with connection:
                    for statement, rows in _merged(batch):
                        connection.executemany(statement, rows)
            except Exception as error:  # noqa: BLE001 - raised where the call was made
                self._broken = error
            for loop in {write.loop for write in batch}:
                mine = [write.done for write in batch if write.loop is loop]
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._resolve, mine, self._broken)
        if connection is not None:
            connection.close()

    def _resolve(self, waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
        for done in waiting:
            if done.done():  # its sample was cancelled meanwhile; the row is stored all the same
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(self._store_error(error))

    def _store_error(self, error: Exception) -> RunError:
        return RunError(
            f"the call store {self.path.name} cannot be written: {error}. The run stops so that no call is"
            " paid for and lost; free disk space or mend permissions, then run the same command again"
        )

    def close(self) -> None:
        """Write what is queued and close the file."""
        if self._writer is not None:
            self._queue.put(None)
            self._writer.join()
            self._writer = None
        self._reader.close()


def _merged(writes: Iterable[_Write]) -> Iterator[Statement]:
    """All statements in order, those that follow one another with the same SQL as one."""
    statements = (statement for write in writes for statement in write.statements)
    for sql, alike in groupby(statements, key=itemgetter(0)):
        yield sql, [row for _, rows in alike for row in rows]


def _to_read(path: Path) -> sqlite3.Connection | None:
    """A connection to a file of today's format; None where there is none."""
    if not path.exists():
        return None
    connection = open_to_read(path)
    if connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        return connection
    connection.close()
    return None


def _use_wal(connection: sqlite3.Connection) -> None:
    """Set the journal's mode; another process that opens the file at this moment is waited for, as SQLite does for
    everything else."""
    for tries_left in reversed(range(100)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(0.05)
        else:
            return


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring a new file, or one of an earlier format, to today's; another process may be doing the same."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for table in _TABLES:
            connection.execute(table)
        for table, column in (("calls", "batch"), ("batches", "endpoint")):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            if column not in columns:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
        if connection.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
            connection.execute(f"PRAGMA user_version={FORMAT}")
