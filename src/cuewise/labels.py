"""Which candidate labels a text names, and which of them an answer settles on.

`label_names` finds the names; this module finds the place where an answer commits itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.label_names import find_labels, same_label
from cuewise.prose import Unit, read_units

__all__ = [
    "FinalStatement",
    "find_final_statement",
    "find_labels",
    "joined_announcements",
    "read_final_labels",
    "same_label",
]

_NOUN: Final = (
    r"(?:answers?|labels?|emotions?|emotional\s+states?|feelings?|sentiments?|intent(?:ion)?s?|predictions?"
    r"|categor(?:y|ies)|class(?:ification)?|moods?|conclusion|choices?|verdict|state)"
)
_FINAL: Final = re.compile(
    rf"\b(?:final|my|predicted|correct|chosen|selected|best)\s+(?:\w+\s+){{0,2}}?(?:{_NOUN}|step)(?:\(s\))?"
    rf"[\"'*_\s)]*(?:[:：=]|\b(?:is|are|would\s+be)\b)|\\boxed\s*\{{|最终(?:答案|情绪|情感|标签)(?:是|为|[:：])",
    re.IGNORECASE,
)
_STATED: Final = re.compile(
    rf"(?:^[\W_]*|[{{,]\s*\")(?:the\s+)?(?:\w+\s+)?{_NOUN}(?:\(s\))?[\"'*_\s]*[:：=]"
    rf"|\b{_NOUN}\b[^.:;?]{{0,80}}?\b(?:is|are|was|were|(?:seems?|appears?)\s+to\s+be|would\s+be|being)\b"
    r"|\b(?:classif\w+|label\w*|categori[sz]\w+|identif\w+|described?|interpreted?)\b[^.:;?]{0,40}?\bas\b"
    r"|\bI\s+(?:would\s+|will\s+|'d\s+)?(?:choose|select|pick|conclude|go\s+with|predict|answer|say)\b"
    r"|^[\W_]*(?:therefore|thus|hence|so|consequently|in\s+conclusion|in\s+summary|to\s+conclude|overall"
    r"|taken\s+together|all\s+in\s+all|altogether|综上|因此|所以)\b[,:]?"
    r"|(?:答案|情绪|情感|标签|意图|结论)(?:是|为|[:：])",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(
    r"\b(?:because|since|as\s+(?:the|she|he|they|his|her|their|it|there|shown|evidenced|indicated|seen)|due\s+to"
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

    In order of preference, the last of each: "Final answer: X" and its kin; "the emotion is X",
    "Emotion: X", "Therefore ... X"; any sentence that names a candidate; an explicit statement without one.
    """
    ranked: list[tuple[int, int, FinalStatement]] = []
    for index, unit in enumerate(units):
        rank, value = _stated_value(unit)
        labels = (
            () if rank == 0 and unit.rstrip().endswith(("?", "？")) else _labels_of_clause(value, label_set)
        )
        if not labels and not rank:
            continue
        spare = _SPARE_WORDS if rank else 0
        bare = len(value.split()) <= sum(len(label.split()) for label in labels) + spare
        ranked.append((rank if labels else -1, index, FinalStatement(index, labels, rank > 0, bare)))
    return max(ranked, key=lambda entry: entry[:2])[2] if ranked else None


def _stated_value(unit: str) -> tuple[int, str]:
    """(2 final, 1 stated, 0 neither) and the part of the sentence that gives the value.

    A question ("What is the emotion?") states nothing.
    """
    if unit.rstrip().endswith(("?", "？")):
        return 0, ""
    for rank, pattern in ((2, _FINAL), (1, _STATED)):
        if match := pattern.search(unit):
            value = unit[match.end() :]
            if quoted := re.match(r"[\s*_]*(\"[^\"]+\"|\[[^\]]+\]|\{[^}]+\})", value):
                return rank, quoted[1]
            return rank, value
    return 0, _OPENING_ASIDE.sub("", unit)


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
