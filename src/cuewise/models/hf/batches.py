"""Calls that come together, made together in one worker thread, without one harming the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False)
class Entry(Generic[T, R]):
    """One call that waits or is being made."""

    item: T
    future: asyncio.Future[R] = field(repr=False)

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for it any more. May be read in any thread."""
        return self.future.cancelled()


class Batches(Generic[T, R]):
    """Makes calls in batches.

    Args:
        make: makes a batch; called in the worker thread, one batch at a time. What it raises fails the batch.
        size: calls in a batch at most.
        wait_s: seconds that a call waits at most for others to join it, while nothing else is being made.
        alike: calls for which this gives equal values may be one batch.
        after_failure: called in the worker thread before the parts of a failed batch are made again.
    """

    def __init__(
        self,
        make: Callable[[Sequence[Entry[T, R]]], Sequence[R]],
        *,
        size: int,
        wait_s: float,
        alike: Callable[[T], Hashable],
        after_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self._make, self._size, self._wait_s, self._alike = make, size, wait_s, alike
        self._after_failure = after_failure
        self._waiting: list[Entry[T, R]] = []
        self._making: list[Entry[T, R]] = []
        self._arrived = asyncio.Event()
        self._server: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def submit(self, item: T) -> R:
        """What `make` gave for this call.

        Raises:
            Exception: what `make` raised when it was given this call alone.
        """
        entry: Entry[T, R] = Entry(item, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._arrived.set()
        if self._server is None or self._server.done():
            self._server = asyncio.create_task(self._serve())
        return await entry.future

    async def close(self) -> None:
        """Abandon all calls and wait until the worker is idle. A later call starts anew."""
        for entry in (*self._waiting, *self._making):
            entry.future.cancel()
        server, self._server = self._server, None
        if server is not None and not server.done():
            await asyncio.wait((server,))
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.to_thread(thread.shutdown)
        self._arrived = asyncio.Event()

    async def _serve(self) -> None:
        """Make batches for as long as calls wait."""
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="hf")
        while self._waiting:
            self._making = await self._gather()
            if not self._making:
                continue
            results = await loop.run_in_executor(self._thread, self._attempt, self._making)
            for entry, result in zip(self._making, results, strict=True):
                if entry.future.done():
                    continue
                if isinstance(result, Exception):
                    entry.future.set_exception(result)
                else:
                    entry.future.set_result(result)
            self._making = []

    async def _gather(self) -> list[Entry[T, R]]:
        """The next batch: the first call that waits and those like it, after a bounded wait for more."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_s
        while len(batch := self._first_alike()) < self._size and (left := until - loop.time()) > 0:
            self._arrived.clear()
            try:
                async with asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                break
        batch = self._first_alike()
        self._waiting = [entry for entry in self._waiting if entry not in batch]
        return batch

    def _first_alike(self) -> list[Entry[T, R]]:
        self._waiting = [entry for entry in self._waiting if not entry.abandoned]
        if not self._waiting:
            return []
        kind = self._alike(self._waiting[0].item)
        return [entry for entry in self._waiting if self._alike(entry.item) == kind][: self._size]

    def _attempt(self, batch: Sequence[Entry[T, R]]) -> list[R | Exception]:
        """Make a batch; one that fails is made again in halves, so that only the call at fault fails."""
        if all(entry.abandoned for entry in batch):
            return [RuntimeError("abandoned")] * len(batch)
        failure = self._failure_of(batch)
        if isinstance(failure, list):
            return failure
        if len(batch) == 1:
            return [failure]
        self._after_failure()
        middle = (len(batch) + 1) // 2
        return self._attempt(batch[:middle]) + self._attempt(batch[middle:])

    def _failure_of(self, batch: Sequence[Entry[T, R]]) -> list[R | Exception] | Exception:
        """The results of a batch, or what it failed with.

        Of an error only its words are kept: the frames of its traceback, and of those of the errors behind it, would
        hold on to the memory that the next try needs.
        """
        try:
            return list(self._make(batch))
        except Exception as error:  # noqa: BLE001 - it is raised to whoever made the call
            error.__cause__ = error.__context__ = None
            return error.with_traceback(None)
