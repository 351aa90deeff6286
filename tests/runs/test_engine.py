from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cuewise.models.protocol import Completion, Request
from cuewise.records import Outcome, OutcomeKind, Protocol, Sample
from cuewise.runs.caller import Caller, SampleCalls
from cuewise.runs.engine import Engine
from cuewise.runs.store import CallStore
from support.models import FakeModel, ask_text, make_sample


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = CallStore(tmp_path / "calls.sqlite")
    yield store
    store.close()


def outcome(sample: Sample) -> Outcome:
    return Outcome(sample=sample, protocol=Protocol.GROUNDED, kind=OutcomeKind.REFUSED)


def test_every_sample_ends_once_and_few_are_under_way(store: CallStore) -> None:
    most, now = 0, 0

    async def evaluate(sample: Sample) -> Outcome:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return outcome(sample)

    taken = 0

    def samples() -> Any:
        nonlocal taken
        for n in range(200):
            taken += 1
            yield make_sample(n)

    done: list[str] = []
    engine = Engine(Caller(store, connections=8), connections=8)
    assert asyncio.run(engine.run(samples(), evaluate, lambda out: done.append(out.sample.id)))
    assert sorted(done) == sorted(f"SA/clip{n}" for n in range(200))
    assert most <= 16


def test_a_fault_in_the_sink_cancels_the_rest_and_is_raised(store: CallStore) -> None:
    cancelled = 0

    async def evaluate(sample: Sample) -> Outcome:
        nonlocal cancelled
        if sample.id != "SA/clip0":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled += 1
                raise
        return outcome(sample)

    def broken(out: Outcome) -> None:
        raise OSError("disk gone")

    engine = Engine(Caller(store, connections=2), connections=2)
    with pytest.raises(OSError, match="disk gone"):
        asyncio.run(engine.run([make_sample(n) for n in range(6)], evaluate, broken))
    assert cancelled == 3, "four are under way with two connections"


def _interrupted_run(store: CallStore, interrupts: int) -> tuple[bool, Caller, FakeModel]:
    """Each of 40 samples makes one call. Interrupts come once four are under way; after one, these end."""
    heard = asyncio.Event()

    async def slow(request: Request) -> Completion:
        if len(model.asked) == 4:
            os.kill(os.getpid(), signal.SIGINT)
        await heard.wait()
        if interrupts > 1:
            await asyncio.sleep(60)
        return Completion(text="ok")

    model = FakeModel(slow)
    caller = Caller(store, connections=4)
    told: list[int] = []

    def hear(under_way: int) -> None:
        told.append(under_way)
        if interrupts > 1:
            os.kill(os.getpid(), signal.SIGINT)
        heard.set()

    async def evaluate(sample: Sample) -> Outcome:
        await caller.bind(model, "answer", sample.id, SampleCalls())(ask_text(sample.id))
        return outcome(sample)

    async def go() -> bool:
        engine = Engine(caller, connections=4, on_interrupt=hear)
        return await engine.run([make_sample(n) for n in range(40)], evaluate, lambda out: None)

    finished = asyncio.run(go())
    assert told == [4]
    return finished, caller, model


def test_the_first_interrupt_lets_calls_in_flight_end(store: CallStore) -> None:
    finished, caller, model = _interrupted_run(store, interrupts=1)
    assert not finished
    assert len(model.asked) == 4
    assert store.counts() == (4, 0)
    assert caller.tally.made == 4


def test_the_second_interrupt_abandons_them(store: CallStore) -> None:
    finished, caller, model = _interrupted_run(store, interrupts=2)
    assert not finished
    assert len(model.asked) == 4
    assert caller.tally.made == 0
