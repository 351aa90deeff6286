"""Asks models on behalf of the stages: reuse, one call for identical requests, limits, retries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cuewise.errors import CuewiseError, ModelError, TransientModelError
from cuewise.models.protocol import Ask, Completion, Model, Request, call_key, canonical_call
from cuewise.records import Usage
from cuewise.runs.store import CallLabel, CallStore

HOPELESS_AFTER = 20
"""After so many calls in a row that came to nothing, a model is asked no more in this run."""


class RunStoppedError(CuewiseError):
    """The run was asked to stop before this call was made; the sample stays open for a resume."""


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


@dataclass
class CallTally:
    """What happened to the calls of a run, for progress and the summary."""

    made: int = 0
    reused: int = 0
    reused_from: set[str] = field(default_factory=set)
    """Addresses of other servers than today's that answered some of the reused calls."""
    failed_attempts: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    """Of calls made in this run."""
    output_tokens: int = 0


@dataclass
class SampleCalls:
    """The calls of one sample, by stage, in the order in which they were asked."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)

    def add(self, stage: str, key: str, completion: Completion) -> None:
        self.keys.setdefault(stage, []).append(key)
        used = Usage(input_tokens=completion.input_tokens, output_tokens=completion.output_tokens)
        self.usage[stage] = self.usage.get(stage, Usage(calls=0)).plus(used)


@dataclass
class _Limit:
    """Shared by all calls to one model."""

    connections: asyncio.Semaphore
    not_before: float = 0.0
    """Clock time before which the server asked for quiet."""
    given_up: int = 0
    """Calls in a row that came to nothing."""


class Caller:
    """The only way from a stage to a model."""

    def __init__(
        self,
        store: CallStore,
        *,
        connections: int,
        retry: RetryPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self.tally = CallTally()
        self.stopping = False
        """Set to make no further call; calls in flight still end and are stored."""
        self.quiet = asyncio.Event()
        """Set while no call is in flight."""
        self.quiet.set()
        self._store = store
        self._connections = connections
        self._retry = retry or RetryPolicy()
        self._clock, self._wall_clock, self._sleep, self._spread = clock, wall_clock, sleep, spread
        self._limits: dict[str, _Limit] = {}
        self._under_way: dict[str, asyncio.Future[Completion]] = {}

    def bind(
        self, model: Model, stage: str, sample_id: str, calls: SampleCalls, *, stored_only: bool = False
    ) -> Ask:
        """An `Ask` for one stage of one sample, which notes its calls in `calls`.

        With `stored_only` a call that is not in the store is a failure, and nothing is paid for.
        """

        async def ask(request: Request) -> Completion:
            canonical = canonical_call(model, request)
            server = getattr(model, "base_url", "")
            label = CallLabel(call_key(canonical), model.name, stage, sample_id, server)
            completion = await self._complete(model, request, canonical, label, stored_only=stored_only)
            calls.add(stage, label.key, completion)
            return completion

        return ask

    async def _complete(
        self, model: Model, request: Request, canonical: str, label: CallLabel, *, stored_only: bool
    ) -> Completion:
        stored = self._store.get(label.key)
        if stored is not None:
            self.tally.reused += 1
            if stored.server != label.server:
                self.tally.reused_from.add(stored.server)
            return stored.completion
        if stored_only:
            raise ModelError(
                f"{label.model} has not answered this yet, and judging again does not ask it: run the first run's"
                " command again",
                kind="not_stored",
            )
        waiting = self._under_way.get(label.key)
        if waiting is not None:
            self.tally.reused += 1
            return await asyncio.shield(waiting)
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

    async def _call(self, model: Model, request: Request, canonical: str, label: CallLabel) -> Completion:
        limit = self._limits.setdefault(model.name, _Limit(asyncio.Semaphore(self._connections)))
        try:
            completion = await self._persist(limit, model, request, canonical, label)
        except ModelError:
            limit.given_up += 1
            raise
        limit.given_up = 0
        return completion

    async def _persist(
        self, limit: _Limit, model: Model, request: Request, canonical: str, label: CallLabel
    ) -> Completion:
        """Try until it succeeds, fails for good, or has failed too often."""
        failures = 0
        while True:
            try:
                return await self._attempt(limit, model, request, canonical, label)
            except TransientModelError as error:
                failures += 1
                await self._sleep(self._wait_after(error, failures, label))

    def _wait_after(self, error: TransientModelError, failures: int, label: CallLabel) -> float:
        if failures >= self._retry.tries:
            raise ModelError(
                f"{label.model} failed {failures} times, last with: {error}. Run the same command again to"
                " retry; everything that did succeed is kept",
                status=error.status,
                kind=error.kind,
            ) from error
        if error.retry_after_s is None:
            return self._retry.wait_s(failures, self._spread())
        if error.retry_after_s > self._retry.longest_retry_after_s:
            raise ModelError(
                f"{label.model} asks to wait {error.retry_after_s:.0f} s: {error}. Run the same command"
                " again after that",
                status=error.status,
                kind=error.kind,
            ) from error
        return error.retry_after_s

    async def _attempt(
        self, limit: _Limit, model: Model, request: Request, canonical: str, label: CallLabel
    ) -> Completion:
        async with limit.connections:
            while (quiet := limit.not_before - self._clock()) > 0 and not self.stopping:
                await self._sleep(quiet)
            if self.stopping:
                raise RunStoppedError("the run was asked to stop")
            if limit.given_up >= HOPELESS_AFTER:
                raise ModelError(
                    f"{label.model} is asked no more in this run: {HOPELESS_AFTER} calls in a row came to nothing."
                    " Mend that, and run the same command again",
                    kind="hopeless",
                )
            self._begin()
            started = self._clock()
            result = await _settle(model.generate(request))
            latency = self._clock() - started
            if isinstance(result, TransientModelError):
                self._note_quiet(limit, result)
        # The connection is free for the next call while this one is being written.
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
        self.tally.made += 1
        self.tally.input_tokens += result.input_tokens or 0
        self.tally.output_tokens += result.output_tokens or 0
        return result

    def _note_quiet(self, limit: _Limit, error: TransientModelError) -> None:
        """What the server asked of one call holds for all calls to the model."""
        wait = error.retry_after_s
        if wait is not None and wait <= self._retry.longest_retry_after_s:
            limit.not_before = max(limit.not_before, self._clock() + wait)

    def _begin(self) -> None:
        self.tally.in_flight += 1
        self.quiet.clear()

    def _end(self) -> None:
        self.tally.in_flight -= 1
        if not self.tally.in_flight:
            self.quiet.set()


async def _settle(call: Awaitable[Completion]) -> Completion | BaseException:
    """What the call gave or raised."""
    try:
        return await call
    except BaseException as error:  # noqa: BLE001 - raised again by the caller once it is recorded
        return error
