"""Rows of ratings made into arrays, and which rows are refused, with a message that says what to do."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import isfinite
from typing import Final

import numpy as np

from cuewise.analysis.table import Floats, Integers
from cuewise.errors import InputError
from cuewise.samples.problems import printable

MAX_TOLD: Final = 8
"""Categories that a message names."""


def rated_twice(unit: Integers, rater: Integers) -> tuple[int, int] | None:
    """Two places where one rater rates one unit, the first that there are; None if there are none."""
    pairs = unit * (int(rater.max(initial=0)) + 1) + rater
    order = np.argsort(pairs, kind="stable")
    again = np.flatnonzero(pairs[order][1:] == pairs[order][:-1])
    if not len(again):
        return None
    first = again[np.argmin(order[again + 1])]
    return int(order[first]), int(order[first + 1])


def numbers_of(values: Sequence[str | float]) -> Floats:
    """Ratings that are numbers, (n,)."""
    try:
        numbers = np.array([float(value) for value in values])
    except OverflowError:
        raise InputError(
            "a rating is a number of more than 300 digits; leave out what was not rated"
        ) from None
    for number in numbers[~np.isfinite(numbers)].tolist():
        raise InputError(f"a rating is {number}; leave out what was not rated")
    return numbers


def weights_of(unit_names: Sequence[Hashable], weights: Mapping[Hashable, float]) -> Floats:
    """The weight of each unit, (n_units,)."""
    found = np.empty(len(unit_names))
    for place, name in enumerate(unit_names):
        weight = weights.get(name)
        if weight is None:
            raise InputError(f"unit {name_of(name)} has no weight; give one for each unit, or none at all")
        if not (isfinite(weight) and weight > 0):
            raise InputError(f"the weight of unit {name_of(name)} is {weight:g}; give a number above 0")
        found[place] = weight
    return found


def places_of(values: Sequence[str | float], categories: Sequence[str]) -> Floats:
    """Places among the categories of ratings that are names, (n,)."""
    if len(set(categories)) != len(categories):
        raise InputError(f"a category is named twice: {listed(categories)}")
    place = {name: float(at) for at, name in enumerate(categories)}
    for value in values:
        if not isinstance(value, str):
            raise InputError(
                f"a rating is {printable(repr(value))}, where others or the categories are names; give all as names"
                " or all as numbers"
            )
        if value not in place:
            raise InputError(
                f"a rating is {name_of(value)}, which is none of the categories {listed(categories)}"
            )
    return np.array([place[str(value)] for value in values])


def listed(names: Sequence[str]) -> str:
    """Names for a message."""
    told = ", ".join(printable(name) for name in names[:MAX_TOLD])
    return told if len(names) <= MAX_TOLD else f"{told} and {len(names) - MAX_TOLD} more"


def name_of(value: object) -> str:
    """A unit, a rater or a category for a message."""
    return " / ".join(map(printable, value)) if isinstance(value, tuple) else printable(value)
