"""The paper's reply forms: numbered steps in `<step>` tags, a rating for each in `<score>` tags, read without guessing.

::

    <step>Step 1: ... Step 2: ...</step>
    <score>Step 1: 0/1, Step 2: 1/1</score>

A text is read when it can mean one thing only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

_SCORE_TAG: Final = re.compile(r"<\s*(/\s*)?score\s*>", re.IGNORECASE)
_STEP_TAG: Final = re.compile(r"<\s*(/\s*)?step\s*>", re.IGNORECASE)
_STEP_MARK: Final = re.compile(r"\bStep\s*([0-9]+)\s*:", re.IGNORECASE)
_STEP_LINE: Final = re.compile(r"^[ \t*#>-]*Step[ \t]*([0-9]+)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_RATING: Final = re.compile(r"\bStep\s*([0-9]+)\s*:\s*([0-9]+)\s*/\s*([0-9]+)", re.IGNORECASE)
_RATIO: Final = re.compile(r"[0-9]\s*/\s*[0-9]")
_BETWEEN_RATINGS: Final = re.compile(r"[\s,;.*-]*")
_QUOTE_LENGTH: Final = 40


class Flaw(StrEnum):
    """Why a judgement is not read."""

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
    STEP_COUNT = "step_count"
    """Not as many ratings as steps."""
    OFF_SCALE = "off_scale"
    """A rating is not on its step's scale: `2/1`, `1/10`, or not out of the number of gold labels."""


class JudgementError(ValueError):
    """A judgement that cannot be read; the message may quote it."""

    def __init__(self, flaw: Flaw, message: str) -> None:
        super().__init__(message)
        self.flaw = flaw


def in_step_tags(text: str) -> str | None:
    """What stands in a text's `<step>` tags, block after block; None where there is none or one lacks its partner."""
    blocks = _blocks(text, _STEP_TAG)
    return "\n".join(blocks) if blocks else None


def split_steps(text: str) -> tuple[str, ...] | None:
    """The steps of an extractor's reply, without numbers; None unless numbered 1 to N, once each, in order.

    Steps stand one to a line or all on one line, bare or inside `<step></step>`. A step may mention another
    by number: where each step begins a line, only the beginnings of lines count. A step may be empty.
    """
    blocks = _blocks(text, _STEP_TAG)
    if blocks is None:
        return None
    body = "\n".join(blocks) if blocks else text
    marks = list(_STEP_LINE.finditer(body))
    if len(marks) < 2 or not _consecutive([mark[1] for mark in marks]):
        marks = list(_STEP_MARK.finditer(body))
    if not marks or not _consecutive([mark[1] for mark in marks]):
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(body)]
    # A number in bold leaves its asterisks on either side of the mark.
    return tuple(body[mark.end() : end].strip(" \t\r\n*") for mark, end in zip(marks, ends, strict=True))


def written_ratings(text: str) -> list[str]:
    """The ratings of the one `<score>` block, numbered 1, 2, 3, ..., as written: `0/1`, `2/3`.

    Raises:
        JudgementError: there is no such block, or more in it, or outside, that could be taken for a rating.
    """
    block = _only_block(text)
    found = _RATING.findall(block)
    _check_beside_ratings(block)
    numbers = [number for number, _, _ in found]
    if not _consecutive(numbers):
        listed = _shortened(", ".join(numbers))
        raise JudgementError(Flaw.ORDER, f"ratings are numbered {listed}, not 1 to {len(found)}")
    return [f"{above}/{below}" for _, above, below in found]


def check_count(written: Sequence[str], n_steps: int) -> None:
    """Make sure that there is one rating per step.

    Raises:
        JudgementError: there are more or fewer.
    """
    if len(written) != n_steps:
        told = f"{_plural(n_steps, 'step')}, {_plural(len(written), 'rating')}"
        raise JudgementError(Flaw.STEP_COUNT, told)


def points_on_scale(written: Sequence[str], scales: Sequence[int]) -> tuple[float, ...]:
    """The ratings in 0..1, each C/K with K the step's scale and C from 0 to K.

    Raises:
        JudgementError: a rating is off its scale.
    """
    for step, (rating, scale) in enumerate(zip(written, scales, strict=True), start=1):
        # Compared as text, so that 01/1 and numbers of any length are off the scale too.
        if rating not in {f"{points}/{scale}" for points in range(scale + 1)}:
            allowed = "0/1 or 1/1" if scale == 1 else f"0/{scale} to {scale}/{scale}"
            told = f"step {step} is rated {_shortened(rating)}, not {allowed}"
            raise JudgementError(Flaw.OFF_SCALE, told)
    points = [int(rating.partition("/")[0]) for rating in written]
    return tuple(point / scale for point, scale in zip(points, scales, strict=True))


def _only_block(text: str) -> str:
    """What stands in the one `<score>` block, when nothing outside it can be taken for a rating."""
    blocks = _blocks(text, _SCORE_TAG)
    if blocks is None:
        raise JudgementError(Flaw.OPEN_BLOCK, "a <score> or </score> tag has no partner: cut off?")
    if not blocks:
        raise JudgementError(Flaw.NO_BLOCK, f"no <score> tag in {_quoted(text)}")
    if len(blocks) > 1:
        raise JudgementError(Flaw.SECOND_BLOCK, f"{len(blocks)} <score> blocks")
    tags = list(_SCORE_TAG.finditer(text))
    outside = text[: tags[0].start()] + "\n" + text[tags[-1].end() :]
    for pattern in (_STEP_MARK, _RATIO):
        if match := pattern.search(outside):
            told = f"outside the tags: {_quoted(outside[match.start() :])}"
            raise JudgementError(Flaw.SECOND_READING, told)
    return blocks[0]


def _blocks(text: str, tag: re.Pattern[str]) -> list[str] | None:
    """Texts between opening and closing tags; None unless the tags strictly alternate."""
    tags = list(tag.finditer(text))
    if [bool(match[1]) for match in tags] != [False, True] * (len(tags) // 2):
        return None
    return [text[opened.end() : closed.start()] for opened, closed in zip(tags[::2], tags[1::2], strict=True)]


def _check_beside_ratings(block: str) -> None:
    """Make sure that a block has nothing beside ratings and what separates them."""
    rest = _RATING.sub(" ", block)
    if _BETWEEN_RATINGS.fullmatch(rest):
        if not _RATING.search(block):
            raise JudgementError(Flaw.UNRATED_STEP, "the <score> block is empty")
        return
    if match := _STEP_MARK.search(rest):
        raise JudgementError(Flaw.UNRATED_STEP, f"no rating in {_quoted(rest[match.start() :])}")
    raise JudgementError(Flaw.SECOND_READING, f"beside the ratings: {_quoted(rest.strip(' ,;.'))}")


def _consecutive(numbers: list[str]) -> bool:
    """Whether numbers, as written, are 1, 2, 3, ..."""
    return numbers == [str(number) for number in range(1, len(numbers) + 1)]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _quoted(text: str) -> str:
    return f"“{_shortened(' '.join(text.split()))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTE_LENGTH else text[: _QUOTE_LENGTH - 1] + "…"
