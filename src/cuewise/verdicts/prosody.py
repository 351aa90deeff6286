"""Reads numbers that a step gives for the voice, and checks them against what was measured.

Tolerances, chosen wide enough for a careful listener with other software:

- pitch in hertz against the median f0: 2 semitones (a factor of 1.12) either way; an interval of hertz must
  hold the median within the same tolerance and be at most an octave and a half wide. Peaks, rises, values at
  one moment, and what is only supposed or said of another source are not checked, here and below.
- level in decibels relative to full scale: 3 dB; positive figures are sound pressure and cannot be checked.
- syllables per second: 20 percent, as the measure itself is an estimate. Words per minute are not checked.
- number of pauses: one more or less; "no pauses" only if there is none. "Two long pauses" leaves room for
  shorter ones, and "no long pause" or "no pause before ..." cannot be checked.
- a pause at a time: within 0.3 s of a measured pause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.records import Evidence
from cuewise.verdicts.scope import is_of_another, is_supposed
from cuewise.verdicts.times import find_times
from cuewise.verdicts.vacuous import commits_to_nothing

PITCH_FACTOR: Final = 2 ** (2 / 12)
LEVEL_DB: Final = 3.0
RATE_SHARE: Final = 0.2
MOST_SYLLABLES: Final = 20.0
"""Per second; nobody speaks faster, so a larger number was meant otherwise ("4,500")."""
PAUSE_COUNT: Final = 1
PAUSE_S: Final = 0.3
LOWEST_PITCH_HZ: Final = 20.0
"""No voice is lower: "1.200 Hz" is a number that was written another way."""
PITCH_SPAN: Final = 2**1.5
"""Hertz, upper over lower bound: a wider interval would agree with almost any voice."""
NARROW_S: Final = 1.0
"""Seconds; in a longer span of a few seconds' clip there is a pause anyway."""
MAX_CHARS: Final = 2000
"""Numbers are checked in the first so many characters of a sentence."""

