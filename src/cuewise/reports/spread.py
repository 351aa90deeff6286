"""Choosing some of many so that every kind is among them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import zip_longest


def spread_order(groups: Sequence[Hashable]) -> list[int]:
    """All positions, in an order of which every beginning is an even spread.

    Groups take turns, and within a group the positions taken first lie far apart (bit-reversed order), so a
    rare group is complete before a common one is thinned.

    Args:
        groups: (n,) the group of each position.

    >>> spread_order(["a", "a", "a", "a", "b"])
    [0, 4, 2, 1, 3]
    """
    members: dict[Hashable, list[int]] = {}
    for position, group in enumerate(groups):
        members.setdefault(group, []).append(position)
    return take_turns([_far_apart(positions) for positions in members.values()])


def take_turns(lists: Sequence[Sequence[int]]) -> list[int]:
    """The first of each list, then the second of each, and so on.

    >>> take_turns([[1, 2, 3], [4]])
    [1, 4, 2, 3]
    """
    return [one for turn in zip_longest(*lists) for one in turn if one is not None]


def _far_apart(positions: list[int]) -> list[int]:
    bits = max(1, (len(positions) - 1).bit_length())
    ranks = sorted(range(len(positions)), key=lambda rank: int(f"{rank:0{bits}b}"[::-1], 2))
    return [positions[rank] for rank in ranks]
