"""The metrics of a run: per task, per gold label, and over all samples.

Where samples are asked several times, all answers to one are counted together: they are no samples of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cuewise.records import Grounding, Outcome, OutcomeKind, Protocol
from cuewise.samples.units import unit_of
from cuewise.scores.baselines import GoldTally, baseline_figures
from cuewise.scores.ended import Ended, ended
from cuewise.scores.figures import Figures, Tally
from cuewise.scores.grounding_figures import GroundingTally
from cuewise.scores.label_figures import LabelCounts, LabelTally, count_labels
from cuewise.scores.panel import VoteCounts, VoteTally, count_votes
from cuewise.scores.variation import VariationTally

__all__ = ["Figures", "Summary", "SummaryTally"]


@dataclass(frozen=True)
class Summary:
    """What the outcomes of one protocol come to.

    The overall figures pool all samples, as the paper's do, so large tasks weigh more.
    """

    of_all: Figures
    of_tasks: dict[str, Figures]
    of_categories: dict[str, dict[str, Figures]]
    """By task and gold label."""

    def overall(self) -> Figures:
        """Over all samples."""
        return self.of_all

    def tasks(self) -> dict[str, Figures]:
        """By task, of which there is an outcome."""
        return self.of_tasks

    def categories(self, task: str) -> dict[str, Figures]:
        """Of one task by gold label; a sample with several gold labels counts under each of them.

        Empty for a task of which there is no outcome.
        """
        return self.of_categories.get(task, {})

    def to_json(self, *, categories: bool = False) -> dict[str, Any]:
        """`{"tasks": {name: figures}, "overall": figures}`, at full precision.

        Args:
            categories: also `"categories": {task: {label: figures}}`, without which it cannot be read back.
        """
        document = {"tasks": _as_json(self.of_tasks), "overall": self.of_all.to_json()}
        if categories:
            document["categories"] = {task: _as_json(labels) for task, labels in self.of_categories.items()}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Summary:
        """What `to_json` gave, categories included."""
        read = Figures.from_json
        return cls(
            read(document["overall"]),
            {task: read(figures) for task, figures in document["tasks"].items()},
            {
                task: {label: read(figures) for label, figures in labels.items()}
                for task, labels in document["categories"].items()
            },
        )


def _as_json(figures: Mapping[str, Figures]) -> dict[str, Any]:
    return {name: one.to_json() for name, one in figures.items()}


class SummaryTally:
    """Sums from which a `Summary` is made, gathered sample by sample; no outcome is held."""

    def __init__(self, tasks: Iterable[str] = (), epochs: int = 1) -> None:
        """
        Args:
            tasks: in the order in which they are to be reported; others follow as they appear.
            epochs: how often every sample is asked.
        """
        self._order = tuple(tasks)
        new_group = partial(_Group, epochs)
        self._overall = new_group()
        self._tasks: defaultdict[str, _Group] = defaultdict(new_group)
        self._categories: defaultdict[str, defaultdict[str, _Group]] = defaultdict(
            lambda: defaultdict(new_group)
        )
        self._gold: defaultdict[str, GoldTally] = defaultdict(GoldTally)
        self._protocol = Protocol.MME_EMOTION

    def add(self, *outcomes: Outcome) -> None:
        """Count one sample: its outcome, or its outcomes in order of epoch.

        Raises:
            ValueError: an outcome is `scored` without a score, or has a score without being `scored`; or they are
                of several samples.
        """
        sample = outcomes[0].sample
        for outcome in outcomes:
            if (outcome.kind is OutcomeKind.SCORED) != (outcome.score is not None):
                raise ValueError(f"{sample.id}: an outcome has a score exactly when it is scored")
            if outcome.sample.id != sample.id:
                raise ValueError(f"{outcome.sample.id}: cannot be counted as an answer to {sample.id}")
        categories = self._categories[sample.task]
        counts = _count(outcomes)
        groups = (categories[label] for label in dict.fromkeys(sample.labels))
        for group in (self._overall, self._tasks[sample.task], *groups):
            group.add(counts)
        self._gold[sample.task].add(sample.labels, len(sample.label_set), multi_label=sample.multi_label)
        self._protocol = outcomes[0].protocol

    def summary(self) -> Summary:
        """What has been counted so far."""
        known = [name for name in self._order if name in self._tasks]
        names = dict.fromkeys([*known, *self._tasks])
        return Summary(
            self._against(self._overall, *self._gold.values()),
            {name: self._against(self._tasks[name], self._gold[name]) for name in names},
            {
                task: {label: group.figures() for label, group in groups.items()}
                for task, groups in self._categories.items()
            },
        )

    def _against(self, group: _Group, *gold: GoldTally) -> Figures:
        """Figures, held against the baselines of their tasks."""
        figures = group.figures()
        return replace(figures, baselines=baseline_figures(gold, figures.recognition, self._protocol))


@dataclass(frozen=True, slots=True)
class _Counts:
    """What the outcomes of one sample add to the figures of every set it is in."""

    group: Hashable
    """The source video of its clip, as far as that is told."""
    ends: list[Ended]
    tokens: list[int]
    """Of the answers whose server counted them."""
    labels: list[LabelCounts]
    groundings: list[Grounding]
    votes: list[VoteCounts]


def _count(outcomes: Sequence[Outcome]) -> _Counts:
    scored = [outcome for outcome in outcomes if outcome.score is not None]
    answers = [outcome.answer for outcome in outcomes if outcome.answer is not None]
    sample = outcomes[0].sample
    return _Counts(
        group=unit_of(sample.source, sample.clip.id),
        ends=[ended(outcome) for outcome in outcomes],
        tokens=[answer.output_tokens for answer in answers if answer.output_tokens is not None],
        labels=[counts for outcome in outcomes if (counts := count_labels(outcome)) is not None],
        groundings=[each.score.grounding for each in scored if each.score and each.score.grounding],
        votes=[votes for each in scored if (votes := count_votes(each.votes)) is not None],
    )


class _Group:
    """Running sums of one set of samples."""

    __slots__ = ("_grounding", "_labels", "_scores", "_variation", "_votes")

    def __init__(self, epochs: int) -> None:
        self._scores = Tally()
        self._labels = LabelTally()
        self._grounding = GroundingTally()
        self._votes = VoteTally()
        self._variation = VariationTally(epochs)

    def add(self, counts: _Counts) -> None:
        self._scores.add(*counts.ends, group=counts.group)
        for tokens in counts.tokens:
            self._scores.add_tokens(tokens)
        self._labels.add(*counts.labels, group=counts.group)
        self._grounding.add(*counts.groundings)
        self._votes.add(*counts.votes)
        self._variation.add(*counts.ends, group=counts.group)

    def figures(self) -> Figures:
        return replace(
            self._scores.figures(),
            labels=self._labels.figures(),
            grounding=self._grounding.figures(),
            panel=self._votes.figures(),
            variation=self._variation.figures(),
        )
