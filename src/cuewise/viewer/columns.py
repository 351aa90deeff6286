"""What lists are made of: the columns of all outcomes of all runs, in memory.

Of 130,000 outcomes they take 16 MB. A filter is a mask over a column, an order is made once and kept, and what runs
differ on is a minimum and a maximum by sample: all of that takes a few milliseconds, for any list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cuewise.records import OutcomeKind
from cuewise.viewer.filters import Disagreement, Rightness, Sort
from cuewise.viewer.rows import Row

Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BITS: Final = {Disagreement.RUNS: 1, Disagreement.JUDGES: 2, Disagreement.LABEL: 4}
"""Disagreements are kept as a sum of these."""
SCORES: Final = ("recognition", "reasoning", "cot")
NO_SCORE: Final = -1.0
"""Stands for a score that there is none of, when outcomes are put in order."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of outcomes, each (n_outcomes,). What is a place is one in the `Names` of that name."""

    id: Ints
    """In the index."""
    position: Ints
    epoch: Ints
    sample: Ints
    """Place in `samples`."""
    task: Ints
    """Place in `tasks`."""
    gold: Ints
    """Place in `labels`, as the next."""
    predicted: Ints
    """0 where no label step was reached."""
    kind: Ints
    """Place in `kinds`."""
    cause: Ints
    """Place in `causes`."""
    protocol: Ints
    """Place in `protocols`."""
    recognition: Scores
    """0..1; NaN without a score, as the next two."""
    reasoning: Scores
    cot: Scores
    n_steps: Ints
    disagreements: Ints
    """A sum of `BITS`, of those that an outcome shows by itself."""

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    def join(cls, parts: Sequence[Table]) -> Table:
        """Tables one below the other; one without rows where there are none."""
        joined: list[Any] = [
            np.concatenate([_NONE[field.name], *(getattr(part, field.name) for part in parts)])
            for field in fields(cls)
        ]
        return cls(*joined)

    def part(self, rows: slice) -> Table:
        """Some rows of it, which share its memory."""
        return Table(*(getattr(self, field.name)[rows] for field in fields(self)))


