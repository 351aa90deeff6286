"""Intervals for published figures, of which only the value and the number of questions are known."""

from __future__ import annotations

from dataclasses import dataclass

from cuewise.published.figures import PublishedModel, Scores
from cuewise.samples.tasks import tasks as all_tasks
from cuewise.scores.ended import SCORES
from cuewise.scores.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class PublishedEstimate:
    """A published figure with what can be said of how sure it is."""

    percent: float
    """As printed."""
    count: int
    """Questions that it is over, if none left the denominator."""
    interval: Interval
    """As if questions were independent."""


def estimate(percent: float, count: int) -> PublishedEstimate:
    """A figure with Wilson's 95 % interval, as if questions were independent.

    Of a share of right answers that is the interval itself. A mean of points in 0..1 has at most the variance that a
    share of the same value has, p (1 - p) / n (Bhatia and Davis, American Mathematical Monthly 107, 2000). Questions
    about clips of one source video are not independent, and how alike a model's answers to them are cannot be told from
    its mean: where a task's clips are of few videos, the interval is too short.

    Args:
        percent: 0..100.
        count: questions, above 0.

    >>> found = estimate(40.0, 500)
    >>> round(found.interval.low, 1), round(found.interval.high, 1)
    (35.8, 44.4)
    """
    return PublishedEstimate(percent, count, wilson(percent / 100 * count, count))


def task_estimates(model: PublishedModel, task: str) -> dict[str, PublishedEstimate]:
    """A model's scores in a task, by name."""
    return _estimates(model.tasks[task], all_tasks()[task].n_questions)


def overall_estimates(model: PublishedModel) -> dict[str, PublishedEstimate]:
    """A model's scores over all tasks, by name."""
    count = sum(task.n_questions for task in all_tasks().values())
    return _estimates(model.overall, count)


def _estimates(scores: Scores, count: int) -> dict[str, PublishedEstimate]:
    return {name: estimate(getattr(scores, name), count) for name in SCORES}
