"""What a score is worth beyond what chance gives: baselines by task and over all, and skill above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cuewise.analysis.table import SampleRow
from cuewise.audits.data.baselines import compute_baselines
from cuewise.scores.baselines import skill

__all__ = ["Baseline", "baselines", "overall_baseline", "skill"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What recognition scores that neither sees nor hears a clip, percent."""

    task: str
    """Empty for the one over all tasks."""
    count: int
    """Samples."""
    majority_label: str
    """The task's most frequent gold label; empty over all tasks, each of which has its own."""
    majority: float
    """That label for every sample."""
    random: float
    """Expected for labels drawn from each question's own candidates: one, or for a multi-label question as many as a
    question of the task that is drawn has gold labels (`audits.data.baselines`)."""


def baselines(samples: Sequence[SampleRow]) -> dict[str, Baseline]:
    """By task, in the order in which tasks appear."""
    return {
        found.task: Baseline(
            found.task, found.n_samples, found.label, found.most_frequent.points, found.random.points
        )
        for found in compute_baselines(samples)
    }


def overall_baseline(tasks: Iterable[Baseline]) -> Baseline | None:
    """Over the samples of all tasks, each answered by its task's baseline; None of no task."""
    each = list(tasks)
    count = sum(one.count for one in each)
    if not count:
        return None
    majority, random = (
        sum(one.count * value for one, value in zip(each, values, strict=True)) / count
        for values in ([one.majority for one in each], [one.random for one in each])
    )
    return Baseline("", count, "", majority, random)
