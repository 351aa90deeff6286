"""Keeps many samples under way at once, and stops cleanly."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from cuewise.records import Outcome
from cuewise.runs.caller import Caller, DeferredError, RunStoppedError

T = TypeVar("T")


class Engine:
    """Evaluates samples with a bounded number under way.

    The bound is what keeps memory flat: a sample's records live only while it is under way. It is twice the
    connection limit: a connection that comes free always finds a next call, up to the last round of calls.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        connections: int,
        on_interrupt: Callable[[int], None] = lambda in_flight: None,
    ) -> None:
        """
        Args:
            caller: makes the calls.
            connections: calls in flight to one model.
            on_interrupt: told at the first interrupt how many calls in flight are being waited for.
        """
        self._on_interrupt = on_interrupt
        self._caller = caller
        self._under_way = 2 * connections
        self._workers: list[asyncio.Task[None]] = []
        self._drain: asyncio.Task[None] | None = None

    async def run(
        self,
        samples: Iterable[T],
        evaluate: Callable[[T], Awaitable[Outcome]],
        finished: Callable[[Outcome], None],
    ) -> bool:
        """Evaluate every sample, or each in every epoch; hand each outcome to `finished` as it comes.

        On the first interrupt, and when the budget is reached, no new call is made, those in flight end and are
        stored; on the next interrupt they are abandoned.

        Returns:
            Whether every sample was finished, False after a stop.

        Raises:
            Exception: what `evaluate` or `finished` raised, after the other workers were cancelled.
        """
        rounds = iter((samples,))

        async def only_round() -> Iterable[T]:
            return next(rounds, ())

        return await self.run_rounds(only_round, evaluate, finished)

    async def run_rounds(
        self,
        next_round: Callable[[], Awaitable[Iterable[T]]],
        evaluate: Callable[[T], Awaitable[Outcome]],
        finished: Callable[[Outcome], None],
        put_aside: Callable[[T, DeferredError], None] = lambda sample, deferred: None,
    ) -> bool:
        """As `run`, where a sample may be put aside to go on in a later round.

        Args:
            next_round: gives the samples that can go on, and waits until there are some; none when all is done.
            put_aside: told of a sample whose `evaluate` raised `DeferredError`.
        """
        with _interrupts(self._interrupt), _calm_garbage_collection():
            while not self._caller.stopping:
                found: list[T] = []

                async def gather(found: list[T] = found) -> None:
                    found += await next_round()

                await self._carry_out([gather()])
                if not found:
                    break
                waiting = iter(found)
                await self._carry_out(
                    [self._work(waiting, evaluate, finished, put_aside) for _ in range(self._under_way)]
                )
        return not self._caller.stopping

    async def _carry_out(self, work: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Do several things side by side, to their end or to the stop."""
        self._workers = [asyncio.create_task(each) for each in work]
        ended = asyncio.gather(*self._workers)
        try:
            await ended
        except asyncio.CancelledError:
            if not self._caller.stopping:
                raise
            await asyncio.gather(*self._workers, return_exceptions=True)
        except BaseException:
            self._cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            raise

    async def _work(
        self,
        waiting: Iterator[T],
        evaluate: Callable[[T], Awaitable[Outcome]],
        finished: Callable[[Outcome], None],
        put_aside: Callable[[T, DeferredError], None],
    ) -> None:
        for sample in waiting:
            if self._caller.stopping:
                return
            try:
                outcome = await evaluate(sample)
            except DeferredError as deferred:
                put_aside(sample, deferred)
                continue
            except RunStoppedError:
                self._stop()
                return
            finished(outcome)

    def _interrupt(self) -> None:
        if self._caller.stopping:
            self._cancel()
            return
        self._on_interrupt(self._caller.tally.in_flight)
        self._stop()

    def _stop(self) -> None:
        """Make no new call, and end once those in flight have ended."""
        self._caller.stopping = True
        if self._drain is None:
            self._drain = asyncio.create_task(self._cancel_when_quiet())

    async def _cancel_when_quiet(self) -> None:
        # A worker may also be waiting between two tries, or for a clip: nothing there is worth waiting for.
        await self._caller.quiet.wait()
        self._cancel()

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()


@contextmanager
def _calm_garbage_collection() -> Iterator[None]:
    """Looks for cycles less often while samples run.

    Records hold none, so nearly all of it is looking through the dataset again and again: a tenth of the
    time per call.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextmanager
def _interrupts(handle: Callable[[], None]) -> Iterator[None]:
    """Routes SIGINT and SIGTERM to `handle` where this thread and platform allow it."""
    loop = asyncio.get_running_loop()
    routed: list[signal.Signals] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, handle)
        except (NotImplementedError, RuntimeError, ValueError):
            continue  # not the main thread, or Windows: an interrupt then ends the process as usual
        routed.append(number)
    try:
        yield
    finally:
        for number in routed:
            loop.remove_signal_handler(number)
