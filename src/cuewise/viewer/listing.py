"""Parts of a list, in any order."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from cuewise.records import OutcomeKind
from cuewise.viewer.conditions import Condition, listed, sort_keys
from cuewise.viewer.filters import Filters, Sort
from cuewise.viewer.parted import disagreements
from cuewise.viewer.rows import Row
from cuewise.viewer.tables import BITS

_ROW: Final = """
SELECT runs.name, o.position, o.epoch, s.name, o.task, gold.names, named.names,
    o.kind, o.cause, o.recognition, o.reasoning, o.cot, o.n_steps, {}
FROM outcomes AS o JOIN runs ON runs.id = o.run JOIN samples AS s ON s.id = o.sample
JOIN labels AS gold ON gold.id = o.gold LEFT JOIN labels AS named ON named.id = o.predicted
"""


def ids(where: Condition, sort: Sort, descending: bool) -> str:
    """SQL of the ids of a list. Only keys are sorted, so that long lists are too."""
    return f"SELECT o.id FROM {listed(sort)} WHERE {where.sql} ORDER BY {_order(sort, descending)}"  # noqa: S608


def _order(sort: Sort, descending: bool) -> str:
    return ", ".join(f"{key}{' DESC' if descending else ''}" for key in sort_keys(sort))


def keys_of(db: sqlite3.Connection, sort: Sort, row: Row) -> tuple[Any, ...] | None:
    """What a row is put in order by; None if it is no longer there."""
    query = (
        f"SELECT {', '.join(sort_keys(sort))} FROM {listed(sort)} WHERE o.position = ? AND o.epoch = ?"  # noqa: S608
        " AND o.run = (SELECT id FROM runs WHERE name = ?)"
    )
    found: tuple[Any, ...] | None = db.execute(query, (row.position, row.epoch, row.run)).fetchone()
    return found


def rows(
    db: sqlite3.Connection, filters: Filters, ids: Condition, sort: Sort, descending: bool
) -> tuple[Row, ...]:
    """The outcomes of these ids, a SELECT, in order, as they stand in a list with these filters."""
    query = (
        f"{_ROW.format(disagreements(filters))} WHERE o.id IN ({ids.sql}) ORDER BY {_order(sort, descending)}"
    )
    return tuple(_row(*values) for values in db.execute(query, ids.values))


def sample_names(db: sqlite3.Connection, where: Condition, sort: Sort, descending: bool) -> list[str]:
    """Ids of the samples of a list, each where its first row stands."""
    query = f"SELECT o.sample FROM {listed(sort)} WHERE {where.sql} ORDER BY {_order(sort, descending)}"  # noqa: S608
    found = dict.fromkeys(sample for (sample,) in db.execute(query, where.values).fetchall())
    names = dict(db.execute("SELECT id, name FROM samples").fetchall())
    return list(dict.fromkeys(names[sample] for sample in found))


def _row(*values: Any) -> Row:
    run, position, epoch, sample, task, labels, named, kind, cause, *rest = values
    recognition, reasoning, cot, n_steps, bits = rest
    return Row(
        run=run,
        position=position,
        epoch=epoch,
        sample=sample,
        task=task,
        labels=tuple(json.loads(labels)),
        predicted=None if named is None else tuple(json.loads(named)),
        kind=OutcomeKind(kind),
        cause=cause,
        recognition=recognition,
        reasoning=reasoning,
        cot=cot,
        n_steps=n_steps,
        disagreements=frozenset(one for one, bit in BITS.items() if bits & bit),
    )
