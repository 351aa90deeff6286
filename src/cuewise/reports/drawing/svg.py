"""What an SVG figure consists of: strokes and words, placed. The template writes them, and escapes every word.

Classes are named here and in `blocks.css` alone; no text from outside ever becomes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cuewise.reports.drawing.labels import Anchor
from cuewise.reports.numbers import known

WIDE: Final = 720.0
NARROW: Final = 336.0
"""Every figure is laid out at two widths, pixels; the style sheet shows the one that fits."""

SIZE: Final = 11.5
"""Of letters, pixels."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line or a shape."""

    path: str
    """SVG path data."""
    look: str
    """Classes."""
    title: str = ""
    """What a pointer resting on it is told."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A line of text, centred on `y`."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    look: str = ""
    title: str = ""
    """The text in full, where it is cut."""
    turn: int = 0
    """Degrees about its place."""


Mark = Stroke | Letters


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure at one width."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    numbered: bool = False
    """Whether numbers stand for names, so that it needs its key."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A line of a figure's key."""

    name: str
    look: str
    """Classes of its sign."""
    sign: str
    """SVG path of the point's shape about (0, 0); empty for none."""
    number: int | None = None
    """What stands for the name in the figure."""


_ROUND = "M-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z"
_SHAPES: Final = ("round", "square", "diamond", "triangle")


def colour_class(colour: int) -> str:
    """The class of a model's colour, whatever number a block holds."""
    return f"c{colour % 8}"


def shapes(colours: Iterable[int]) -> list[int]:
    """A shape per series: neighbours differ, and so do two of one colour."""
    seen: dict[int, int] = {}
    chosen = []
    for colour in colours:
        times = seen.get(colour, 0)
        chosen.append((colour + times) % len(_SHAPES))
        seen[colour] = times + 1
    return chosen


def sign(shape: int, radius: float = 4.0) -> str:
    """A point's outline about (0, 0); all shapes cover about the same area."""
    r = radius
    match _SHAPES[shape % len(_SHAPES)]:
        case "round":
            return _ROUND.format(r=pixels(r), d=pixels(2 * r))
        case "square":
            s = pixels(r * 0.88)
            return f"M-{s} -{s}H{s}V{s}H-{s}z"
        case "diamond":
            s = pixels(r * 1.25)
            return f"M0 -{s}L{s} 0L0 {s}L-{s} 0z"
        case _:
            s, down = pixels(r * 1.2), pixels(r * 0.96)
            return f"M0 -{s}L{s} {down}H-{s}z"


def moved(path: str, x: float, y: float) -> str:
    """A sign at a place: its first move goes there, and whatever is absolute in it is shifted."""
    out = []
    for command, numbers in _commands(path):
        if command.islower():
            shifted = numbers
        elif command == "H":
            shifted = [one + x for one in numbers]
        elif command == "V":
            shifted = [one + y for one in numbers]
        else:
            shifted = [one + (y if at % 2 else x) for at, one in enumerate(numbers)]
        out.append(command + " ".join(pixels(one) for one in shifted))
    return "".join(out)


def _commands(path: str) -> list[tuple[str, list[float]]]:
    found: list[tuple[str, list[float]]] = []
    word = ""
    for letter in path + " ":
        if letter.isdigit() or letter in ".-":
            word += letter
            continue
        if word:
            found[-1][1].append(float(word))
            word = ""
        if letter.isalpha():
            found.append((letter, []))
    return found


def pixels(value: float) -> str:
    """To a tenth of a pixel, as short as can be.

    >>> pixels(12.0), pixels(3.14159), pixels(-0.04)
    ('12', '3.1', '0')
    """
    return f"{round(value, 1) + 0.0:g}"


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """Path of a straight line."""
    return f"M{pixels(x1)} {pixels(y1)}L{pixels(x2)} {pixels(y2)}"


def box(x: float, y: float, width: float, height: float) -> str:
    """Path of a rectangle."""
    return f"M{pixels(x)} {pixels(y)}h{pixels(width)}v{pixels(height)}h{pixels(-width)}z"


def whisker(low: float, high: float, at: float, *, upright: bool, end: float = 3.0) -> str:
    """Path of an interval with its ends."""
    if upright:
        ends = "".join(f"M{pixels(at - end)} {pixels(y)}h{pixels(2 * end)}" for y in (low, high))
        return f"M{pixels(at)} {pixels(low)}V{pixels(high)}{ends}"
    ends = "".join(f"M{pixels(x)} {pixels(at - end)}v{pixels(2 * end)}" for x in (low, high))
    return f"M{pixels(low)} {pixels(at)}H{pixels(high)}{ends}"


def polyline(points: Iterable[tuple[float, float] | None]) -> str:
    """Path through points, broken where one is missing."""
    path, pen_down = "", False
    for point in points:
        if point is None:
            pen_down = False
            continue
        path += f"{'L' if pen_down else 'M'}{pixels(point[0])} {pixels(point[1])}"
        pen_down = True
    return path


def finite(values: Iterable[float | None]) -> list[float]:
    """The numbers that can be drawn."""
    return [value for value in values if known(value) is not None and value is not None]
