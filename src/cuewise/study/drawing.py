"""Draws a study's items by lot from strata, so that all kinds of answers are there and estimates can be weighted back.

Strata are proportionally filled by Sainte-Laguë's divisors after one for each. Largest remainders would do as well, but
for one thing: with them a stratum can lose a sample when one more is drawn (the Alabama paradox), so that a smaller
study would not be part of a larger one (Balinski and Young, Fair Representation, 2nd ed. 2001).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.agreement.sheet import lot

PER_STRATUM: Final = 2
"""Items that a stratum is to have on average: with fewer, weights vary so much that they cost more than strata gain."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sample that can be drawn."""

    run: str
    sample: str
    """Its id."""
    groups: tuple[str, ...]
    """What it is stratified by, the most important first."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample that was drawn."""

    candidate: Candidate
    stratum: str
    weight: float
    """How many samples it stands for: size of its stratum over the number drawn from it."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw gave."""

    drawn: tuple[Drawn, ...]
    """In the order in which the strata were filled: each beginning of it is spread over them as evenly as can be."""
    next: tuple[Candidate, ...]
    """Those that would have been drawn next."""
    strata: dict[str, tuple[int, int]]
    """By stratum: samples there, samples drawn."""
    depth: int
    """How many of the groups strata are by."""
    needed: tuple[int, ...]
    """How many items it takes to stratify by the first group, by the first two, and so on."""


def draw(candidates: Sequence[Candidate], n: int, seed: int, *, further: int = 0) -> Draw:
    """Draw `n` samples, or all where there are fewer.

    Of the groups as many are used as leave `PER_STRATUM` items to a stratum on average, so that every stratum has at
    least one and the weights add up to the number of candidates.

    Args:
        n: at least 1.
        further: how many are to be told of those that would have been next.
    """
    n = min(n, len(candidates))
    needed = _needed(candidates)
    depth = sum(each <= n for each in needed)
    strata = {each: " · ".join(each.groups[:depth]) or "all" for each in candidates}
    members: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        members.setdefault(strata[candidate], []).append(candidate)
    for of_stratum in members.values():
        of_stratum.sort(key=lambda each: (lot(each.sample, seed), each.run))
    sizes = {stratum: len(members[stratum]) for stratum in sorted(members)}
    order = [members[stratum][place] for stratum, place in _filled(sizes, n + further)]
    counts = allocate(sizes, n)
    return Draw(
        drawn=tuple(
            Drawn(each, strata[each], sizes[strata[each]] / counts[strata[each]]) for each in order[:n]
        ),
        next=tuple(order[n:]),
        strata={stratum: (size, counts[stratum]) for stratum, size in sizes.items()},
        depth=depth,
        needed=needed,
    )


def allocate(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """How many of `n` items each stratum gets: one, then in proportion to its size, never more than it has.

    Where there are fewer items than strata, the largest get one.

    >>> allocate({"a": 70, "b": 25, "c": 5}, 10)
    {'a': 7, 'b': 2, 'c': 1}
    """
    counts = dict.fromkeys(sizes, 0)
    for stratum, _ in _filled(sizes, n):
        counts[stratum] += 1
    return counts


def _filled(sizes: Mapping[str, int], n: int) -> list[tuple[str, int]]:
    """Strata in the order in which they get items, each with how many it had: first one each, then always that with
    the largest size / (2 k + 1), k being how many it has."""
    first = sorted((-size, stratum) for stratum, size in sizes.items() if size > 0)
    order = [(stratum, 0) for _, stratum in first]
    waiting = [(-sizes[stratum] / 3, stratum, 1) for _, stratum in first if sizes[stratum] > 1]
    heapq.heapify(waiting)
    while waiting and len(order) < n:
        _, stratum, has = heapq.heappop(waiting)
        order.append((stratum, has))
        if has + 1 < sizes[stratum]:
            heapq.heappush(waiting, (-sizes[stratum] / (2 * has + 3), stratum, has + 1))
    return order[:n]


def _needed(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """`Draw.needed`: never less for one group more."""
    most = max((len(candidate.groups) for candidate in candidates), default=0)
    return tuple(
        PER_STRATUM * len({each.groups[:depth] for each in candidates}) for depth in range(1, most + 1)
    )
