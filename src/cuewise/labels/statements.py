"""Where an answer commits itself, and to which candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from cuewise.labels.concepts import tokens
from cuewise.labels.denials import is_denied
from cuewise.labels.names import Mention, find_mentions, flat
from cuewise.labels.wordings import (
    ASIDE,
    CORRECTION,
    FINAL,
    IS_THE_ANSWER,
    MINOR,
    NEW_CLAUSE,
    NO_VALUE,
    NOT_ONLY,
    OPENING_ASIDE,
    OPTIONS,
    QUOTED,
    SECONDARY,
    STATED,
    SUMMED_UP,
)
from cuewise.prose import Unit, read_units
from cuewise.records import LabelMeans

# "the person is X": words beside the labels that do not make a statement a reason.
_SPARE_WORDS: Final = 3

# A label on a line of its own.
_ITEM_CHARS: Final = 30
_PUNCTUATION: Final = re.compile(r"[.:!?,;。：！？，；]")


class Firmness(IntEnum):
    """How firmly a sentence gives the answer."""

    MENTIONED = 0
    """Not at all: it only names something."""
    SUMMED_UP = 1
    """ "Therefore, ... X"."""
    STATED = 2
    """ "The emotion is X", "Emotion: X"."""
    FINAL = 3
    """ "Final answer: X" and its kin, or a statement after words that take an answer back."""


@dataclass(frozen=True)
class Statement:
    """What one sentence says of the answer."""

    index: int
    """Position among the units that were searched."""
    firmness: Firmness
    mentions: tuple[Mention, ...]
    """Candidates, and concepts that are none, named where the sentence gives its value."""
    bare: bool
    """Whether it holds next to nothing but the labels."""
    value: str = ""
    """What is stated."""
    corrected: bool = False
    """Whether it comes after words that take an earlier answer back."""
    secondary: bool = False
    """Whether it is worded as something beside the answer: "secondary emotion: X"."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The candidates that are named, in order; all that are meant by a word for several."""
        return tuple(dict.fromkeys(label for mention in self.mentions for label in mention.form.labels))

    @property
    def explicit(self) -> bool:
        """Whether it is worded as a statement of the answer, not merely a sentence with a label."""
        return self.firmness > Firmness.MENTIONED

    @property
    def weight(self) -> tuple[int, int]:
        """Statements of greater weight go before others: firmer ones, then later ones.

        A mere mention by a candidate's own words goes before one by a synonym, and both before an explicit
        statement that names nothing. A statement of something that is no candidate weighs as much as one
        of a candidate if it is clear that it is one.
        """
        if self.secondary:
            weight = 1 if self.labels else 0
        elif self.explicit and (self.labels or self._is_other_answer()):
            weight = 5 if self.corrected or self.firmness == Firmness.FINAL else 4
        elif self.labels or self.bare:
            own = any(m.form.means in {LabelMeans.SPELLED, LabelMeans.INFLECTED} for m in self.mentions)
            weight = 3 if (own and self.labels) or (self.bare and self.mentions) else 2 if self.labels else 0
        else:
            weight = 0
        return weight, self.index

    def _is_other_answer(self) -> bool:
        firm = self.bare if self.firmness == Firmness.STATED else self.firmness == Firmness.FINAL
        return bool(self.mentions) and firm


def read_statements(units: Sequence[str], label_set: Sequence[str]) -> tuple[Statement, ...]:
    """What each sentence says of the answer, in order; sentences that say nothing of it are left out."""
    statements: list[Statement] = []
    corrected = False
    for index, unit in enumerate(map(flat, units)):
        corrected = corrected or bool(CORRECTION.search(unit))
        firmness, value, mentions = _read_unit(unit, label_set)
        if not mentions and not firmness:
            continue
        statement = Statement(
            index=index,
            firmness=firmness,
            mentions=mentions,
            bare=_is_bare(value, mentions, spare=_SPARE_WORDS if firmness else 0),
            value=value,
            corrected=corrected and firmness > Firmness.MENTIONED,
            secondary=bool(SECONDARY.match(unit)) and firmness < Firmness.FINAL,
        )
        corrected = corrected and not (mentions and firmness == Firmness.FINAL)
        statements.append(statement)
    return tuple(statements)


def find_final_statement(units: Sequence[str], label_set: Sequence[str]) -> Statement | None:
    """Where a sequence of sentences states its answer; None where none of them does or names a candidate.

    In order of preference, the last of each: "Final answer: X" and its kin, or "the emotion is X" after words
    that take an answer back ("Let me reconsider"); "the emotion is X", "Emotion: X", "Therefore ... X"; any
    sentence that names a candidate by its own words, by a synonym; an explicit statement without one.
    """
    statements = [entry for entry in read_statements(units, label_set) if entry.labels or entry.explicit]
    return max(statements, key=lambda entry: entry.weight, default=None)


def _is_bare(value: str, mentions: Sequence[Mention], spare: int) -> bool:
    named = sum(len(tokens(value[mention.start : mention.end])) for mention in mentions)
    return len(tokens(value)) <= named + spare


