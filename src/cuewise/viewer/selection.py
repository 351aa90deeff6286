"""What filters let through of all outcomes, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from cuewise.viewer.columns import SCORES, Columns, Ints, Mask
from cuewise.viewer.facets import facets
from cuewise.viewer.filters import Filters, Range, Sort
from cuewise.viewer.rows import Choices, Row

ROUNDING: Final = 1e-9
"""Of a score, 0..1."""


class Selection:
    """A list before it is put in order."""

    def __init__(self, columns: Columns, filters: Filters, found: Mask | None) -> None:
        """
        Args:
            found: outcomes with the text that is searched for, (n_outcomes,); None where none is.
        """
        self._columns = columns
        self._filters = filters
        among = filters.runs if filters.among_chosen else ()
        self._disagreements = columns.disagreements(among)
        self._facets = facets(columns, self._disagreements)
        self._passes = {name: facet.passes(filters) for name, facet in self._facets.items()}
        self._rest = np.logical_and.reduce(
            [*_in_ranges(columns, filters), *(() if found is None else (found,))]
        )
        self._listed: Mask = np.logical_and.reduce([self._rest, *self._passes.values()])

    @property
    def total(self) -> int:
        """Outcomes in the list."""
        return int(np.count_nonzero(self._listed))

    def choices(self) -> Choices:
        """What each filter could be set to, with counts under all other filters."""
        missed = np.sum([~one for one in self._passes.values()], axis=0, dtype=np.int8)
        # All other filters let an outcome through where none but perhaps this one does not.
        return Choices(
            **{
                name: facet.count(self._rest & (missed == ~self._passes[name]), self._filters)
                for name, facet in self._facets.items()
            }
        )

    def page(self, sort: Sort, *, descending: bool, offset: int, limit: int) -> tuple[Row, ...]:
        """A part of the list; both bounds are from 0."""
        return self._rows(self._in_order(sort, descending)[offset : offset + limit])

    def place(self, sort: Sort, row: Row, *, descending: bool) -> int | None:
        """Where a row stands or would stand in the list, from 0; None if it is no longer there."""
        here = self._columns.find(row)
        if here is None:
            return None
        order = self._directed(sort, descending)
        return int(np.count_nonzero(self._listed[order[: _at(order, here)]]))

    def around(self, sort: Sort, row: Row, *, descending: bool) -> tuple[Row | None, Row | None]:
        """What stands before and after a row in the list; None at its ends, and if the row is no longer there."""
        here = self._columns.find(row)
        if here is None:
            return None, None
        order = self._directed(sort, descending)
        place = _at(order, here)
        before, after = order[:place], order[place + 1 :]
        return self._first(before[::-1]), self._first(after)

    def samples(self, sort: Sort, *, descending: bool) -> list[str]:
        """Ids of the samples of the list, each where its first row stands."""
        samples = self._columns.of.sample[self._in_order(sort, descending)]
        _, first = np.unique(samples, return_index=True)
        names = self._columns.names.samples
        return list(dict.fromkeys(names[sample] for sample in samples[np.sort(first)].tolist()))

    def of_sample(self, sample: str) -> list[Row]:
        """What of the samples with this id is in the list, by run and epoch."""
        order = self._columns.order(Sort.RUN)
        chosen = self._listed & self._columns.of_sample(sample)
        return list(self._rows(order[chosen[order]]))

    def _in_order(self, sort: Sort, descending: bool) -> Ints:
        order = self._directed(sort, descending)
        return order[self._listed[order]]

    def _directed(self, sort: Sort, descending: bool) -> Ints:
        order = self._columns.order(sort)
        return order[::-1] if descending else order

    def _first(self, order: Ints) -> Row | None:
        return next(iter(self._rows(order[self._listed[order]][:1])), None)

    def _rows(self, places: Ints) -> tuple[Row, ...]:
        return self._columns.rows(places, self._disagreements)


def _in_ranges(columns: Columns, filters: Filters) -> Iterator[Mask]:
    yield np.ones(len(columns.run), dtype=np.bool_)
    for name in SCORES:
        bounds: Range | None = getattr(filters, name)
        if bounds is not None:
            score = getattr(columns.of, name)
            # A score that is shown as 20.0 may lie a rounding error below.
            low, high = bounds.low / 100 - ROUNDING, bounds.high / 100 + ROUNDING
            yield (score >= low) & (score <= high)  # no score is neither


def _at(order: Ints, here: int) -> int:
    return int(np.flatnonzero(order == here)[0])
