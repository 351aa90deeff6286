"""The watchdog sees what keeps the loop, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from support.loop import SCHEDSTAT, longest_step

linux = pytest.mark.skipif(not SCHEDSTAT.exists(), reason="only Linux tells sleeping from a busy machine")


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def step(keep: Callable[[float], None], *, asleep: bool) -> float:
    async def work() -> None:
        await asyncio.sleep(0)
        keep(0.08)
        await asyncio.sleep(0.01)

    return asyncio.run(longest_step(work(), asleep=asleep))


def test_computing_is_seen() -> None:
    assert step(compute, asleep=False) > 0.075


@linux
@pytest.mark.parametrize("keep", [compute, time.sleep])
def test_sleeping_is_seen(keep: Callable[[float], None]) -> None:
    assert step(keep, asleep=True) > 0.075


@linux
def test_what_lets_the_loop_go_is_not() -> None:
    async def work() -> None:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(time.sleep, 0.2)

    assert asyncio.run(longest_step(work(), asleep=True)) < 0.05
