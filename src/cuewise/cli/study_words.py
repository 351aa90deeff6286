"""What `cuewise study` says of a study, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cuewise.counts import how_many
from cuewise.study.drawing import PER_STRATUM
from cuewise.study.effort import AGREEMENT, CORRELATION, QUESTION_S, RIGHT, STEP_S, Effort
from cuewise.study.records import Study, StudyKind


def warnings(study: Study) -> list[str]:
    """What makes raters less blind than they are to be, and what to do."""
    plan = study.plan
    told = []
    for rule, n_clips in plan.frames_lacking.items():
        runs = _and([run for run, used in plan.frame_rules.items() if used == rule])
        told.append(
            f"of {how_many(n_clips, 'clip')} this workspace has no frames by {rule}, the rule of {runs}, so that the"
            " number of frames may tell raters whose answer it is: run a model over all clips with the frame options of"
            f" {runs} (a baseline will do) and create the study then, or make a study of each run"
        )
    return told


def in_words(study: Study, effort: Effort, *, asked: int) -> list[str]:
    """What was drawn and what not, what it will take, and how sure its figures will be."""
    plan, n = study.plan, len(study.drawn)
    question = plan.kind is StudyKind.QUESTION
    lines = []
    if n < asked:
        lines.append(f"There are only {how_many(n, 'sample')} to draw, and all of them are drawn.")
    lines.append(_strata(study))
    if plan.left_out:
        told = ", ".join(f"{count:,} {reason}" for reason, count in plan.left_out.items())
        lines.append(f"Could not be drawn: {told}.")
    bare = sum(not item.frames and item.audio is None for item in study.items)
    if bare:
        lines.append(
            f"Of {how_many(bare, 'item')} this workspace has no frames and no sound: raters see the clip's own file"
            " alone."
        )
    if len(set(plan.frame_rules.values())) > 1:
        rules = ", ".join(f"{run} by {rule}" for run, rule in plan.frame_rules.items())
        lines.append(
            f"The runs look at different frames ({rules}): raters see those of all of them with each clip, numbered"
            " anew."
        )
    checks = {item.id for item in study.items if item.is_check}
    of_them = _range(len(checks & set(ids)) for ids in study.assigned.values())
    lines.append(
        f"{how_many(n, 'item')}"
        + (f", and {len(checks):,} more to check attention" if checks else "")
        + f". {how_many(len(plan.raters), 'rater')} with {_range(map(len, study.assigned.values()))} items each"
        + (f", {of_them} of them to check attention" if checks else "")
        + f"; every item drawn is seen by {plan.overlap}."
    )
    longest, total = (_time(hours) for hours in (max(effort.hours.values()), sum(effort.hours.values())))
    pace = f"{QUESTION_S:.0f} s for a question" if question else f"{STEP_S:.0f} s for a step"
    what = "question" if question else "step"
    lines.append(
        f"{how_many(effort.ratings, 'answer' if question else 'rating')} to give: {longest} for a rater,"
        f" {total} in all, if a clip is watched once and {pace} suffice."
    )
    known = f"will be known to ±{effort.half_width:.1f} points (95 %), if it is"
    of = how_many(effort.units, what)
    lines.append(
        f"From {of}, people's accuracy {known} {RIGHT:.0%}."
        if question
        else f"From {of} of {how_many(n, 'answer')}, the judge's agreement with people {known} {AGREEMENT:.0%} and"
        f" steps of an answer correlate by {CORRELATION}."
    )
    return lines


def _time(hours: float) -> str:
    """A time that is told before it is taken: minutes below an hour.

    >>> _time(0.001), _time(0.4), _time(0.995), _time(1.26)
    ('1 minute', '24 minutes', '1.0 hours', '1.3 hours')
    """
    minutes = max(1, round(hours * 60))
    return how_many(minutes, "minute") if minutes < 60 else f"{hours:.1f} hours"


def _strata(study: Study) -> str:
    """By what answers were grouped for the draw, and what it would take to group them by more."""
    plan = study.plan
    by = f"Strata are by {_and(plan.strata_by)}" if plan.strata_by else "All samples are one stratum"
    there = sum(size for size, _ in plan.strata.values())
    if not plan.finer:
        return f"{by}."
    within = {what: needed for what, needed in plan.finer.items() if needed <= there}
    told = ", ".join(f"from --n {needed:,} on by {what} too" for what, needed in within.items())
    return (
        f"{by}: with {how_many(len(study.drawn), 'item')} finer ones would have fewer than {PER_STRATUM} on"
        f" average. {f'They are {told}.' if told else 'There are too few samples for more.'}"
    )


def _and(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _range(counts: Iterable[int]) -> str:
    """The smallest and the largest, or one number where they are the same."""
    different = sorted(set(counts))
    low, high = different[0], different[-1]
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
