"""Calls on their way into one batch: lines of a file on disk, and rows in the store."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cuewise.runs.batch_records import BatchedCall, BatchRecord, BatchRecords

ROWS_AT_ONCE = 256
"""Rows that are held back for one write."""


class Wave:
    """A file that grows by one call after the other, with what the store must know to keep their completions.

    Neither the lines nor the rows are held in memory.
    """

    def __init__(self, record: BatchRecord, path: Path, records: BatchRecords) -> None:
        """
        Args:
            record: of the batch, which the store knows already.
            path: where the file is written.
        """
        self.record = record
        self.path = path
        self.keys: list[str] = []
        """Of the calls, line by line."""
        self.size_bytes = 0
        self._records = records
        self._rows: list[BatchedCall] = []
        self._file = path.open("wb")

    async def add(self, call: BatchedCall, line: bytes) -> None:
        """Append a call."""
        self.keys.append(call.label.key)
        self.size_bytes += len(line)
        self._rows.append(call)
        await asyncio.to_thread(self._file.write, line)
        if len(self._rows) >= ROWS_AT_ONCE:
            await self._flush()

    async def close(self) -> None:
        """Bring everything to disk; no call follows."""
        await self._flush()
        await asyncio.to_thread(self._file.close)

    def discard(self) -> None:
        """Remove the file, which has been sent or never will be."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    async def _flush(self) -> None:
        rows, self._rows = self._rows, []
        await self._records.add(self.record.token, len(self.keys) - len(rows) + 1, rows)
