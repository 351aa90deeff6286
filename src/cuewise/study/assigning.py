"""Who rates which items, and in which order. All of it follows from the seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

Clips = Callable[[str], str]
"""Gives the clip of an item, by the item's id."""


def assign(items: Sequence[str], raters: Sequence[str], overlap: int, seed: int) -> dict[str, list[str]]:
    """Give each item to `overlap` raters, in balance.

    Raters get as many items as each other, but for one at most; of those with the fewest the ones are taken who have
    shared the fewest items so far, so that all pairs of raters share about as many. Items that stand together are
    spread over the raters: sorted by stratum, all raters get about as many of each.

    Args:
        items: ids; those of a stratum one after the other.
        raters: names, each once.
        overlap: 1 to the number of raters.

    Returns:
        Items by rater, in the order of `items`.
    """
    given: dict[str, list[str]] = {rater: [] for rater in raters}
    shared: Counter[frozenset[str]] = Counter()
    for item in items:
        chosen: list[str] = []
        for _ in range(overlap):
            chosen.append(
                min(
                    (rater for rater in raters if rater not in chosen),
                    key=lambda rater: (
                        len(given[rater]),
                        sum(shared[frozenset((rater, other))] for other in chosen),
                        by_lot(seed, item, rater),
                    ),
                )
            )
        for place, rater in enumerate(chosen):
            given[rater].append(item)
            shared.update(frozenset((rater, other)) for other in chosen[:place])
    return given


def in_order(items: Sequence[str], rater: str, seed: int, clip: Clips) -> list[str]:
    """The items of one rater, shuffled, and none next to another on the same clip where that can be."""
    order = sorted(items, key=lambda item: by_lot(seed, rater, item))
    for place in range(1, len(order)):
        if clip(order[place]) != clip(order[place - 1]):
            continue
        later = range(place + 1, len(order))
        other = next((at for at in later if clip(order[at]) != clip(order[place - 1])), None)
        if other is not None:
            order[place], order[other] = order[other], order[place]
        else:
            # All that are left are on this clip, so that each has to find a place among those before.
            item = order.pop(place)
            order.insert(_room(order, item, place, clip, lowest=0), item)
    return order


def put_in(order: Sequence[str], checks: Mapping[str, float], clip: Clips) -> list[str]:
    """The items of one rater with his or her attention items among them, none of them first.

    Args:
        order: at least one item.
        checks: by attention item, where it is to stand, as a share of the way, 0..1. It stands as near to that as can
            be, where neither neighbour is on the same clip.
    """
    whole = list(order)
    for item, share in sorted(checks.items(), key=lambda check: check[1]):
        whole.insert(_room(whole, item, round(share * len(whole)), clip, lowest=1), item)
    return whole


def by_lot(seed: int, *parts: str) -> bytes:
    """A place in an order that nothing but the seed decides."""
    return hashlib.sha256("/".join((str(seed), *parts)).encode()).digest()


def _room(order: Sequence[str], item: str, wanted: int, clip: Clips, *, lowest: int) -> int:
    """Where an item is best put in: as near to `wanted` as can be, from `lowest` on; without any room, at `wanted`."""

    def fits(place: int) -> bool:
        return all(clip(other) != clip(item) for other in order[max(0, place - 1) : place + 1])

    wanted = min(max(lowest, wanted), len(order))
    places = sorted(range(lowest, len(order) + 1), key=lambda place: (abs(place - wanted), place))
    return next((place for place in places if fits(place)), wanted)
