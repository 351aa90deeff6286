"""An event loop whose clock leaps to the next timer: minutes of waiting pass at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from cuewise.runs.store import CallStore, Statement

T = TypeVar("T")


class PromptStore(CallStore):
    """Writes at once, without a thread, which virtual time would not wait for."""

    async def write(self, *statements: Statement) -> None:
        with self._reader:
            for statement, rows in statements:
                self._reader.executemany(statement, rows)


class _LeapingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; where nothing is, the time until the next timer has passed."""
        if timeout is None:
            return super().select(None)  # only another thread can bring the loop on
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`asyncio.sleep` and `time` are in virtual seconds, from 0."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Like `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def now() -> float:
    """Virtual seconds since the loop began."""
    return asyncio.get_running_loop().time()
