"""The words of claims, read from `claims.toml`: what may be spoken of, and what may be said of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

Reading = tuple[str, str]
"""(channel, value) of `cues.toml`."""

IGNORED: Final = "ignored"


@dataclass(frozen=True)
class Match:
    """An entry of the lexicon found in a text."""

    start: int
    end: int
    kind: str
    """Kind of subject: the name of the subject, or of the subject that a state belongs to."""
    readings: tuple[Reading, ...] = ()
    """What it states; more than one where the wording can be meant either way."""

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class _Entry:
    pattern: re.Pattern[str]
    kind: str
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    """Compiled entries."""

    subjects: tuple[_Entry, ...]
    states: tuple[_Entry, ...]
    expressions: tuple[_Entry, ...]

    def find_subjects(self, text: str) -> tuple[Match, ...]:
        """Subjects in order of appearance, none overlapping."""
        return _disjoint(_found(self.subjects, text))

    def find_expressions(self, text: str) -> tuple[Match, ...]:
        """Self-contained wordings and ignored ones, in order, none overlapping."""
        return _disjoint(_found(self.expressions, text))

    def find_states(self, text: str, kinds: Collection[str]) -> tuple[Match, ...]:
        """States of some kinds of subject, in order; those of one kind do not overlap, others may."""
        found = tuple(_found((entry for entry in self.states if entry.kind in kinds), text))
        kept = [match for kind in kinds for match in _disjoint(m for m in found if m.kind == kind)]
        return tuple(sorted(kept, key=lambda match: match.start))


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of `claims.toml`."""
    table = tomllib.loads(files("cuewise.verdicts").joinpath("claims.toml").read_text(encoding="utf-8"))
    expressions = [
        _Entry(_compile(patterns), "", _readings(key, "")) for key, patterns in table["expressions"].items()
    ]
    return Lexicon(
        subjects=tuple(_Entry(_compile(words), kind) for kind, words in table["subjects"].items()),
        states=tuple(
            _Entry(_compile(patterns), kind, _readings(key, kind))
            for kind, values in table["states"].items()
            for key, patterns in values.items()
        ),
        expressions=(*expressions, _Entry(_compile(table["ignore"]["patterns"]), IGNORED)),
    )


def _readings(key: str, kind: str) -> tuple[Reading, ...]:
    """`value` of the channel `kind`, or `channel.value`, or several of these with `|` between."""
    readings = []
    for part in key.split("|"):
        channel, _, value = part.rpartition(".")
        readings.append((channel or kind, value))
    return tuple(readings)


def _compile(patterns: Iterable[str]) -> re.Pattern[str]:
    # Longer patterns first: an alternation takes the first that fits, not the longest.
    ordered = sorted(patterns, key=len, reverse=True)
    joined = (
        "|".join(f"(?:{pattern})" for pattern in ordered).replace(" ?", "[\\s-]?").replace(" ", "[\\s-]+")
    )
    return re.compile(rf"(?<![\w'’])(?:{joined})(?![\w])", re.IGNORECASE)


def _found(entries: Iterable[_Entry], text: str) -> Iterator[Match]:
    for entry in entries:
        for match in entry.pattern.finditer(text):
            yield Match(match.start(), match.end(), entry.kind, entry.readings)


def _disjoint(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Of overlapping matches the longest, then the first."""
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: (-match.length, match.start)):
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return tuple(sorted(kept, key=lambda match: match.start))
