"""Asks models on behalf of the stages: reuse, one call for identical requests, limits, retries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from cuewise.counts import how_many
from cuewise.errors import CuewiseError, ModelError, TransientModelError
from cuewise.models.protocol import Ask, Completion, Model, Request, call_key, canonical_call
from cuewise.records import Usage
from cuewise.runs.crashes import Crashes
from cuewise.runs.limits import Limits, ModelLimits
from cuewise.runs.meter import CallTally, Forecast, Meter
from cuewise.runs.store import CallLabel, CallStore

__all__ = [
    "HOPELESS_AFTER",
    "CallTally",
    "Caller",
    "DeferredError",
    "RetryPolicy",
    "RunStoppedError",
    "SampleCalls",
]

HOPELESS_AFTER = 20
"""After so many calls in a row that came to nothing, a model is asked no more in this run."""


class RunStoppedError(CuewiseError):
    """The run was asked to stop before this call was made; the sample stays open for a resume."""


class DeferredError(RunStoppedError):
    """The call is made together with others, later; the sample goes on when it has been."""

    def __init__(self, *until: str) -> None:
        super().__init__("the call is made later")
        self.until = frozenset(until)
        """What is waited for: keys of calls, or words for something that calls make room for by ending."""


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again after a transient failure.

    Waits double from `first_wait_s` up to `longest_wait_s`, each scaled by a random factor in 0.5..1 so
    that many callers do not return at the same moment. A Retry-After from the server replaces the wait; one
    longer than `longest_retry_after_s` ends the call instead, to be made by a later run.
    """

    tries: int = 8
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    longest_retry_after_s: float = 300.0

    def wait_s(self, failures: int, spread: float) -> float:
        """Seconds to wait after the given number of failures (from 1); `spread` lies in 0..1."""
        return min(self.first_wait_s * 2.0 ** (failures - 1), self.longest_wait_s) * (0.5 + 0.5 * spread)

    def wait_after(self, error: TransientModelError, failures: int, model: str, spread: float) -> float:
        """Seconds to wait after the latest of so many failures of one call.

        Raises:
            ModelError: it is not to be tried again.
        """
        if failures >= self.tries:
            raise ModelError(
                f"{model} failed {how_many(failures, 'time')}, last with: {error}. Run the same command again to"
                " retry; everything that did succeed is kept",
                status=error.status,
                kind=error.kind,
            ) from error
        if error.retry_after_s is None:
            return self.wait_s(failures, spread)
        if error.retry_after_s > self.longest_retry_after_s:
            raise ModelError(
                f"{model} asks to wait {error.retry_after_s:.0f} s: {error}. Run the same command"
                " again after that",
                status=error.status,
                kind=error.kind,
            ) from error
        return error.retry_after_s


