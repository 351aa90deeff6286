"""A run's figures with their intervals, worked out in the background: after an early version, or a copy, that may take
seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final

from cuewise.reports.overview import RunView, view_run
from cuewise.result import open_run
from cuewise.runs.workspace import RunFolder
from cuewise.viewer.indexing import PATIENCE_S
from cuewise.viewer.sources import seen

KEPT: Final = 16


class Summaries:
    """Figures of runs, kept while the runs' files stay as they are. May be used by several threads."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[RunFolder, Future[RunView]] | None] = SimpleQueue()
        # One that is at work when the viewer ends is not waited for: it may take long, and leaves nothing half done.
        threading.Thread(target=self._work, name="figures", daemon=True).start()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[str, Future[RunView]]] = OrderedDict()

    def of(self, folder: RunFolder, patience_s: float = PATIENCE_S) -> RunView | None:
        """What a report says of a run; None while it is being worked out.

        Raises:
            RunError: the run's files cannot be read.
        """
        state = seen(folder)
        if not state:  # they changed a moment ago
            return None
        with self._lock:
            before, future = self._kept.get(folder.name, ("", None))
            if future is None or before != state:
                future = Future()
                self._waiting.put((folder, future))
            self._kept[folder.name] = state, future
            self._kept.move_to_end(folder.name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        try:
            return future.result(patience_s)
        except TimeoutError:
            return None

    def close(self) -> None:
        """The thread ends after what it was asked for; nobody waits for that."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (asked := self._waiting.get()) is not None:
            folder, future = asked
            try:
                run = open_run(folder.name, workspace=folder.workspace.root)
                future.set_result(view_run(run, colour=0))
            except Exception as error:  # noqa: BLE001 - whoever waits for it is told
                future.set_exception(error)
