"""Keeps the index fresh in a thread of its own, so that no page waits long for it."""

from __future__ import annotations

import threading
from typing import Final

from cuewise.errors import CuewiseError
from cuewise.samples.problems import Problem
from cuewise.viewer.index import Progress, ViewIndex

PATIENCE_S: Final = 0.3
"""So long a page waits to show what is new; then it shows what there is."""


class Indexing:
    """Takes in what runs wrote whenever somebody looks. Every method may be called by any thread."""

    def __init__(self, index: ViewIndex) -> None:
        self._index = index
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._stopped = False
        self._progress: Progress | None = None
        self._problems: tuple[Problem, ...] = ()
        self._error = ""
        self._thread = threading.Thread(target=self._work, name="index", daemon=True)
        self._thread.start()

    def look(self, patience_s: float = PATIENCE_S) -> bool:
        """Have the runs looked at; whether all that they had when this was called is in the index now."""
        with self._changed:
            self._asked += 1
            mine = self._asked
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._done >= mine, patience_s)

    @property
    def progress(self) -> Progress | None:
        """How far it is; None where nothing is being read."""
        return self._progress

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with runs."""
        return self._problems

    @property
    def error(self) -> str:
        """Why the index could not be brought up to date the last time; empty where it could."""
        return self._error

    def close(self) -> None:
        """Stop, once the run that is being read is done."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._asked > self._done)
                if self._stopped:
                    return
                now = self._asked
            try:
                self._problems, self._error = tuple(self._index.refresh(self._tell)), ""
            except CuewiseError as error:
                self._error = str(error)
            except _Stopped:
                return
            except Exception as error:  # noqa: BLE001 - pages tell it, and go on with what there is
                self._error = f"the index cannot be brought up to date: {type(error).__name__}: {error}"
            finally:
                self._progress = None
            with self._changed:
                self._done = now
                self._changed.notify_all()

    def _tell(self, progress: Progress) -> None:
        self._progress = progress
        if self._stopped:
            raise _Stopped


class _Stopped(BaseException):
    """The viewer ends: what is being read is not taken in."""
