"""The columns of what the index holds now; only runs that changed are read again."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.viewer.columns import SCORES, Columns, Names, Table

_READ: Final = """
SELECT id, position, epoch, sample, task, gold, coalesce(predicted, 0), kind, cause, protocol,
    recognition, reasoning, cot, n_steps, disagreements
FROM outcomes WHERE run = ? ORDER BY position, epoch
"""
_FIELDS: Final = tuple(field.name for field in fields(Table))


class Latest:
    """Keeps the last columns. Every method may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader = _Reader(made=0)

    def columns(self, db: sqlite3.Connection) -> Columns:
        """All outcomes.

        Args:
            db: in a transaction, so that it does not change meanwhile.
        """
        made, changes = db.execute("SELECT made, n FROM changes").fetchone()
        with self._lock:
            if self._reader.made != made:  # an index that was made anew begins to count again
                self._reader = _Reader(made)
            return self._reader.read(db, changes)


class _Codes(dict[str | None, int]):
    """Places of names, given out as they come."""

    def __missing__(self, name: str | None) -> int:
        self[name] = len(self)
        return self[name]


class _Reader:
    """Reads one index; knows what it has read."""

    def __init__(self, made: int) -> None:
        """
        Args:
            made: tells the index from one that takes its place.
        """
        self.made = made
        self._changes: int | None = None
        self._columns: Columns | None = None
        self._states: dict[str, tuple[int, int]] = {}
        # By id, which goes up from 1 as none is ever deleted.
        self._samples = [""]
        self._labels: list[tuple[str, ...]] = [()]
        self._codes = {name: _Codes() for name in ("task", "kind", "cause", "protocol")}

    def read(self, db: sqlite3.Connection, changes: int) -> Columns:
        if self._columns is None or self._changes != changes:
            self._columns = self._read(db)
            self._changes = changes
        return self._columns

    def _read(self, db: sqlite3.Connection) -> Columns:
        new = "SELECT {} FROM {} WHERE id >= ? ORDER BY id"
        samples = db.execute(new.format("name", "samples"), (len(self._samples),))
        self._samples += [name for (name,) in samples]
        labels = db.execute(new.format("names", "labels"), (len(self._labels),))
        self._labels += [tuple(json.loads(names)) for (names,) in labels]
        before, last = self._states, self._columns
        states = {
            name: (run, changed) for name, run, changed in db.execute("SELECT name, id, changed FROM runs")
        }
        parts = {
            name: last.part(name)
            if last is not None and before.get(name) == state
            else self._part(db, state[0])
            for name, state in states.items()
        }
        self._states = states
        return Columns(parts, self._names())

    def _part(self, db: sqlite3.Connection, run: int) -> Table:
        rows = db.execute(_READ, (run,)).fetchall()
        columns = zip(*rows, strict=True) if rows else [()] * len(_FIELDS)
        return Table(*(self._column(name, values) for name, values in zip(_FIELDS, columns, strict=True)))

    def _column(self, name: str, values: Sequence[Any]) -> npt.NDArray[Any]:
        if name in SCORES:
            return np.array(values, dtype=np.float64)  # None becomes NaN
        if (codes := self._codes.get(name)) is not None:
            values = [codes[value] for value in values]
        return np.array(values, dtype=np.int64)

    def _names(self) -> Names:
        names: dict[str, Any] = {f"{name}s": tuple(codes) for name, codes in self._codes.items()}
        return Names(
            samples=tuple(self._samples),
            labels=tuple(self._labels),
            **names,
        )
