"""Where an answer commits itself, and to which candidates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import Final

from cuewise.labels.concepts import tokens
from cuewise.labels.denials import is_denied, is_denied_after
from cuewise.labels.names import Mention, find_mentions, flat, names_any
from cuewise.labels.sets import LabelSet
from cuewise.labels.wordings import (
    ALSO,
    ASIDE,
    ASIDE_OF_SEVERAL,
    BRACKETED,
    CONDITIONAL,
    CONTRAST,
    CORRECTION,
    ENTRIES,
    FINAL,
    IS_THE_ANSWER,
    LEADS,
    MINOR,
    NEW_CLAUSE,
    NEXT_BOX,
    NO_VALUE,
    NOT_ONLY,
    NOUN_AFTER,
    ONCE_THOUGHT,
    OPENING_ASIDE,
    OPTIONS,
    QUOTED,
    SECONDARY,
    SEEMING,
    SLIGHT,
    STATED,
    SUMMED_UP,
)
from cuewise.prose import Unit, read_units
from cuewise.records import LabelMeans

# "the person is X": words beside the labels that do not make a statement a reason.
_SPARE_WORDS: Final = 3

# A list of so many labels or more may be that of the candidates.
_FEWEST_ECHOED: Final = 3

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

        A mere label goes before a mention in a sentence by a candidate's own words, that before one by a synonym,
        and all of them before an explicit statement that names nothing. A statement of something that is no
        candidate weighs as much as one of a candidate if it is clear that it is one.
        """
        if self.secondary:
            weight = 1 if self.labels else 0
        elif self.explicit and (self.labels or self._is_other_answer()):
            weight = 6 if self.corrected or self.firmness == Firmness.FINAL else 5
        elif self.bare and self.mentions:
            weight = 4
        elif self.labels:
            own = any(m.form.means in {LabelMeans.SPELLED, LabelMeans.INFLECTED} for m in self.mentions)
            weight = 3 if own else 2
        else:
            weight = 0
        return weight, self.index

    def _is_other_answer(self) -> bool:
        firm = self.bare if self.firmness == Firmness.STATED else self.firmness == Firmness.FINAL
        return bool(self.mentions) and firm


