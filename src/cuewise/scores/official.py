"""The authors' own reading of judged files, faults included, so that published figures can be reproduced.

How their metric scripts read an entry:

- The first `<score>` with a `</score>` after it on the same line counts; tags are case-sensitive. An entry
  without one is skipped: it leaves the denominator.
- Six tasks read every colon, one space, one digit, `/1`, so that `1/10` is 1 and `:0/1` is nothing. FG-ER,
  ML-ER and the overall figure of any tasks read every colon, any white space, digits, `/`, digits, as a
  quotient, 0 where the denominator is 0, in no range. An entry in which nothing is found is skipped.
- The last value is recognition, the others are reasoning, 0 where there is no other.
- CoT is half the mean recognition plus half the mean reasoning, and only then made a percentage; in floating
  point the order shows in a last printed digit (66.25 prints as 66.3).
- Categories are gold labels; FG-ER and ML-ER have none. ER-Wild's pool five pairs of words.

`strict` is the reading to trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cuewise.scores.judged import JudgedEntry, Reading, Unread

_POINT = re.compile(r": (\d)/1")
_FRACTION = re.compile(r":\s*(\d+)/(\d+)")

_OPEN, _CLOSE = "<score>", "</score>"

_POOLED_CATEGORIES = {
    "ER-Wild": {
        "angry": "anger",
        "disgusted": "disgust",
        "happy": "happiness",
        "sad": "sadness",
        "surprised": "surprise",
    }
}


@dataclass(frozen=True, slots=True)
class OfficialFigures:
    """What the authors' scripts report of a set of entries, unrounded; None where no entry was read."""

    count: int
    """Entries that were read: the denominator."""
    recognition: float | None
    """Percent, as are the next two; may pass 100."""
    reasoning: float | None
    cot: float | None
    avg_step: float | None
    """Ratings per entry."""


def read_official(entry: JudgedEntry, *, fractions: bool) -> Reading | Unread:
    """The ratings that the authors' scripts find.

    Args:
        fractions: whether to read any quotient (FG-ER, ML-ER and the overall figure) or only `: d/1`.
    """
    if entry.score is None:
        return Unread("no_judgement", "there is no judgement")
    block = _first_block(entry.score)
    if block is None:
        return Unread("no_block", "no <score> and </score> on one line")
    try:
        if fractions:
            values = [_quotient(above, below) for above, below in _FRACTION.findall(block)]
        else:
            values = [float(digit) for digit in _POINT.findall(block)]
    except (ValueError, OverflowError):
        # More digits than Python converts, or a quotient past the largest float: their scripts would stop.
        return Unread("number_too_long", "a rating has too many digits")
    if not values:
        form = ": number/number" if fractions else ": digit/1"
        return Unread("no_ratings", f"nothing of the form `{form}` between the tags")
    return Reading(tuple(values))


def official_figures(readings: Iterable[Reading | Unread]) -> OfficialFigures:
    """Means over the entries that were read."""
    read = [reading for reading in readings if isinstance(reading, Reading)]
    count = len(read)
    if not count:
        return OfficialFigures(0, None, None, None, None)
    recognition = sum(reading.recognition for reading in read) / count
    reasoning = sum(reading.reasoning for reading in read) / count
    return OfficialFigures(
        count=count,
        recognition=100 * recognition,
        reasoning=100 * reasoning,
        cot=100 * (0.5 * recognition + 0.5 * reasoning),
        avg_step=sum(reading.n_steps for reading in read) / count,
    )


def official_category(task: str, entry: JudgedEntry) -> str | None:
    """Which category row of a single-label task an entry belongs to; None without a gold label."""
    label = entry.ground_truth
    return _POOLED_CATEGORIES.get(task, {}).get(label, label) if label is not None else None


def official_categories(task: str, entries: Iterable[JudgedEntry]) -> dict[str, OfficialFigures]:
    """Figures of a single-label task by category; a category of which no entry was read is left out."""
    rows: dict[str, list[Reading]] = {}
    for entry in entries:
        reading = read_official(entry, fractions=False)
        category = official_category(task, entry)
        if isinstance(reading, Reading) and category is not None:
            rows.setdefault(category, []).append(reading)
    return {category: official_figures(rows[category]) for category in sorted(rows)}


def _first_block(text: str) -> str | None:
    """What a search for `<score>(.*?)</score>` finds, in linear time however many tags are left open."""
    for line in text.split("\n"):
        start = line.find(_OPEN)
        end = line.find(_CLOSE, start + len(_OPEN)) if start >= 0 else -1
        if end >= 0:
            return line[start + len(_OPEN) : end]
    return None


def _quotient(above: str, below: str) -> float:
    denominator = int(below)
    return int(above) / denominator if denominator else 0.0
