"""What a list is chosen by from values: a whole number for each outcome, and what finds outcomes of that number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.viewer.columns import BITS, Columns, Ints, Mask, disagreements_of
from cuewise.viewer.filters import NO_LABEL, Filters, Rightness
from cuewise.viewer.rows import Choice


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that is chosen from."""

    field: str
    """Of `Filters`."""
    codes: Ints
    """Place in `values` of each outcome, (n_outcomes,)."""
    values: Sequence[tuple[str, ...]]
    """What finds an outcome of that code: several labels, or none."""

    def chosen(self, filters: Filters) -> frozenset[str]:
        """Its values that are chosen; if none are, every outcome passes."""
        found = getattr(filters, self.field)
        if self.field == "epoch":
            return frozenset(() if found is None else (str(found),))
        return frozenset(map(str, found))

    def passes(self, filters: Filters) -> Mask:
        """Which outcomes the chosen values let through, (n_outcomes,)."""
        chosen = self.chosen(filters)
        if not chosen:
            return np.ones(len(self.codes), dtype=np.bool_)
        found = np.array([not chosen.isdisjoint(values) for values in self.values], dtype=np.bool_)
        return found[self.codes]

    def count(self, passing: Mask, filters: Filters) -> tuple[Choice, ...]:
        """Passing outcomes by value, in order of value; chosen ones also where there are none."""
        found = dict.fromkeys(self.chosen(filters), 0)
        counts = np.bincount(self.codes[passing], minlength=len(self.values)).tolist()
        for values, count in zip(self.values, counts, strict=True):
            if count:
                for value in values:
                    found[value] = found.get(value, 0) + count
        return tuple(Choice(value, found[value]) for value in sorted(found))


def facets(columns: Columns, disagreements: Ints) -> dict[str, Facet]:
    """All that is chosen from, by the field of `Choices`.

    Args:
        disagreements: of each outcome in a list, (n_outcomes,).
    """
    of, names = columns.of, columns.names
    epochs, epoch = columns.epochs
    return {
        "runs": Facet("runs", columns.run, [(run,) for run in columns.runs]),
        "tasks": Facet("tasks", of.task, [(task,) for task in names.tasks]),
        "labels": Facet("labels", of.gold, names.labels),
        "predictions": Facet(
            "predictions", of.predicted, [(), *(each or (NO_LABEL,) for each in names.labels[1:])]
        ),
        "kinds": Facet("kinds", of.kind, [(kind,) for kind in names.kinds]),
        "rightness": Facet("rightness", columns.rightness, [*((one.value,) for one in Rightness), ()]),
        "disagreements": Facet(
            "disagreements",
            disagreements,
            [tuple(one.value for one in disagreements_of(bits)) for bits in range(1 + sum(BITS.values()))],
        ),
        "epochs": Facet("epoch", epoch, [(str(number),) for number in epochs]),
    }