def read_statements(
    units: Sequence[str], label_set: Sequence[str], *, multi_label: bool = False
) -> tuple[Statement, ...]:
    """What each sentence says of the answer, in order; sentences that say nothing of it are left out.

    Args:
        multi_label: whether several candidates may hold at once: what is named beside another then counts too.
    """
    statements: list[Statement] = []
    corrected = announced = False
    for index, unit in enumerate(map(flat, units)):
        correction = CORRECTION.search(unit)
        corrected = corrected or correction is not None
        firmness, value, mentions = _read_unit(unit, LabelSet.of(label_set), multi_label=multi_label)
        if (correction or announced) and firmness < Firmness.STATED:
            rest = unit[correction.end() :] if correction else unit
            firmness, value, mentions = _read_correction(rest, label_set, multi_label=multi_label) or (
                firmness,
                value,
                mentions,
            )
        announced = correction is not None and not mentions  # "Wait." may take back with the next sentence
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
    that take an answer back ("Let me reconsider"); "the emotion is X", "Emotion: X", "Therefore ... X"; a mere
    label; any sentence that names a candidate by its own words, by a synonym; an explicit statement without one.
    """
    statements = [entry for entry in read_statements(units, label_set) if entry.labels or entry.explicit]
    return max(statements, key=lambda entry: entry.weight, default=None)


_Read = tuple[Firmness, str, tuple[Mention, ...]]
"""How firmly a sentence states an answer, its value, what is named in it."""


def _read_correction(text: str, label_set: Sequence[str], *, multi_label: bool) -> _Read | None:
    """What comes after "wait" or "on second thought", as a statement of the answer; None if that names no candidate."""
    firmness, value, mentions = _read_unit(text, LabelSet.of(label_set), multi_label=multi_label)
    if not _names_candidate(mentions):
        return None
    mere = _is_bare(value, mentions, spare=_SPARE_WORDS)
    return max(firmness, Firmness.STATED if mere else Firmness.SUMMED_UP), value, mentions


def _is_bare(value: str, mentions: Sequence[Mention], spare: int) -> bool:
    named = sum(len(tokens(value[mention.start : mention.end])) for mention in mentions)
    return len(tokens(value)) <= named + spare


@lru_cache(maxsize=4096)
def _read_unit(unit: str, label_set: LabelSet, *, multi_label: bool) -> _Read:
    """What one sentence states.

    A question ("What is the emotion?") and a list of options state nothing. Of several statements in a sentence
    the last that names a candidate counts, else the last that names anything.
    """
    unit = ONCE_THOUGHT.sub("", NEXT_BOX.sub(" and ", unit) if multi_label else unit)
    if unit.rstrip().endswith(("?", "？")):
        return Firmness.MENTIONED, "", ()
    listing = bool(OPTIONS.match(unit)) and len(names_any(unit, label_set)) > 1
    read: list[_Read] = []
    for firmness, pattern in _PATTERNS:
        if listing and firmness < Firmness.FINAL:
            break
        values = _values(unit, pattern, any_later=firmness == Firmness.FINAL)
        read += [
            (firmness, value, _mentions_of_clause(value, label_set, firmness, multi_label=multi_label))
            for value in values
        ]
    for wanted in (_names_candidate, bool):
        for firmness, value, mentions in read:
            if wanted(mentions):
                return firmness, value, mentions
    if not listing and (predicate := _named_as_answer(unit, label_set)):
        return Firmness.STATED, *predicate
    if listing:
        return Firmness.MENTIONED, "", ()
    value = OPENING_ASIDE.sub("", unit)
    if read:
        if before := _named_before_noun(unit, label_set):
            return Firmness.SUMMED_UP, *before
        mentions = _mentions_of_clause(value, label_set, Firmness.MENTIONED, multi_label=multi_label)
        if any(tokens(entry) for _, entry, _ in read) or not _names_candidate(mentions):
            return read[0]
        return Firmness.SUMMED_UP, value, mentions  # "negative, I would say"
    if multi_label and (lead := _leading_label(unit, label_set)):
        return Firmness.MENTIONED, *lead
    mentions = _mentions_of_clause(value, label_set, Firmness.MENTIONED, multi_label=multi_label)
    return Firmness.MENTIONED, value, mentions


def _named_before_noun(unit: str, label_set: Sequence[str]) -> tuple[str, tuple[Mention, ...]] | None:
    """The value, and what it names, of "the negative sentiment is obvious"."""
    for mention in find_mentions(unit, label_set):
        noun = NOUN_AFTER.match(unit, mention.end)
        if noun and mention.form.labels and not any(is_denied_after(unit, noun.end())):
            value = unit[mention.start :]
            return value, (replace(mention, start=0, end=mention.end - mention.start),)
    return None


def _leading_label(unit: str, label_set: Sequence[str]) -> tuple[str, tuple[Mention, ...]] | None:
    """The label that a sentence gives reasons for: "Anger: he shouts"."""
    first = next(iter(find_mentions(unit, label_set)), None)
    if first is None or tokens(unit[: first.start]) or not LEADS.match(unit, first.end):
        return None
    reason = unit[first.end :]
    if _is_bare(reason, find_mentions(reason, label_set), spare=0):
        return None  # another label
    return unit[: first.end], (first,)


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
        if is_denied(unit, at) or NO_VALUE.match(unit, at) or _on_condition(unit, match):
            continue
        stated.append(match)
    ends = [*(match.start() for match in stated[1:]), len(unit)]
    values = [unit[match.end() : end] for match, end in zip(stated, ends, strict=False)]
    return [quoted[1] if (quoted := QUOTED.match(value)) else value for value in reversed(values)]


def _on_condition(unit: str, match: re.Match[str]) -> bool:
    """Whether the part of a sentence between semicolons that holds a statement makes it on a condition."""
    start = max(unit.rfind(mark, 0, match.start()) for mark in ";；") + 1
    ends = [at for mark in ";；" if (at := unit.find(mark, match.end())) >= 0]
    return _is_conditional(unit[start : min(ends, default=len(unit))])


@lru_cache(maxsize=64)  # hostile text makes many statements in one part
def _is_conditional(part: str) -> bool:
    return CONDITIONAL.search(part) is not None


def _mentions_of_clause(
    clause: str, label_set: Sequence[str], firmness: Firmness, *, multi_label: bool
) -> tuple[Mention, ...]:
    """What a clause names: its main part where that names something, else all of it.

    Words that mostly mean something else count only where an answer is stated or the clause is a mere label.
    """
    for part in dict.fromkeys((*_main_parts(clause, multi_label=multi_label), clause)):
        mentions = _without_echo(find_mentions(part, label_set), label_set)
        if not multi_label:
            mentions = _without_lesser(part, mentions)
        if firmness < Firmness.STATED and not _is_bare(part, mentions, spare=_SPARE_WORDS):
            mentions = tuple(mention for mention in mentions if not mention.form.stated)
        if _names_candidate(mentions) or (firmness >= Firmness.STATED and mentions):
            return mentions
    return mentions


def _main_parts(clause: str, *, multi_label: bool) -> Iterator[str]:
    """The parts of a clause that may hold the answer, the likeliest first, blanks standing for what is left out."""
    text = BRACKETED.sub(lambda bracket: " " * len(bracket[0]), clause)
    if multi_label:
        text = ENTRIES.sub(lambda entry: _without_aside(entry[0], ASIDE_OF_SEVERAL), text)
    else:
        text = _without_aside(text, ASIDE).rstrip()
    contrast = CONTRAST.search(text)
    if contrast and not NOT_ONLY.search(text, 0, contrast.start()):
        first, second = text[: contrast.start()], text[contrast.end() :]
        if SEEMING.search(first) and not SLIGHT.search(second):
            yield " " * contrast.end() + second
        if not multi_label:
            yield first
    yield text


def _without_aside(text: str, pattern: re.Pattern[str]) -> str:
    aside = pattern.search(text)
    if aside is None or NOT_ONLY.search(text, 0, aside.start()):
        return text
    return text[: aside.start()].ljust(len(text))


def _without_echo(mentions: tuple[Mention, ...], label_set: Sequence[str]) -> tuple[Mention, ...]:
    """Leaves out a list of all candidates before the answer: "Of joy, fear and anger it is fear"."""
    named: set[str] = set()
    for count, mention in enumerate(mentions[:-1], start=1):
        named.update(mention.form.labels)
        if len(named) == len(label_set) >= _FEWEST_ECHOED:
            return mentions[count:]
    return mentions


def _without_lesser(text: str, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Leaves out the first of "not just sad but angry", unless it is said to hold too."""
    lesser = NOT_ONLY.search(text)
    if lesser is None or ALSO.search(text, lesser.end()):
        return mentions
    beyond = [mention for mention in mentions if mention.start >= lesser.end()]
    return tuple(mention for mention in mentions if mention != beyond[0]) if len(beyond) > 1 else mentions


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
