"""Ratings from a CSV file with a row for each, whatever its columns are called."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import Path

import numpy as np

from cuewise.agreement.matrix import Ratings, Value
from cuewise.agreement.ratings import first_of
from cuewise.agreement.rows import rated_twice
from cuewise.analysis.columns import coded
from cuewise.analysis.table import Floats
from cuewise.errors import InputError
from cuewise.samples.files import Entry, read_csv
from cuewise.samples.problems import Problem, printable


@dataclass(frozen=True, slots=True)
class LongFile:
    """What a file of ratings in long form holds."""

    ratings: Ratings
    seconds: Floats | None
    """How long each took, (n,), NaN where the file does not say; None if no such column was asked for."""
    empty: int
    """Rows left out, as they have no answer."""


def read_long(
    path: Path,
    *,
    rater: str,
    unit: str | Sequence[str],
    answer: str,
    cluster: str | None = None,
    seconds: str | None = None,
    numeric: bool = False,
    categories: Sequence[str] = (),
) -> LongFile:
    """Read a CSV file with a header and a row for each rating; one bad row and nothing of it is used.

    Args:
        rater: the column that names the rater; case and the space around names do not matter, as in the next ones.
        unit: the column that names what is rated, or several that do so together: the unit is then a tuple of texts.
        answer: the column of what the rater says. Rows where it is empty are left out and counted.
        cluster: the column that units which are not independent have in common, such as the clip; None if each
            unit is its own.
        seconds: the column of how long it took, seconds.
        numeric: whether answers are numbers; else they are categories.
        categories: as in `Ratings.from_rows`.

    Raises:
        InputError: the file cannot be read, lacks a column, has no rating, or has rows that are not in form.
    """
    name = printable(path.name)
    table = _Table(
        rater=_column(rater),
        unit=tuple(_column(column) for column in ([unit] if isinstance(unit, str) else unit)),
        answer=_column(answer),
        cluster=None if cluster is None else _column(cluster),
        seconds=None if seconds is None else _column(seconds),
        numeric=numeric,
    )
    try:
        for entry in read_csv(path, name):
            table.add(entry)
    except OSError as error:
        raise InputError(
            f"{printable(path)} cannot be read: {error.strerror or error}; check the path"
        ) from error
    ratings = table.ratings(name, cluster or "unit", categories)
    return LongFile(ratings, None if seconds is None else np.array(table.took), table.empty)


@dataclass
class _Table:
    """The columns to read, and what they have held so far."""

    rater: str
    unit: tuple[str, ...]
    answer: str
    cluster: str | None
    seconds: str | None
    numeric: bool
    rows: list[tuple[Hashable, Hashable, Value]] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    clusters: dict[Hashable, Hashable] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    empty: int = 0

    def add(self, entry: Entry | Problem) -> None:
        if isinstance(entry, Problem):
            self.problems.append(str(entry))
        elif self.answer not in entry.values:
            self.empty += 1
        else:
            try:
                self._add(entry)
            except InputError as error:
                self.problems.append(f"{entry.where}: {error}")

    def _add(self, entry: Entry) -> None:
        cells = entry.values
        try:
            rater = cells[self.rater]
            names = tuple(cells[column] for column in self.unit)
            cluster = None if self.cluster is None else cells[self.cluster]
        except KeyError as missing:
            raise InputError(f"has no `{printable(missing.args[0])}`; every rating needs one") from None
        unit = names if len(names) > 1 else names[0]
        said = self._number(self.answer, cells[self.answer]) if self.numeric else cells[self.answer]
        took = nan
        if self.seconds is not None and self.seconds in cells:
            took = self._number(self.seconds, cells[self.seconds])
        if (before := self.clusters.setdefault(unit, cluster)) != cluster:
            raise InputError(
                f"the unit is of {printable(cluster)}, and before it was of {printable(before)}; a unit is of one"
                f" `{self.cluster}`"
            )
        self.rows.append((unit, rater, said))
        self.where.append(entry.where)
        self.took.append(took)

    def _number(self, column: str, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = nan
        if not isfinite(number):
            raise InputError(f"`{printable(column)}` is {printable(repr(text))}; write a number")
        return number

    def ratings(self, name: str, cluster_kind: str, categories: Sequence[str]) -> Ratings:
        """What was read, as arrays."""
        self.problems += self._twice()
        if self.problems:
            raise InputError(first_of(self.problems))
        if not self.rows:
            found = f" ({self.empty} rows, each without `{printable(self.answer)}`)" if self.empty else ""
            raise InputError(f"{name} holds no ratings{found}: it needs a row for each")
        try:
            return Ratings.from_rows(
                self.rows,
                cluster_of=None if self.cluster is None else self.clusters.__getitem__,
                cluster_kind=cluster_kind,
                categories=categories,
            )
        except InputError as error:
            raise InputError(f"{name}: {error}") from error

    def _twice(self) -> list[str]:
        found = (
            rated_twice(*(coded(names)[1] for names in list(zip(*self.rows, strict=True))[:2]))
            if self.rows
            else None
        )
        if found is None:
            return []
        first, again = (self.where[place] for place in found)
        return [f"{again}: the rater rated this unit before, in {first}; keep one of the two"]


def _column(name: str) -> str:
    return name.strip().lower()
