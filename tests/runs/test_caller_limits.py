"""The caller under limits: overload, budget, deadline, and what is counted."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cuewise.errors import InputError, ModelError, TransientModelError
from cuewise.models.prices import Price
from cuewise.models.protocol import Completion, Request
from cuewise.records import Outcome, OutcomeKind, Protocol, Sample
from cuewise.runs.budget import Budget
from cuewise.runs.caller import Caller, RetryPolicy, RunStoppedError, SampleCalls
from cuewise.runs.engine import Engine
from cuewise.runs.limits import Limits
from cuewise.runs.store import CallStore
from support.models import FakeModel, ask_text, make_sample, text_of
from support.virtual_time import PromptStore, now, run_virtually

NAME = "openai/m"


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = PromptStore(tmp_path / "calls.sqlite")
    yield store
    store.close()


def caller(store: CallStore, connections: int = 4, retry: RetryPolicy | None = None, **limits: Any) -> Caller:
    return Caller(
        store,
        connections=connections,
        retry=retry,
        limits=Limits(**limits),
        clock=now,
        wall_clock=lambda: 0.0,
        sleep=asyncio.sleep,
        spread=lambda: 1.0,
    )


def model(seconds: float = 1.0, sent: int | None = 100, got: int | None = 50, name: str = NAME) -> FakeModel:
    async def reply(request: Request) -> Completion:
        await asyncio.sleep(seconds)
        return Completion(text=text_of(request).upper(), input_tokens=sent, output_tokens=got)

    return FakeModel(reply, name=name)


async def ask_all(caller: Caller, asked: FakeModel, count: int) -> list[Any]:
    """Calls of as many samples at once; what each gave or raised."""
    return await asyncio.gather(
        *(
            caller.bind(asked, "answer", str(n), SampleCalls())(ask_text(f"call {n:02}"))
            for n in range(count)
        ),
        return_exceptions=True,
    )


def test_waiting_is_no_part_of_the_calls_time(store: CallStore) -> None:
    """At 6 a minute the last of four waits 30 s for its turn; each call takes 1 s."""
    asking = caller(store, rpm={"*": 6})
    run_virtually(ask_all(asking, model(), 4))
    with sqlite3.connect(store.path) as db:
        assert [latency for (latency,) in db.execute("SELECT latency_s FROM calls")] == pytest.approx([1] * 4)


def test_an_overload_leaves_fewer_calls_in_flight_and_successes_bring_them_back(store: CallStore) -> None:
    most, in_flight, failed = 0, 0, False

    async def reply(request: Request) -> Completion:
        nonlocal most, in_flight, failed
        in_flight += 1
        most = max(most, in_flight)
        try:
            await asyncio.sleep(1)
        finally:
            in_flight -= 1
        if not failed and "call 00" in text_of(request):
            failed = True
            most = 0  # what was in flight from here on
            raise TransientModelError("too much", status=429, kind="rate_limit", retry_after_s=5)
        return Completion(text="ok")

    asking = caller(store, connections=8)
    given = run_virtually(ask_all(asking, FakeModel(reply, name=NAME), 30))
    assert all(isinstance(each, Completion) for each in given)
    assert most <= 7, "half of eight, and then one more at a time"
    assert asking.tally.failed_attempts == 1


def test_the_budget_ends_the_run_with_all_finished_calls_kept(store: CallStore) -> None:
    """Each call takes 150 tokens, which is known once one has ended; 1,000 allow six."""
    budget = Budget(tokens=1000)
    asking = caller(store, connections=1, budget=budget)
    given = run_virtually(ask_all(asking, model(), 20))
    assert sum(isinstance(each, Completion) for each in given) == 6
    assert sum(isinstance(each, RunStoppedError) for each in given) == 14
    assert asking.stopping
    assert asking.budget_reached
    assert store.counts() == (6, 0)
    assert budget.spent.tokens == 900
    # The same with more: what is stored costs nothing.
    more = Budget(tokens=1500)
    again = caller(store, budget=more)
    given = run_virtually(ask_all(again, model(), 16))
    assert again.tally.reused == 6
    assert sum(isinstance(each, Completion) for each in given) == 16
    assert more.spent.tokens == 1500


def test_replies_dearer_than_estimated_pass_the_budget_by_those_in_flight_alone(store: CallStore) -> None:
    """Every reply has 20,000 tokens where 500 are expected: with three in flight, at most three are too much."""
    budget = Budget(usd=0.5)
    asking = caller(store, connections=3, budget=budget, prices={NAME: Price(1, 10)})
    run_virtually(ask_all(asking, model(sent=0, got=20_000), 50))
    assert asking.budget_reached
    assert 0.5 - 0.2 < budget.spent.usd <= 0.5 + 3 * 0.2
    assert asking.tally.cost_usd == pytest.approx(budget.spent.usd)


def test_a_budget_ends_the_engine_like_an_interrupt(store: CallStore) -> None:
    asking = caller(store, connections=2, budget=Budget(tokens=700))
    asked = model()
    done: list[Outcome] = []

    async def evaluate(sample: Sample) -> Outcome:
        await asking.bind(asked, "answer", sample.id, SampleCalls())(ask_text(sample.id))
        return Outcome(sample=sample, protocol=Protocol.GROUNDED, kind=OutcomeKind.REFUSED)

    engine = Engine(asking, connections=2)
    assert not run_virtually(engine.run([make_sample(n) for n in range(50)], evaluate, done.append))
    assert asking.budget_reached
    assert store.counts()[0] == asking.tally.made
    assert 1 <= asking.tally.made <= 4


@pytest.mark.parametrize(
    ("error", "spent"),
    [
        (TransientModelError("busy", status=500, kind="server_error"), 150),
        (TransientModelError("reset", kind="connection"), 150 + 503),
    ],
)
def test_a_refused_try_is_free_and_one_that_was_lost_may_not_be(
    store: CallStore, error: Exception, spent: int
) -> None:
    """`call 00` has 7 bytes: 3 tokens and 500 of output are expected before a reply is known."""
    errors = [error]

    async def reply(request: Request) -> Completion:
        if errors:
            raise errors.pop()
        return Completion(text="ok", input_tokens=100, output_tokens=50)

    budget = Budget(tokens=10_000)
    run_virtually(ask_all(caller(store, budget=budget), FakeModel(reply, name=NAME), 1))
    assert budget.spent.tokens == spent


def test_a_server_that_does_not_count_is_held_to_the_estimate(store: CallStore) -> None:
    budget = Budget(tokens=10_000)
    asking = caller(store, budget=budget)
    run_virtually(ask_all(asking, model(sent=None, got=None), 2))
    assert budget.spent.tokens == 2 * 503
    assert asking.tally.cost_unknown == {
        NAME: f"no price is known, name it with --price {NAME}=IN,OUT",
    }


def test_a_model_without_a_server_costs_nothing(store: CallStore) -> None:
    budget = Budget(usd=0, tokens=0)
    asking = caller(store, budget=budget)
    given = run_virtually(ask_all(asking, model(name="baseline/majority"), 3))
    assert all(isinstance(each, Completion) for each in given)
    assert (asking.tally.served, asking.tally.cost_usd, budget.spent.tokens) == (0, 0, 0)


def test_a_model_whose_price_nobody_knows_is_not_asked_under_a_budget(store: CallStore) -> None:
    asked = model(name="openai/nobody-knows")
    given = run_virtually(ask_all(caller(store, budget=Budget(usd=1)), asked, 1))
    assert isinstance(given[0], InputError)
    assert asked.asked == []


def test_what_was_made_is_counted_and_priced(store: CallStore) -> None:
    """Three calls of 100 and 50 tokens at 2 and 4 dollars per million: 0.0004 each."""
    asking = caller(store, prices={"m": Price(2, 4)})
    run_virtually(ask_all(asking, model(), 3))
    assert (asking.tally.made, asking.tally.served) == (3, 3)
    assert asking.tally.cost_usd == pytest.approx(0.0012)
    assert asking.tally.cost_unknown == {}


def in_turn(asking: Caller, asked: FakeModel, calls: SampleCalls, texts: list[str]) -> Any:
    async def go() -> list[Any]:
        given: list[Any] = []
        for text in texts:
            try:
                given.append(await asking.bind(asked, "answer", "s", calls)(ask_text(text)))
            except ModelError as error:
                given.append((error.kind, now()))
        return given

    return run_virtually(go())


def test_a_sample_is_given_up_at_its_deadline(store: CallStore) -> None:
    """Calls of 4 s with 10 s for the sample: the third is cut off at 10 s, the fourth is not made; nor on a rerun
    are those that were finished.
    """
    asked = model(seconds=4)
    given = in_turn(caller(store, sample_deadline_s=10), asked, SampleCalls(), ["a", "b", "c", "d"])
    assert [type(each) for each in given[:2]] == [Completion, Completion]
    assert [kind for kind, _ in given[2:]] == ["deadline", "deadline"]
    assert [moment for _, moment in given[2:]] == pytest.approx([10, 10])
    assert len(asked.asked) == 3
    assert store.counts() == (2, 0)
    again = in_turn(caller(store, sample_deadline_s=10), asked, SampleCalls(), ["a", "b", "c", "d"])
    assert all(isinstance(each, Completion) for each in again)
    assert len(asked.asked) == 5


def test_what_is_stored_is_not_late(store: CallStore) -> None:
    asked = model(seconds=1)
    in_turn(caller(store), asked, SampleCalls(), ["a"])
    late = SampleCalls()
    late.deadline = -1.0
    assert in_turn(caller(store, sample_deadline_s=10), asked, late, ["a"])[0].text == "A"


def test_waiting_for_a_lane_or_between_tries_ends_at_the_deadline_too(store: CallStore) -> None:
    """A server that is always busy; waits of 60 s between tries, 90 s for the sample."""

    async def busy(request: Request) -> Completion:
        raise TransientModelError("busy", status=500, kind="server_error")

    asking = caller(store, connections=1, retry=RetryPolicy(first_wait_s=60), sample_deadline_s=90)
    given = in_turn(asking, FakeModel(busy, name=NAME), SampleCalls(), ["a"])
    assert given == [("deadline", pytest.approx(90))]
    assert asking.tally.in_flight == 0


def test_another_sample_with_the_same_call_is_not_hurt_by_a_deadline(store: CallStore) -> None:
    """Both ask the same; the first has 2 s left of a call of 5 s, the second has time and gets its answer."""
    asked = model(seconds=5)
    asking = caller(store, sample_deadline_s=60)
    late = SampleCalls()
    late.deadline = 2.0

    async def go() -> list[Any]:
        asks = (
            asking.bind(asked, "answer", "late", late),
            asking.bind(asked, "answer", "early", SampleCalls()),
        )
        return await asyncio.gather(*(ask(ask_text("same")) for ask in asks), return_exceptions=True)

    first, second = run_virtually(go())
    assert isinstance(first, ModelError)
    assert first.kind == "deadline"
    assert second.text == "SAME"
    assert len(asked.asked) == 2


@pytest.mark.parametrize("limits", [{"rpm": {"*": 0.01}}, {"budget": Budget(tokens=503)}])
def test_a_deadline_while_waiting_gives_back_what_was_set_aside(
    store: CallStore, limits: dict[str, Any]
) -> None:
    """The second call waits for its turn, or for the budget, beyond its sample's 20 s."""
    asking = caller(store, sample_deadline_s=20, **limits)
    given = run_virtually(ask_all(asking, model(seconds=100 if "budget" in limits else 1), 2))
    assert any(isinstance(each, ModelError) and each.kind == "deadline" for each in given)
    assert asking.tally.in_flight == 0
