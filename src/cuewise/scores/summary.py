"""The metrics of a run: per task, per gold label, and over all samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cuewise.records import Outcome, OutcomeKind
from cuewise.scores.figures import Figures, Tally
from cuewise.scores.grounding_figures import GroundingTally
from cuewise.scores.label_figures import LabelCounts, LabelTally, count_labels
from cuewise.scores.panel import VoteCounts, VoteTally, count_votes

__all__ = ["Figures", "Summary"]


class Summary:
    """Figures of one protocol's outcomes, gathered one by one; no outcome is held.

    The overall figures pool all samples, as the paper's do, so large tasks weigh more.
    """

    def __init__(self, tasks: Iterable[str] = ()) -> None:
        """
        Args:
            tasks: in the order in which they are to be reported; others follow as they appear.
        """
        self._order = tuple(tasks)
        self._overall = _Group()
        self._tasks: defaultdict[str, _Group] = defaultdict(_Group)
        self._categories: defaultdict[str, defaultdict[str, _Group]] = defaultdict(
            lambda: defaultdict(_Group)
        )

    def add(self, outcome: Outcome) -> None:
        """Count one outcome.

        Raises:
            ValueError: the outcome is `scored` without a score, or has a score without being `scored`.
        """
        if (outcome.kind is OutcomeKind.SCORED) != (outcome.score is not None):
            raise ValueError(f"{outcome.sample.id}: an outcome has a score exactly when it is scored")
        task = outcome.sample.task
        categories = self._categories[task]
        votes = count_votes(outcome.votes) if outcome.score is not None else None
        labels = count_labels(outcome)
        groups = (categories[label] for label in dict.fromkeys(outcome.sample.labels))
        for group in (self._overall, self._tasks[task], *groups):
            group.add(outcome, labels, votes)

    def overall(self) -> Figures:
        """Over all samples."""
        return self._overall.figures()

    def tasks(self) -> dict[str, Figures]:
        """By task, of which there is an outcome."""
        known = [name for name in self._order if name in self._tasks]
        names = dict.fromkeys([*known, *self._tasks])
        return {name: self._tasks[name].figures() for name in names}

    def categories(self, task: str) -> dict[str, Figures]:
        """Of one task by gold label; a sample with several gold labels counts under each of them.

        Empty for a task of which no outcome was added.
        """
        return {label: group.figures() for label, group in self._categories.get(task, {}).items()}

    def to_json(self) -> dict[str, Any]:
        """`{"tasks": {name: figures}, "overall": figures}`, at full precision."""
        return {
            "tasks": {name: figures.to_json() for name, figures in self.tasks().items()},
            "overall": self.overall().to_json(),
        }


class _Group:
    """Running sums of one set of outcomes."""

    __slots__ = ("_grounding", "_labels", "_scores", "_votes")

    def __init__(self) -> None:
        self._scores = Tally()
        self._labels = LabelTally()
        self._grounding = GroundingTally()
        self._votes = VoteTally()

    def add(self, outcome: Outcome, labels: LabelCounts | None, votes: VoteCounts | None) -> None:
        if (score := outcome.score) is None:
            self._scores.add_unscored(outcome.kind.value)
        else:
            self._scores.add_scored(
                outcome.kind.value,
                recognition=score.recognition,
                reasoning=score.reasoning,
                cot=score.cot,
                n_steps=score.n_steps,
            )
            if score.grounding is not None:
                self._grounding.add(score.grounding)
        if outcome.answer is not None and outcome.answer.output_tokens is not None:
            self._scores.add_tokens(outcome.answer.output_tokens)
        if labels is not None:
            self._labels.add(labels)
        if votes is not None:
            self._votes.add(votes)

    def figures(self) -> Figures:
        return replace(
            self._scores.figures(),
            labels=self._labels.figures(),
            grounding=self._grounding.figures(),
            panel=self._votes.figures(),
        )
