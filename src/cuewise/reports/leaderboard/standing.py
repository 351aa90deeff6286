"""Who may be ranked with whom, and where each stands among those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.pairs import compare_pairs
from cuewise.analysis.ranking import rank_intervals
from cuewise.analysis.table import Integers
from cuewise.analysis.together import put_together
from cuewise.models.cards import is_imported
from cuewise.records import Protocol
from cuewise.reports.blocks import Value
from cuewise.reports.leaderboard.entries import OVERALL, Entry
from cuewise.reports.words.conditions import given_words

RANKED: Final = ("recognition", "cot")
"""Scores that ranks are given for."""

Ranks = Mapping[tuple[str, str, str], Value]
"""By slug, task and score: the rank, with the ranks that the samples leave open where these are known."""


@dataclass(frozen=True)
class Group:
    """Rows that were asked the same questions and judged alike, best CoT score first."""

    letter: str
    """`A`, `B`, ...; `P` for the published models."""
    protocol: Protocol
    judges: tuple[str, ...]
    extractor: str
    questions: int
    entries: tuple[Entry, ...]
    condition: str
    """What keeps these rows from being their models' plain results, in words: `sound in noise, −5 dB`, `picture only`;
    empty for plain results."""

    @property
    def whole_benchmark(self) -> bool:
        """Whether they were asked the 6,500 published questions."""
        details = self.entries[0].details
        return self.published or (details is not None and details.whole_benchmark)

    @property
    def published(self) -> bool:
        """Whether they are the published models."""
        return self.entries[0].origin == "published"


def groups_of(entries: Sequence[Entry]) -> tuple[Group, ...]:
    """The groups: those of plain results first, those with most rows first, and the published models last."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.yardstick, _condition(entry, entries)), []).append(entry)
    conditions = {rows[0].slug: condition for (_, condition), rows in found.items()}
    order = sorted(
        found.values(),
        key=lambda rows: (
            rows[0].origin == "published",
            conditions[rows[0].slug] != "",
            -len(rows),
            rows[0].protocol,
            rows[0].judges,
            rows[0].slug,
        ),
    )
    return tuple(_group(rows, conditions[rows[0].slug], place) for place, rows in enumerate(order))


def _condition(entry: Entry, among: Sequence[Entry]) -> str:
    """See `Group.condition`. A model was given less than it takes where it was given nothing, or more in another row
    of the board; of what a model takes nothing else is known of a submission."""
    given = set(entry.modalities)
    known = given or not is_imported(entry.model)
    less = known and (
        not given or any(other.model == entry.model and given < set(other.modalities) for other in among)
    )
    return ", ".join(filter(None, [entry.changed, given_words(entry.modalities) if less else ""]))


def _group(rows: Sequence[Entry], condition: str, place: int) -> Group:
    first = rows[0]
    ordered = sorted(rows, key=lambda row: (-(row.results[OVERALL].scores["cot"].value or 0.0), row.slug))
    return Group(
        letter="P" if first.origin == "published" else _letter(place),
        protocol=first.protocol,
        judges=first.judges,
        extractor=first.extractor,
        questions=first.results[OVERALL].count,
        entries=tuple(ordered),
        condition=condition,
    )


def _letter(place: int) -> str:
    """`A` to `O`, then `A2` and so on; `P` is the published models'."""
    letters = "ABCDEFGHIJKLMNO"
    again, at = divmod(place, len(letters))
    return letters[at] + (str(again + 1) if again else "")


def ranks_of(group: Group) -> Ranks:
    """Ranks in each task and overall; rows with equal scores share the better one. A condition that stands alone has
    none: to be the first of one would say something that is not so.

    Where the samples' own scores are known, with the ranks that they leave open: see `rank_intervals`.
    """
    entries = group.entries
    if group.condition and len(entries) < 2:
        return {}
    tasks = [name for name in entries[0].results if all(name in entry.results for entry in entries)]
    if group.published or len(entries) < 2:
        return {
            (entry.slug, task, score): Value(_place(entry, entries, task, score))
            for entry in entries
            for task in tasks
            for score in RANKED
        }
    together = put_together([entry.details.table for entry in entries if entry.details is not None])
    assert together is not None, "they were asked the same questions"
    places: dict[str, Integers] = {OVERALL: np.arange(len(together)), **together.tasks}
    ranks = {}
    for task in tasks:
        asked = together.of(places[task])
        pairs = compare_pairs(asked)
        for score in RANKED:
            found = rank_intervals(asked.points[score].mean(axis=0), pairs[score])
            for entry, one in zip(entries, found, strict=True):
                ranks[entry.slug, task, score] = Value(one.rank, one.low, one.high)
    return ranks


def _place(entry: Entry, among: Sequence[Entry], task: str, score: str) -> int:
    own = entry.results[task].scores[score].value or 0.0
    return 1 + sum((other.results[task].scores[score].value or 0.0) > own for other in among)
