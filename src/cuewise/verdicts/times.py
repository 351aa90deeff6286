"""Reads the times that a sentence gives: "at 1.2 s", "from 0.5 to 2 seconds", "at 0:02"."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"(\d{1,4}(?:[.,]\d{1,3})?)"
_SECONDS: Final = r"[\s-]?(?:s|secs?|seconds?|秒)\b"
_SPAN: Final = re.compile(
    rf"\b{_NUMBER}(?:{_SECONDS})?\s*(?:-|–|—|to|and|until|through|till)\s*{_NUMBER}{_SECONDS}(?!\s+(?:long|pause))",
    re.IGNORECASE,
)
_INSTANT: Final = re.compile(
    rf"(?:\b(?:at|around|about|near|by|from|after|in|t\s?=)\s+(?:\w+\s+){{0,2}}?|[(@~≈]\s*){_NUMBER}{_SECONDS}"
    rf"|\b{_NUMBER}[\s-]?(?:s|secs?|seconds?)[\s-]mark\b",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(rf"\d(?:{_SECONDS})?\s*(?:-|–|—|to|and|until|through|till)\s*\d", re.IGNORECASE)
"""What every span has, as the next every span and instant; looking for them first is much quicker."""
_IN_SECONDS: Final = re.compile(r"\d[\s-]?[s秒]", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?:\.(\d{1,3}))?(?![\d:])")


def find_times(text: str) -> tuple[tuple[int, float, float], ...]:
    """(position, start, end) in order of position; seconds from the start of the clip, start = end for an instant.

    A length ("for 2 seconds", "a 0.5 s pause") is not a time.
    """
    found: list[tuple[int, float, float]] = []
    taken: list[tuple[int, int]] = []
    seconds = _IN_SECONDS.search(text) is not None
    for match in _SPAN.finditer(text) if seconds and _BETWEEN.search(text) else ():
        start_s, end_s = _value(match[1]), _value(match[2])
        if start_s <= end_s:
            found.append((match.start(), start_s, end_s))
            taken.append(match.span())
    for match in _INSTANT.finditer(text) if seconds else ():
        if all(match.end() <= start or match.start() >= end for start, end in taken):
            time_s = _value(match[1] or match[2])
            found.append((match.start(), time_s, time_s))
    for match in _CLOCK.finditer(text) if ":" in text else ():
        time_s = 60 * int(match[1]) + _value(f"{match[2]}.{match[3] or 0}")
        found.append((match.start(), time_s, time_s))
    return tuple(sorted(found))


def _value(number: str) -> float:
    return float(number.replace(",", "."))
