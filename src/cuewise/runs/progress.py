"""Says on standard error how far a run is: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import IO, Protocol

from cuewise.counts import how_many
from cuewise.records import Outcome, OutcomeKind
from cuewise.runs.caller import CallTally


class Progress(Protocol):
    """Told of every finished sample, and of what is waited for."""

    def __enter__(self) -> Progress: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def finished(self, outcome: Outcome) -> None: ...

    def waiting(self) -> None:
        """The tally says anew what is being waited for."""


class QuietProgress:
    """Says nothing."""

    def __enter__(self) -> QuietProgress:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def finished(self, outcome: Outcome) -> None:
        pass

    def waiting(self) -> None:
        pass


class LineProgress:
    """A plain line now and then, for logs."""

    def __init__(
        self,
        total: int,
        tally: CallTally,
        stream: IO[str],
        *,
        counted: str = "samples",
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._tally, self._stream, self._counted = total, tally, stream, counted
        self._every_s, self._clock = every_s, clock
        self._kinds: Counter[str] = Counter()
        self._last = clock()
        self._waited_for = ""

    def __enter__(self) -> LineProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._say()

    def finished(self, outcome: Outcome) -> None:
        self._kinds[outcome.kind.value] += 1
        if self._clock() - self._last >= self._every_s:
            self._say()

    def waiting(self) -> None:
        batches = describe_batches(self._tally)
        if batches != self._waited_for and self._clock() - self._last >= self._every_s:
            self._waited_for = batches
            self._say()

    def _say(self) -> None:
        self._last = self._clock()
        print(describe(self._kinds, self._total, self._tally, self._counted), file=self._stream, flush=True)


class BarProgress:
    """A live bar on a terminal."""

    def __init__(self, total: int, tally: CallTally, stream: IO[str], *, counted: str = "samples") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._total, self._tally = total, tally
        self._kinds: Counter[str] = Counter()
        self._bar = Bar(
            TextColumn(counted),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=Console(file=stream),
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> BarProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def finished(self, outcome: Outcome) -> None:
        self._kinds[outcome.kind.value] += 1
        self._bar.update(self._task, advance=1, description=_details(self._kinds, self._tally))

    def waiting(self) -> None:
        self._bar.update(self._task, description=_details(self._kinds, self._tally))


def choose_progress(total: int, tally: CallTally, counted: str = "samples") -> Progress:
    """A bar on a terminal, lines elsewhere; `counted` says of what there are so many."""
    if sys.stderr.isatty():
        return BarProgress(total, tally, sys.stderr, counted=counted)
    return LineProgress(total, tally, sys.stderr, counted=counted)


def describe(kinds: Counter[str], total: int, tally: CallTally, counted: str = "samples") -> str:
    """E.g. `12/40 samples, 30 calls made, 6 reused, 1 failed try; 1 refused`."""
    return f"{kinds.total()}/{total} {counted}, {_details(kinds, tally)}"


def describe_batches(tally: CallTally) -> str:
    """E.g. `waiting for 2 batches, 640 of 1,000 calls done`; empty where none is waited for."""
    if not tally.batches:
        return ""
    return f"waiting for {how_many(tally.batches, 'batch')}, {tally.batched_done:,} of {tally.batched:,} calls done"


def _details(kinds: Counter[str], tally: CallTally) -> str:
    text = f"{how_many(tally.made, 'call')} made, {tally.reused:,} reused"
    if tally.failed_attempts:
        text += f", {how_many(tally.failed_attempts, 'failed try')}"
    if tally.batches:
        text += f", {describe_batches(tally)}"
    unscored = [_unscored(kind, n) for kind, n in sorted(kinds.items()) if kind != OutcomeKind.SCORED]
    return text + ("; " + ", ".join(unscored) if unscored else "")


def _unscored(kind: str, number: int) -> str:
    return f"{number:,} refused" if kind == OutcomeKind.REFUSED else how_many(number, kind.replace("_", " "))
