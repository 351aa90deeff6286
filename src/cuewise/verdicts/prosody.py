"""Reads numbers that a step gives for the voice, and checks them against what was measured.

Tolerances, chosen wide enough for a careful listener with other software:

- pitch in hertz against the median f0: 2 semitones (a factor of 1.12) either way; an interval of hertz must
  hold the median within the same tolerance. Peaks, rises and the like are not checked.
- level in decibels relative to full scale: 3 dB; positive figures are sound pressure and cannot be checked.
- syllables per second: 20 percent, as the measure itself is an estimate. Words per minute are not checked.
- number of pauses: one more or less; "no pauses" only if there is none.
- a pause at a time: within 0.3 s of a measured pause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.records import Evidence
from cuewise.verdicts.times import find_times

PITCH_FACTOR: Final = 2 ** (2 / 12)
LEVEL_DB: Final = 3.0
RATE_SHARE: Final = 0.2
PAUSE_COUNT: Final = 1
PAUSE_S: Final = 0.3

_NUMBER: Final = r"[-−–]?\d{1,5}(?:\.\d{1,3})?"
_RANGE: Final = rf"(?P<low>{_NUMBER})(?:\s*(?:\w+\s*)?(?:-|–|—|to|and)\s*(?P<high>{_NUMBER}))?\s*"
_PITCH: Final = re.compile(rf"{_RANGE}(?:hz|hertz)\b", re.IGNORECASE)
_LEVEL: Final = re.compile(rf"{_RANGE}(?:dbfs|db|decibels?)\b", re.IGNORECASE)
_RATE: Final = re.compile(
    rf"{_RANGE}(?:syllables?|syl\.?)\s*(?:/|per|a|each)\s*(?:s|sec|second)\b", re.IGNORECASE
)
# Not statements about the typical value.
_EXTREME: Final = re.compile(
    r"\b(?:peak\w*|max\w*|min\w*|rises?|rising|rose|falls?|falling|fell|drops?|dropp\w+|reach\w*|up\s+to|above|below|over"
    r"|under|exceed\w*|increas\w*|decreas\w*|range|ranging|varies|swing|jump\w*|least|most|between\s+syllables|formant"
    r"|not|never|n['’]t)\b",
    re.IGNORECASE,
)
_PITCH_WORD: Final = re.compile(r"\b(?:pitch\w*|f0|fundamental|voice)\b", re.IGNORECASE)
_COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
_PAUSES: Final = re.compile(
    r"\b(?P<none>without(?:\s+any)?(?:\s+\w+)?|no(?:\s+\w+)?)\s+(?:pauses?|pausing)\b"
    r"|\b(?P<count>one|two|three|four|five|six|seven|eight|\d{1,2}|a\s+single)\s+(?:\w+\s+)?pauses?\b"
    r"|\b(?P<any>pauses?|pausing|paused)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NumberCheck:
    """What a measurement says of a number in a step."""

    text: str
    """The number as given."""
    holds: bool
    evidence: tuple[str, ...]
    """Ids of the measurements."""


def check_numbers(sentence: str, evidence: Sequence[Evidence]) -> tuple[NumberCheck, ...]:
    """Checks every number of a sentence that something was measured for; others are left out."""
    checks: list[NumberCheck] = []
    if _PITCH_WORD.search(sentence):
        checks += _against(_PITCH, sentence, evidence, "f0_median", _pitch_agrees)
    checks += _against(_LEVEL, sentence, evidence, "loudness", _level_agrees)
    checks += _against(_RATE, sentence, evidence, "rate", _rate_agrees)
    return (*checks, *_check_pauses(sentence, evidence))


def _against(
    pattern: re.Pattern[str],
    sentence: str,
    evidence: Sequence[Evidence],
    name: str,
    agrees: Callable[[float, float, float], bool | None],
) -> list[NumberCheck]:
    measured = next((piece for piece in evidence if piece.measure and piece.measure.name == name), None)
    if measured is None or measured.measure is None:
        return []
    checks = []
    for match in pattern.finditer(sentence):
        if _EXTREME.search(sentence[max(0, match.start() - 40) : match.start()]):
            continue
        low = _value(match["low"])
        # In "120-180 Hz" the dash parts the numbers and is no sign.
        high = (
            abs(_value(match["high"]))
            if match["high"] and low >= 0
            else _value(match["high"] or match["low"])
        )
        verdict = agrees(min(low, high), max(low, high), measured.measure.value)
        if verdict is not None:
            checks.append(NumberCheck(match[0].strip(), verdict, (measured.id,)))
    return checks


def _pitch_agrees(low: float, high: float, value: float) -> bool | None:
    return None if low <= 0 else low / PITCH_FACTOR <= value <= high * PITCH_FACTOR


def _level_agrees(low: float, high: float, value: float) -> bool | None:
    return None if high > 0 else low - LEVEL_DB <= value <= high + LEVEL_DB


def _rate_agrees(low: float, high: float, value: float) -> bool | None:
    return None if low <= 0 else low * (1 - RATE_SHARE) <= value <= high * (1 + RATE_SHARE)


def _check_pauses(sentence: str, evidence: Sequence[Evidence]) -> list[NumberCheck]:
    counted = next((piece for piece in evidence if piece.measure and piece.measure.name == "pauses"), None)
    match = _PAUSES.search(sentence)
    if counted is None or counted.measure is None or match is None:
        return []
    pauses = [piece for piece in evidence if piece.measure and piece.measure.name == "pause"]
    text, number = match[0], counted.measure.value
    if match["none"]:
        return [NumberCheck(text, number == 0, (counted.id, *(piece.id for piece in pauses)))]
    if match["count"]:
        word = match["count"].lower()
        stated = int(word) if word.isdigit() else _COUNTS.index(word) if word in _COUNTS else 1  # "a single"
        return [NumberCheck(text, abs(stated - number) <= PAUSE_COUNT, (counted.id,))]
    times = find_times(sentence)
    if len(times) != 1:
        return []
    _, start_s, end_s = times[0]
    near = [
        piece.id for piece in pauses if piece.start_s - PAUSE_S <= end_s and start_s <= piece.end_s + PAUSE_S
    ]
    return [NumberCheck(text, bool(near), tuple(near) or (counted.id,))]


def _value(number: str) -> float:
    return float(number.replace("−", "-").replace("–", "-"))