_NONE: Final = {
    field.name: np.zeros(0, np.float64 if field.name in SCORES else np.int64) for field in fields(Table)
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the places in a `Table` stand for."""

    samples: Sequence[str]
    """Ids; one occurs several times where samples share it that are not the same."""
    labels: Sequence[tuple[str, ...]]
    tasks: Sequence[str]
    kinds: Sequence[str]
    causes: Sequence[str | None]
    protocols: Sequence[str]


class Columns:
    """All outcomes of all runs as they were at one moment."""

    def __init__(self, parts: Mapping[str, Table], names: Names) -> None:
        """
        Args:
            parts: the outcomes of each run by its name.
        """
        self.names = names
        self.runs = sorted(parts)
        """Their names, in order."""
        ordered = [parts[run] for run in self.runs]
        sizes = np.array([len(part) for part in ordered], dtype=np.int64)
        self._ends = np.cumsum(sizes).tolist()
        self.of = Table.join(ordered)
        self.run = np.repeat(np.arange(len(self.runs)), sizes)
        """Place in `runs` of each outcome, (n_outcomes,)."""
        self._orders: dict[Sort, Ints] = {}

    def part(self, run: str) -> Table:
        """The outcomes of one run, which share the memory of all."""
        place = self.runs.index(run)
        return self.of.part(slice(self._ends[place - 1] if place else 0, self._ends[place]))

    @cached_property
    def epochs(self) -> tuple[list[int], Ints]:
        """Epochs that occur, and of each outcome its place among them, (n_outcomes,)."""
        found, places = np.unique(self.of.epoch, return_inverse=True)
        return found.tolist(), places

    @cached_property
    def rightness(self) -> Ints:
        """Place of each outcome's rightness among `Rightness`, their number without a score; (n_outcomes,)."""
        score = self.of.recognition
        places = {one: place for place, one in enumerate(Rightness)}
        conditions = [score >= 1, score > 0, score <= 0]
        found = [places[one] for one in (Rightness.RIGHT, Rightness.PARTLY, Rightness.WRONG)]
        return np.select(conditions, found, default=len(places)).astype(np.int64)

    def disagreements(self, runs: Sequence[str] = ()) -> Ints:
        """Disagreements of each outcome, a sum of `BITS`, (n_outcomes,).

        Args:
            runs: those that are held against one another, all if there are none. An answer of another run is held
                against theirs, as if its run were one of them too: that is what choosing it would show.
        """
        score, compared = self.of.recognition, self._compared
        among = ~np.isnan(score)
        if runs:
            among &= np.isin(self.run, [place for place, run in enumerate(self.runs) if run in set(runs)])
        low, high = np.full((2, 1 + compared.max(initial=0)), [[np.inf], [-np.inf]])
        np.minimum.at(low, compared[among], score[among])
        np.maximum.at(high, compared[among], score[among])
        parted = (score > low[compared]) | (score < high[compared])  # no score is either
        found: Ints = self.of.disagreements | parted * BITS[Disagreement.RUNS]
        return found

    @cached_property
    def _compared(self) -> Ints:
        """A number for each sample, epoch and protocol: outcomes that have the same are compared; (n_outcomes,)."""
        epochs, epoch = self.epochs  # places, as epochs themselves may be so high that the product overflows
        compared = (self.of.sample * len(epochs) + epoch) * len(self.names.protocols) + self.of.protocol
        places: Ints = np.unique(compared, return_inverse=True)[1]
        return places

    def order(self, sort: Sort) -> Ints:
        """All outcomes in an order: their places, (n_outcomes,)."""
        if sort not in self._orders:
            if sort is Sort.POSITION:
                found = np.lexsort((self.of.epoch, self.run, self.of.position))
            else:
                base = self.order(Sort.POSITION)
                found = base[np.argsort(self._key(sort)[base], kind="stable")]
            self._orders[sort] = found.astype(np.int64)
        return self._orders[sort]

    def _key(self, sort: Sort) -> Ints | Scores:
        """What outcomes are put in order by, before their place in the dataset; (n_outcomes,)."""
        of = self.of
        match sort:
            case Sort.SAMPLE:
                return _ranks(self.names.samples)[of.sample]
            case Sort.TASK:
                return _ranks(self.names.tasks)[of.task]
            case Sort.STEPS:
                return of.n_steps
            case Sort.RECOGNITION | Sort.REASONING | Sort.COT:
                score: Scores = getattr(of, sort.value)
                return np.nan_to_num(score, nan=NO_SCORE)
            case _:
                return self.run

    def find(self, row: Row) -> int | None:
        """Place of an outcome; None if it is no longer there."""
        of = self.of
        if row.run not in self.runs:
            return None
        here = (
            (self.run == self.runs.index(row.run)) & (of.position == row.position) & (of.epoch == row.epoch)
        )
        return next(iter(np.flatnonzero(here).tolist()), None)

    def of_sample(self, sample: str) -> Mask:
        """Outcomes of the samples with an id, (n_outcomes,)."""
        places = [place for place, name in enumerate(self.names.samples) if name == sample]
        return np.isin(self.of.sample, places)

    def with_ids(self, ids: Iterable[int]) -> Mask:
        """Outcomes with some ids, (n_outcomes,); ids that none has are no matter."""
        has = np.zeros(1 + self.of.id.max(initial=0), dtype=np.bool_)
        found = np.fromiter(ids, dtype=np.int64)
        has[found[found < len(has)]] = True
        return has[self.of.id]

    def rows(self, places: Ints, disagreements: Ints) -> tuple[Row, ...]:
        """Outcomes at some places.

        Args:
            disagreements: of all outcomes, as `disagreements` gives them.
        """
        return tuple(self._row(place, int(disagreements[place])) for place in places.tolist())

    def _row(self, place: int, bits: int) -> Row:
        of, names = self.of, self.names
        predicted = int(of.predicted[place])
        recognition, reasoning, cot = (
            None if np.isnan(score[place]) else float(score[place])
            for score in (getattr(of, name) for name in SCORES)
        )
        return Row(
            run=self.runs[self.run[place]],
            position=int(of.position[place]),
            epoch=int(of.epoch[place]),
            sample=names.samples[of.sample[place]],
            task=names.tasks[of.task[place]],
            labels=names.labels[of.gold[place]],
            predicted=names.labels[predicted] if predicted else None,
            kind=OutcomeKind(names.kinds[of.kind[place]]),
            cause=names.causes[of.cause[place]],
            recognition=recognition,
            reasoning=reasoning,
            cot=cot,
            n_steps=int(of.n_steps[place]),
            disagreements=disagreements_of(bits),
        )


def disagreements_of(bits: int) -> frozenset[Disagreement]:
    """What a sum of `BITS` stands for."""
    return frozenset(one for one, bit in BITS.items() if bits & bit)


def _ranks(names: Sequence[str]) -> Ints:
    """Place of each among all in order; equal ones have the same."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([places[name] for name in names], dtype=np.int64)