def _read_unit(unit: str, label_set: Sequence[str]) -> tuple[Firmness, str, tuple[Mention, ...]]:
    """How firmly a sentence states an answer, its value, what is named in it.

    A question ("What is the emotion?") and a list of options state nothing. Of several statements in a sentence
    the last that names a candidate counts, else the last that names anything.
    """
    if unit.rstrip().endswith(("?", "？")):
        return Firmness.MENTIONED, "", ()
    listing = bool(OPTIONS.match(unit))
    read: list[tuple[Firmness, str, tuple[Mention, ...]]] = []
    for firmness, pattern in _PATTERNS:
        if listing and firmness < Firmness.FINAL:
            return Firmness.MENTIONED, "", ()
        values = _values(unit, pattern, any_later=firmness == Firmness.FINAL)
        read += [(firmness, value, _mentions_of_clause(value, label_set, firmness)) for value in values]
    for wanted in (_names_candidate, bool):
        for firmness, value, mentions in read:
            if wanted(mentions):
                return firmness, value, mentions
    if predicate := _named_as_answer(unit, label_set):
        return Firmness.STATED, *predicate
    if read:
        return read[0]
    value = OPENING_ASIDE.sub("", unit)
    return Firmness.MENTIONED, value, _mentions_of_clause(value, label_set, Firmness.MENTIONED)


def _named_as_answer(unit: str, label_set: Sequence[str]) -> tuple[str, tuple[Mention, ...]] | None:
    """The value, and what it names, of "X is the dominant emotion"."""
    for mention in find_mentions(unit, label_set):
        match = IS_THE_ANSWER.match(unit, mention.end)
        if match and not MINOR.search(match["noun"]):
            value = unit[mention.start : mention.end]
            return value, (replace(mention, start=0, end=len(value)),)
    return None


_PATTERNS: Final = ((Firmness.FINAL, FINAL), (Firmness.STATED, STATED), (Firmness.SUMMED_UP, SUMMED_UP))


def _names_candidate(mentions: Sequence[Mention]) -> bool:
    return any(mention.form.labels for mention in mentions)


def _values(unit: str, pattern: re.Pattern[str], *, any_later: bool) -> list[str]:
    """What the statements in a sentence give as value, the last first.

    A statement further on supersedes the first only after a semicolon, unless `any_later`; denied ones
    ("unlikely that the emotion is") are left out.
    """
    stated: list[re.Match[str]] = []
    for match in pattern.finditer(unit):
        at = match.end()
        if (
            stated
            and not any_later
            and not NEW_CLAUSE.search(unit, max(0, match.start() - 20), match.start())
        ):
            continue
        if not is_denied(unit, at) and not NO_VALUE.match(unit, at):
            stated.append(match)
    ends = [*(match.start() for match in stated[1:]), len(unit)]
    values = [unit[match.end() : end] for match, end in zip(stated, ends, strict=False)]
    return [quoted[1] if (quoted := QUOTED.match(value)) else value for value in reversed(values)]


def _mentions_of_clause(clause: str, label_set: Sequence[str], firmness: Firmness) -> tuple[Mention, ...]:
    """What a clause names: its main part where that names something, else all of it.

    Words that mostly mean something else count only where an answer is stated or the clause is a mere label.
    """
    aside = ASIDE.search(clause)
    if aside and NOT_ONLY.search(clause, 0, aside.start()):
        aside = None
    for part in (clause[: aside.start()], clause) if aside else (clause,):
        mentions = find_mentions(part, label_set)
        if firmness < Firmness.STATED and not _is_bare(part, mentions, spare=_SPARE_WORDS):
            mentions = tuple(mention for mention in mentions if not mention.form.stated)
        if _names_candidate(mentions) or (firmness >= Firmness.STATED and mentions):
            return mentions
    return mentions


def read_final_labels(text: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that an answer settles on; empty where it names none.

    >>> read_final_labels("Fear is possible. Final answer: **astonishment**", ["fear", "surprise"])
    ('surprise',)
    """
    statement = find_final_statement(answer_units(text), label_set)
    return statement.labels if statement else ()


def answer_units(text: str) -> list[str]:
    """The sentences of an answer, announcements joined with what they announce."""
    return [unit.text for unit in joined_announcements(read_units(text))]


def joined_announcements(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Puts "Final answer:" and the line or short lines after it together, so that a statement is one unit."""
    joined: list[Unit] = []
    announced: Unit | None = None
    listing = False  # whether more items of what was announced may come
    for unit in units:
        if announced is not None:
            colon = "" if announced.text.endswith((":", "：")) else ":"
            joined.append(Unit(f"{announced.text}{colon} {unit.text}"))
            announced, listing = None, _is_item(unit)
        elif unit.heading and _announces(unit.text):
            announced, listing = unit, False
        elif listing and _is_item(unit):
            joined[-1] = Unit(f"{joined[-1].text}, {unit.text}")
        else:
            joined.append(unit)
            listing = False
    if announced is not None:
        joined.append(announced)
    return tuple(joined)


def _is_item(unit: Unit) -> bool:
    """Whether it may be one of several labels, each on a line of its own."""
    return len(unit.text) <= _ITEM_CHARS and not unit.heading and not _PUNCTUATION.search(unit.text)


def _announces(heading: str) -> bool:
    statement = heading.rstrip(" :：") + ":"
    return any(
        (match := pattern.search(statement)) is not None and match.end() == len(statement)
        for _, pattern in _PATTERNS
    )
