"""Where words go in a figure: how wide they are, how they wrap, and how they keep clear of one another."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]


def width_of(text: str, size: float = 11.0) -> float:
    """About how wide a text is in a sans serif typeface, pixels, rather too wide than too narrow."""
    ems = 0.0
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WF":
            ems += 1.0
        elif letter in "iljtfI.,:;'|!()[] -–":
            ems += 0.36
        elif letter.isupper() or letter in "mwMW@%":
            ems += 0.74
        else:
            ems += 0.6
    return ems * size


def cut(text: str, width: float, size: float = 11.0) -> str:
    """The text, or as much of it as has room with an ellipsis.

    >>> cut("short", 100), cut("a name of far too many letters", 60)
    ('short', 'a name of…')
    """
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, size: float = 11.0, lines: int = 3) -> tuple[str, ...]:
    """The text over several lines at its spaces, hyphens and slashes; the last is cut where they do not hold it."""
    pieces: list[str] = []
    word = ""
    for letter in text:
        word += letter
        if letter in " -/_":
            pieces.append(word)
            word = ""
    made = [""]
    for piece in [*pieces, word]:
        if made[-1] and width_of((made[-1] + piece).rstrip(), size) > width:
            made.append("")
        made[-1] += piece
    if len(made) > lines:
        made = [*made[: lines - 1], "".join(made[lines - 1 :])]
    return tuple(cut(line.strip(), width, size) for line in made)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as can be to those wanted, at least `gap` apart and between `low` and `high`.

    Neighbours that are too near are joined to a block that stands at the mean of what its members want
    (pool adjacent violators). Where all of them do not fit, they share the room evenly.

    >>> spread([10.0, 12.0, 40.0], 10.0, 0.0, 100.0)
    [6.0, 16.0, 40.0]
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    blocks: list[tuple[float, int]] = []  # sum of what members want of the first place, and how many they are
    for place, at in enumerate(order):
        blocks.append((min(max(wanted[at], low), high) - place * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = blocks[-1][0] + total, blocks[-1][1] + count
    first = [total / count for total, count in blocks for _ in range(count)]
    most = high - gap * (len(wanted) - 1)
    places = [0.0] * len(wanted)
    for place, at in enumerate(order):
        places[at] = round(min(max(first[place], low), most) + place * gap, 1)
    return places


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the figure, pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they share any room."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a point's label goes."""

    x: float
    y: float
    anchor: Anchor


_SIDES: tuple[tuple[Anchor, int, int], ...] = (
    ("start", 1, 0),
    ("end", -1, 0),
    ("middle", 0, -1),
    ("middle", 0, 1),
    ("start", 1, -1),
    ("start", 1, 1),
    ("end", -1, -1),
    ("end", -1, 1),
)
"""Where a label may stand about its point, the best first: anchor, and where to, by x and y."""


def place_labels(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    room: Box,
    *,
    taken: Sequence[Box] = (),
    size: float = 11.0,
    radius: float = 5.0,
) -> list[Placed | None]:
    """A place for each point's label that meets no point, no other label and nothing taken; None where there is none.

    Greedy: points that have the fewest others about them come last, since they have the most choice.
    """
    dots = [Box(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    about = [sum(abs(x - u) < 60 and abs(y - v) < 24 for u, v in points) for x, y in points]
    used = list(taken)
    found: list[Placed | None] = [None] * len(points)
    for at in sorted(range(len(points)), key=lambda at: (-about[at], at)):
        others = [dot for place, dot in enumerate(dots) if place != at]
        for anchor, across, down in _SIDES:
            x, y = points[at]
            far = radius + 3
            slanted = across and down
            spot = Placed(
                round(x + across * far * (0.6 if slanted else 1), 1),
                round(y + down * (far + size / 2) * (0.8 if slanted else 1), 1),
                anchor,
            )
            box = box_of(texts[at], spot, size)
            inside = box.left >= room.left and box.right <= room.right
            inside = inside and box.top >= room.top and box.bottom <= room.bottom
            if inside and not any(box.meets(other) for other in (*used, *others)):
                used.append(box)
                found[at] = spot
                break
    return found


def box_of(text: str, spot: Placed, size: float = 11.0) -> Box:
    """What a label covers."""
    width = width_of(text, size)
    left = spot.x - {"start": 0.0, "middle": width / 2, "end": width}[spot.anchor]
    return Box(left, spot.y - size * 0.6, left + width, spot.y + size * 0.6)
