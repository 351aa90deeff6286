"""A reading of judged files that never guesses: one rating per step, on the step's own scale, or none at all.

An entry is read when its judgement can mean one thing only. Everything else is unscored with a reason,
stays in the denominator, and shows in the coverage.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from cuewise.samples.units import unit_of
from cuewise.scores.ended import Ended
from cuewise.scores.figures import Figures, Tally
from cuewise.scores.judged import JudgedEntry, Reading, Unread
from cuewise.tagged import JudgementError, check_count, points_on_scale, split_steps, written_ratings


class Refusal(StrEnum):
    """Why the strict reading leaves an entry unscored; among the reasons is every `tagged.Flaw`."""

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
    try:
        written = written_ratings(entry.score)
        n_steps = count_steps(entry.step or "")
        if n_steps is None:
            return Unread(
                Refusal.STEPS_UNCLEAR,
                "the steps cannot be counted: none, not numbered 1, 2, 3, ..., or cut off",
            )
        check_count(written, n_steps)
        scales = [1] * n_steps
        if separator is not None:
            scales[-1] = len(gold_labels(entry, separator))
            if not scales[-1]:
                return Unread(Refusal.GOLD_UNCLEAR, "there is no gold label to count hits against")
        return Reading(points_on_scale(written, scales))
    except JudgementError as error:
        return Unread(Refusal(error.flaw.value), str(error))


def strict_figures(readings: Iterable[tuple[JudgedEntry, Reading | Unread]]) -> Figures:
    """Figures over all entries; `outcomes` counts the unscored by `Refusal`, the others as `scored`. Entries of one
    source video are taken together, as far as their `video_id` tells it."""
    tally = Tally()
    for entry, reading in readings:
        tally.add(_ended(reading), group=_video_of(entry))
    return tally.figures()


def _ended(reading: Reading | Unread) -> Ended:
    if isinstance(reading, Unread):
        return Ended(str(reading.code))
    cot = 0.5 * reading.recognition + 0.5 * reading.reasoning
    return Ended("scored", (reading.recognition, reading.reasoning, cot), reading.n_steps)


def _video_of(entry: JudgedEntry) -> tuple[str, ...] | None:
    """What the entry is taken together with; the first folder of a `video_id` names the corpus."""
    return None if entry.video_id is None else unit_of(entry.video_id.partition("/")[0], entry.video_id)


def count_steps(text: str) -> int | None:
    """How many steps an extractor's reply has; None unless they are numbered 1 to N, once each, in order."""
    steps = split_steps(text)
    return None if steps is None else len(steps)


def gold_labels(entry: JudgedEntry, separator: str | None) -> set[str]:
    """The gold labels that an entry names; empty where there is none.

    Args:
        separator: what joins those of a multi-label task; None for a single-label task.
    """
    text = entry.ground_truth or ""
    return {label.strip() for label in (text.split(separator) if separator else [text])} - {""}
