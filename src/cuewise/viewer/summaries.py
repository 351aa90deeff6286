"""A run's figures with their intervals, worked out in the background: after an early version, or a copy, that may take
seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
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
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="figures")
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
                future = self._worker.submit(_work_out, folder)
            self._kept[folder.name] = state, future
            self._kept.move_to_end(folder.name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        try:
            return future.result(patience_s)
        except TimeoutError:
            return None

    def close(self) -> None:
        self._worker.shutdown(cancel_futures=True)


def _work_out(folder: RunFolder) -> RunView:
    return view_run(open_run(folder.name, workspace=folder.workspace.root), colour=0)
