"""A reading of judged files that never guesses: one rating per step, on the step's own scale, or none at all.

An entry is read when its judgement can mean one thing only. Everything else is unscored with a reason,
stays in the denominator, and shows in the coverage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from cuewise.scores.figures import Figures, Tally
from cuewise.scores.judged import JudgedEntry, Reading, Unread

_SCORE_TAG = re.compile(r"<\s*(/\s*)?score\s*>", re.IGNORECASE)
_STEP_TAG = re.compile(r"<\s*(/\s*)?step\s*>", re.IGNORECASE)
_STEP_MARK = re.compile(r"\bStep\s*([0-9]+)\s*:", re.IGNORECASE)
_STEP_LINE = re.compile(r"^[ \t*#>-]*Step[ \t]*([0-9]+)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_RATING = re.compile(r"\bStep\s*([0-9]+)\s*:\s*([0-9]+)\s*/\s*([0-9]+)", re.IGNORECASE)
_RATIO = re.compile(r"[0-9]\s*/\s*[0-9]")
_BETWEEN_RATINGS = re.compile(r"[\s,;.*-]*")
_QUOTE_LENGTH = 40


class Refusal(StrEnum):
    """Why the strict reading leaves an entry unscored."""

    DEFECTIVE_ENTRY = "defective_entry"
    """A field it needs is absent or of the wrong type."""
    NO_JUDGEMENT = "no_judgement"
    """The judge gave nothing."""
    NO_BLOCK = "no_block"
    """No `<score>` tag: a refusal, or ratings outside the form asked for."""
    OPEN_BLOCK = "open_block"
    """A tag without its partner: the judgement was cut off."""
    SECOND_BLOCK = "second_block"
    """More than one `<score>` block, as where the judge repeats the format before using it."""
    SECOND_READING = "second_reading"
    """Something beside the steps' ratings that could be taken for one."""
    UNRATED_STEP = "unrated_step"
    """A step is named without a rating, as in `Step 4: N/A`."""
    ORDER = "order"
    """Ratings are not numbered 1, 2, 3, ..."""
    STEPS_UNCLEAR = "steps_unclear"
    """The steps cannot be counted."""
    STEP_COUNT = "step_count"
    """Not as many ratings as steps."""
    GOLD_UNCLEAR = "gold_unclear"
    """A multi-label task without gold labels to count."""
    OFF_SCALE = "off_scale"
    """A rating is not on its step's scale: `2/1`, `1/10`, or not out of the number of gold labels."""


def read_strict(entry: JudgedEntry, *, separator: str | None) -> Reading | Unread:
    """The ratings of an entry, each in 0..1, or why there are none.

    Args:
        separator: what joins the gold labels of a multi-label task; None for a single-label task. With K gold
            labels the last step of a multi-label task is rated 0/K to K/K; every other rating is 0/1 or 1/1.
    """
    for name in ("score", "step") if separator is None else ("score", "step", "ground_truth"):
        if name in entry.defects:
            return Unread(Refusal.DEFECTIVE_ENTRY, entry.defects[name])
    if entry.score is None or not entry.score.strip():
        return Unread(Refusal.NO_JUDGEMENT, "there is no judgement")
    block = _only_block(entry.score)
    if isinstance(block, Unread):
        return block
    found = _RATING.findall(block)
    if (flaw := _flaw_beside_ratings(block)) is not None:
        return flaw
    numbers = [number for number, _, _ in found]
    if not _consecutive(numbers):
        return Unread(Refusal.ORDER, f"ratings are numbered {_listed(numbers)}, not 1 to {len(found)}")
    n_steps = count_steps(entry.step or "")
    if n_steps is None:
        return Unread(
            Refusal.STEPS_UNCLEAR, "the steps cannot be counted: none, not numbered 1, 2, 3, ..., or cut off"
        )
    if len(found) != n_steps:
        return Unread(Refusal.STEP_COUNT, f"{_plural(n_steps, 'step')}, {_plural(len(found), 'rating')}")
    scales = [1] * n_steps
    if separator is not None:
        scales[-1] = len(_gold_labels(entry.ground_truth or "", separator))
        if not scales[-1]:
            return Unread(Refusal.GOLD_UNCLEAR, "there is no gold label to count hits against")
    return _on_scale([f"{above}/{below}" for _, above, below in found], scales)


