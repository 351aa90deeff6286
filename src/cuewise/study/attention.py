"""Items that tell an attentive rater from one who clicks through.

Nothing of a clip is certain before people have rated it, so no made-up error about the clip is planted. Two things are
certain without: what a step asks for in so many words (an instructed response item: Meade and Craig, Psychological
Methods 17, 2012), and that the same item shown twice should be rated alike (test-retest, intra-rater agreement).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cuewise.study.assigning import by_lot
from cuewise.study.records import Expected, Item

INSTRUCTIONS: Final = {
    False: "This step is here to see whether every step is read. Please rate it as wrong.",
    True: "This step is here to see whether every step is read. Please rate it as right.",
}
"""By what must be said of it; both are used in turn, so that who always clicks one of them fails one of two."""
SHARE: Final = 0.05
"""Of a rater's items, by default."""
FROM: Final = 20
"""Fewer items of a rater go without, by default."""
FEWEST_INSTRUCTED: Final = 2
"""Of a rater's attention items in a study of steps these come first: one that asks for `right`, one for `wrong`."""
FEWEST: Final = FEWEST_INSTRUCTED + 1
"""By default, so that something is repeated, too."""
APART: Final = 3
"""A rater sees the repeat of an item from the first third of the way in the last third."""


def how_many_checks(items: int) -> int:
    """Attention items for a rater of so many items, where it is not said: 5 %, at least 3; none under 20 items.

    >>> [how_many_checks(items) for items in (19, 20, 80, 200)]
    [0, 3, 4, 10]
    """
    return 0 if items < FROM else max(FEWEST, round(SHARE * items))


def how_many_repeats(checks: int) -> int:
    """Repeats among so many attention items in a study of steps: half, once there are two instructed items.

    >>> [how_many_repeats(checks) for checks in (1, 2, 3, 4, 5, 10)]
    [0, 0, 1, 2, 2, 5]
    """
    return max(0, min(checks // 2, checks - FEWEST_INSTRUCTED))


def most_repeats(items: int) -> int:
    """How many of so many items a rater can see again."""
    return items // APART


def asks_for_right(number: int, seed: int) -> bool:
    """What the instructed item of a number asks for: in turn, by lot first the one or the other."""
    return (number + by_lot(seed, "instructed")[0]) % 2 == 1


def plant(item: Item, *, right: bool, seed: int) -> Item:
    """The item with one of its rated steps replaced by an instruction; no judge saw it, and it has no verdicts."""
    place = min(item.rated, key=lambda index: by_lot(seed, "plant", item.sample.id, str(index)))
    planted = [
        step.model_copy(update={"text": INSTRUCTIONS[right]}) if step.index == place else step
        for step in item.steps
    ]
    asked = "right" if right else "wrong"
    expected = Expected(steps={place: right}, why=f"step {place} asks to be rated {asked}")
    return item.model_copy(update={"steps": tuple(planted), "judged": None, "expected": expected})


def instructed_places(n: int) -> list[float]:
    """Where `n` instructed items stand, as shares of a rater's way: evenly, neither at the start nor at the end.

    >>> instructed_places(2)
    [0.25, 0.75]
    """
    return [(number + 0.5) / n for number in range(n)]


def to_repeat(order: Sequence[str], n: int, seed: int) -> list[str]:
    """Which items a rater sees again: of the first third of the way, by a lot that is the same for all raters."""
    first = order[: most_repeats(len(order))]
    return sorted(first, key=lambda item: by_lot(seed, "repeat", item))[:n]


def repeat_places(n: int) -> Iterable[float]:
    """Where `n` repeats stand: evenly over the last third."""
    return [1 - (number + 0.5) / (n * APART) for number in range(n)]
