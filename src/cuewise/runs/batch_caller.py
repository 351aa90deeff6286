"""A caller that makes calls by batch where their model has a way to: they are gathered, and their samples put aside.

A run goes in rounds. In each, samples go as far as the store takes them; the first call that is not there is written
into the next batch, and the sample is put aside. At the end of a round what was gathered is submitted. When a batch has
ended, its completions are in the store and its samples go on in a round of their own, from the start, as on any resume:
so nothing of a waiting sample is held but its name, and answers, steps and verdicts each go by batches of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from cuewise.errors import ModelError, RunError, TransientModelError
from cuewise.models.batches import batch_api
from cuewise.models.prices import batch_share
from cuewise.models.protocol import Ask, Completion, Model, Request
from cuewise.records import Sample
from cuewise.runs.batch_records import BatchedCall, BatchRecord, BatchRecords, BatchStage
from cuewise.runs.caller import Caller, DeferredError, RunStoppedError, SampleCalls
from cuewise.runs.collecting import Collector
from cuewise.runs.desk import Desk, Means, OpenBatch, Polling
from cuewise.runs.limits import Limits, ModelLimits
from cuewise.runs.meter import Forecast
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace

BATCHES_PER_CALL: Final = 3
"""A call that came to nothing in so many batches is given up: each may take a day."""
TROUBLES: Final = 20
"""Questions about a batch that may go unanswered in a row before the command ends."""
KEPT_S: Final = 30 * 86_400.0
"""How long results are kept at the provider: a batch that is unknown there after that is gone."""

_BUDGET: Final = "budget"
"""What a sample waits for whose call does not fit into the budget now."""


@dataclass(frozen=True)
class _Waiting:
    """A call in a batch."""

    stage: str
    forecast: Forecast


class BatchCaller(Caller):
    """Calls to models that have a way to batches go by batch, all others directly."""

    def __init__(
        self,
        store: CallStore,
        models: Sequence[Model],
        samples: Sequence[Sample],
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
            samples: of the run.
            workspace: where files are put that come and go.
            run: the run's name; this process holds its lock.
            polling: how often it is asked where a batch stands.
            settings: as for `Caller`.
        """
        super().__init__(store, limits=limits, **settings)
        self.on_wait: Callable[[], None] = lambda: None
        """Told whenever the tally says anew what is being waited for."""
        self._store = store
        self._workspace, self._run = workspace, run
        self._samples = {sample.id: sample for sample in samples}
        self._records = BatchRecords(store)
        folder = workspace.root / "batches"
        self._collector = Collector(store, self._records, run, folder, self._wall_clock)
        self._polling = polling or Polling()
        means = Means(
            self._records,
            self._collector,
            run,
            folder,
            self._retry,
            self._polling,
            self._clock,
            self._wall_clock,
            self._sleep,
            self._spread,
        )
        # The pace of single calls is not that of batches, for which providers have limits of their own.
        unpaced = replace(limits, rpm={}, tpm={})
        self._desks: dict[tuple[str, str], Desk] = {}
        for model in models:
            if (api := batch_api(model)) is not None:
                bounds = ModelLimits(
                    model.name,
                    unpaced,
                    self._connections,
                    clock=self._clock,
                    sleep=self._sleep,
                    share=batch_share(model.name),
                )
                where = _place(model)
                self._desks[where] = Desk(*where, api, bounds, means, self._settle)
        self._waiting: dict[str, _Waiting] = {}
        """Calls in batches, by key."""
        self._asleep: dict[str, set[str]] = {}
        """Ids of samples that were put aside, by what they wait for: a call's key, room at a model, the budget."""
        self._woken: set[str] = set()
        self._failures: dict[str, int] = {}
        """Batches in which a call came to nothing, by key."""
        self._given_up: dict[str, ModelError] = {}
        self._counted: set[str] = set()
        """Keys of calls that are in the tally: a sample passes by them in every round."""
        self._started = False
        self._done_before = 0
        """Calls that had ended when samples last went on for the sake of the budget."""

    # what the stages see

    def bind(
        self, model: Model, stage: str, sample_id: str, calls: SampleCalls, *, stored_only: bool = False
    ) -> Ask:
        """As for `Caller`. Asked, it raises `DeferredError` where the call goes by batch."""
        asking = super().bind(model, stage, sample_id, calls, stored_only=stored_only)

        async def ask(request: Request) -> Completion:
            try:
                return await asking(request)
            except DeferredError as deferred:
                self._asleep.setdefault(deferred.until, set()).add(sample_id)
                raise

        return ask

    async def _call(self, model: Model, request: Request, canonical: str, label: CallLabel) -> Completion:
        desk = self._desks.get(_place(model))
        if desk is None:
            return await super()._call(model, request, canonical, label)
        if (error := self._given_up.get(label.key)) is not None:
            raise error
        if self.stopping:
            raise RunStoppedError("the run was asked to stop")
        if label.key not in self._waiting:
            await self._put(desk, request, canonical, label)
        raise DeferredError(label.key)

    async def _put(self, desk: Desk, request: Request, canonical: str, label: CallLabel) -> None:
        """Put a call into the next batch, unless an earlier command has put it into one."""
        waiting = _Waiting(label.stage, self._meter.forecast(desk.limits, label.stage, request))
        if label.key in desk.held:
            self._meter.hold(desk.limits, waiting.forecast)
            self._waiting[label.key] = waiting
            return
        if not desk.has_room:
            raise DeferredError(desk.name)
        await self._reserve(desk.limits, waiting.forecast)
        self._waiting[label.key] = waiting
        try:
            line = await desk.api.line(label.key, request)
            if not await desk.add(BatchedCall(label, canonical), line):
                raise DeferredError(desk.name)
        except BaseException as error:
            del self._waiting[label.key]
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

    async def next_round(self) -> list[Sample]:
        """The samples that can go on; waits until there are some. None when all is done.

        Raises:
            RunError: the provider cannot be asked about a batch; the batch goes on there.
        """
        if not self._started:
            self._started = True
            await self._take_up()
            return list(self._samples.values())
        for desk in self._desks.values():
            await desk.submit()
        while self._asleep and not self._woken and not self.stopping:
            if any(self._wanted()):
                await self._wait()
            elif self._done_before < (done := self.tally.made + self.tally.failed_attempts):
                self._done_before = done
                self._wake(_BUDGET)
            else:
                self.stopping = self.budget_reached = True
        self._tell()
        woken, self._woken = self._woken, set()
        return [sample for sample_id, sample in self._samples.items() if sample_id in woken]

    async def close(self) -> None:
        """Forget what was gathered and not submitted; what was submitted goes on at the provider."""
        for desk in self._desks.values():
            await desk.close()

    # batches under way

    async def _take_up(self) -> None:
        """Find again what this run, or one that ended without a word, left at the provider."""
        for each in self._records.not_ended():
            record = await self._claimed(each)
            ours = record.run == self._run
            if ours:
                self._collector.clear(record)
            if record.state == BatchStage.OPEN:
                self._look_after(record)
            elif ours and record.state == BatchStage.CREATING:
                await self._look_for(record)
            elif ours:
                await self._records.forget(record.token)
        for desk in self._desks.values():
            for batch in list(desk.open):
                await self._ask_about(desk, batch)

    async def _claimed(self, record: BatchRecord) -> BatchRecord:
        """A batch, as this run's where its own run is not under way."""
        if record.run == self._run:
            return record
        folder = self._workspace.run(record.run)
        with ExitStack() as stack:
            if folder.path.is_dir():
                try:
                    stack.enter_context(folder.locked())
                except RunError:
                    return record
            await self._records.adopt(record.token, self._run)
        return replace(record, run=self._run)

    async def _look_for(self, record: BatchRecord) -> None:
        """See whether a batch was begun of which no word came."""
        desk = self._desks.get((record.model, record.server))
        if desk is None:
            return
        try:
            found = await desk.find(record)
        except ModelError as error:
            raise _unanswered(record, error) from error
        if found is None:
            await self._records.forget(record.token)
        else:
            self._look_after(found)

    def _look_after(self, record: BatchRecord) -> None:
        if (desk := self._desks.get((record.model, record.server))) is not None:
            keys = self._records.keys(record.token)
            desk.held.update(keys)
            desk.look_after(record, keys, due=self._clock())

    def _wanted(self) -> Iterable[OpenBatch]:
        """Batches that samples wait for."""
        for desk in self._desks.values():
            yield from (batch for batch in desk.open if self._is_wanted(desk, batch))

    def _is_wanted(self, desk: Desk, batch: OpenBatch) -> bool:
        return desk.name in self._asleep or any(key in self._waiting for key in batch.keys)

    async def _wait(self) -> None:
        """Until the next question about a batch is due, and ask it."""
        self._tell()
        due = min(batch.due for batch in self._wanted())
        if (wait := due - self._clock()) > 0:
            await self._sleep(wait)
        now = self._clock()
        for desk in self._desks.values():
            for batch in [batch for batch in desk.open if batch.due <= now]:
                await self._ask_about(desk, batch)
        self._tell()

    async def _ask_about(self, desk: Desk, batch: OpenBatch) -> None:
        """Ask where a batch stands, and collect what it gave if it has ended."""
        now = self._clock()
        wait = self._polling.wait_s(now - batch.since)
        try:
            batch.state = await desk.api.state(batch.record.batch)
            if batch.state.ended:
                await self._collect(desk, batch)
            batch.troubles = 0
        except ModelError as error:
            batch.troubles += 1
            if error.kind == "not_found" and self._wall_clock() - batch.record.created_at > KEPT_S:
                await self._give_up(desk, batch, error)
            elif self._is_wanted(desk, batch) and (
                batch.troubles >= TROUBLES
                # What was made a moment ago may not be known everywhere yet.
                or not (isinstance(error, TransientModelError) or error.kind == "not_found")
            ):
                raise _unanswered(batch.record, error) from error
            elif isinstance(error, TransientModelError):
                wait = max(wait, error.retry_after_s or 0.0)
        batch.due = now + wait

    async def _give_up(self, desk: Desk, batch: OpenBatch, error: ModelError) -> None:
        """A batch is gone from the provider, and its results with it."""
        self._close(desk, batch)
        gone = TransientModelError(str(error), kind="missing")
        await self._collector.fail(batch.record, batch.keys, gone, partial(self._settle, desk))
        await self._records.ended(batch.record.token, self._wall_clock())

    async def _collect(self, desk: Desk, batch: OpenBatch) -> None:
        record, state = batch.record, batch.state
        assert state is not None
        if state.no_room and not state.files and (len(batch.keys) > 1 or batch.beside):
            self._close(desk, batch)
            desk.no_room(batch)
            for key in batch.keys:
                self._take_back(desk, key)
        else:
            if not state.no_room:
                desk.had_room()
            await self._collector.collect(
                record,
                batch.keys,
                state,
                desk.api,
                partial(self._settle, desk),
                patient=batch.troubles < TROUBLES - 1,
            )
            self._close(desk, batch)
        if record.run == self._run:
            await self._records.ended(record.token, self._wall_clock())

    def _close(self, desk: Desk, batch: OpenBatch) -> None:
        desk.open.remove(batch)
        desk.held.difference_update(batch.keys)
        self._wake(desk.name)
        self._wake(_BUDGET)

    # what becomes of calls

    def _settle(self, desk: Desk, key: str, result: Completion | ModelError) -> None:
        """A call has ended, and what it gave is stored."""
        if isinstance(result, ModelError) and self._store.get(key) is not None:
            self._take_back(desk, key)  # a run beside this one has collected it
            return
        if (waiting := self._waiting.pop(key, None)) is not None:
            self._meter.settle(desk.limits, waiting.stage, waiting.forecast, result)
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
                    f"{desk.name} came to nothing in {failures} batches, last with: {result}. Run the same command"
                    " again to retry; everything that did succeed is kept",
                    status=result.status,
                    kind=result.kind,
                )
        self._wake(key)

    def _take_back(self, desk: Desk, key: str) -> None:
        """A call is asked for anew: it was not made, for want of room at the provider, or is stored by now."""
        if (waiting := self._waiting.pop(key, None)) is not None:
            self._meter.release(desk.limits, waiting.forecast)
        if desk.open:
            self._asleep.setdefault(desk.name, set()).update(self._asleep.pop(key, ()))
        else:
            self._wake(key)

    def _wake(self, until: str) -> None:
        self._woken |= self._asleep.pop(until, set())

    def _tell(self) -> None:
        wanted = list(self._wanted())
        self.tally.batches = len(wanted)
        self.tally.batched = sum(len(batch.keys) for batch in wanted)
        self.tally.batched_done = sum(batch.state.done for batch in wanted if batch.state is not None)
        if wanted:
            self.on_wait()


def _place(model: Model) -> tuple[str, str]:
    """A model's name and the address of its server."""
    return model.name, getattr(model, "base_url", "")


def _unanswered(record: BatchRecord, error: ModelError) -> RunError:
    return RunError(
        f"the provider does not say where batch {record.batch or record.token} of {record.model} stands, which holds"
        f" {record.calls:,} calls: {error}. It goes on there: run the same command again, with the key that it was"
        " submitted with, to collect it; without --batch its calls are made, and paid for, once more"
    )
