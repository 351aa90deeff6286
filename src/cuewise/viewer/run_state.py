"""Whether a run is finished, under way, or was interrupted, and how fast it goes."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from cuewise.runs.workspace import RunFolder
from cuewise.viewer.rows import RunRow

WINDOW_S: Final = 60.0
"""A pace is that of the last minute."""
LEAST_S: Final = 4.0
"""So long a run is watched before its pace is told."""


class RunState(StrEnum):
    """How a run stands."""

    FINISHED = "finished"
    UNDER_WAY = "under way"
    """A process is writing it."""
    INTERRUPTED = "interrupted"
    """Samples are missing and no process is writing it."""


def state_of(folder: RunFolder, row: RunRow) -> RunState:
    """How a run stands now."""
    if folder.is_held():
        return RunState.UNDER_WAY
    return RunState.FINISHED if row.finished else RunState.INTERRUPTED


class Pace:
    """How many outcomes runs gain, as seen by whoever watches them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, deque[tuple[float, int]]] = {}

    def per_s(self, run: str, outcomes: int) -> float | None:
        """Note how many outcomes a run has now.

        Returns:
            Outcomes per second over the last minute; None where it was not watched long enough.
        """
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault(run, deque())
            # A run that begins again starts from nothing, and one that nobody watched for long has another pace.
            if seen and (outcomes < seen[-1][1] or now - seen[-1][0] > WINDOW_S):
                seen.clear()
            seen.append((now, outcomes))
            while now - seen[0][0] > WINDOW_S:
                seen.popleft()
            began, before = seen[0]
        return (outcomes - before) / (now - began) if now - began >= LEAST_S else None
