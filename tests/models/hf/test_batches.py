"""Calls that come together are made together, and none harms another. No torch is needed here."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.models.hf.batches import Batches, Entry
from support.virtual_time import now, run_virtually

Entries = Sequence[Entry[int, int]]


class Worker:
    """Doubles numbers, keeps what it was given together, and fails where it is told to."""

    def __init__(self, fails: Callable[[list[int]], bool] = lambda _: False) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        self._fails = fails

    def __call__(self, entries: Entries) -> list[int]:
        items = [entry.item for entry in entries]
        self.batches.append(items)
        self.threads.add(threading.current_thread().name)
        if self._fails(items):
            raise ValueError(f"cannot make {items}")
        return [2 * item for item in items]


def batches(
    worker: Callable[[Entries], Sequence[int]], size: int = 4, wait_s: float = 1.0
) -> Batches[int, int]:
    return Batches(worker, size=size, wait_s=wait_s, alike=lambda item: item < 100)


async def ask_all(made: Batches[int, int], items: Sequence[int]) -> list[int | BaseException]:
    results = await asyncio.gather(*(made.submit(item) for item in items), return_exceptions=True)
    await made.close()
    return results


def test_calls_that_come_together_are_one_batch_and_those_unlike_another() -> None:
    worker = Worker()
    assert run_virtually(ask_all(batches(worker), [1, 100, 2, 3, 101, 4, 5])) == [2, 200, 4, 6, 202, 8, 10]
    assert worker.batches == [[1, 2, 3, 4], [100, 101], [5]]
    assert len(worker.threads) == 1 and threading.current_thread().name not in worker.threads


def test_a_call_waits_no_longer_than_the_bound() -> None:
    worker = Worker()

    async def trickle() -> float:
        made = batches(worker, size=4, wait_s=1.0)
        started = now()
        first = asyncio.create_task(made.submit(1))
        await asyncio.sleep(0.6)
        second = asyncio.create_task(made.submit(2))  # joins, and does not begin the wait anew
        await asyncio.gather(first, second)
        waited = now() - started
        await made.close()
        return waited

    assert run_virtually(trickle()) == pytest.approx(1.0)
    assert worker.batches == [[1, 2]]


def test_a_full_batch_does_not_wait() -> None:
    async def full() -> float:
        made = batches(Worker(), size=2, wait_s=1000)
        await asyncio.gather(made.submit(1), made.submit(2))
        await made.close()
        return now()

    assert run_virtually(full()) == 0


@given(
    items=st.lists(st.integers(0, 60), min_size=1, max_size=20, unique=True),
    bad=st.sets(st.integers(0, 60)),
    size=st.integers(1, 8),
)
def test_only_calls_at_fault_fail(items: list[int], bad: set[int], size: int) -> None:
    worker = Worker(lambda batch: not bad.isdisjoint(batch))
    results = run_virtually(ask_all(batches(worker, size=size), items))
    for item, result in zip(items, results, strict=True):
        if item in bad:
            assert isinstance(result, ValueError) and str(result) == f"cannot make [{item}]"
        else:
            assert result == 2 * item
    assert max(map(len, worker.batches)) <= size


def test_what_is_too_large_together_is_made_in_parts() -> None:
    worker = Worker(lambda batch: len(batch) > 2)
    assert run_virtually(ask_all(batches(worker, size=8), list(range(8)))) == [2 * i for i in range(8)]
    assert worker.batches == [list(range(8)), [0, 1, 2, 3], [0, 1], [2, 3], [4, 5, 6, 7], [4, 5], [6, 7]]


def test_a_failed_batch_lets_go_of_what_it_held_before_it_is_made_again() -> None:
    class Tensor:
        pass

    held: list[weakref.ref[Tensor]] = []
    alive: list[bool] = []

    def work(entries: Entries) -> list[int]:
        gc.collect()
        alive.extend(ref() is not None for ref in held)
        tensor = Tensor()
        held.append(weakref.ref(tensor))
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("too large") from error

    results = run_virtually(ask_all(batches(work, size=4), [1, 2, 3, 4]))
    assert [str(result) for result in results] == ["too large"] * 4
    assert len(held) == 7 and not any(alive)


def test_a_cancelled_call_leaves_the_others_alone() -> None:
    begun, go_on = threading.Event(), threading.Event()
    abandoned: list[bool] = []

    def work(entries: Entries) -> list[int]:
        begun.set()
        assert go_on.wait(10)
        abandoned.extend(entry.abandoned for entry in entries)
        return [2 * entry.item for entry in entries]

    async def cancel_one() -> list[int | BaseException]:
        made = batches(work, size=3, wait_s=0)
        tasks = [asyncio.create_task(made.submit(item)) for item in (1, 2, 3)]
        assert await asyncio.to_thread(begun.wait, 10)
        tasks[1].cancel()
        await asyncio.sleep(0)
        go_on.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await made.close()
        return results

    first, second, third = asyncio.run(cancel_one())
    assert (first, third) == (2, 6)
    assert isinstance(second, asyncio.CancelledError)
    assert abandoned == [False, True, False]


def test_a_call_cancelled_before_its_turn_is_never_made() -> None:
    worker = Worker()

    async def cancel() -> None:
        made = batches(worker, size=4, wait_s=1)
        tasks = [asyncio.create_task(made.submit(item)) for item in (1, 2)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()
        assert await tasks[1] == 4
        await made.close()

    run_virtually(cancel())
    assert worker.batches == [[2]]


def test_closing_abandons_what_is_made_and_a_later_call_begins_anew() -> None:
    begun = threading.Event()

    def work(entries: Entries) -> list[int]:
        begun.set()
        while not entries[0].abandoned and entries[0].item < 0:
            threading.Event().wait(0.001)
        return [2 * entry.item for entry in entries]

    made = batches(work, size=1)

    async def close_early() -> None:
        tasks = [asyncio.create_task(made.submit(item)) for item in (-1, 5)]
        assert await asyncio.to_thread(begun.wait, 10)
        await made.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)

    asyncio.run(close_early())
    assert asyncio.run(ask_all(made, [7])) == [14]