def strict_figures(readings: Iterable[Reading | Unread]) -> Figures:
    """Figures over all entries; `outcomes` counts the unscored by `Refusal`, the others as `scored`."""
    tally = Tally()
    for reading in readings:
        if isinstance(reading, Reading):
            tally.add_scored(
                "scored",
                recognition=reading.recognition,
                reasoning=reading.reasoning,
                cot=0.5 * reading.recognition + 0.5 * reading.reasoning,
                n_steps=reading.n_steps,
            )
        else:
            tally.add_unscored(str(reading.code))
    return tally.figures()


def count_steps(text: str) -> int | None:
    """How many steps an extractor's reply has; None unless they are numbered 1 to N, once each, in order.

    Steps stand one to a line or all on one line, bare or inside `<step></step>`. A step may mention another
    by number: where each step begins a line, only the beginnings of lines count.
    """
    blocks = _blocks(text, _STEP_TAG)
    if blocks is None:
        return None
    body = "\n".join(blocks) if blocks else text
    beginnings = _STEP_LINE.findall(body)
    if len(beginnings) > 1 and _consecutive(beginnings):
        return len(beginnings)
    marks = _STEP_MARK.findall(body)
    return len(marks) if marks and _consecutive(marks) else None


def _only_block(text: str) -> str | Unread:
    """What stands in the one `<score>` block, when nothing outside it can be taken for a rating."""
    blocks = _blocks(text, _SCORE_TAG)
    if blocks is None:
        return Unread(Refusal.OPEN_BLOCK, "a <score> or </score> tag has no partner: cut off?")
    if not blocks:
        return Unread(Refusal.NO_BLOCK, f"no <score> tag in {_quoted(text)}")
    if len(blocks) > 1:
        return Unread(Refusal.SECOND_BLOCK, f"{len(blocks)} <score> blocks")
    tags = list(_SCORE_TAG.finditer(text))
    outside = text[: tags[0].start()] + "\n" + text[tags[-1].end() :]
    for pattern in (_STEP_MARK, _RATIO):
        if match := pattern.search(outside):
            return Unread(Refusal.SECOND_READING, f"outside the tags: {_quoted(outside[match.start() :])}")
    return blocks[0]


def _blocks(text: str, tag: re.Pattern[str]) -> list[str] | None:
    """Texts between opening and closing tags; None unless the tags strictly alternate."""
    tags = list(tag.finditer(text))
    if [bool(match[1]) for match in tags] != [False, True] * (len(tags) // 2):
        return None
    return [text[opened.end() : closed.start()] for opened, closed in zip(tags[::2], tags[1::2], strict=True)]


def _flaw_beside_ratings(block: str) -> Unread | None:
    """Anything in the block beside ratings and what separates them."""
    rest = _RATING.sub(" ", block)
    if _BETWEEN_RATINGS.fullmatch(rest):
        return None if _RATING.search(block) else Unread(Refusal.UNRATED_STEP, "the <score> block is empty")
    if match := _STEP_MARK.search(rest):
        return Unread(Refusal.UNRATED_STEP, f"no rating in {_quoted(rest[match.start() :])}")
    return Unread(Refusal.SECOND_READING, f"beside the ratings: {_quoted(rest.strip(' ,;.'))}")


def _on_scale(written: list[str], scales: list[int]) -> Reading | Unread:
    for step, (rating, scale) in enumerate(zip(written, scales, strict=True), start=1):
        # Compared as text, so that 01/1 and numbers of any length are off the scale too.
        if rating not in {f"{points}/{scale}" for points in range(scale + 1)}:
            allowed = "0/1 or 1/1" if scale == 1 else f"0/{scale} to {scale}/{scale}"
            return Unread(Refusal.OFF_SCALE, f"step {step} is rated {_shortened(rating)}, not {allowed}")
    points = [int(rating.partition("/")[0]) for rating in written]
    return Reading(tuple(point / scale for point, scale in zip(points, scales, strict=True)))


def _gold_labels(text: str, separator: str) -> set[str]:
    return {label.strip() for label in text.split(separator)} - {""}


def _consecutive(numbers: list[str]) -> bool:
    """Whether numbers, as written, are 1, 2, 3, ..."""
    return numbers == [str(number) for number in range(1, len(numbers) + 1)]


def _listed(numbers: list[str]) -> str:
    return _shortened(", ".join(numbers))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _quoted(text: str) -> str:
    return f"“{_shortened(' '.join(text.split()))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTE_LENGTH else text[: _QUOTE_LENGTH - 1] + "…"
