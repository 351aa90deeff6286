"""What the server of a study could not do.

Whoever runs the study reads it in the server's terminal and in the overview. Raters are told that something is wrong,
and not what, as it names the study, and a study may be named after a model.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cuewise.study.store import utc_now

AGAIN_S: Final = 60.0
"""For how long the same words are not written again: pages that wait ask every few seconds."""

log = logging.getLogger("cuewise")


@dataclass(frozen=True)
class Trouble:
    """Something that could not be done."""

    words: str
    at: str
    """UTC, to the minute."""


class Troubles:
    """Takes note of them. Safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, now: Callable[[], str] = utc_now) -> None:
        self._clock, self._now = clock, now
        self._lock = threading.Lock()
        self._written_s = 0.0
        self.last: Trouble | None = None
        """The latest since the server's start."""

    def note(self, words: str) -> None:
        """Keep what could not be done for the overview, and write it to the server's log."""
        with self._lock:
            is_new = self.last is None or self.last.words != words
            self.last = Trouble(words, self._now()[:16].replace("T", " "))
            if is_new or self._clock() - self._written_s >= AGAIN_S:
                self._written_s = self._clock()
                log.error("%s", words)