@dataclass
class SampleCalls:
    """The calls of one sample, by stage, in the order in which they were asked."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)
    deadline: float | None = None
    """Clock time by which the sample must be done; set by its first call."""

    def add(self, stage: str, key: str, completion: Completion) -> None:
        self.keys.setdefault(stage, []).append(key)
        used = Usage(input_tokens=completion.input_tokens, output_tokens=completion.output_tokens)
        self.usage[stage] = self.usage.get(stage, Usage(calls=0)).plus(used)


class Caller:
    """The only way from a stage to a model."""

    def __init__(
        self,
        store: CallStore,
        *,
        connections: int,
        retry: RetryPolicy | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """
        Args:
            store: where calls are looked up and kept.
            connections: calls in flight to one model at most.
            retry: when to try again.
            limits: what the models may be asked and may cost.
            clock: seconds that only ever rise.
            wall_clock: Unix time, for the store.
            sleep: waits so many seconds of `clock`.
            spread: draws from 0..1, see `RetryPolicy`.
        """
        self.stopping = False
        """Set to make no further call; calls in flight still end and are stored."""
        self.budget_reached = False
        """Whether the budget is what set `stopping`."""
        self.quiet = asyncio.Event()
        """Set while no call is in flight."""
        self.quiet.set()
        self._store = store
        self._connections = connections
        self._retry = retry or RetryPolicy()
        self._limits = limits or Limits()
        self._meter = Meter(self._limits)
        self.tally = self._meter.tally
        self._clock, self._wall_clock, self._sleep, self._spread = clock, wall_clock, sleep, spread
        self._models: dict[str, ModelLimits] = {}
        self._under_way: dict[str, asyncio.Future[Completion]] = {}
        self._crashes = Crashes()

    def bind(
        self, model: Model, stage: str, sample_id: str, calls: SampleCalls, *, stored_only: bool = False
    ) -> Ask:
        """An `Ask` for one stage of one sample, which notes its calls in `calls`.

        With `stored_only` a call that is not in the store is a failure, and nothing is paid for.
        """
        deadline = self._limits.sample_deadline_s

        async def ask(request: Request) -> Completion:
            canonical = canonical_call(model, request)
            server = getattr(model, "base_url", "")
            label = CallLabel(call_key(canonical), model.name, stage, sample_id, server)
            completing = self._complete(model, request, canonical, label, stored_only=stored_only)
            completion = await (
                completing if deadline is None else self._by(deadline, calls, completing, label)
            )
            calls.add(stage, label.key, completion)
            return completion

        return ask

    async def _complete(
        self, model: Model, request: Request, canonical: str, label: CallLabel, *, stored_only: bool
    ) -> Completion:
        stored = self._store.get(label.key)
        if stored is not None:
            self._count_reused(label.key)
            if stored.server != label.server:
                self.tally.reused_from.add(stored.server)
            return stored.completion
        if stored_only:
            raise ModelError(
                f"{label.model} has not answered this yet, and judging again does not ask it: run the first run's"
                " command again",
                kind="not_stored",
            )
        while (waiting := self._under_way.get(label.key)) is not None:
            try:
                completion = await asyncio.shield(waiting)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if not waiting.cancelled() or (task is not None and task.cancelling()):
                    raise
                continue  # another sample made it and came to its deadline: it is made again for this one
            self._count_reused(label.key)
            return completion
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._under_way[label.key] = future
        try:
            completion = await self._call(model, request, canonical, label)
        except asyncio.CancelledError:
            future.cancel()
            raise
        except Exception as error:
            future.set_exception(error)
            future.exception()  # it is raised here as well; nobody need have waited
            raise
        else:
            future.set_result(completion)
            return completion
        finally:
            del self._under_way[label.key]

    async def _by(
        self,
        seconds: float,
        calls: SampleCalls,
        completing: Coroutine[Any, Any, Completion],
        label: CallLabel,
    ) -> Completion:
        """What `completing` gives, unless the sample's deadline comes first."""
        if calls.deadline is None:
            calls.deadline = self._clock() + seconds
        remaining = calls.deadline - self._clock()
        if remaining > 0 or self._store.get(label.key) is not None:
            work = asyncio.ensure_future(completing)
            alarm = asyncio.ensure_future(self._sleep(max(remaining, 0)))
            try:
                await asyncio.wait((work, alarm), return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
            finally:
                alarm.cancel()
                work.cancel()
                await asyncio.wait((work,))
                if not work.cancelled():
                    work.exception()  # seen: what counts is that it came too late
        else:
            completing.close()
        raise ModelError(
            f"not done within {seconds:g} s of the sample's first call, when {label.model} was asked: raise"
            " --sample-deadline and run the same command again; the calls that were finished are kept",
            kind="deadline",
        )

    async def _call(self, model: Model, request: Request, canonical: str, label: CallLabel) -> Completion:
        limits = self._models.get(model.name)
        if limits is None:
            limits = self._models[model.name] = ModelLimits(
                model.name, self._limits, self._connections, clock=self._clock, sleep=self._sleep
            )
        try:
            completion = await self._persist(limits, model, request, canonical, label)
        except ModelError:
            limits.given_up += 1
            raise
        limits.given_up = 0
        return completion

    async def _persist(
        self, limits: ModelLimits, model: Model, request: Request, canonical: str, label: CallLabel
    ) -> Completion:
        """Try until it succeeds, fails for good, or has failed too often."""
        failures = 0
        while True:
            try:
                return await self._attempt(limits, model, request, canonical, label)
            except TransientModelError as error:
                failures += 1
                await self._sleep(self._retry.wait_after(error, failures, label.model, self._spread()))

    async def _attempt(
        self, limits: ModelLimits, model: Model, request: Request, canonical: str, label: CallLabel
    ) -> Completion:
        await limits.lanes.enter()
        try:
            forecast = self._meter.forecast(limits, label.stage, request)
            await self._await_turn(limits, forecast, label)
            self._begin()
            started = self._clock()
            result = await self._crashes.settle(model, request)
            latency = self._clock() - started
            self._meter.settle(limits, label.stage, forecast, result)
            if isinstance(result, Completion):
                limits.lanes.succeeded()
            elif isinstance(result, TransientModelError):
                limits.failed(result, started, self._retry.longest_retry_after_s)
        finally:
            # The lane is free for the next call while this one is being written.
            limits.lanes.leave()
        try:
            if isinstance(result, ModelError):
                await self._store.put_failure(
                    label,
                    failed_at=self._wall_clock(),
                    latency_s=latency,
                    status=result.status,
                    kind=result.kind,
                    message=str(result),
                )
            elif isinstance(result, Completion):
                await self._store.put(
                    label, canonical, result, finished_at=self._wall_clock(), latency_s=latency
                )
        finally:
            self._end()
        if isinstance(result, ModelError):
            self.tally.failed_attempts += 1
        if isinstance(result, BaseException):
            raise result
        self._meter.count(limits, result)
        return result

    async def _await_turn(self, limits: ModelLimits, forecast: Forecast, label: CallLabel) -> None:
        """Wait until the call may start; what it is expected to cost is then reserved.

        Raises:
            RunStoppedError: no call may be made any more.
            ModelError: the model is given up.
        """
        self._check(limits, label)
        await self._reserve(limits, forecast)
        try:
            await limits.turn(forecast.cost.tokens, lambda: self.stopping)
            self._check(limits, label)
        except BaseException:
            self._meter.release(limits, forecast)
            raise

    async def _reserve(self, limits: ModelLimits, forecast: Forecast) -> None:
        if not await self._meter.reserve(limits, forecast):
            if not self.stopping:
                self.stopping = self.budget_reached = True
            raise RunStoppedError("the budget is reached")

    def _count_reused(self, key: str) -> None:
        self.tally.reused += 1

    def _check(self, limits: ModelLimits, label: CallLabel) -> None:
        if self.stopping:
            raise RunStoppedError("the run was asked to stop")
        if limits.given_up >= HOPELESS_AFTER:
            raise ModelError(
                f"{label.model} is asked no more in this run: {HOPELESS_AFTER} calls in a row came to nothing."
                " Mend that, and run the same command again",
                kind="hopeless",
            )

    def _begin(self) -> None:
        self.tally.in_flight += 1
        self.quiet.clear()

    def _end(self) -> None:
        self.tally.in_flight -= 1
        if not self.tally.in_flight:
            self.quiet.set()
