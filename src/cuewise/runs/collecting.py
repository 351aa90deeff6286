"""Reads the results of a batch into the call store.

The files are hostile input: a line that is garbage, doubled, or about a call that the batch does not hold changes
nothing about the others. It may be done again at any time, after a kill or by two processes at once: the first
completion of a call stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from cuewise.errors import ModelError, TransientModelError
from cuewise.models.batches import BatchApi, BatchResult, BatchState
from cuewise.models.protocol import Completion
from cuewise.runs.batch_records import BatchRecord, BatchRecords
from cuewise.runs.store import CallStore

LINES_AT_ONCE: Final = 64
"""Results that are kept between two turns of the event loop."""
MAX_LINE_BYTES: Final = 32 * 2**20
"""A longer line is garbage."""

T = TypeVar("T")
Told = Callable[[str, Completion | ModelError], None]
"""Is told what came of the call with a key, once that is stored."""


@dataclass(frozen=True)
class Collector:
    """Brings what ended batches gave into the store.

    Args:
        run: whose name stands in the names of downloads.
        folder: where they are put while they are read.
        wall_clock: Unix time.
    """

    store: CallStore
    records: BatchRecords
    run: str
    folder: Path
    wall_clock: Callable[[], float]

    async def collect(
        self,
        record: BatchRecord,
        keys: list[str],
        state: BatchState,
        api: BatchApi,
        told: Told,
        *,
        patient: bool = True,
    ) -> bool:
        """Store what came of every call of a batch: a completion, or an attempt that failed.

        Args:
            keys: of its calls, line by line.
            patient: whether a file that is not there is taken to be late, and not removed at the provider.

        Returns:
            False where replies came and none of them could be read: they were paid for, and another version may read
            them.

        Raises:
            ModelError: a file of results did not come; nothing is lost by another try.
        """
        missing = dict.fromkeys(keys)
        failed: dict[str, ModelError] = {}
        place = self._place(record)
        try:
            for file in state.files:
                try:
                    await api.fetch(file, place)
                except ModelError as error:
                    if error.kind != "not_found" or patient:
                        raise
                    continue  # its calls have no result
                chunks = _chunks(place, api.read)
                while (results := await asyncio.to_thread(next, chunks, None)) is not None:
                    await self._keep(record, results, missing, failed, told)
        finally:
            place.unlink(missing_ok=True)
        failed = {keys[line - 1]: error for line, error in state.faulty if 0 < line <= len(keys)} | failed
        nothing = TransientModelError(f"{record.model}: its batch ended without a word on it", kind="missing")
        without = {key: failed.get(key) or state.unfinished or nothing for key in missing}
        for some in _by(LINES_AT_ONCE, without):
            await self._keep_failures(record, {key: without[key] for key in some}, told)
        unread = any((error.status, error.kind) == (200, "bad_body") for error in failed.values())
        return not unread or len(missing) < len(keys) or all(map(self.store.get, keys))

    async def fail(self, record: BatchRecord, keys: list[str], error: ModelError, told: Told) -> None:
        """Store that all calls of a batch came to nothing."""
        for some in _by(LINES_AT_ONCE, keys):
            await self._keep_failures(record, dict.fromkeys(some, error), told)

    def clear(self, record: BatchRecord) -> None:
        """Remove what a command that was killed left of a batch on disk."""
        for path in (self.folder / f"{record.token}.jsonl", self._place(record)):
            path.unlink(missing_ok=True)

    def _place(self, record: BatchRecord) -> Path:
        # Another run may be reading the same results at the same time.
        return self.folder / f"{record.token}.{self.run}.jsonl"

    async def _keep(
        self,
        record: BatchRecord,
        results: list[BatchResult],
        missing: dict[str, None],
        failed: dict[str, ModelError],
        told: Told,
    ) -> None:
        """Store the completions among some results; failures may yet be followed by one."""
        given: dict[str, Completion] = {}
        for result in results:
            if result.key not in missing:
                continue
            if isinstance(result.result, Completion):
                given.setdefault(result.key, result.result)
            else:
                failed[result.key] = result.result
        calls = self.records.calls(record, given)
        now = self.wall_clock()
        await asyncio.gather(
            *(
                self.store.put(
                    call.label,
                    call.request,
                    given[key],
                    finished_at=now,
                    latency_s=max(0.0, now - record.created_at),
                    batch=record.batch,
                )
                for key, call in calls.items()
            )
        )
        for key in calls:
            del missing[key]
            told(key, given[key])

    async def _keep_failures(self, record: BatchRecord, failed: dict[str, ModelError], told: Told) -> None:
        calls = self.records.calls(record, failed)
        now = self.wall_clock()
        await asyncio.gather(
            *(
                self.store.put_failure(
                    call.label,
                    failed_at=now,
                    latency_s=max(0.0, now - record.created_at),
                    status=failed[key].status,
                    kind=failed[key].kind,
                    message=str(failed[key]),
                )
                for key, call in calls.items()
            )
        )
        for key, error in failed.items():
            told(key, error)


def _chunks(path: Path, read: Callable[[bytes], BatchResult | None]) -> Iterator[list[BatchResult]]:
    """The results in a file, some at a time."""
    with path.open("rb") as file:
        for lines in _by(LINES_AT_ONCE, _lines(file)):
            yield [result for line in lines if (result := read(line)) is not None]


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines of bearable length."""
    while line := file.readline(MAX_LINE_BYTES):
        if len(line) < MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass


def _by(size: int, items: Iterable[T]) -> Iterator[list[T]]:
    """Items, so many at a time."""
    some: list[T] = []
    for item in items:
        some.append(item)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
