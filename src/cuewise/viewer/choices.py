"""What each filter could be set to, with counts under all other filters.

What is chosen from is read once after each change of the index, as small whole numbers, one per outcome; which values
are chosen is then a matter of counting these.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.records import OutcomeKind
from cuewise.viewer.conditions import RIGHTNESS, Condition, condition
from cuewise.viewer.filters import NO_LABEL, Disagreement, Filters, Rightness
from cuewise.viewer.parted import among_chosen, disagreements
from cuewise.viewer.rows import Choice, Choices
from cuewise.viewer.tables import BITS

KEPT: Final = 6
"""How many readings are kept: for so many different texts, ranges of scores, and runs that are to differ."""

_FACETS: Final = tuple(field.name for field in fields(Choices))


@dataclass(frozen=True, slots=True)
class _Facet:
    """One thing that is chosen from."""

    codes: npt.NDArray[np.int64]
    """Place in `values` for each outcome, (n_outcomes,)."""
    values: Sequence[tuple[str, ...]]
    """What finds an outcome of that code: several labels, or none."""

    def passes(self, chosen: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Which outcomes the chosen values let through, (n_outcomes,)."""
        if not chosen:
            return np.ones(len(self.codes), dtype=np.bool_)
        found = np.array([not chosen.isdisjoint(values) for values in self.values], dtype=np.bool_)
        return found[self.codes]

    def count(self, passing: npt.NDArray[np.bool_], chosen: frozenset[str]) -> tuple[Choice, ...]:
        """Passing outcomes by value."""
        found = dict.fromkeys(chosen, 0)
        counts = np.bincount(self.codes[passing], minlength=len(self.values)).tolist()
        for values, count in zip(self.values, counts, strict=True):
            if count:
                for value in values:
                    found[value] = found.get(value, 0) + count
        return tuple(Choice(value, found[value]) for value in sorted(found))


_Facets = dict[str, _Facet]


def _choices(facets: _Facets, filters: Filters) -> Choices:
    chosen = {name: _chosen(filters, name) for name in _FACETS}
    passes = _passes(facets, filters)
    missed = np.sum([~one for one in passes.values()], axis=0, dtype=np.int8)
    found: dict[str, Any] = {}
    for name in _FACETS:
        # All other filters let an outcome through where none but perhaps this one does not.
        found[name] = facets[name].count(missed == ~passes[name], chosen[name])
    return Choices(**found)


def _passes(facets: _Facets, filters: Filters) -> dict[str, npt.NDArray[np.bool_]]:
    """Which outcomes each filter lets through, each (n_outcomes,)."""
    return {name: facets[name].passes(_chosen(filters, name)) for name in _FACETS}


