"""Follows batches under way: finds those that earlier commands left, asks about them, and collects what they gave."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

from cuewise.counts import how_many
from cuewise.errors import ModelError, RunError, TransientModelError
from cuewise.models.protocol import Completion
from cuewise.runs.batch_records import BatchRecord, BatchStage
from cuewise.runs.desk import Desk, Means, OpenBatch
from cuewise.runs.workspace import Workspace

TROUBLES: Final = 20
"""Questions about a batch that may go unanswered in a row before the command ends."""
KEPT_S: Final = 30 * 86_400.0
"""How long results are kept at the provider: a batch that is unknown there after that is gone."""


class Waiters(Protocol):
    """Whoever waits for calls."""

    def wants(self, desk: Desk, batch: OpenBatch) -> bool:
        """Whether anybody waits for a batch."""
        ...

    def settle(
        self, desk: Desk, key: str, result: Completion | ModelError, may_have_begun: bool = True
    ) -> None:
        """A call has ended, and what it gave is stored; one that never began cost nothing."""
        ...

    def take_back(self, desk: Desk, key: str) -> None:
        """A call was not made, and is to be asked for anew."""
        ...

    def closed(self, desk: Desk) -> None:
        """One batch fewer is under way."""
        ...


@dataclass(frozen=True)
class Follower:
    """Follows the batches of a run's models."""

    desks: Collection[Desk]
    means: Means
    workspace: Workspace
    waiters: Waiters

    async def take_up(self) -> None:
        """Find again what this run, or one that ended without a word, left at the provider.

        Raises:
            RunError: the provider does not say whether a batch was begun.
        """
        means = self.means
        for each in means.records.not_ended():
            if (desk := self._desk_of(each)) is None:
                continue
            record = await self._claimed(each)
            ours = record.run == means.run
            if ours:
                means.collector.clear(record)
            if record.state == BatchStage.OPEN:
                self._look_after(desk, record)
            elif ours and record.state == BatchStage.CREATING:
                await self._look_for(desk, record, each.run)
            elif ours:
                await means.records.forget(record.token)
        for desk in self.desks:
            for batch in list(desk.open):
                await self._ask_about(desk, batch)

    def wanted(self) -> Iterator[OpenBatch]:
        """Batches that somebody waits for."""
        for desk in self.desks:
            yield from (batch for batch in desk.open if self.waiters.wants(desk, batch))

    async def wait(self) -> None:
        """Until the next question about a batch that somebody waits for is due, and ask it.

        Raises:
            RunError: the provider does not answer.
        """
        means = self.means
        due = min(batch.due for batch in self.wanted())
        if (wait := due - means.clock()) > 0:
            await means.sleep(wait)
        now = means.clock()
        for desk in self.desks:
            for batch in [batch for batch in desk.open if batch.due <= now]:
                await self._ask_about(desk, batch)

    def _desk_of(self, record: BatchRecord) -> Desk | None:
        """Whose calls a batch holds, if any of ours."""
        return next(
            (
                desk
                for desk in self.desks
                if (desk.name, desk.server) == (record.model, record.server)
                # Replies of another endpoint could not be read, and would be lost.
                and record.endpoint in ("", desk.api.endpoint)
            ),
            None,
        )

    async def _claimed(self, record: BatchRecord) -> BatchRecord:
        """A batch, as this run's where its own run is not under way."""
        if record.run == self.means.run:
            return record
        folder = self.workspace.run(record.run)
        with ExitStack() as stack:
            if folder.path.is_dir():
                try:
                    stack.enter_context(folder.locked())
                except RunError:
                    return record
            if record.state != BatchStage.CREATING:  # which may turn out to be out of our sight
                await self.means.records.adopt(record.token, self.means.run)
        return replace(record, run=self.means.run)

    async def _look_for(self, desk: Desk, record: BatchRecord, begun_by: str) -> None:
        """See whether a batch was begun of which no word came.

        One of another run may have been begun with the key of another project, where it is not seen from here: that
        it is not found does not mean that it is not there, as long as its results would be kept.
        """
        means = self.means
        try:
            found = await desk.find(record)
        except ModelError as error:
            raise _unanswered(record, error) from error
        if found is not None:
            await means.records.adopt(found.token, means.run)
            self._look_after(desk, found)
        elif begun_by == means.run or means.wall_clock() - record.created_at > KEPT_S:
            await means.records.forget(record.token)

    def _look_after(self, desk: Desk, record: BatchRecord) -> None:
        keys = self.means.records.keys(record.token)
        desk.held.update(keys)
        desk.look_after(record, keys, due=self.means.clock())

    async def _ask_about(self, desk: Desk, batch: OpenBatch) -> None:
        """Ask where a batch stands, and collect what it gave if it has ended."""
        now = self.means.clock()
        wait = self.means.polling.wait_s(now - batch.since)
        try:
            batch.state = await desk.api.state(batch.record.batch)
            if batch.state.ended:
                await self._collect(desk, batch)
            batch.troubles = 0
        except ModelError as error:
            batch.troubles += 1
            if error.kind == "not_found" and self.means.wall_clock() - batch.record.created_at > KEPT_S:
                await self._give_up(desk, batch, error)
            elif self.waiters.wants(desk, batch) and (
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
        await self.means.collector.fail(batch.record, batch.keys, gone, partial(self.waiters.settle, desk))
        await self.means.records.ended(batch.record.token, self.means.wall_clock())

    async def _collect(self, desk: Desk, batch: OpenBatch) -> None:
        record, state, read = batch.record, batch.state, True
        assert state is not None
        if state.no_room and not state.files and (len(batch.keys) > 1 or batch.beside):
            self._close(desk, batch)
            desk.no_room(batch)
            for key in batch.keys:
                self.waiters.take_back(desk, key)
        else:
            if not state.no_room:
                desk.had_room()
            read = await self.means.collector.collect(
                record,
                batch.keys,
                state,
                desk.api,
                partial(self.waiters.settle, desk),
                patient=batch.troubles < TROUBLES - 1,
            )
            self._close(desk, batch)
        if record.run == self.means.run and read:
            await self.means.records.ended(record.token, self.means.wall_clock())

    def _close(self, desk: Desk, batch: OpenBatch) -> None:
        desk.open.remove(batch)
        desk.held.difference_update(batch.keys)
        self.waiters.closed(desk)


def _unanswered(record: BatchRecord, error: ModelError) -> RunError:
    return RunError(
        f"the provider does not say where batch {record.batch or record.token} of {record.model} stands, which holds"
        f" {how_many(record.calls, 'call')}: {error}. It goes on there: run the same command again, with the key that"
        " it was submitted with, to collect it; without --batch its calls are made, and paid for, once more"
    )
