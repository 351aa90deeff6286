"""What can be concluded from the scores of one or several runs, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cuewise.analysis.ranking import RankInterval
from cuewise.analysis.scoreboard import RunScores
from cuewise.analysis.uncertainty import Uncertain
from cuewise.counts import how_many
from cuewise.reports.formats import count, decimal, signed
from cuewise.reports.words.phrases import kept_together, listed, with_interval

MANY = 3
"""Runs or tasks that a sentence names at most."""


def leader_sentence(names: Sequence[str], scores: Sequence[RunScores], ranks: Sequence[RankInterval]) -> str:
    """Which run has the highest CoT score, and which others the samples do not tell from it; for one run its score."""
    best = max(range(len(names)), key=lambda place: _percent(scores[place].overall.get("cot")))
    found = scores[best].overall.get("cot")
    if found is None:
        return ""
    score = with_interval(found.percent, found.interval) if found.interval else f"{decimal(found.percent)} %"
    if len(names) == 1:
        return kept_together(f"The CoT score of {names[0]} is {score}.")
    told = f"Of {len(names)} runs, {names[best]} has the highest CoT score, {score}."
    rivals = [one.name for one in ranks if one.low == 1 and one.name != names[best]]
    if rivals:
        who = listed(rivals) if len(rivals) <= MANY else f"{len(rivals)} other runs"
        told += f" The samples leave open whether {who} {'is' if len(rivals) == 1 else 'are'} as good."
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
                f" Of what the first leaves to gain, {names[0]} gains {signed(base.over_majority)} %:"
                f" {'no skill' if base.below else 'its skill'}."
            )
        below = [
            f"{task} ({decimal(one.best)} %)" for task, one in scores[0].task_baselines.items() if one.below
        ]
        if below:
            told += f" It is below the better of the two in {listed(below)}."
        return kept_together(told)
    lower = [name for name, one in held if one.below]
    if lower:
        who = listed(lower) if len(lower) <= MANY else f"{len(lower)} of {len(names)} runs"
        told += f" Below the better of the two: {who}."
    else:
        told += " Every run is above both."
    return kept_together(told)


def power_sentence(samples: int, overall: float | None, by_task: Mapping[str, float | None]) -> str:
    """How small a difference in recognition such samples can show.

    Args:
        samples: of all tasks.
        overall: the smallest true difference that is found in 4 of 5 cases, percentage points.
        by_task: the same of each task.
    """
    if overall is None:
        return f"{how_many(samples, 'sample')} are too few to show any difference between two runs."
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


def _percent(found: Uncertain | None) -> float:
    return -1.0 if found is None else found.percent
