"""Whether a model names some labels more often than they are right, or hardly any other at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Final

import numpy as np

from cuewise.analysis.answers import TaskAnswers
from cuewise.analysis.clustered import Estimated, mean_differences, share
from cuewise.analysis.paired import holm
from cuewise.analysis.table import Floats

COLLAPSED: Final = 0.5
"""A task has collapsed onto a label the interval of whose share lies above this, and above its share of gold ones."""

LEAST: Final = 10
"""Answers in which a label is named or gold but not both that it must have to be tested."""


@dataclass(frozen=True, slots=True)
class LabelUse:
    """How often a label is named, and how often it is right to name it, over answers that name a label."""

    label: str
    named: float
    """Percent of all labels named; an answer that names k of them gives each 1/k."""
    gold: float
    """Percent of the gold labels of the same answers, counted alike."""
    excess: Estimated
    """Named minus gold, percentage points; its p-value is None where too few answers or clusters tell, and of
    `label_uses` adjusted by Holm over the labels of all tasks."""

    @property
    def is_certain(self) -> bool:
        """Whether it is over- or under-used, by the test."""
        return self.excess.p_value is not None and self.excess.p_value < 0.05


@dataclass(frozen=True, slots=True)
class TopLabel:
    """The label that a task's answers name most."""

    label: str
    share: Estimated
    """Of all labels named, percent, over answers that name one."""
    gold: float
    """Its share of the gold labels of the same answers, percent."""
    collapsed: bool
    """Whether most answers name one and the same label, and more of them than is right, both by the interval."""


@dataclass(frozen=True, slots=True)
class Use:
    """How a task's labels are used."""

    task: str
    count: int
    """Answers that name a label."""
    labels: tuple[LabelUse, ...]
    """In the task's order."""
    top: TopLabel
    breadth: float
    """Effective number of labels named: exp of the entropy of their shares (Hill, Ecology 54, 1973), 1..n_labels."""
    gold_breadth: float
    """The same of the gold labels."""

    @property
    def overused(self) -> tuple[LabelUse, ...]:
        """Labels that are surely named too often, the worst first."""
        certain = [use for use in self.labels if use.is_certain and use.excess.value > 0]
        return tuple(sorted(certain, key=lambda use: -use.excess.value))


def top_label(answers: TaskAnswers) -> TopLabel | None:
    """The label that is named most; None where no answer names one."""
    kept = answers.only(answers.named > 0)
    return _top(kept, *_parts(kept)) if len(kept) else None


def _top(answers: TaskAnswers, said: Floats, gold: Floats) -> TopLabel:
    """The same of answers that all name one, (n, n_labels) as `_parts` gives them."""
    top = int(said.mean(axis=0).argmax())
    found = share(said[:, top], answers.clusters)
    assert found is not None  # there are answers
    right = float(gold[:, top].mean())
    collapsed = (found.low or 0.0) > max(COLLAPSED, right)
    return TopLabel(answers.labels.names[top], found.times(100), 100 * right, collapsed)


def _parts(answers: TaskAnswers) -> tuple[Floats, Floats]:
    """(n, n_labels) each: what an answer gives each label named, and gold labels alike; rows add up to 1."""
    said, gold = answers.said, answers.gold
    return said / said.sum(axis=1, keepdims=True), gold / gold.sum(axis=1, keepdims=True)


def label_uses(tasks: Sequence[TaskAnswers]) -> list[Use]:
    """How each task's labels are used; a task in which no answer names one is left out."""
    uses = [use for answers in tasks if (use := label_use(answers)) is not None]
    p_values = [label.excess.p_value for use in uses for label in use.labels]
    adjusted = iter(holm([p_value for p_value in p_values if p_value is not None]))

    def corrected(label: LabelUse) -> LabelUse:
        if label.excess.p_value is None:
            return label
        return replace(label, excess=replace(label.excess, p_value=next(adjusted)))

    return [replace(use, labels=tuple(corrected(label) for label in use.labels)) for use in uses]


def label_use(answers: TaskAnswers) -> Use | None:
    """How a task's labels are used, its tests by themselves; None where no answer names one."""
    kept = answers.only(answers.named > 0)
    if not len(kept):
        return None
    said, gold = _parts(kept)
    count = len(said)
    shares, gold_shares = said.mean(axis=0), gold.mean(axis=0)
    moves = (said != gold).sum(axis=0)
    found = [
        one.times(100) if moved >= LEAST else replace(one.times(100), p_value=None)
        for one, moved in zip(mean_differences(said - gold, kept.clusters, alike=True), moves, strict=True)
    ]
    return Use(
        task=answers.task,
        count=count,
        labels=tuple(
            LabelUse(
                name,
                100 * float(shares[at]),
                100 * float(gold_shares[at]),
                found[at],
            )
            for at, name in enumerate(answers.labels.names)
        ),
        top=_top(kept, said, gold),
        breadth=effective_labels(shares),
        gold_breadth=effective_labels(gold_shares),
    )


def effective_labels(shares: Floats) -> float:
    """exp(-sum p ln p): the number of labels, were they used alike, that would be as varied.

    Args:
        shares: (n_labels,) adding up to 1.

    >>> round(effective_labels(np.array([0.5, 0.5, 0.0])), 6)
    2.0
    """
    used = shares[shares > 0]
    return exp(-float((used * np.log(used)).sum()))
