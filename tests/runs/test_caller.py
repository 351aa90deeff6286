from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from cuewise.errors import ModelError, PermanentModelError, TransientModelError
from cuewise.models.protocol import Completion, Request, call_key, canonical_call
from cuewise.records import Clip
from cuewise.runs.caller import Caller, RetryPolicy, RunStoppedError, SampleCalls
from cuewise.runs.store import CallStore
from support.models import FakeModel, ask_text, make_sample, text_of


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = CallStore(tmp_path / "calls.sqlite")
    yield store
    store.close()


def caller(store: CallStore, clock: Clock, connections: int = 4, **retry: Any) -> Caller:
    return Caller(
        store,
        connections=connections,
        retry=RetryPolicy(**retry),
        clock=clock,
        wall_clock=clock,
        sleep=clock.sleep,
        spread=lambda: 1.0,
    )


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def echo(request: Request) -> Completion:
    return Completion(text=text_of(request).upper(), input_tokens=3, output_tokens=2)


def failing(errors: list[Exception]) -> FakeModel:
    async def reply(request: Request) -> Completion:
        if errors:
            raise errors.pop(0)
        return Completion(text="ok")

    return FakeModel(reply)


def test_a_stored_call_is_not_made_again(store: CallStore) -> None:
    model, calls = FakeModel(echo), SampleCalls()
    first = caller(store, Clock())
    assert run(first.bind(model, "answer", "SA/1", calls)(ask_text("hi"))).text == "HI"
    second = caller(store, Clock())
    assert run(second.bind(model, "answer", "SA/1", calls)(ask_text("hi"))).text == "HI"
    assert len(model.asked) == 1
    assert (first.tally.made, first.tally.reused) == (1, 0)
    assert (second.tally.made, second.tally.reused) == (0, 1)
    assert (first.tally.input_tokens, second.tally.input_tokens) == (3, 0)
    assert calls.usage["answer"].calls == 2
    assert calls.usage["answer"].input_tokens == 6
    assert calls.usage["answer"].output_tokens == 4


def test_identical_calls_in_flight_are_made_once(store: CallStore) -> None:
    async def slow(request: Request) -> Completion:
        await asyncio.sleep(0.01)
        return Completion(text="ok")

    model = FakeModel(slow)
    ask = caller(store, Clock()).bind(model, "answer", "SA/1", SampleCalls())

    async def many() -> list[Completion]:
        return await asyncio.gather(*(ask(ask_text("same")) for _ in range(10)))

    assert [completion.text for completion in run(many())] == ["ok"] * 10
    assert len(model.asked) == 1


def test_a_failure_in_flight_reaches_all_who_wait(store: CallStore) -> None:
    async def fail(request: Request) -> Completion:
        await asyncio.sleep(0.01)
        raise PermanentModelError("no such model", status=404, kind="not_found")

    model = FakeModel(fail)
    ask = caller(store, Clock()).bind(model, "answer", "SA/1", SampleCalls())

    async def many() -> list[Any]:
        return await asyncio.gather(*(ask(ask_text("same")) for _ in range(3)), return_exceptions=True)

    assert [type(error) for error in run(many())] == [PermanentModelError] * 3
    assert len(model.asked) == 1
    assert store.counts() == (0, 1)


def test_waits_double_up_to_a_bound(store: CallStore) -> None:
    """With first 1 s and longest 4 s the waits are 1, 2, 4, 4."""
    clock = Clock()
    model = failing([TransientModelError("busy", status=500, kind="server_error") for _ in range(4)])
    asking = caller(store, clock, tries=5, first_wait_s=1, longest_wait_s=4)
    assert run(asking.bind(model, "answer", "SA/1", SampleCalls())(ask_text("x"))).text == "ok"
    assert clock.slept == [1, 2, 4, 4]
    assert store.counts() == (1, 4)
    assert asking.tally.failed_attempts == 4


def test_waits_are_spread_over_half_to_whole() -> None:
    policy = RetryPolicy(first_wait_s=2)
    assert policy.wait_s(1, 0.0) == 1
    assert policy.wait_s(1, 1.0) == 2
    assert policy.wait_s(2, 0.5) == 3


def test_gives_up_after_the_bound_and_keeps_no_answer(store: CallStore) -> None:
    model = failing([TransientModelError("busy", status=503, kind="server_error") for _ in range(9)])
    ask = caller(store, Clock(), tries=3).bind(model, "answer", "SA/1", SampleCalls())
    with pytest.raises(ModelError, match=r"failed 3 times.*busy.*Run the same command again") as caught:
        run(ask(ask_text("x")))
    assert (caught.value.status, caught.value.kind) == (503, "server_error")
    assert store.counts() == (0, 3)


def test_one_try_is_one_time(store: CallStore) -> None:
    ask = caller(store, Clock(), tries=1).bind(
        failing([TransientModelError("busy")]), "answer", "SA/1", SampleCalls()
    )
    with pytest.raises(ModelError, match="failed 1 time, last with: busy"):
        run(ask(ask_text("x")))


def test_a_permanent_failure_is_not_tried_again(store: CallStore) -> None:
    model = failing([PermanentModelError("wrong key", status=401, kind="auth")])
    ask = caller(store, Clock()).bind(model, "answer", "SA/1", SampleCalls())
    with pytest.raises(PermanentModelError, match="wrong key"):
        run(ask(ask_text("x")))
    assert len(model.asked) == 1


