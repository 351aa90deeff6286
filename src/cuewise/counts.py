"""Numbers with their nouns."""

from __future__ import annotations


def how_many(number: int, noun: str) -> str:
    """A count in words: the noun in its plural unless there is one.

    >>> how_many(1, "call"), how_many(0, "sample"), how_many(1200, "try"), how_many(2, "batch")
    ('1 call', '0 samples', '1,200 tries', '2 batches')
    """
    return f"{number:,} {noun if number == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("ch") else f"{noun}s"
