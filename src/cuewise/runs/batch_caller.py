"""A caller that makes calls by batch where their model has a way to: they are gathered, and their samples put aside.

A run goes in rounds. In each, samples go as far as the store takes them; the first call that is not there is written
into the next batch, and the sample is put aside. At the end of a round what was gathered is submitted. When a batch has
ended, its completions are in the store and its samples go on in a round of their own, from the start, as on any resume:
so nothing of a waiting sample is held but its name, and answers, steps and verdicts each go by batches of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cuewise.counts import how_many
from cuewise.errors import ModelError, TransientModelError
from cuewise.models.batches import BatchApi, batch_api
from cuewise.models.prices import batch_share
from cuewise.models.protocol import Completion, Model, Request
from cuewise.runs.batch_records import BatchedCall, BatchRecords
from cuewise.runs.caller import Caller, DeferredError, RunStoppedError
from cuewise.runs.collecting import Collector
from cuewise.runs.desk import Desk, Means, OpenBatch, Polling
from cuewise.runs.following import Follower
from cuewise.runs.limits import Limits, ModelLimits
from cuewise.runs.meter import Forecast
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace

BATCHES_PER_CALL: Final = 3
"""A call that came to nothing in so many batches is given up: each may take a day."""

_BUDGET: Final = "budget"
"""What a sample waits for whose call does not fit into the budget now."""


@dataclass(frozen=True)
class _Waiting:
    """A call in a batch."""

    model: str
    stage: str
    forecast: Forecast


class BatchCaller(Caller):
    """Calls to models that have a way to batches go by batch, all others directly."""

    def __init__(
        self,
        store: CallStore,
        models: Sequence[Model],
        samples: int,
        *,
        workspace: Workspace,
        run: str,
        limits: Limits,
        polling: Polling | None = None,
        **settings: Any,
    ) -> None:
        """
        Args:
            models: of the run; those without a way to batches are asked directly.
            samples: how many the run has, each in every epoch; here they go by their number.
            workspace: where files are put that come and go.
            run: the run's name; this process holds its lock.
            polling: how often it is asked where a batch stands.
            settings: as for `Caller`.
        """
        super().__init__(store, limits=limits, **settings)
        self.on_wait: Callable[[], None] = lambda: None
        """Told whenever the tally says anew what is being waited for."""
        self._store = store
        self._samples = samples
        records, folder = BatchRecords(store), workspace.root / "batches"
        means = Means(
            records=records,
            collector=Collector(store, records, run, folder, self._wall_clock),
            run=run,
            folder=folder,
            retry=self._retry,
            polling=polling or Polling(),
            clock=self._clock,
            wall_clock=self._wall_clock,
            sleep=self._sleep,
            spread=self._spread,
        )
        # The pace of single calls is not that of batches, for which providers have limits of their own.
        unpaced = replace(limits, rpm={}, tpm={})
        self._desks: dict[tuple[str, str, str, str], Desk] = {}
        for model in models:
            if (api := batch_api(model)) is not None and (place := _place(model, api)) not in self._desks:
                bounds = ModelLimits(
                    model.name,
                    unpaced,
                    self._connections,
                    clock=self._clock,
                    sleep=self._sleep,
                    share=batch_share(model.name),
                )
                self._desks[place] = Desk(*place[:2], api, bounds, means, self.settle)
        self._follower = Follower(self._desks.values(), means, workspace, self)
        self._waiting: dict[str, _Waiting] = {}
        """Calls in batches, by key."""
        self._in_stage: Counter[tuple[str, str]] = Counter()
        """How many of them, by model and stage."""
        self._asleep: dict[str, set[int]] = {}
        """Samples that were put aside, by what they wait for: a call's key, room at a model, the budget."""
        self._woken: set[int] = set()
        self._failures: dict[str, int] = {}
        """Batches in which a call came to nothing, by key."""
        self._given_up: dict[str, ModelError] = {}
        self._counted: set[str] = set()
        """Keys of calls that are in the tally: a sample passes by them in every round."""
        self._started = False
        self._done_before = 0
        """Calls that had ended when samples last went on for the sake of the budget."""

    # what the stages see

    async def _call(self, model: Model, request: Request, canonical: str, label: CallLabel) -> Completion:
        api = batch_api(model)
        desk = None if api is None else self._desks.get(_place(model, api))
        if api is None or desk is None:
            return await super()._call(model, request, canonical, label)
        if (error := self._given_up.get(label.key)) is not None:
            raise error
        if self.stopping:
            raise RunStoppedError("the run was asked to stop")
        if label.key not in self._waiting:
            await self._put(desk, api, request, canonical, label)
        raise DeferredError(label.key)

    async def _put(
        self, desk: Desk, api: BatchApi, request: Request, canonical: str, label: CallLabel
    ) -> None:
        """Put a call into the next batch, unless an earlier command has put it into one.

        Args:
            api: of the model itself: another of its name may share the desk, with other settings.
        """
        waiting = _Waiting(desk.name, label.stage, self._meter.forecast(desk.limits, label.stage, request))
        if label.key in desk.held:
            self._meter.hold(desk.limits, waiting.forecast)
            self._wait(label.key, waiting)
            return
        if not desk.has_room:
            raise DeferredError(desk.name)
        in_stage = self._in_stage[desk.name, label.stage]
        if in_stage >= self._connections and self._meter.guesses(desk.limits, label.stage, request):
            raise DeferredError(_BUDGET)  # no more rests on a guess than where calls are made directly
        await self._reserve(desk.limits, waiting.forecast)
        self._wait(label.key, waiting)
        try:
            line = await api.line(label.key, request)
            if not await desk.add(BatchedCall(label, canonical), line):
                raise DeferredError(desk.name)
        except BaseException as error:
            self._wait_no_more(label.key)
            self._meter.release(desk.limits, waiting.forecast)
            if isinstance(error, ModelError):
                await self._store.put_failure(
                    label,
                    failed_at=self._wall_clock(),
                    latency_s=0.0,
                    status=error.status,
                    kind=error.kind,
                    message=str(error),
                )
            raise

    async def _reserve(self, limits: ModelLimits, forecast: Forecast) -> None:
        # What is in a batch may take a day to come to less than was set aside: nobody waits for that in mid-round.
        if not self._meter.reserve_now(limits, forecast):
            raise DeferredError(_BUDGET)

    def _count_reused(self, key: str) -> None:
        if key not in self._counted:
            self._counted.add(key)
            super()._count_reused(key)

    # what the engine sees

    async def next_round(self) -> list[int]:
        """The samples that can go on; waits until there are some. None when all is done.

        Raises:
            RunError: the provider cannot be asked about a batch; the batch goes on there.
        """
        if not self._started:
            self._started = True
            await self._follower.take_up()
            return list(range(self._samples))
        for desk in self._desks.values():
            await desk.submit()
        while self._asleep and not self._woken and not self.stopping:
            if any(self._follower.wanted()):
                self._tell()
                await self._follower.wait()
            elif self._done_before < (done := self.tally.made + self.tally.failed_attempts):
                self._done_before = done
                self._wake(_BUDGET)
            else:
                self.stopping = True
                self.budget_reached = _BUDGET in self._asleep
        self._tell()
        woken, self._woken = self._woken, set()
        # Who goes on waits for nothing any more: what is still needed is asked for again.
        self._asleep = {until: rest for until, some in self._asleep.items() if (rest := some - woken)}
        return sorted(woken)

    def put_aside(self, sample: int, deferred: DeferredError) -> None:
        """A sample waits for something; what comes first wakes it."""
        calls = deferred.until - {_BUDGET, *(desk.name for desk in self._desks.values())}
        if calls <= self._waiting.keys():
            for until in deferred.until:
                self._asleep.setdefault(until, set()).add(sample)
        else:
            self._woken.add(sample)  # one of its calls came to nothing while others were asked for

    async def close(self) -> None:
        """Forget what was gathered and not submitted; what was submitted goes on at the provider."""
        for desk in self._desks.values():
            await desk.close()

    # what becomes of calls

    def settle(
        self, desk: Desk, key: str, result: Completion | ModelError, may_have_begun: bool = True
    ) -> None:
        """See `Waiters`."""
        if isinstance(result, ModelError) and self._store.get(key) is not None:
            self.take_back(desk, key)  # a run beside this one has collected it
            return
        if (waiting := self._wait_no_more(key)) is not None:
            if may_have_begun:
                self._meter.settle(desk.limits, waiting.stage, waiting.forecast, result)
            else:
                self._meter.release(desk.limits, waiting.forecast)
        if isinstance(result, Completion):
            if (
                key not in self._counted
            ):  # it comes once more where a second file of results had to be awaited
                self._counted.add(key)
                self._meter.count(desk.limits, result)
        else:
            self.tally.failed_attempts += 1
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            if not isinstance(result, TransientModelError):
                self._given_up[key] = result
            elif failures >= min(BATCHES_PER_CALL, self._retry.tries):
                self._given_up[key] = ModelError(
                    f"{desk.name} came to nothing in {how_many(failures, 'batch')}, last with: {result}. Run the same"
                    " command again to retry; everything that did succeed is kept",
                    status=result.status,
                    kind=result.kind,
                )
        self._wake(key)

    def take_back(self, desk: Desk, key: str) -> None:
        """See `Waiters`."""
        if (waiting := self._wait_no_more(key)) is not None:
            self._meter.release(desk.limits, waiting.forecast)
        if desk.open:
            self._asleep.setdefault(desk.name, set()).update(self._asleep.pop(key, ()))
        else:
            self._wake(key)

    def wants(self, desk: Desk, batch: OpenBatch) -> bool:
        """See `Waiters`."""
        return desk.name in self._asleep or any(key in self._waiting for key in batch.keys)

    def closed(self, desk: Desk) -> None:
        """See `Waiters`."""
        self._wake(desk.name)
        self._wake(_BUDGET)

    def _wait(self, key: str, waiting: _Waiting) -> None:
        self._waiting[key] = waiting
        self._in_stage[waiting.model, waiting.stage] += 1

    def _wait_no_more(self, key: str) -> _Waiting | None:
        if (waiting := self._waiting.pop(key, None)) is not None:
            self._in_stage[waiting.model, waiting.stage] -= 1
        return waiting

    def _wake(self, until: str) -> None:
        self._woken |= self._asleep.pop(until, set())

    def _tell(self) -> None:
        wanted = list(self._follower.wanted())
        self.tally.batches = len(wanted)
        self.tally.batched = sum(len(batch.keys) for batch in wanted)
        self.tally.batched_done = sum(batch.state.done for batch in wanted if batch.state is not None)
        if wanted:
            self.on_wait()


def _place(model: Model, api: BatchApi) -> tuple[str, str, str, str]:
    """What calls of one batch have in common: the model's name, its server, and the interface there."""
    return model.name, getattr(model, "base_url", ""), api.endpoint, api.version
