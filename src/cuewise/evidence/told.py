"""What is told of a clip in words, before it gets an id."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeGuard

from cuewise.records import SpokenWord

LATEST_S: Final = 1e6
"""Seconds; no clip is longer."""


class Told(NamedTuple):
    """A text about a stretch of a clip, from the dataset or from an agent."""

    start_s: float
    end_s: float
    text: str
    words: tuple[SpokenWord, ...] = ()
    """For words spoken whose times are known."""


def is_time(value: object) -> TypeGuard[float]:
    """Whether a JSON value is a time in seconds from the start of a clip; true and "1" are not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST_S
