"""Filters and orders as SQL over the index. Every value is bound; no text of a filter becomes part of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.viewer.filters import NO_LABEL, Filters, Range, Rightness, Sort
from cuewise.viewer.parted import disagreements
from cuewise.viewer.tables import BITS
from cuewise.viewer.text import has_words

NO_SCORE: Final = -1
"""Stands for a score, or a duration, that there is none of, when outcomes are put in order."""

_RIGHTNESS: Final = {
    Rightness.RIGHT: "o.recognition >= 1",
    Rightness.PARTLY: "(o.recognition > 0 AND o.recognition < 1)",
    Rightness.WRONG: "o.recognition <= 0",
}
RIGHTNESS: Final = (
    "CASE "
    + " ".join(f"WHEN {sql} THEN {code}" for code, sql in enumerate(_RIGHTNESS.values()))
    + f" ELSE {len(_RIGHTNESS)} END"
)
"""Place of an outcome's rightness among `Rightness`; their number without a score."""

_PLACE: Final = ("o.position", "o.run", "o.epoch")
_KEYS: Final = {
    Sort.POSITION: (),
    Sort.SAMPLE: ("s.name", "s.id"),
    Sort.RUN: ("(SELECT name FROM runs WHERE id = o.run)",),
    Sort.TASK: ("o.task",),
    Sort.RECOGNITION: (f"coalesce(o.recognition, {NO_SCORE})",),
    Sort.REASONING: (f"coalesce(o.reasoning, {NO_SCORE})",),
    Sort.COT: (f"coalesce(o.cot, {NO_SCORE})",),
    Sort.STEPS: ("o.n_steps",),
}


def sort_keys(sort: Sort) -> tuple[str, ...]:
    """What outcomes are put in order by, one after the other; no two outcomes are equal in all."""
    return (*_KEYS[sort], *_PLACE)


def listed(sort: Sort) -> str:
    """The tables that `sort_keys` are of."""
    if sort is Sort.SAMPLE:
        # Samples are walked by name, which takes a third of the time that sorting all outcomes by name does.
        return "samples AS s CROSS JOIN outcomes AS o ON o.sample = s.id"
    return "outcomes AS o"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on `outcomes AS o`."""

    sql: str
    values: tuple[object, ...] = ()

    def also(self, sql: str, *values: object) -> Condition:
        """Both this one and another."""
        return Condition(f"{self.sql} AND {sql}", (*self.values, *values))


def condition(filters: Filters) -> Condition:
    """What the filters let through; where a text is searched for, of the ids in `temp.hits`; where several
    runs are chosen and are to differ, of those in `temp.parted`."""
    parts = [*_conditions(filters)]
    return Condition(
        " AND ".join(part.sql for part in parts) or "1",
        tuple(value for part in parts for value in part.values),
    )


def _conditions(filters: Filters) -> Iterator[Condition]:
    if filters.runs:
        yield _any_of("o.run IN (SELECT id FROM runs WHERE name IN ({}))", filters.runs)
    if filters.tasks:
        yield _any_of("o.task IN ({})", filters.tasks)
    if filters.labels:
        yield _any_of(f"o.gold IN ({_COMBINATIONS})", filters.labels)
    if filters.predictions:
        none = " OR o.predicted = (SELECT id FROM labels WHERE names = '[]')"
        named = _any_of(f"o.predicted IN ({_COMBINATIONS})", filters.predictions)
        yield Condition(f"({named.sql}{none if NO_LABEL in filters.predictions else ''})", named.values)
    if filters.kinds:
        yield _any_of("o.kind IN ({})", [kind.value for kind in filters.kinds])
    if filters.rightness:
        yield Condition(f"({' OR '.join(_RIGHTNESS[one] for one in filters.rightness)})", ())
    yield from _ranges(
        {"recognition": filters.recognition, "reasoning": filters.reasoning, "cot": filters.cot}
    )
    if filters.disagreements:
        bits = sum(BITS[one] for one in filters.disagreements)
        yield Condition(f"{disagreements(filters)} & ? > 0", (bits,))
    if filters.epoch is not None:
        yield Condition("+o.epoch = ?", (filters.epoch,))  # which no index helps to find
    if has_words(filters.text):
        yield Condition("o.id IN (SELECT id FROM temp.hits)")


_COMBINATIONS: Final = "SELECT labels FROM label_names WHERE name IN ({})"


def _any_of(sql: str, values: Sequence[str]) -> Condition:
    return Condition(sql.format(", ".join("?" * len(values))), tuple(values))


def _ranges(ranges: dict[str, Range | None]) -> Iterator[Condition]:
    for column, found in ranges.items():
        if found is not None:
            yield Condition(f"o.{column} BETWEEN ? AND ?", (found.low, found.high))
