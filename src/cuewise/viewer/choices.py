"""What each filter could be set to, with counts under all other filters.

Outcomes that are the same in all that is chosen from are counted together once after each change of the index; which
values are chosen is then a matter of adding up these counts.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.viewer.conditions import RIGHTNESS, Condition, condition
from cuewise.viewer.filters import NO_LABEL, Filters
from cuewise.viewer.rows import Choice, Choices
from cuewise.viewer.tables import BITS

KEPT: Final = 6
"""How many such countings are kept: for so many different texts and ranges of scores."""

_FACETS: Final = tuple(field.name for field in fields(Choices))
_COLUMNS: Final = ("run", "task", "gold", "predicted", "kind", RIGHTNESS, "disagreements", "epoch")
"""In the order of `_FACETS`."""


@dataclass(frozen=True, slots=True)
class _Facet:
    """One thing that is chosen from, of groups of outcomes that are the same in all of them."""

    codes: npt.NDArray[np.intp]
    """Place in `values`, (n_groups,)."""
    values: tuple[tuple[str, ...], ...]
    """What finds a group of that code: several labels, or none."""

    def passes(self, chosen: frozenset[str]) -> npt.NDArray[np.bool_]:
        """Which groups the chosen values let through, (n_groups,)."""
        if not chosen:
            return np.ones(len(self.codes), dtype=np.bool_)
        return np.array([not chosen.isdisjoint(values) for values in self.values], dtype=np.bool_)[self.codes]

    def count(self, counts: npt.NDArray[np.float64], chosen: frozenset[str]) -> tuple[Choice, ...]:
        """Outcomes by value, of so many in each group."""
        found = dict.fromkeys(chosen, 0)
        for values, count in zip(
            self.values, np.bincount(self.codes, counts, len(self.values)).tolist(), strict=True
        ):
            if count:
                for value in values:
                    found[value] = found.get(value, 0) + round(count)
        return tuple(Choice(value, found[value]) for value in sorted(found))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Outcomes, those together that are the same in all that is chosen from."""

    counts: npt.NDArray[np.float64]
    """Outcomes in each group, (n_groups,)."""
    facets: dict[str, _Facet]

    def choices(self, filters: Filters) -> Choices:
        chosen = {name: _chosen(filters, name) for name in _FACETS}
        passes = {name: facet.passes(chosen[name]) for name, facet in self.facets.items()}
        missed = np.sum([~one for one in passes.values()], axis=0)
        found = {}
        for name, facet in self.facets.items():
            # All other filters let a group through where none but perhaps this one does not.
            others = missed == ~passes[name]
            found[name] = facet.count(self.counts * others, chosen[name])
        return Choices(**found)


class Choosing:
    """Finds choices; keeps what was counted last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Filters], _Groups] = OrderedDict()
        self._lock = threading.Lock()

    def choices(self, db: sqlite3.Connection, filters: Filters) -> Choices:
        """What each filter could be set to.

        Args:
            db: in a transaction, so that it does not change meanwhile; the text was searched for.
        """
        # What is not chosen from values: a text and ranges of scores.
        rest = replace(filters, **{_field(name): getattr(Filters(), _field(name)) for name in _FACETS})
        key = (db.execute("SELECT n FROM changes").fetchone()[0], rest)
        with self._lock:
            groups = self._kept.get(key)
        if groups is None:
            groups = _gather(db, condition(rest))
        with self._lock:
            self._kept[key] = groups
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return groups.choices(filters)


def _gather(db: sqlite3.Connection, where: Condition) -> _Groups:
    columns = ", ".join(_COLUMNS)
    query = f"SELECT {columns}, count(*) FROM outcomes AS o WHERE {where.sql} GROUP BY {columns}"  # noqa: S608
    rows = db.execute(query, where.values).fetchall()
    *found, counts = zip(*rows, strict=True) if rows else [()] * (len(_COLUMNS) + 1)
    runs = dict(db.execute("SELECT id, name FROM runs").fetchall())
    labels = {
        number: tuple(json.loads(names)) for number, names in db.execute("SELECT id, names FROM labels")
    }
    values: dict[str, Callable[[Any], tuple[str, ...]]] = {
        "runs": lambda run: (runs[run],),
        "labels": labels.__getitem__,
        "predictions": lambda named: () if named is None else labels[named] or (NO_LABEL,),
        "disagreements": lambda bits: tuple(one.value for one, bit in BITS.items() if bits & bit),
    }
    facets = {
        name: _facet(column, values.get(name, _plain)) for name, column in zip(_FACETS, found, strict=True)
    }
    return _Groups(np.array(counts, dtype=np.float64), facets)


def _facet(column: Sequence[Any], values: Callable[[Any], tuple[str, ...]]) -> _Facet:
    codes: defaultdict[Any, int] = defaultdict()
    codes.default_factory = codes.__len__
    coded = np.array([codes[value] for value in column], dtype=np.intp)
    return _Facet(coded, tuple(values(value) for value in codes))


def _plain(value: object) -> tuple[str, ...]:
    return () if value is None else (str(value),)


def _field(facet: str) -> str:
    return "epoch" if facet == "epochs" else facet


def _chosen(filters: Filters, facet: str) -> frozenset[str]:
    found = getattr(filters, _field(facet))
    if facet == "epochs":
        return frozenset(() if found is None else (str(found),))
    return frozenset(map(str, found))