def test_retry_after_is_honoured_by_all_calls_to_the_model(store: CallStore) -> None:
    """One call is told to wait 30 s; a second call to the same model, begun meanwhile, waits too."""
    clock = Clock()
    model = failing([TransientModelError("slow down", status=429, kind="rate_limit", retry_after_s=30)])
    asking = caller(store, clock, connections=1)
    started: list[float] = []
    original = model.generate

    async def generate(request: Request) -> Completion:
        started.append(clock.now)
        return await original(request)

    model.generate = generate  # type: ignore[method-assign]

    async def both() -> None:
        ask = asking.bind(model, "answer", "SA/1", SampleCalls())
        await asyncio.gather(ask(ask_text("a")), ask(ask_text("b")))

    run(both())
    assert started[0] == 0
    assert all(moment >= 30 for moment in started[1:])


def test_a_very_long_retry_after_ends_the_call(store: CallStore) -> None:
    model = failing([TransientModelError("quota", status=429, kind="rate_limit", retry_after_s=3600)])
    clock = Clock()
    ask = caller(store, clock).bind(model, "answer", "SA/1", SampleCalls())
    with pytest.raises(ModelError, match="asks to wait 3600 s"):
        run(ask(ask_text("x")))
    assert clock.slept == []


def test_connections_are_bounded_per_model(store: CallStore) -> None:
    most, now = 0, 0

    async def slow(request: Request) -> Completion:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        return Completion(text="ok")

    model = FakeModel(slow)
    ask = caller(store, Clock(), connections=3).bind(model, "answer", "SA/1", SampleCalls())

    async def many() -> None:
        await asyncio.gather(*(ask(ask_text(str(n))) for n in range(20)))

    run(many())
    assert most == 3


def test_stopping_makes_no_new_call_but_reuses(store: CallStore) -> None:
    model = FakeModel(echo)
    asking = caller(store, Clock())
    ask = asking.bind(model, "answer", "SA/1", SampleCalls())
    run(ask(ask_text("known")))
    asking.stopping = True
    assert run(ask(ask_text("known"))).text == "KNOWN"
    with pytest.raises(RunStoppedError):
        run(ask(ask_text("new")))
    assert len(model.asked) == 1


def test_what_makes_a_call_distinct() -> None:
    model = FakeModel(echo)

    def key(request: Request, asked: FakeModel = model) -> str:
        return call_key(canonical_call(asked, request))

    base = key(ask_text("x"))
    assert key(ask_text("x")) == base
    assert key(ask_text("x", sample=make_sample())) == base, "a served model never sees the sample"
    others = [
        key(ask_text("y")),
        key(ask_text("x", epoch=1)),
        key(ask_text("x", attempt=1)),
        key(ask_text("x", json_schema={"type": "object"})),
        key(ask_text("x"), FakeModel(echo, name="fake/other")),
        key(ask_text("x"), FakeModel(echo, parameters={"effort": "high"})),
    ]
    assert len({base, *others}) == 7


def test_where_a_clip_lies_does_not_change_the_key() -> None:
    model = FakeModel(echo)
    model.reads_sample = True
    here = make_sample(clip=Clip(id="clip0", path="/a/clip0.mp4"))
    there = make_sample(clip=Clip(id="clip0", path="/b/clip0.mp4"))
    other = make_sample(transcript="words")
    keys = [call_key(canonical_call(model, ask_text("x", sample=sample))) for sample in (here, there, other)]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_a_model_that_never_answers_is_soon_asked_no_more(store: CallStore) -> None:
    model = failing([PermanentModelError("wrong key", status=401, kind="auth") for _ in range(200)])
    ask = caller(store, Clock()).bind(model, "answer", "SA/1", SampleCalls())

    async def many() -> list[Any]:
        return [(await asyncio.gather(ask(ask_text(str(n))), return_exceptions=True))[0] for n in range(50)]

    errors = run(many())
    assert len(model.asked) == 20
    assert [error.kind for error in errors] == ["auth"] * 20 + ["hopeless"] * 30


def test_one_answer_gives_new_hope(store: CallStore) -> None:
    async def reply(request: Request) -> Completion:
        if int(text_of(request)) % 15:
            raise PermanentModelError("odd", status=400, kind="bad_request")
        return Completion(text="ok")

    model = FakeModel(reply)
    ask = caller(store, Clock()).bind(model, "answer", "SA/1", SampleCalls())

    async def many() -> None:
        for n in range(60):
            await asyncio.gather(ask(ask_text(str(n))), return_exceptions=True)

    run(many())
    assert len(model.asked) == 60


def test_what_is_not_stored_is_not_asked_when_only_the_store_may_answer(store: CallStore) -> None:
    model = FakeModel(echo)
    asking = caller(store, Clock())
    run(asking.bind(model, "answer", "SA/1", SampleCalls())(ask_text("known")))
    ask = asking.bind(model, "answer", "SA/1", SampleCalls(), stored_only=True)
    assert run(ask(ask_text("known"))).text == "KNOWN"
    with pytest.raises(ModelError, match="does not ask it") as caught:
        run(ask(ask_text("new")))
    assert caught.value.kind == "not_stored"
    assert len(model.asked) == 1


def test_answers_of_another_server_are_noticed(store: CallStore) -> None:
    here, there = FakeModel(echo), FakeModel(echo)
    here.base_url, there.base_url = "http://here/v1", "http://there/v1"  # type: ignore[attr-defined]
    asking = caller(store, Clock())
    run(asking.bind(here, "answer", "SA/1", SampleCalls())(ask_text("x")))
    run(asking.bind(here, "answer", "SA/1", SampleCalls())(ask_text("x")))
    assert asking.tally.reused_from == set()
    run(asking.bind(there, "answer", "SA/1", SampleCalls())(ask_text("x")))
    assert asking.tally.reused_from == {"http://here/v1"}
