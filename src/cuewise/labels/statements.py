"""Where an answer commits itself, and to which candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.labels.names import find_labels, is_denied
from cuewise.prose import Unit, read_units

_NOUN: Final = (
    r"(?:answers?|labels?|emotions?|emotional\s+states?|feelings?|sentiments?|intent(?:ion)?s?|predictions?"
    r"|categor(?:y|ies)|class(?:ification)?|moods?|conclusion|choices?|verdict|state)"
)
_IS: Final = r"(?:is|are|(?:would|should|must|has\s+to)\s+be)"
_FINAL: Final = re.compile(
    rf"\b(?:final|my|predicted|correct|chosen|selected|best)\s+(?:\w+\s+){{0,2}}?(?:{_NOUN}|step)(?:\(s\))?"
    rf"[\"'*_\s)]*(?:[:：=]|\b{_IS}\b)|\\boxed\s*\{{|最终(?:答案|情绪|情感|标签)(?:是|为|[:：])"
    rf"|(?:^[\W_]*+|\bthe\s+)answer[\"'*_\s]*(?:[:：=]|\b{_IS}\b)"
    r"|\bI(?:\s+would|\s+will|['’](?:d|ll))?\s+(?:choose|select|pick|(?:go|opt)\s+(?:with|for)|settle\s+on)\b",
    re.IGNORECASE,
)
_STATED: Final = re.compile(
    rf"(?:^[\W_]*+|[{{,]\s*\")(?:the\s+)?(?:\w+\s+)?{_NOUN}(?:\(s\))?[\"'*_\s]*[:：=]"
    rf"|\b{_NOUN}\b[^.:;?]{{0,80}}?\b(?:{_IS}|was|were|(?:seems?|appears?)\s+to\s+be|being)\b"
    r"|\b(?:classif\w+|label\w*|categori[sz]\w+|identif\w+|described?|interpreted?)\b[^.:;?]{0,40}?\bas\b"
    r"|\bI(?:\s+would|\s+will|['’](?:d|ll))?\s+(?:conclude|predict|answer|say)\b"
    r"|^[\W_]*+(?:therefore|thus|hence|so|consequently|in\s+conclusion|in\s+summary|to\s+conclude|overall"
    r"|taken\s+together|all\s+in\s+all|altogether|综上|因此|所以)\b[,:]?"
    r"|(?:答案|情绪|情感|标签|意图|结论)(?:是|为|[:：])",
    re.IGNORECASE,
)
# "the final emotion is preceded by sadness" tells of the answer and does not give it.
_NO_VALUE: Final = re.compile(
    r"\s*(?:\w+ly\s+)?(?:preceded|followed|caused|triggered|driven|provoked|prompted|replaced|masked|accompanied)\s+by\b",
    re.IGNORECASE,
)
# A statement after one of these is final even if an earlier one was worded more firmly.
_CORRECTION: Final = re.compile(
    r"\b(?:reconsider\w*|re-?think\w*|revis(?:e|ed|ing)|on\s+second\s+thoughts?|correct(?:ion|ing\s+myself)|scratch\s+that"
    r"|(?:change|changed)\s+my\s+(?:mind|answer)|I\s+was\s+wrong)\b|(?:^|[.,;:–—-]\s*)(?:no,?\s+)?wait\b\s*[,.!…–—]",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"[,;–—]\s*(?:but|yet|however)\b(?!\s+also\b)|\b(?:because|since|as\s+(?:the|she|he|they|his|her|their|it|there|shown|evidenced|indicated|seen)|due\s+to"
    r"|based\s+on|given|although|(?:even\s+)?though|despite|while|whereas|which|who|where|shown|indicated"
    r"|evidenced|reflected|supported|characteri[sz]ed|accompanied|caused|triggered"
    r"|with\s+(?:some|an?|hints?|slight|elements?|undertones?|possible|traces?))\b|[(（]",
    re.IGNORECASE,
)
_OPENING_ASIDE: Final = re.compile(
    r"^[\W_]*(?:based\s+on|given|considering|because|since|although|though|while|despite|with|from|as)\b.*,\s+"
    r"(?=(?:the|this|that|i|it|she|he|they|we|their|her|his|my|one|these)\b)",
    re.IGNORECASE | re.DOTALL,
)


_QUOTED: Final = re.compile(r"[\s*_]*(\"[^\"]+\"|\[[^\]]+\]|\{[^}]+\})")
_NEW_CLAUSE: Final = re.compile(r"[;；]\W*(?:\w+\W+){0,2}\Z")

# "the person is X": words beside the labels that do not make a statement a reason.
_SPARE_WORDS: Final = 3


@dataclass(frozen=True)
class FinalStatement:
    """The place where an answer commits itself."""

    index: int
    """Position among the units that were searched."""
    labels: tuple[str, ...]
    """Candidates named there; empty where an explicit statement names none."""
    explicit: bool
    """Whether it is worded as a statement of the answer, not merely the last sentence with a label."""
    bare: bool
    """Whether it holds next to nothing but the labels."""


def find_final_statement(units: Sequence[str], label_set: Sequence[str]) -> FinalStatement | None:
    """Where a sequence of sentences states its answer; None where none of them does or names a candidate.

    In order of preference, the last of each: "Final answer: X" and its kin, or "the emotion is X" after words
    that take an answer back ("Let me reconsider"); "the emotion is X", "Emotion: X", "Therefore ... X"; any
    sentence that names a candidate; an explicit statement without one.
    """
    ranked: list[tuple[int, int, FinalStatement]] = []
    corrected = False
    for index, unit in enumerate(units):
        corrected = corrected or bool(_CORRECTION.search(unit))
        rank, value, labels = _read_statement(unit, label_set)
        if not labels and not rank:
            continue
        spare = _SPARE_WORDS if rank else 0
        bare = len(value.split()) <= sum(len(label.split()) for label in labels) + spare
        weight = _FINAL_RANK if rank and corrected else rank
        corrected = corrected and not (labels and rank == _FINAL_RANK)
        ranked.append((weight if labels else -1, index, FinalStatement(index, labels, rank > 0, bare)))
    return max(ranked, key=lambda entry: entry[:2])[2] if ranked else None


_STATED_RANK, _FINAL_RANK = 1, 2


def _read_statement(unit: str, label_set: Sequence[str]) -> tuple[int, str, tuple[str, ...]]:
    """How firmly a sentence states an answer (2 final, 1 stated, 0 not at all), its value, the labels in it.

    A question ("What is the emotion?") states nothing. Of several statements in a sentence the last that
    names a candidate counts.
    """
    if unit.rstrip().endswith(("?", "？")):
        return 0, "", ()
    empty: tuple[int, str, tuple[str, ...]] | None = None
    for rank, pattern in ((_FINAL_RANK, _FINAL), (_STATED_RANK, _STATED)):
        for value in _values(unit, pattern, any_later=rank == _FINAL_RANK):
            if labels := _labels_of_clause(value, label_set):
                return rank, value, labels
            empty = empty or (rank, value, ())
    if empty is not None:
        return empty
    value = _OPENING_ASIDE.sub("", unit)
    return 0, value, _labels_of_clause(value, label_set)


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
            and not _NEW_CLAUSE.search(unit, max(0, match.start() - 20), match.start())
        ):
            continue
        if not is_denied(unit, at) and not _NO_VALUE.match(unit, at):
            stated.append(match)
    ends = [*(match.start() for match in stated[1:]), len(unit)]
    values = [unit[match.end() : end] for match, end in zip(stated, ends, strict=False)]
    return [quoted[1] if (quoted := _QUOTED.match(value)) else value for value in reversed(values)]


def _labels_of_clause(clause: str, label_set: Sequence[str]) -> tuple[str, ...]:
    aside = _ASIDE.search(clause)
    return (find_labels(clause[: aside.start()], label_set) if aside else ()) or find_labels(
        clause, label_set
    )


def read_final_labels(text: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that an answer settles on; empty where it names none.

    >>> read_final_labels("Fear is possible. Final answer: **surprise**", ["fear", "surprise"])
    ('surprise',)
    """
    statement = find_final_statement(
        [unit.text for unit in joined_announcements(read_units(text))], label_set
    )
    return statement.labels if statement else ()


def joined_announcements(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Puts "Final answer:" and the line after it together, so that a statement is one unit."""
    joined: list[Unit] = []
    announced: Unit | None = None
    for unit in units:
        if announced is not None:
            colon = "" if announced.text.endswith((":", "：")) else ":"
            unit = Unit(f"{announced.text}{colon} {unit.text}")
            announced = None
        elif unit.heading and _announces(unit.text):
            announced = unit
            continue
        joined.append(unit)
    if announced is not None:
        joined.append(announced)
    return tuple(joined)


def _announces(heading: str) -> bool:
    statement = heading.rstrip(" :：") + ":"
    match = _FINAL.search(statement) or _STATED.search(statement)
    return match is not None and match.end() == len(statement)
