"""What is wrong with one entry of a dataset, told without letting the entry speak to the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Problem:
    """Something that keeps an entry, or part of one, from being used. The other entries are unharmed."""

    where: str
    """File, relative to the dataset, with entry number or line, and the clip's id where it is known."""
    what: str
    """What is wrong."""
    hint: str
    """What to do about it."""
    note: bool = False
    """Whether nothing is lost by it, so that it is something to know rather than to mend."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.hint}"


def count_problems(problems: Iterable[Problem]) -> int:
    """How many of them cost something; the others are notes."""
    return sum(not problem.note for problem in problems)


def printable(value: object, limit: int = 80) -> str:
    """Foreign text made safe for messages: control characters escaped, at most `limit` characters kept.

    A path is kept whole, as its end tells the most.

    >>> printable("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    text = str(value)
    if isinstance(value, PurePath):
        limit = len(text)
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode("ascii")
        for sign in text[:limit]
    )
    return shown + "…" if len(text) > limit else shown
