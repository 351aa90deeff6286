"""What may be spent: never passed by more than the calls already in flight."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.runs.budget import NOTHING, Budget, Cost, dollars
from support.virtual_time import now, run_virtually


def test_ten_calls_of_three_cents_fit_into_thirty() -> None:
    async def go() -> int:
        budget, made = Budget(usd=0.30), 0
        while await budget.reserve(Cost(0, 0.03)):
            budget.settle(Cost(0, 0.03), Cost(0, 0.03))
            made += 1
        return made

    assert asyncio.run(go()) == 10


def test_a_call_that_does_not_fit_waits_for_those_in_flight() -> None:
    """Of 100 tokens 80 are set aside and 10 used in the end: the next call of 80 fits after that."""

    async def go() -> float:
        budget = Budget(tokens=100)
        assert await budget.reserve(Cost(80, 0))
        asyncio.get_running_loop().call_later(5, budget.settle, Cost(80, 0), Cost(10, 0))
        assert await budget.reserve(Cost(80, 0))
        return now()

    assert run_virtually(go()) == 5


def test_what_was_not_made_costs_nothing() -> None:
    async def go() -> Budget:
        budget = Budget(tokens=10)
        assert await budget.reserve(Cost(10, 0))
        budget.settle(Cost(10, 0), NOTHING)
        assert await budget.reserve(Cost(10, 0))
        return budget

    assert asyncio.run(go()).spent == NOTHING


def test_both_bounds_hold() -> None:
    async def go() -> list[bool]:
        return [
            await Budget(usd=1, tokens=10).reserve(Cost(11, 0.1)),
            await Budget(usd=1, tokens=10).reserve(Cost(9, 1.1)),
            await Budget(usd=1, tokens=10).reserve(Cost(10, 1.0)),
        ]

    assert asyncio.run(go()) == [False, False, True]


def test_in_words() -> None:
    budget = Budget(usd=5, tokens=15_000)
    budget.spent = Cost(12_000, 0.25)
    assert str(budget) == "$0.2500 of $5.00 and 12,000 of 15,000 tokens"
    assert dollars(1234.5) == "$1,234.50"


CALLS = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 300), st.integers(1, 20)), min_size=1, max_size=60
)


@settings(max_examples=150, deadline=None)
@given(CALLS, st.integers(0, 600), st.integers(1, 8))
def test_passed_by_no_more_than_the_calls_in_flight(
    calls: list[tuple[int, int, int]], limit: int, workers: int
) -> None:
    """Calls with an estimate, a true cost and a duration, which may be far apart."""

    async def go() -> None:
        budget = Budget(tokens=limit)
        in_flight: dict[int, int] = {}
        allowed = 0
        waiting = iter(enumerate(calls))

        async def work() -> None:
            nonlocal allowed
            for number, (expected, true, seconds) in waiting:
                if not await budget.reserve(Cost(expected, 0)):
                    return
                assert budget.spent.tokens + expected <= limit, "started with what was left"
                in_flight[number] = true
                await asyncio.sleep(seconds)
                if budget.spent.tokens <= limit < budget.spent.tokens + true:
                    allowed = sum(in_flight.values())
                del in_flight[number]
                budget.settle(Cost(expected, 0), Cost(true, 0))

        await asyncio.gather(*(work() for _ in range(workers)))
        assert budget.spent.tokens <= limit + allowed

    run_virtually(go())
