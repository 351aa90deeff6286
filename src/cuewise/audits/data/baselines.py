"""What a model scores on each task of a dataset that neither sees nor hears a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cuewise.scores.baselines import Expected, GoldTally, Question, gold_tallies

__all__ = ["Expected", "TaskBaselines", "compute_baselines"]


@dataclass(frozen=True)
class TaskBaselines:
    """The baselines of one task."""

    task: str
    n_samples: int
    label: str
    """Its most frequent gold label; of equally frequent ones the first in alphabetical order."""
    most_frequent: Expected
    """That label for every question, whatever its candidates."""
    random: Expected
    """Labels drawn uniformly from the question's candidates, without repetition: one, or for a multi-label question
    as many as a question of the task that is drawn has gold labels."""
    prior: Expected
    """The gold labels of a question of the task that is drawn."""
    all_labels: Expected | None
    """All candidates; None for single-label tasks, where naming several scores nothing."""


def compute_baselines(samples: Sequence[Question]) -> tuple[TaskBaselines, ...]:
    """Baselines by task, in the dataset's order."""
    return tuple(_baselines(task, tally) for task, tally in gold_tallies(samples).items())


def _baselines(task: str, tally: GoldTally) -> TaskBaselines:
    label, random = tally.label, tally.random()
    assert label is not None  # a sample has gold labels and candidates
    assert random is not None
    return TaskBaselines(
        task=task,
        n_samples=tally.count,
        label=label,
        most_frequent=tally.most_frequent(),
        random=random,
        prior=tally.prior(),
        all_labels=tally.all_labels(),
    )
