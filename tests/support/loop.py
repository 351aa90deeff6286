"""How long a coroutine keeps the event loop from everybody else."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

SCHEDSTAT = Path("/proc/thread-self/schedstat")


async def longest_step(work: Coroutine[Any, Any, Any], *, asleep: bool = False) -> float:
    """Seconds for which the loop's thread at most looked for nothing new, not counting what other programs take.

    Args:
        asleep: whether what it sleeps or waits for (a disk, a lock) counts too, and not what it computes alone; not
            for work whose threads hold Python's lock, which a busy machine draws out.
    """
    selector: Any = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    select, file = selector.select, os.open(SCHEDSTAT, os.O_RDONLY) if asleep else None
    longest = 0.0
    began: float | None = None

    def clock() -> float:
        if file is None:
            return time.thread_time()
        # Time passed, without that in which this thread could have run and was given no core.
        return time.monotonic() - int(os.pread(file, 100, 0).split()[1]) / 1e9

    def timed(timeout: float | None = None) -> Any:
        nonlocal longest, began
        if began is not None:
            longest = max(longest, clock() - began)
        events = select(timeout)
        began = clock()
        return events

    # Looking through what thousands of earlier tests have left in this process is not the adapter's doing.
    gc.disable()
    selector.select = timed
    try:
        await work
    finally:
        selector.select = select
        gc.enable()
        if file is not None:
            os.close(file)
    return longest
