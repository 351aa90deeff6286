"""What can be concluded from the scores of one or several runs, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cuewise.analysis.ranking import RankInterval
from cuewise.analysis.scoreboard import RunScores
from cuewise.analysis.uncertainty import Uncertain
from cuewise.counts import how_many
from cuewise.reports.formats import count, decimal, signed
from cuewise.reports.words.phrases import kept_together, listed, with_interval
from cuewise.scores.baselines import BaselineFigures
from cuewise.scores.clusters import MIN_GROUPS
from cuewise.scores.intervals import Interval

MANY = 3
"""Runs or tasks that a sentence names at most."""

UNITS: Final = {"sample": "sample", "clip": "clip", "video": "source video", "speaker": "speaker"}
"""What is taken together, in words."""

_EQUAL: Final = 1e-9


def leader_sentence(names: Sequence[str], scores: Sequence[RunScores], ranks: Sequence[RankInterval]) -> str:
    """Which run has the highest CoT score, and which others the samples do not tell from it; for one run its score."""
    of_runs = [_percent(one.overall.get("cot")) for one in scores]
    best = of_runs.index(max(of_runs))
    found = scores[best].overall.get("cot")
    if found is None:
        return ""
    score = with_interval(found.percent, found.interval) if found.interval else f"{decimal(found.percent)} %"
    if len(names) == 1:
        return kept_together(f"The CoT score of {names[0]} is {score}.")
    level = [name for name, one in zip(names, of_runs, strict=True) if one > of_runs[best] - _EQUAL]
    if len(level) > 1:
        return kept_together(
            f"{_who(level, len(names))} have the same CoT score, {score}, and no run a higher one."
        )
    told = f"Of {len(names)} runs, {names[best]} has the highest CoT score, {score}."
    rivals = [names[place] for place, one in enumerate(ranks) if one.low == 1 and place != best]
    if found.clusters < MIN_GROUPS:
        told += (
            f" Whether another is as good cannot be told: the samples are of {found.clusters}"
            f" {UNITS[found.unit]}{'' if found.clusters == 1 else 's'}, and fewer than {MIN_GROUPS} show nothing."
        )
    elif rivals:
        who = listed(rivals) if len(rivals) <= MANY else f"{len(rivals)} other runs"
        told += (
            f" The samples leave open whether {who} {'is' if len(rivals) == 1 else 'are'} as good or better."
        )
    elif ranks:
        told += " The samples tell it from every other run."
    return kept_together(told)


def skill_sentence(names: Sequence[str], scores: Sequence[RunScores]) -> str:
    """What recognition is worth beyond chance; for several runs, which are below it."""
    held = [
        (name, one.baselines) for name, one in zip(names, scores, strict=True) if one.baselines is not None
    ]
    if not held:
        return ""
    base = held[0][1]
    told = (
        f"Always naming each task’s most frequent label scores {decimal(base.majority)} % of recognition"
        + ("" if base.random is None else f", labels drawn by lot {decimal(base.random)} %")
        + "."
    )
    if len(names) == 1:
        if base.over_majority is not None:
            told += (
                f" Of what the first leaves to gain, {names[0]} gains {signed(base.over_majority)} %;"
                f" {_against_chance(scores[0].overall['recognition'].interval, base.best)}."
            )
        below = [
            f"{task} ({decimal(one.best)} %)" for task, one in scores[0].task_baselines.items() if one.below
        ]
        if below:
            told += f" It scores less than the better of the two in {listed(below)}."
        return kept_together(told)
    lower = [name for name, one in held if one.below]
    if lower:
        who = listed(lower) if len(lower) <= MANY else f"{len(lower)} of {len(names)} runs"
        told += f" {who} {'scores' if len(lower) == 1 else 'score'} less than the better of the two."
    elif all(_is_above(one) for _, one in held):
        told += " Every run scores more than both."
    else:
        told += " No run scores less than the better of the two."
    return kept_together(told)


def _is_above(held: BaselineFigures) -> bool:
    """Whether recognition is above both baselines."""
    return all(over is None or round(over, 6) > 0 for over in (held.over_majority, held.over_random))


def _against_chance(interval: Interval | None, best: float) -> str:
    """How recognition stands to the better of the two baselines, which is known without error."""
    if interval is None:
        return "whether it is above the better of the two cannot be told from such samples"
    if interval.low > best:
        return "the 95 % interval of its recognition lies above the better of the two"
    if interval.high < best:
        return "the 95 % interval of its recognition lies below the better of the two"
    return "whether it is above the better of the two cannot be told: the 95 % interval of its recognition holds it"


def power_sentence(
    samples: int, groups: int, units: str, overall: float | None, by_task: Mapping[str, float | None]
) -> str:
    """How small a difference in recognition such samples can show.

    Args:
        samples: of all tasks.
        groups: that these are in, of what is taken together.
        units: what a group is, in the plural.
        overall: the smallest true difference that is found in 4 of 5 cases, percentage points.
        by_task: the same of each task.
    """
    if overall is None:
        of = "" if groups == samples else f" of {count(groups)} {units if groups > 1 else units[:-1]}"
        between = "between two runs"
        if groups >= MIN_GROUPS:
            between = "in recognition between two runs that both score about as here"
        return (
            f"{how_many(samples, 'sample')}{of} {'is' if samples == 1 else 'are'} too few to show any difference"
            f" {between}."
        )
    told = (
        f"Between two runs over the same {count(samples)} samples, a true difference in recognition under"
        f" {decimal(overall)} points can well be missed"
    )
    shown = {task: one for task, one in by_task.items() if one is not None}
    if len(by_task) > 1 and shown:
        low, high = min(shown, key=lambda task: shown[task]), max(shown, key=lambda task: shown[task])
        told += (
            f"; in single tasks, under {decimal(shown[low])} ({low}) to {decimal(shown[high])} ({high})"
            if low != high
            else f"; in {low}, under {decimal(shown[low])}"
        )
    return f"{told}."


def _who(names: Sequence[str], whole: int) -> str:
    return (
        listed(names)
        if len(names) <= MANY
        else f"All {whole} runs"
        if len(names) == whole
        else f"{len(names)} of {whole} runs"
    )


def _percent(found: Uncertain | None) -> float:
    return -1.0 if found is None else found.percent
