"""Statistics as they stand in sentences, and as values of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cuewise.analysis.clustered import Estimated
from cuewise.reports.blocks import Value, Words
from cuewise.reports.formats import decimal, hundredths, signed
from cuewise.reports.words.phrases import kept_together

TOO_FEW: Final = "cannot be told from so few source videos"
"""Ends what is said where no interval can be given."""


def value_of(found: Estimated | None, mark: str = "") -> Value:
    """An estimate as a block's value."""
    return Value(None) if found is None else Value(found.value, found.low, found.high, found.count, mark)


UNCORRECTED: Final = "Intervals are not corrected, so one may leave 0 out where nothing is claimed."
"""Under differences whose p-values or marks are corrected for the number of tests."""


def words(sentences: Iterable[str]) -> Words:
    """Paragraphs in which no line breaks between a number and its percent sign."""
    return Words(tuple(kept_together(sentence) for sentence in sentences if sentence))


def percent(found: Estimated) -> str:
    """`12.3 % (95 % interval 10.0 to 15.1)`."""
    return f"{decimal(found.value)} % ({_interval(found, decimal)})"


def percent_inside(found: Estimated) -> str:
    """The same to stand in brackets: `12.3 %, 95 % interval 10.0 to 15.1`."""
    return f"{decimal(found.value)} %, {_interval(found, decimal)}"


def points(found: Estimated) -> str:
    """`+3.2 points (95 % interval +1.0 to +5.4)`."""
    return f"{signed(found.value)} points ({_interval(found, signed)})"


def points_inside(found: Estimated) -> str:
    """The same to stand in brackets: `+3.2 points, 95 % interval +1.0 to +5.4`."""
    return f"{signed(found.value)} points, {_interval(found, signed)}"


def ratio(found: Estimated) -> str:
    """`0.33 (95 % interval 0.20 to 0.45)`."""
    return f"{hundredths(found.value)} ({_interval(found, hundredths)})"


def _interval(found: Estimated, written: Callable[[float | None], str]) -> str:
    return (
        "no interval" if found.low is None else f"95 % interval {written(found.low)} to {written(found.high)}"
    )


def some_of(number: int, whole: int) -> str:
    """How many of several, to stand before a noun.

    >>> some_of(0, 4), some_of(2, 4), some_of(4, 4)
    ('none of 4', '2 of 4', 'all 4')
    """
    return (
        f"none of {whole:,}"
        if not number
        else f"all {whole:,}"
        if number == whole
        else f"{number:,} of {whole:,}"
    )


def plural(number: int, one: str, several: str = "") -> str:
    """`1 task`, `3 tasks`.

    >>> plural(1, "task"), plural(3, "task"), plural(1300, "of them", "of them")
    ('1 task', '3 tasks', '1,300 of them')
    """
    return f"{number:,} {one if number == 1 else several or one + 's'}"
