"""How long a coroutine keeps the event loop from everybody else."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Coroutine
from typing import Any


async def longest_step(work: Coroutine[Any, Any, Any]) -> float:
    """CPU seconds that the loop's thread spent at most without turning to anybody else.

    CPU time, because a clock on the wall also counts what other programs on the machine take.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - before)

    watcher = asyncio.create_task(watch())
    # Looking through what thousands of earlier tests have left in this process is not the adapter's doing.
    gc.disable()
    try:
        await work
    finally:
        gc.enable()
        watcher.cancel()
    return longest