# Digits with commas or points between; a number may not begin inside another, nor after one and a space.
_NUMBER: Final = r"(?<![\d.,])(?<!\d\s)(?:[-−–])?\d{1,5}(?:[.,]\d{1,3}){0,3}(?![\d])"
_HIGH: Final = r"\d{1,5}(?:[.,]\d{1,3}){0,3}(?!\d)"
_RANGE: Final = (
    rf"(?P<low>{_NUMBER})(?:\s*(?:[a-z]{{1,12}}\s*)?(?:-|–|—|to|and)\s*(?P<high>[-−–]?{_HIGH}))?\s*"
)
_PITCH: Final = re.compile(rf"{_RANGE}(?:hz|hertz)\b", re.IGNORECASE)
_LEVEL: Final = re.compile(rf"{_RANGE}(?:dbfs|db|decibels?)\b", re.IGNORECASE)
_RATE: Final = re.compile(
    rf"{_RANGE}(?:syllables?|syl\.?)\s*(?:/|per|a|each)\s*(?:s|sec|second)\b", re.IGNORECASE
)
# Not statements about the typical value, on whichever side of the number they stand.
_EXTREME: Final = re.compile(
    r"\b(?:peak\w*|max\w*|min(?:imum|ima|imal)?|rises?|rising|rose|risen|falls?|falling|fell|drops?|dropp\w+|dips?|dipp\w+|climb\w*"
    r"|reach\w*|start\w*|beg[aiu]n\w*|initial\w*|onset|open(?:s|ing)|end(?:s|ed|ing)?|final\w*|finish\w*|clos(?:es|ing)|first|last"
    r"|high(?:est|er)|low(?:est|er)|top|bottom|up\s+to|down\s+to|as\s+(?:high|low|fast|slow|loud)\s+as|above|below|over|under|exceed\w*"
    r"|increas\w*|decreas\w*|range|ranges|ranging|var(?:y|ies|ying)|swings?|jump\w*|spik\w*|bursts?|moment\w*|brief\w*|sometimes"
    r"|occasional\w*|until|later|then|early|middle|least|most|between\s+syllables|formants?|harmonics?|overtones?|not|never)\b|n['’]t\b",
    re.IGNORECASE,
)
_ON_AVERAGE: Final = re.compile(r"\b(?:median|mean|averag\w+|typical\w*)\b", re.IGNORECASE)
_PITCH_WORD: Final = re.compile(r"\b(?:pitch\w*|f0|fundamental|voice)\b", re.IGNORECASE)
_NO_PITCH: Final = re.compile(
    r"\b(?:energy|spectr\w+|bands?|bandwidth|frequenc(?:y\s+range|ies)|resonan\w+|centroid|formants?|harmonics?|overtones?"
    r"|sampl\w+|noise|hum)\b",
    re.IGNORECASE,
)
_PART: Final = re.compile(r"[;；]|\b(?:but|while|whereas)\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r",\s")
_COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
_PAUSES: Final = re.compile(
    r"\b(?P<none>without(?:\s+any)?|no)\s+(?P<kind>\w+\s+)?(?:pauses?|pausing)\b"
    r"|\b(?P<count>one|two|three|four|five|six|seven|eight|\d{1,2}|a\s+single)\s+(?P<sort>\w+\s+)?pauses?\b"
    r"|\b(?P<any>pauses?|pausing|paused)\b",
    re.IGNORECASE,
)
# What may follow "no pauses" and leave it a plain statement about the whole clip.
_PLAINLY: Final = re.compile(
    r"\s*(?:$|[.,;:!)]|(?:at\s+all|whatsoever|throughout|(?:are|can\s+be|were)\s+(?:heard|present|audible|found))\b"
    r"|(?:in|during)\s+(?:the|her|his|their)\s+(?:speech|delivery|clip|voice|utterance|sentence)\b)",
    re.IGNORECASE,
)
_NOT_SAID: Final = re.compile(r"(?:\b(?:not|never|without|no)|n['’]t)\s+(?:\w+\s+){0,2}\Z", re.IGNORECASE)


@dataclass(frozen=True)
class NumberCheck:
    """What a measurement says of a number in a step."""

    text: str
    """The number as given."""
    holds: bool
    evidence: tuple[str, ...]
    """Ids of the measurements."""
    measure: str
    """Name of what it is a figure of."""
    within: tuple[float, float]
    """The least and the most that was taken to agree with it, or seconds for the time of a pause."""
    moments: tuple[str, ...] = ()
    """Ids of the pauses at the time that it gives."""
    telling: bool = False
    """Whether it bears on a label by itself: pauses that are told exactly do. What a figure of hertz, decibels or
    syllables means depends on the voice, and one well chosen figure agrees with most voices within its tolerance."""


def check_numbers(sentence: str, evidence: Sequence[Evidence]) -> tuple[NumberCheck, ...]:
    """Checks every number of a sentence that something was measured for; others are left out.

    Of a sentence longer than 2000 characters, the first 2000 are read.
    """
    sentence = " ".join(sentence.split())[:MAX_CHARS]
    checks: list[NumberCheck] = []
    if _PITCH_WORD.search(sentence):
        checks += _against(_PITCH, sentence, evidence, "f0_median", _pitches)
    checks += _against(_LEVEL, sentence, evidence, "loudness", _levels)
    checks += _against(_RATE, sentence, evidence, "rate", _rates)
    return (*checks, *_check_pauses(sentence, evidence))


def _against(
    pattern: re.Pattern[str],
    sentence: str,
    evidence: Sequence[Evidence],
    name: str,
    tolerated: Callable[[float, float], tuple[float, float] | None],
) -> list[NumberCheck]:
    measured = next((piece for piece in evidence if piece.measure and piece.measure.name == name), None)
    if measured is None or measured.measure is None:
        return []
    checks = []
    for match in pattern.finditer(sentence):
        low, high = _value(match["low"]), _value(match["high"] or match["low"])
        if low is None or high is None or not _is_typical(match, sentence, pitch=pattern is _PITCH):
            continue
        # In "120-180 Hz" the dash parts the numbers and is no sign.
        if low >= 0:
            high = abs(high)
        low, high = min(low, high), max(low, high)
        if within := tolerated(low, high):
            holds = within[0] <= measured.measure.value <= within[1]
            checks.append(NumberCheck(match[0].strip(), holds, (measured.id,), name, within))
    return checks


def _is_typical(match: re.Match[str], sentence: str, *, pitch: bool) -> bool:
    """Whether a number is given for this voice over the whole clip, not for a moment, a case or another."""
    before, after = sentence[max(0, match.start() - 200) : match.start()], sentence[match.end() :][:200]
    before, after = _PART.split(before)[-1], _PART.split(after, maxsplit=1)[0]
    if _ON_AVERAGE.search(_CLAUSE.split(before)[-1]):
        # "The median pitch is 200 Hz, peaking at 300 Hz"
        before, after = _CLAUSE.split(before)[-1], _CLAUSE.split(after, maxsplit=1)[0]
    around = f"{before}{match[0]}{after}"
    return not (
        _EXTREME.search(before)
        or _EXTREME.search(after)
        or find_times(around)
        or (pitch and _NO_PITCH.search(around))
        or is_supposed(sentence, match.start(), match.end())
        or is_of_another(sentence, match.start(), match.end(), audible=True)
    )


def _pitches(low: float, high: float) -> tuple[float, float] | None:
    """What agrees with an interval of hertz; None where it cannot be checked. The next two likewise."""
    if low < LOWEST_PITCH_HZ or high > PITCH_SPAN * low:
        return None
    return low / PITCH_FACTOR, high * PITCH_FACTOR


def _levels(low: float, high: float) -> tuple[float, float] | None:
    return None if high > 0 else (low - LEVEL_DB, high + LEVEL_DB)


def _rates(low: float, high: float) -> tuple[float, float] | None:
    return None if low <= 0 or high > MOST_SYLLABLES else (low * (1 - RATE_SHARE), high * (1 + RATE_SHARE))


def _check_pauses(sentence: str, evidence: Sequence[Evidence]) -> list[NumberCheck]:
    counted = next((piece for piece in evidence if piece.measure and piece.measure.name == "pauses"), None)
    match = _PAUSES.search(sentence)
    if counted is None or counted.measure is None or match is None:
        return []
    if is_supposed(sentence, match.start(), match.end()) or is_of_another(
        sentence, match.start(), match.end(), audible=True
    ):
        return []
    pauses = [piece for piece in evidence if piece.measure and piece.measure.name == "pause"]
    text, number = match[0], counted.measure.value
    hedged = commits_to_nothing(sentence, match.start(), match.end())
    plain = bool(_PLAINLY.match(sentence, match.end()))
    if match["none"]:
        if match["kind"] or not plain:
            return []
        everything = (counted.id, *(piece.id for piece in pauses))
        return [NumberCheck(text, number == 0, everything, "pauses", (0, 0))]
    if match["count"]:
        word = match["count"].lower()
        stated = int(word) if word.isdigit() else _COUNTS.index(word) if word in _COUNTS else 1  # "a single"
        if match["sort"] and stated < number - PAUSE_COUNT:
            return []
        return [
            NumberCheck(
                text,
                abs(stated - number) <= PAUSE_COUNT,
                (counted.id,),
                "pauses",
                (stated - PAUSE_COUNT, stated + PAUSE_COUNT),
                telling=stated == number and not hedged,
            )
        ]
    times = find_times(sentence)
    if len(times) != 1 or _NOT_SAID.search(sentence[max(0, match.start() - 40) : match.start()]):
        return []
    _, start_s, end_s = times[0]
    within = (start_s - PAUSE_S, end_s + PAUSE_S)
    near = tuple(piece.id for piece in pauses if piece.start_s <= within[1] and within[0] <= piece.end_s)
    telling = end_s - start_s <= NARROW_S and not hedged
    return [NumberCheck(text, bool(near), near or (counted.id,), "pause", within, near, telling)]


_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"\d+,\d{1,2}|0,\d+")


def _value(number: str) -> float | None:
    """A number as written in English ("1,210.5") or with a decimal comma ("4,5"); None if it is neither."""
    sign = -1 if number[0] in "-−–" else 1
    digits = number.lstrip("-−–")
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(digits):
        digits = digits.replace(",", ".")
    return sign * float(digits) if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
