"""Whether a model names some labels more often than they are right, or hardly any other at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp
from typing import Final

import numpy as np

from cuewise.analysis.answers import Masks, TaskAnswers
from cuewise.analysis.clustered import Estimated, estimated, share, standard_errors
from cuewise.analysis.paired import holm
from cuewise.analysis.table import Floats

COLLAPSED: Final = 0.5
"""A task has collapsed onto a label whose share of all labels named surely exceeds this, and its share of gold ones."""

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
    """Named minus gold, percentage points; its p-value is adjusted by Holm over the task's labels, None where
    too few answers tell."""

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
    """Whether most answers surely name one and the same label, and more of them than is right."""


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
    kept = answers.named > 0
    if not kept.any():
        return None
    said, gold = _parts(answers, kept)
    shares = said.mean(axis=0)
    top = int(shares.argmax())
    found = share(said[:, top], answers.clusters[kept])
    assert found is not None  # there are answers
    right = float(gold[:, top].mean())
    collapsed = (found.low or 0.0) > max(COLLAPSED, right)
    return TopLabel(answers.labels.names[top], found.times(100), 100 * right, collapsed)


def _parts(answers: TaskAnswers, kept: Masks) -> tuple[Floats, Floats]:
    """(n_kept, n_labels) each: what an answer gives each label named, and gold labels alike; rows add up to 1."""
    said, gold = answers.said[kept], answers.gold[kept]
    return said / said.sum(axis=1, keepdims=True), gold / gold.sum(axis=1, keepdims=True)


def label_use(answers: TaskAnswers) -> Use | None:
    """How a task's labels are used; None where no answer names one."""
    top = top_label(answers)
    if top is None:
        return None
    kept = answers.named > 0
    said, gold = _parts(answers, kept)
    count = len(said)
    shares, gold_shares = said.mean(axis=0), gold.mean(axis=0)
    excess = shares - gold_shares
    errors, clusters = standard_errors(said - gold - excess, answers.clusters[kept])
    found = [
        estimated(100 * float(value), 100 * float(error), clusters, count)
        for value, error in zip(excess, np.broadcast_to(errors, excess.shape), strict=True)
    ]
    moves = (said != gold).sum(axis=0)
    tested = [at for at, one in enumerate(found) if one.p_value is not None and moves[at] >= LEAST]
    adjusted = dict(zip(tested, holm([found[at].p_value or 0.0 for at in tested]), strict=True))
    return Use(
        task=answers.task,
        count=count,
        labels=tuple(
            LabelUse(
                name,
                100 * float(shares[at]),
                100 * float(gold_shares[at]),
                replace(found[at], p_value=adjusted.get(at)),
            )
            for at, name in enumerate(answers.labels.names)
        ),
        top=top,
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