class Choosing:
    """Finds choices, and how many outcomes all filters let through; keeps what was read last.

    Both are asked for in a transaction, so that the index does not change meanwhile, after the text was searched for
    and the scores of chosen runs were found.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], _Facets] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, db: sqlite3.Connection, filters: Filters) -> int:
        """Outcomes that the filters let through."""
        passes = _passes(self._facets(db, filters), filters)
        return int(np.count_nonzero(np.logical_and.reduce([*passes.values()])))

    def choices(self, db: sqlite3.Connection, filters: Filters) -> Choices:
        """What each filter could be set to."""
        return _choices(self._facets(db, filters), filters)

    def _facets(self, db: sqlite3.Connection, filters: Filters) -> _Facets:
        # What is not chosen from values: a text and ranges of scores.
        rest = replace(filters, **{_field(name): getattr(Filters(), _field(name)) for name in _FACETS})
        facets = self._once(db, (rest,), lambda: _read(db, condition(rest)))
        if among_chosen(filters):
            among = self._once(
                db,
                (rest, *sorted(filters.runs)),
                lambda: {"disagreements": _disagreements(db, condition(rest), disagreements(filters))},
            )
            facets = {**facets, **among}
        return facets

    def _once(self, db: sqlite3.Connection, what: tuple[object, ...], read: Callable[[], _Facets]) -> _Facets:
        key = (db.execute("SELECT n FROM changes").fetchone()[0], *what)
        with self._lock:
            facets = self._kept.get(key)
        if facets is None:
            facets = read()
        with self._lock:
            self._kept[key] = facets
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return facets


_BITS: Final = range(sum(BITS.values()) + 1)
_DISAGREEMENTS: Final = [tuple(one.value for one in Disagreement if BITS[one] & code) for code in _BITS]

_Column = tuple[str, int]
"""SQL of a whole number from 0, and what it is always below."""


def _read(db: sqlite3.Connection, where: Condition) -> _Facets:
    """All that is chosen from, of the outcomes that a condition lets through; disagreements are among all runs."""
    names = (json.loads(names) for (names,) in db.execute("SELECT names FROM labels ORDER BY id"))
    labels = [(), *map(tuple, names)]  # by id, which goes up from 1 as none is ever deleted
    runs = dict(db.execute("SELECT id, name FROM runs").fetchall())
    tasks = [task for (task,) in db.execute("SELECT name FROM tasks")]
    kinds = [kind.value for kind in OutcomeKind]
    of_kind, of_task = (
        f"CASE o.{column} {_codes(len(of))} END" for column, of in (("kind", kinds), ("task", tasks))
    )
    label_sets = (("o.run", 0), ("o.gold", len(labels)), ("coalesce(o.predicted, 0)", len(labels)))
    others = (
        ("o.epoch", 0),
        ("o.disagreements", len(_BITS)),
        (RIGHTNESS, len(Rightness) + 1),
        (of_kind, len(kinds)),
        (of_task, len(tasks) + 1),
    )
    run, gold, named, epoch, parted, right, kind, task = _columns(
        db, where, label_sets, others, values=[*kinds, *tasks]
    )
    epochs, epoch = np.unique(epoch, return_inverse=True)
    return {
        "runs": _Facet(run, [(runs.get(number, ""),) for number in range(max(runs, default=0) + 1)]),
        "tasks": _Facet(task, [(name,) for name in tasks]),
        "labels": _Facet(gold, labels),
        "predictions": _Facet(named, [(), *(each or (NO_LABEL,) for each in labels[1:])]),
        "kinds": _Facet(kind, [(name,) for name in kinds]),
        "rightness": _Facet(right, [*((one.value,) for one in Rightness), ()]),
        "disagreements": _Facet(parted, _DISAGREEMENTS),
        "epochs": _Facet(epoch, [(str(number),) for number in epochs.tolist()]),
    }


def _disagreements(db: sqlite3.Connection, where: Condition, bits: str) -> _Facet:
    """Disagreements of the outcomes that a condition lets through.

    Args:
        bits: SQL of an outcome's.
    """
    (codes,) = _columns(db, where, ((bits, len(_BITS)),), values=())
    return _Facet(codes, _DISAGREEMENTS)


def _columns(
    db: sqlite3.Connection, where: Condition, *packs: Sequence[_Column], values: Sequence[object]
) -> list[npt.NDArray[np.int64]]:
    """Columns of the outcomes that a condition lets through, each (n_outcomes,), by id.

    Those of a pack come as one number each, and all these numbers as one text: row by row they would take three times
    as long to fetch.

    Args:
        packs: the first column of each may have values of any size.
        values: bound to the columns' SQL.
    """
    texts = ", ".join(f"group_concat({_packed(pack)})" for pack in packs)
    # Without an index outcomes come by id, so that columns of two readings belong together.
    query = f"SELECT {texts} FROM outcomes AS o NOT INDEXED WHERE {where.sql}"  # noqa: S608
    found = []
    for pack, text in zip(packs, db.execute(query, (*values, *where.values)).fetchone(), strict=True):
        numbers = np.fromstring(text, np.int64, sep=",") if text else np.zeros(0, np.int64)
        columns = []
        for _, below in reversed(pack[1:]):
            numbers, column = np.divmod(numbers, below)
            columns.append(column)
        found += [numbers, *reversed(columns)]
    return found


def _codes(n: int) -> str:
    """Of so many values that are bound."""
    return " ".join(("WHEN NULL THEN 0", *(f"WHEN ? THEN {code}" for code in range(n))))


def _packed(pack: Sequence[_Column]) -> str:
    sql = "0"
    for column, below in pack:
        sql = f"({sql} * {below} + {column})"
    return sql


def _field(facet: str) -> str:
    return "epoch" if facet == "epochs" else facet


def _chosen(filters: Filters, facet: str) -> frozenset[str]:
    found = getattr(filters, _field(facet))
    if facet == "epochs":
        return frozenset(() if found is None else (str(found),))
    return frozenset(map(str, found))
