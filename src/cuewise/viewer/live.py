"""A run under way: how far it is, how fast, and what came last."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.runs.reading import open_to_read
from cuewise.runs.workspace import RunFolder
from cuewise.viewer.addresses import Listing, sample_url
from cuewise.viewer.bodies import Body
from cuewise.viewer.filters import Filters
from cuewise.viewer.list_rows import RowView, row_view
from cuewise.viewer.rows import Row, RunRow
from cuewise.viewer.run_state import RunState
from cuewise.viewer.runs_page import RunLine
from cuewise.viewer.site import Site

LATEST: Final = 8
"""Answers that are shown."""


@dataclass(frozen=True)
class Live:
    """How a run stands at one moment."""

    run: str
    state: RunState
    done: int
    expected: int
    kinds: dict[str, int]
    per_minute: float | None
    """Answers; None where it was not watched long enough."""
    left_s: float | None
    figures: tuple[float | None, float | None, float | None]
    """Recognition, reasoning, CoT of the samples asked so far, percent."""
    latest: tuple[RowView, ...]
    """The last ones first."""

    @property
    def left(self) -> str:
        """How long it will take, in words; empty where that is not known."""
        return "" if self.left_s is None else f"about {duration(self.left_s)} left"

    def to_json(self) -> dict[str, Any]:
        recognition, reasoning, cot = self.figures
        return {
            "run": self.run,
            "state": self.state.value,
            "done": self.done,
            "expected": self.expected,
            "kinds": self.kinds,
            "per_minute": self.per_minute,
            "left_s": self.left_s,
            "recognition": recognition,
            "reasoning": reasoning,
            "cot": cot,
        }


def live_view(site: Site, row: RunRow, line: RunLine) -> Live:
    """How a run stands now."""
    pace = site.pace.per_s(row.name, row.outcomes)
    left = line.expected - row.outcomes
    return Live(
        run=row.name,
        state=line.state,
        done=row.outcomes,
        expected=line.expected,
        kinds={kind.value: row.kinds[kind] for kind in OUTCOMES if kind in row.kinds},
        per_minute=None if pace is None else 60 * pace,
        left_s=left / pace if pace and left > 0 else None,
        figures=line.figures,
        latest=tuple(_latest(site.workspace.run(row.name))),
    )


def duration(seconds: float) -> str:
    """A stretch of time as people say it.

    >>> duration(42), duration(190), duration(7500), duration(190000)
    ('42 s', '3 min', '2 h 5 min', '2 d 4 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"


def _latest(folder: RunFolder) -> list[RowView]:
    """The outcomes that were written last; none while the file is being made."""
    try:
        with closing(open_to_read(folder.outcomes_path)) as db:
            found = db.execute(
                "SELECT position, epoch, recognition, reasoning, cot, cast(body AS BLOB) FROM outcomes"
                " ORDER BY rowid DESC LIMIT ?",
                (LATEST,),
            ).fetchall()
    except (OSError, sqlite3.Error):
        return []
    listing = Listing(Filters(runs=(folder.name,)))
    views = []
    for position, epoch, recognition, reasoning, cot, body in found:
        try:
            read = Body.read(body)
        except ValueError:
            continue
        row = Row(
            run=folder.name,
            position=position,
            epoch=epoch,
            sample=read.sample.id,
            task=read.sample.task,
            labels=read.sample.labels,
            predicted=read.predicted,
            kind=read.kind,
            cause=read.cause,
            recognition=recognition,
            reasoning=reasoning,
            cot=cot,
            n_steps=len(read.steps),
            disagreements=frozenset(read.disagreements()),
        )
        views.append(row_view(row, sample_url(row, listing)))
    return views
