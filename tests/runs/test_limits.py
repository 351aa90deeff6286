"""Pace, lanes and pauses, in virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.errors import InputError, TransientModelError
from cuewise.models.prices import Price
from cuewise.runs.budget import Budget
from cuewise.runs.limits import Lanes, Limits, ModelLimits
from support.virtual_time import now, run_virtually


def model_limits(connections: int = 100, **limits: Any) -> ModelLimits:
    return ModelLimits("openai/m", Limits(**limits), connections, clock=now, sleep=asyncio.sleep)


def starts(limits: ModelLimits, arrivals: list[tuple[float, float]]) -> list[float]:
    """When calls start that arrive so many seconds after the one before, each of so many tokens."""

    async def go() -> list[float]:
        found: list[float] = []

        async def call(tokens: float) -> None:
            await limits.turn(tokens, lambda: False)
            found.append(now())

        tasks = []
        for gap, tokens in arrivals:
            await asyncio.sleep(gap)
            tasks.append(asyncio.create_task(call(tokens)))
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return found

    return run_virtually(go())


def test_thirty_requests_a_minute_start_two_seconds_apart() -> None:
    assert starts(model_limits(rpm={"*": 30}), [(0, 5)] * 4) == [0, 2, 4, 6]


def test_who_comes_late_is_not_made_to_wait_and_saves_nothing_up() -> None:
    """At one a second: after a pause of 10 s the next two calls are still one second apart."""
    assert starts(model_limits(rpm={"m": 60}), [(0, 1), (10, 1), (0, 1)]) == [0, 10, 11]


def test_tokens_hold_back_the_next_call() -> None:
    """6,000 a minute are 100 a second: a call of 300 keeps the next one for 3 s, one of 50 for 0.5 s."""
    found = starts(model_limits(tpm={"openai/*": 6000}), [(0, 300), (0, 50), (0, 50)])
    assert found == pytest.approx([0, 3, 3.5])


def test_fewer_tokens_than_expected_bring_the_next_call_forward() -> None:
    limits = model_limits(tpm={"*": 60})

    async def go() -> float:
        await limits.turn(30, lambda: False)
        limits.used(30, 10)
        await limits.turn(1, lambda: False)
        return now()

    assert run_virtually(go()) == 10, "60 a minute are one a second, and ten were used"


def test_no_pace_for_what_runs_without_a_server() -> None:
    limits = ModelLimits(
        "baseline/majority", Limits(rpm={"*": 1}, tpm={"*": 1}), 4, clock=now, sleep=asyncio.sleep
    )
    assert starts(limits, [(0, 100)] * 5) == [0] * 5
    assert not limits.paced_by_tokens


ARRIVALS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 400)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(ARRIVALS, st.integers(1, 40), st.integers(100, 2000))
def test_no_minute_has_more_than_both_paces_allow(
    arrivals: list[tuple[float, float]], rpm: int, tpm: int
) -> None:
    found = starts(model_limits(rpm={"*": rpm}, tpm={"*": tpm}), arrivals)
    assert found == sorted(found)
    for first, start in enumerate(found):
        minute = [n for n in range(first, len(found)) if found[n] < start + 60 - 1e-6]
        assert len(minute) <= rpm
        assert sum(arrivals[n][1] for n in minute[:-1]) <= tpm + 1e-6


def test_a_pause_that_a_server_asks_for_holds_for_all_calls_to_the_model() -> None:
    """Told at 0 s to wait 30 s: a call at once and one at 10 s both start at 30 s; one at 40 s right away."""
    limits = model_limits()
    error = TransientModelError("slow down", status=429, kind="rate_limit", retry_after_s=30)

    async def go() -> list[float]:
        limits.failed(error, now(), longest_pause_s=300)
        found = []
        for gap in (0.0, 10.0):
            await asyncio.sleep(gap)
            await limits.turn(1, lambda: False)
            found.append(now())
        return found

    assert run_virtually(go()) == [30, 40]


def test_after_a_pause_calls_that_waited_are_paced_again() -> None:
    limits = model_limits(rpm={"*": 60})
    error = TransientModelError("slow down", status=429, kind="rate_limit", retry_after_s=20)

    async def go() -> list[float]:
        found: list[float] = []

        async def call() -> None:
            await limits.turn(1, lambda: False)
            found.append(now())

        tasks = [asyncio.create_task(call()) for _ in range(4)]
        await asyncio.sleep(0.5)
        limits.failed(error, 0, longest_pause_s=300)
        await asyncio.gather(*tasks)
        return found

    first, *others = run_virtually(go())
    assert first == 0
    assert others[0] >= 20.5
    assert [b - a for a, b in pairwise(others)] == pytest.approx([1, 1])


def test_a_stop_ends_the_waiting() -> None:
    limits = model_limits(rpm={"*": 1})

    async def go() -> float:
        await limits.turn(1, lambda: False)
        await limits.turn(1, lambda: True)
        return now()

    assert run_virtually(go()) == 0


def fill(lanes: Lanes, count: int) -> None:
    async def go() -> None:
        for _ in range(count):
            await lanes.enter()

    asyncio.run(go())


def test_an_overload_halves_once_for_all_that_were_in_flight() -> None:
    lanes = Lanes(16)
    fill(lanes, 16)
    for _ in range(5):
        lanes.overloaded(started=1.0, now=2.0)
    assert lanes.open == 8
    lanes.overloaded(started=1.9, now=2.5)
    assert lanes.open == 8, "in flight when the number was halved"
    for _ in range(10):
        lanes.leave()
    lanes.overloaded(started=2.1, now=3.0)
    assert lanes.open == 3, "half of the six that are in flight"
    for started in range(4, 10):
        lanes.overloaded(started=started, now=started + 0.5)
    assert lanes.open == 1


def test_successes_open_lanes_one_by_one_up_to_the_most() -> None:
    """From 1 of 4: one success opens the second, two more the third, three more the fourth."""
    lanes = Lanes(4)
    fill(lanes, 1)
    lanes.overloaded(1.0, 2.0)
    seen = []
    for _ in range(10):
        lanes.succeeded()
        seen.append(lanes.open)
    assert seen == [2, 2, 3, 3, 3, 4, 4, 4, 4, 4]


def test_an_overload_ends_a_run_of_successes() -> None:
    lanes = Lanes(8)
    fill(lanes, 8)
    lanes.overloaded(1, 2)
    for _ in range(3):
        lanes.succeeded()
    lanes.overloaded(1.5, 2.5)
    lanes.succeeded()
    assert lanes.open == 4, "four successes in a row open the fifth, and here one is"


OPERATIONS = st.lists(st.sampled_from(["enter", "leave", "cancel", "overload", "success"]), max_size=120)


@settings(max_examples=100, deadline=None)
@given(OPERATIONS, st.integers(1, 6))
def test_lanes_are_never_lost_and_never_too_many(operations: list[str], most: int) -> None:
    async def go() -> None:
        lanes = Lanes(most)
        waiting: list[asyncio.Task[None]] = []
        inside = 0
        for moment, operation in enumerate(operations):
            if operation == "enter":
                waiting.append(asyncio.create_task(lanes.enter()))
            elif operation == "leave" and inside:
                lanes.leave()
                inside -= 1
            elif operation == "cancel" and waiting:
                waiting.pop(moment % len(waiting)).cancel()
            elif operation == "overload":
                lanes.overloaded(moment - 0.5, moment)
            elif operation == "success":
                lanes.succeeded()
            if moment % 3:  # now and then several things happen within one turn of the loop
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            entered = [task for task in waiting if task.done()]
            inside += len(entered)
            waiting = [task for task in waiting if not task.done()]
            assert 1 <= lanes.open <= most
            assert lanes.in_use <= most
        while inside or waiting:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside += sum(task.done() for task in waiting)
            waiting = [task for task in waiting if not task.done()]
            assert inside, "someone waits although all lanes are free"
            lanes.leave()
            inside -= 1
        assert lanes.in_use == 0

    asyncio.run(go())


def test_a_pattern_that_names_no_model_is_an_error() -> None:
    with pytest.raises(InputError, match=r"--rpm gpt-5 names no model of this run: there are openai/gpt-4o"):
        Limits(rpm={"gpt-5": 5}).check(["openai/gpt-4o"], [])
    Limits(rpm={"gpt-4o": 5}, tpm={"*": 9}, prices={"openai/*": Price(1, 1)}).check(["openai/gpt-4o"], [])


def test_a_budget_in_dollars_needs_the_price_of_every_model_that_may_be_asked() -> None:
    limits = Limits(budget=Budget(usd=1))
    with pytest.raises(InputError, match="--price openai/mine=IN,OUT"):
        limits.check(["openai/mine"], ["openai/mine"])
    limits.check(["openai/mine"], ["offline/rules"])
    limits.check(["openai/gpt-4o"], ["openai/gpt-4o"])
    Limits(budget=Budget(tokens=5)).check(["openai/mine"], ["openai/mine"])
    Limits(budget=Budget(usd=1), prices={"mine": Price(0, 0)}).check(["openai/mine"], ["openai/mine"])
