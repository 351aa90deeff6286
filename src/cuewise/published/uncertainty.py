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
    conservative: bool
    """Whether the interval is an upper bound, as the figure is no share of right answers but a mean of points."""


def estimate(percent: float, count: int, *, share: bool) -> PublishedEstimate:
    """A figure with Wilson's 95 % interval.

    Of a share of right answers that is the interval itself. A mean of points in 0..1 has at most the variance that a
    share of the same value has, p (1 - p) / n (Bhatia and Davis, American Mathematical Monthly 107, 2000), so for such
    a mean the same interval is at least as wide as it need be.

    Args:
        percent: 0..100.
        count: questions, above 0.
        share: whether every question earns 0 or 1.

    >>> found = estimate(40.0, 500, share=True)
    >>> round(found.interval.low, 1), round(found.interval.high, 1), found.conservative
    (35.8, 44.4, False)
    """
    return PublishedEstimate(percent, count, wilson(percent / 100 * count, count), conservative=not share)


def task_estimates(model: PublishedModel, task: str) -> dict[str, PublishedEstimate]:
    """A model's scores in a task, by name."""
    known = all_tasks()[task]
    return _estimates(model.tasks[task], known.n_questions, share=not known.multi_label)


def overall_estimates(model: PublishedModel) -> dict[str, PublishedEstimate]:
    """A model's scores over all tasks, by name; in two of these, several labels may hold, so none is a mere share."""
    count = sum(task.n_questions for task in all_tasks().values())
    return _estimates(model.overall, count, share=False)


def _estimates(scores: Scores, count: int, *, share: bool) -> dict[str, PublishedEstimate]:
    """Recognition of single labels alone is a share of right answers."""
    return {
        name: estimate(getattr(scores, name), count, share=share and name == "recognition") for name in SCORES
    }
