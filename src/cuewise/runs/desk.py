"""One model's batches: calls are gathered in a file, the file is submitted, and what is under way is looked after."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.batches import BatchApi, BatchState, Submission
from cuewise.models.protocol import Completion
from cuewise.runs.batch_records import BatchedCall, BatchRecord, BatchRecords, BatchStage
from cuewise.runs.caller import RetryPolicy
from cuewise.runs.collecting import Collector
from cuewise.runs.limits import ModelLimits
from cuewise.runs.waves import Wave

LOOK_AGAIN_S: Final = 3.0
"""How long after a first look for a batch that may have begun a second is taken: its list may lag behind."""

T = TypeVar("T")


@dataclass(frozen=True)
class Polling:
    """How often it is asked where a batch stands: the longer it has taken, the less often."""

    first_s: float = 1.0
    longest_s: float = 300.0

    def wait_s(self, age_s: float) -> float:
        """Seconds until the next question about a batch of that age: half as long as it has taken.

        >>> [Polling().wait_s(age) for age in (0, 60, 86_400)]
        [1.0, 30.0, 300.0]
        """
        return min(self.longest_s, max(self.first_s, age_s / 2))


@dataclass(frozen=True)
class Means:
    """What the desks of a run share."""

    records: BatchRecords
    collector: Collector
    run: str
    folder: Path
    """For files that come and go."""
    retry: RetryPolicy
    polling: Polling
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    spread: Callable[[], float]


@dataclass
class OpenBatch:
    """A batch that the provider has begun."""

    record: BatchRecord
    keys: list[str]
    """Of its calls, line by line."""
    since: float
    """Clock time from which it has been looked after."""
    due: float
    """Clock time of the next question about it."""
    beside: int
    """Batches that were open when it was submitted."""
    state: BatchState | None = None
    troubles: int = 0
    """Questions in a row that brought no word."""


class Desk:
    """Where the calls to one model wait for company.

    Args:
        settle: told of each call that came to nothing because its batch could not be submitted, once that is
            stored, and whether the batch may have begun all the same.
    """

    def __init__(
        self,
        name: str,
        server: str,
        api: BatchApi,
        limits: ModelLimits,
        means: Means,
        settle: Callable[[Desk, str, Completion | ModelError, bool], None],
    ) -> None:
        self.name, self.server, self.api, self.limits = name, server, api, limits
        self.open: list[OpenBatch] = []
        self.held: set[str] = set()
        """Keys of calls in batches that an earlier command submitted."""
        self._most_open: int | None = None
        """Batches under way at most, once the provider had no room for more."""
        self._most_calls = api.max_calls
        self._refusals = 0
        """Batches in a row for which there was no room, though none of ours was open."""
        self._means = means
        self._settle = settle
        self._wave: Wave | None = None
        self._lock = asyncio.Lock()

    @property
    def has_room(self) -> bool:
        """Whether the provider is thought to take another batch."""
        return self._most_open is None or len(self.open) < self._most_open

    def no_room(self, batch: OpenBatch) -> None:
        """The provider had no room for a batch beside those that were open when it was submitted.

        Where none was, smaller ones are tried, with growing pauses: what fills it up may be somebody else's.
        """
        if batch.beside:
            self._most_open = min(batch.beside, self._most_open or batch.beside)
        else:
            self._most_calls = max(1, len(batch.keys) // 2)
            self._refusals += 1

    def had_room(self) -> None:
        """The provider took a batch."""
        self._refusals = 0

    async def add(self, call: BatchedCall, line: bytes) -> bool:
        """Put a call into the next batch, which is submitted when it is full.

        Returns:
            False where the provider is thought to have no room for that batch.

        Raises:
            PermanentModelError: the call is too large for any batch.
        """
        if len(line) > self.api.max_bytes:
            raise PermanentModelError(
                f"{self.name}: a call of {len(line):,} bytes, and a batch takes {self.api.max_bytes:,}: leave --batch"
                " out, or send fewer or smaller frames",
                kind="too_large",
            )
        async with self._lock:
            wave = self._wave
            if wave is not None and (
                len(wave.keys) >= self._most_calls or wave.size_bytes + len(line) > self.api.max_bytes
            ):
                await self._submit(wave)
                wave = None
            if wave is None and not self.has_room:
                return False
            await (wave or await self._begin()).add(call, line)
        return True

    async def submit(self) -> None:
        """Submit what has been gathered."""
        async with self._lock:
            if self._wave is not None:
                await self._submit(self._wave)

    async def close(self) -> None:
        """Forget what has been gathered and not submitted."""
        if (wave := self._wave) is not None:
            self._wave = None
            wave.discard()
            await self._means.records.forget(wave.record.token)

    async def find(self, record: BatchRecord) -> BatchRecord | None:
        """What became of a batch that was about to begin when its command ended; None where it was not begun.

        Raises:
            ModelError: the provider does not say.
        """
        state = await self._look(self._submission(record))
        if state is None:
            return None
        await self._means.records.opened(record.token, state.id)
        return replace(record, state=BatchStage.OPEN, batch=state.id)

    def look_after(self, record: BatchRecord, keys: list[str], *, due: float) -> None:
        """Ask where a batch stands from now on, first at `due`."""
        self.open.append(OpenBatch(record, keys, self._means.clock(), due, beside=len(self.open)))

    async def _begin(self) -> Wave:
        means = self._means
        record = BatchRecord(
            token=uuid.uuid4().hex,
            run=means.run,
            model=self.name,
            server=self.server,
            endpoint=self.api.endpoint,
            state=BatchStage.GATHERING,
            file="",
            batch="",
            calls=0,
            created_at=means.wall_clock(),
        )
        await means.records.begin(record)
        means.folder.mkdir(parents=True, exist_ok=True)
        self._wave = Wave(record, means.folder / f"{record.token}.jsonl", means.records)
        return self._wave

    async def _submit(self, wave: Wave) -> None:
        """Bring a file to the provider and begin its batch; what cannot be done fails the calls in it."""
        means, api, record = self._means, self.api, wave.record
        await wave.close()
        if self._refusals:
            await means.sleep(min(means.polling.longest_s, means.polling.first_s * 2.0**self._refusals))
        may_have_begun = False
        try:
            file = await self._trying(lambda: api.upload(wave.path))
            record = replace(record, file=file, calls=len(wave.keys), created_at=means.wall_clock())
            await means.records.creating(record)
            may_have_begun = True
            state = await self._create(self._submission(record))
            await means.records.opened(record.token, state.id)
        except ModelError as error:
            may_have_begun = may_have_begun and not isinstance(error, PermanentModelError)

            def told(key: str, result: Completion | ModelError) -> None:
                self._settle(self, key, result, may_have_begun)

            await means.collector.fail(record, wave.keys, error, told)
            if not may_have_begun:
                await means.records.forget(record.token)
        else:
            record = replace(record, state=BatchStage.OPEN, batch=state.id)
            self.look_after(record, wave.keys, due=means.clock() + means.polling.wait_s(0))
        finally:
            self._wave = None
            wave.discard()

    def _submission(self, record: BatchRecord) -> Submission:
        means = self._means
        return Submission(
            record.token,
            means.folder / f"{record.token}.jsonl",
            record.file,
            record.calls,
            record.created_at,
        )

    async def _create(self, submission: Submission) -> BatchState:
        """Begin a batch once, whatever happens to the provider's word on it.

        Raises:
            PermanentModelError: it was refused, and has not begun.
            ModelError: there is no word on it that could be relied on.
        """
        failures = 0
        may_have_begun = False
        while True:
            try:
                return await self.api.create(submission)
            except TransientModelError as error:
                failures += 1
                may_have_begun = may_have_begun or error.status != 429
                await self._pause(error, failures)
            except PermanentModelError as error:
                if may_have_begun:  # by a request before this one, and the list lags behind
                    raise ModelError(str(error), status=error.status, kind=error.kind) from error
                raise
            if (found := await self._look(submission)) is not None:
                return found

    async def _look(self, submission: Submission) -> BatchState | None:
        """A batch that may have begun.

        Raises:
            ModelError: the provider does not say; that is no word on the batch, which stays remembered.
        """

        def find() -> Awaitable[BatchState | None]:
            # Others of this workspace may have begun theirs since.
            return self.api.find(replace(submission, others=self._means.records.ids()))

        try:
            found = await self._trying(find)
            if found is None:
                await self._means.sleep(LOOK_AGAIN_S)
                found = await self._trying(find)
        except PermanentModelError as error:
            raise ModelError(str(error), status=error.status, kind=error.kind) from error
        return found

    async def _trying(self, request: Callable[[], Awaitable[T]]) -> T:
        failures = 0
        while True:
            try:
                return await request()
            except TransientModelError as error:
                failures += 1
                await self._pause(error, failures)

    async def _pause(self, error: TransientModelError, failures: int) -> None:
        means = self._means
        await means.sleep(means.retry.wait_after(error, failures, self.name, means.spread()))
