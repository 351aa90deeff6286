"""Who rated what, and how: ratings in long form, as arrays. Not all raters need to rate all units."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from cuewise.agreement.rows import listed, name_of, numbers_of, places_of, rated_twice, weights_of
from cuewise.analysis.columns import coded, coded_numbers
from cuewise.analysis.groups import group_sums, numbered
from cuewise.analysis.table import Floats, Integers
from cuewise.errors import InputError

Mask = npt.NDArray[np.bool_]
Value = str | float
"""What a rater says of a unit: the name of a category, or a number."""

MAX_CATEGORIES: Final = 100
"""Different values that count as categories or as places of a scale."""
_ALIKE: Final = 1e-9  # of weights that are 1 on average


@dataclass(frozen=True, eq=False)
class Ratings:
    """n ratings of units by raters, none of them twice; n is at least 1. Make them by `from_rows`.

    A unit is what is rated: a step, a sample, or a clip shown in one modality. Units that are not independent, such as
    the steps of one clip, are of one cluster.
    """

    unit: Integers
    """(n,) place in `unit_names`."""
    rater: Integers
    """(n,) place in `rater_names`."""
    value: Floats
    """(n,) the number given, or the place in `categories`."""
    cluster: Integers
    """(n_units,) the cluster of each unit, numbered from 0 without gaps."""
    unit_names: tuple[Hashable, ...]
    """In order of first appearance, as the next."""
    rater_names: tuple[Hashable, ...]
    categories: tuple[str, ...] = ()
    """Names of the categories, on a scale in its order; empty where values are numbers."""
    cluster_kind: str = "unit"
    """What a cluster is, for print: `clip`, `video`."""
    unit_weight: Floats | None = None
    """(n_units,) above 0: units of the population that each stands for; only ratios matter. None: all alike."""

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Hashable, Hashable, Value]],
        *,
        cluster_of: Callable[[Hashable], Hashable] | None = None,
        cluster_kind: str = "unit",
        categories: Sequence[str] = (),
        weights: Mapping[Hashable, float] | None = None,
    ) -> Self:
        """Ratings from rows of (unit, rater, value); the order of rows is kept.

        Args:
            cluster_of: the cluster of a unit; None if each is its own.
            cluster_kind: what a cluster is, for print.
            categories: all that may be named, in the order of their scale if they have one. Empty: those that are
                named, in the order of the alphabet.
            weights: by unit, how many units of the population it stands for, such as one over the probability of having
                been drawn; None if each stands for as many. Units that are not rated may have one too.

        Raises:
            InputError: there is no row, a rater rated a unit twice, a value is no category, no finite number, or a name
                among numbers, or a unit has no weight that is finite and above 0.
        """
        units, raters, values = zip(*rows, strict=True) if (rows := list(rows)) else ((), (), ())
        if not units:
            raise InputError("there are no ratings; give a row of unit, rater and value for each")
        unit_names, unit = coded(units)
        rater_names, rater = coded(raters)
        if (found := rated_twice(unit, rater)) is not None:
            raise InputError(
                f"rater {name_of(raters[found[0]])} rated unit {name_of(units[found[0]])} more than once; keep one of"
                " the ratings"
            )
        if not categories and all(isinstance(value, Real) for value in values):
            value = numbers_of(values)
        else:
            categories = tuple(categories) or tuple(
                sorted({value for value in values if isinstance(value, str)})
            )
            value = places_of(values, categories)
        clusters = unit_names if cluster_of is None else [cluster_of(name) for name in unit_names]
        return cls(
            unit=unit,
            rater=rater,
            value=value,
            cluster=numbered(clusters),
            unit_names=tuple(unit_names),
            rater_names=tuple(rater_names),
            categories=tuple(categories),
            cluster_kind=cluster_kind,
            unit_weight=None if weights is None else weights_of(unit_names, weights),
        )

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def n_units(self) -> int:
        return len(self.unit_names)

    @property
    def n_raters(self) -> int:
        return len(self.rater_names)

    @property
    def n_clusters(self) -> int:
        return int(self.cluster.max()) + 1

    @cached_property
    def per_unit(self) -> Floats:
        """How many ratings each unit has, (n_units,)."""
        return np.bincount(self.unit, minlength=self.n_units).astype(np.float64)

    @cached_property
    def weight(self) -> Floats:
        """Weight of each unit, (n_units,), 1 on average."""
        if self.unit_weight is None:
            return np.ones(self.n_units)
        mean_one: Floats = self.unit_weight / self.unit_weight.mean()
        return mean_one

    @property
    def weighted(self) -> bool:
        """Whether units count differently."""
        return float(np.ptp(self.weight)) > _ALIKE

    def rows(self) -> Iterator[tuple[Hashable, Hashable, Value]]:
        """(unit, rater, value) of each rating."""
        for unit, rater, value in zip(
            self.unit.tolist(), self.rater.tolist(), self.value.tolist(), strict=True
        ):
            said = self.categories[int(value)] if self.categories else value
            yield self.unit_names[unit], self.rater_names[rater], said

    def select(self, keep: Mask) -> Self | None:
        """The ratings where `keep`, (n,), is true; None if there is none. Categories stay those that there are."""
        if keep.all():
            return self
        if not keep.any():
            return None
        units, unit = np.unique(self.unit[keep], return_inverse=True)
        raters, rater = np.unique(self.rater[keep], return_inverse=True)
        return type(self)(
            unit=unit,
            rater=rater,
            value=self.value[keep],
            cluster=np.unique(self.cluster[units], return_inverse=True)[1],
            unit_names=tuple(self.unit_names[place] for place in units.tolist()),
            rater_names=tuple(self.rater_names[place] for place in raters.tolist()),
            categories=self.categories,
            cluster_kind=self.cluster_kind,
            unit_weight=None if self.unit_weight is None else self.unit_weight[units],
        )

    def without(self, category: str) -> Self | None:
        """The ratings that are not of this category, which is then none any more: that a rater cannot tell is no answer
        among others where only answers are to be compared. None if none is left."""
        if category not in self.categories:
            return self
        place = self.categories.index(category)
        rest = self.select(self.value != place)
        if rest is None:
            return None
        names = self.categories[:place] + self.categories[place + 1 :]
        value = rest.value - (rest.value > place)
        return replace(rest, value=value, categories=names)

    def of_raters(self, names: Iterable[Hashable]) -> Self | None:
        """The ratings by these; None if there is none."""
        wanted = set(names)
        of_rater = np.array([name in wanted for name in self.rater_names], dtype=np.bool_)
        return self.select(of_rater[self.rater])

    def with_rater(self, name: Hashable, said: Mapping[Hashable, Value]) -> Self:
        """These ratings and, before them, those by one rater more, such as a judge, of units that are rated here.

        Args:
            said: the rater's values by unit. Categories that nobody used before come last; where their order is that
                of a scale, name them all to `from_rows`.

        Raises:
            InputError: as `from_rows`; also where there is a rater of that name.
        """
        clusters = dict(zip(self.unit_names, self.cluster.tolist(), strict=True))
        rows = [(unit, name, said[unit]) for unit in self.unit_names if unit in said]
        new = {value for _, _, value in rows if isinstance(value, str)}.difference(self.categories)
        if name in self.rater_names:
            raise InputError(f"there is a rater {name_of(name)} already; name the other one otherwise")
        return self.from_rows(
            [*rows, *self.rows()],
            cluster_of=clusters.__getitem__,
            cluster_kind=self.cluster_kind,
            categories=[*self.categories, *sorted(new)],
            weights=None
            if self.unit_weight is None
            else dict(zip(self.unit_names, self.unit_weight.tolist(), strict=True)),
        )

    def pairable(self) -> Self | None:
        """The ratings of units that two or more rated; None if there is none."""
        return self.select(self.per_unit[self.unit] >= 2)

    def split(self, key: Callable[[Hashable], Hashable]) -> dict[Hashable, Self]:
        """The ratings by what `key` makes of their unit's name, such as the modality, in order of first appearance."""
        keys, of_unit = coded(key(name) for name in self.unit_names)
        parts: dict[Hashable, Self] = {}
        for place, name in enumerate(keys):
            part = self.select(of_unit[self.unit] == place)
            assert part is not None  # every unit is rated
            parts[name] = part
        return parts

    @cached_property
    def coded(self) -> tuple[tuple[Value, ...], Integers]:
        """The categories, or the different numbers in rising order, and the place of each rating's among them, (n,).

        Raises:
            InputError: there are more than `MAX_CATEGORIES`.
        """
        labels: tuple[Value, ...] = self.categories
        codes = self.value.astype(np.int64)
        if not labels:
            numbers, codes = coded_numbers(self.value)
            labels = tuple(number for number in numbers if number is not None)
        if len(labels) > MAX_CATEGORIES:
            raise InputError(
                f"there are {len(labels)} different values, more than the {MAX_CATEGORIES} that can be counted as"
                " categories; take a coefficient for numbers (alpha for interval data, ICC), or fewer categories"
            )
        return labels, codes

    @cached_property
    def counts(self) -> Floats:
        """How often each unit was given each of the values of `coded`, (n_units, n_values)."""
        labels, codes = self.coded
        cells = np.bincount(self.unit * len(labels) + codes, minlength=self.n_units * len(labels))
        return cells.reshape(self.n_units, len(labels)).astype(np.float64)

    def numbers(self) -> Floats:
        """The values, (n,).

        Raises:
            InputError: they are categories.
        """
        if self.categories:
            raise InputError(
                f"the ratings are categories ({listed(self.categories)}), and this needs numbers; give the ratings"
                " as numbers"
            )
        return self.value

    def sums(self, *columns: Floats) -> Floats:
        """Weighted sums over each cluster of columns over units, (n_units,) or (n_units, k): (n_clusters, all
        columns)."""
        table = np.column_stack(columns)
        if self.unit_weight is not None:
            table = table * self.weight[:, None]
        return group_sums(table, self.cluster, self.n_clusters)
