"""Which batches were submitted and which calls they hold, in the call store's file: what a restart finds again.

A batch is `gathering` while its calls are being written down, `creating` from just before it is begun at the provider
until the provider's word is on disk, `open` until its results are stored, and then `ended`. Only one that is `creating`
may have been begun without our knowing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum

from cuewise.runs.store import CallLabel, CallStore


class BatchStage(StrEnum):
    """How far a batch has come on our side."""

    GATHERING = "gathering"
    CREATING = "creating"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True)
class BatchRecord:
    """A batch as it is remembered."""

    token: str
    """Our own name for it, which stands in its metadata."""
    run: str
    """The run that looks after it."""
    model: str
    server: str
    endpoint: str
    """Path of its calls; empty where an earlier version did not note it."""
    state: str
    """A `BatchStage`."""
    file: str
    """The provider's id of the uploaded calls; empty before."""
    batch: str
    """The provider's id of the batch; empty before."""
    calls: int
    created_at: float
    """Unix time, seconds."""


@dataclass(frozen=True)
class BatchedCall:
    """A call that a batch holds."""

    label: CallLabel
    request: str
    """Canonical JSON."""


_FIELDS = "token, run, model, server, endpoint, state, file, batch, calls, created_at"


class BatchRecords:
    """The tables `batches` and `batch_calls`."""

    def __init__(self, store: CallStore) -> None:
        self._store = store

    def not_ended(self) -> list[BatchRecord]:
        """All that are under way, the oldest first."""
        sql = f"SELECT {_FIELDS} FROM batches WHERE state <> ? ORDER BY created_at, token"  # noqa: S608
        return [BatchRecord(*row) for row in self._store.rows(sql, BatchStage.ENDED)]

    def submitted(self) -> list[BatchRecord]:
        """Those under way whose calls the provider has, or may have."""
        return [batch for batch in self.not_ended() if batch.state != BatchStage.GATHERING]

    def submitted_keys(self) -> frozenset[str]:
        """The keys of their calls."""
        return frozenset(key for batch in self.submitted() for key in self.keys(batch.token))

    def ids(self) -> frozenset[str]:
        """The providers' names of all batches whose names are known."""
        return frozenset(name for (name,) in self._store.rows("SELECT batch FROM batches WHERE batch <> ''"))

    def keys(self, token: str) -> list[str]:
        """The keys of a batch's calls, line by line."""
        rows = self._store.rows("SELECT key FROM batch_calls WHERE token = ? ORDER BY line", token)
        return [key for (key,) in rows]

    def calls(self, record: BatchRecord, keys: Iterable[str]) -> dict[str, BatchedCall]:
        """Those of a batch's calls that have these keys."""
        rows = self._store.rows(
            "SELECT key, stage, sample, request FROM batch_calls"
            " WHERE token = ? AND key IN (SELECT value FROM json_each(?))",
            record.token,
            json.dumps(list(keys)),
        )
        return {
            key: BatchedCall(CallLabel(key, record.model, stage, sample, record.server), request)
            for key, stage, sample, request in rows
        }

    async def begin(self, record: BatchRecord) -> None:
        """Calls are being gathered for a new batch."""
        sql = f"INSERT INTO batches ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        await self._store.write((sql, [astuple(record)]))

    async def add(self, token: str, first_line: int, calls: Sequence[BatchedCall]) -> None:
        """Calls that stand in a batch's file from that line on."""
        rows = [
            (token, line, call.label.key, call.label.stage, call.label.sample, call.request)
            for line, call in enumerate(calls, first_line)
        ]
        await self._store.write(("INSERT INTO batch_calls VALUES (?, ?, ?, ?, ?, ?)", rows))

    async def creating(self, record: BatchRecord) -> None:
        """The batch is about to be begun at the provider."""
        sql = "UPDATE batches SET state = ?, file = ?, calls = ?, created_at = ? WHERE token = ?"
        row = (BatchStage.CREATING, record.file, record.calls, record.created_at, record.token)
        await self._store.write((sql, [row]))

    async def opened(self, token: str, batch: str) -> None:
        """The provider has begun it."""
        sql = "UPDATE batches SET state = ?, batch = ? WHERE token = ?"
        await self._store.write((sql, [(BatchStage.OPEN, batch, token)]))

    async def adopt(self, token: str, run: str) -> None:
        """Another run looks after it now."""
        await self._store.write(("UPDATE batches SET run = ? WHERE token = ?", [(run, token)]))

    async def ended(self, token: str, now: float) -> None:
        """All that it gave is stored."""
        await self._store.write(
            ("DELETE FROM batch_calls WHERE token = ?", [(token,)]),
            (
                "UPDATE batches SET state = ?, ended_at = ? WHERE token = ?",
                [(BatchStage.ENDED, now, token)],
            ),
        )

    async def forget(self, token: str) -> None:
        """It was never begun."""
        await self._store.write(
            ("DELETE FROM batch_calls WHERE token = ?", [(token,)]),
            ("DELETE FROM batches WHERE token = ?", [(token,)]),
        )
