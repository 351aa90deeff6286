"""Several runs over the same samples: their points side by side, and the resamples that they share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from cuewise.analysis.groups import numbered
from cuewise.analysis.table import POINTS, Floats, Integers, RunTable, SampleRow, places_by_task
from cuewise.analysis.uncertainty import Resampler
from cuewise.analysis.units import grouped, printed_unit


@lru_cache(maxsize=2)
def resampler_of(groups: tuple[Hashable, ...]) -> Resampler:
    """The resamples of these groups, kept, as several parts of a page need the same and they are large."""
    return Resampler(groups)


@dataclass(frozen=True)
class Together:
    """The samples that all of several runs have, with every run's points."""

    rows: tuple[SampleRow, ...]
    """In the first run's order, (n,)."""
    points: dict[str, Floats]
    """By score, 0..1, unscored answers being 0, (n, n_runs)."""
    left_out: int
    """Samples of the first run that another run lacks, or asks with other candidates or gold labels."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def unit(self) -> str:
        """What is taken as independent of one another: source videos where any clip's id tells them, else clips."""
        return printed_unit(self.rows)

    @cached_property
    def groups(self) -> tuple[Hashable, ...]:
        """The group of each sample."""
        return grouped(self.rows, self.unit)

    @cached_property
    def group_numbers(self) -> Integers:
        """The same as numbers from 0, in order of first appearance, (n,)."""
        return numbered(self.groups)

    def of(self, places: Integers) -> Together:
        """Some of the samples.

        Args:
            places: theirs, (n,).
        """
        return Together(
            rows=tuple(self.rows[place] for place in places),
            points={name: points[places] for name, points in self.points.items()},
            left_out=self.left_out,
        )

    @cached_property
    def tasks(self) -> dict[str, Integers]:
        """Places of each task's samples."""
        return places_by_task(self.rows)


def put_together(tables: Sequence[RunTable]) -> Together | None:
    """The runs over the samples that all of them have; None where there is none."""
    first, *others = tables
    found = [np.arange(len(first.samples))]
    if all(_same_questions(first.samples, other.samples) for other in others):
        found *= len(tables)
    else:
        places = [{row.id: place for place, row in enumerate(other.samples)} for other in others]
        kept = [
            (at, *(known[row.id] for known in places))
            for at, row in enumerate(first.samples)
            if all(
                row.id in known and other.samples[known[row.id]].question == row.question
                for known, other in zip(places, others, strict=True)
            )
        ]
        found = list(np.array(kept, dtype=np.int64).reshape(-1, len(tables)).T)
    if not len(found[0]):
        return None
    return Together(
        rows=first.samples
        if len(found[0]) == len(first.samples)
        else tuple(first.samples[place] for place in found[0]),
        points={
            name: np.stack([table.score(name)[of] for table, of in zip(tables, found, strict=True)], axis=1)
            for name in POINTS
        },
        left_out=len(first.samples) - len(found[0]),
    )


def _same_questions(a: Sequence[SampleRow], b: Sequence[SampleRow]) -> bool:
    # Runs of one dataset share their rows, or at least their order.
    return a is b or [row.question for row in a] == [row.question for row in b]
