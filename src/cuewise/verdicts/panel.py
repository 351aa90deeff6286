"""Several judges, or one judge several times: how their verdicts become one set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from statistics import fmean
from typing import Final, TypeVar

from cuewise.models.protocol import Ask, Completion, Model, Request
from cuewise.records import Decision, Verdict, Vote
from cuewise.verdicts.protocol import Judge

T = TypeVar("T")


class PanelRule(StrEnum):
    """How several sets of verdicts become one."""

    MAJORITY = "majority"
    """A step earns its point where more than half of the judges give it; a tie goes against it."""
    MEAN = "mean"
    """A step earns the mean of the judges' points."""


@dataclass(frozen=True)
class Seat:
    """One place on the panel."""

    judge: Judge
    model: Model | None
    """None where the judge asks no model."""
    repeat: int = 0
    """Which repeat of this judge, from 0."""


def ask_again(ask: Ask, repeat: int) -> Ask:
    """The same model asked once more: each repeat is a call of its own, stored apart from the others."""

    async def repeated(request: Request) -> Completion:
        return await ask(request.model_copy(update={"epoch": repeat}))

    return repeated if repeat else ask


# From the one that counts most against a step. Where judges are split evenly, the graver decision stands.
_GRAVITY: Final = (Decision.CONTRADICTED, Decision.UNVERIFIABLE, Decision.SUPPORTED)


def combine(votes: Sequence[Vote], rule: PanelRule) -> tuple[Verdict, ...]:
    """One verdict per step from all votes.

    Points follow the rule. The decision is the one with most votes, of several the gravest; evidence and
    reason are those of the judges who decided so, and relevance and labels what most of them say (a tie is
    not relevant, and has the labels of the earliest vote). A step repeats another where more than half of the judges
    say that it repeats one: the one that most of them name, of several the first.

    Raises:
        ValueError: no votes, or votes on different steps.
    """
    if len({tuple(verdict.step for verdict in vote.verdicts) for vote in votes}) != 1:
        raise ValueError("a panel needs at least one vote, and all votes must be on the same steps")
    return tuple(
        _combined([vote.verdicts[place] for vote in votes], rule) for place in range(len(votes[0].verdicts))
    )


def _combined(verdicts: Sequence[Verdict], rule: PanelRule) -> Verdict:
    rating = _points(verdicts, rule)
    decisions = Counter(verdict.decision for verdict in verdicts if verdict.decision is not None)
    decision = max(
        (each for each in _GRAVITY if decisions[each]), key=decisions.__getitem__, default=None
    )  # the first of the most frequent
    agreeing = [
        verdict
        for verdict in verdicts
        if (verdict.decision is decision if decision is not None else verdict.rating == rating)
    ]
    repeated = sorted(verdict.repeats for verdict in verdicts if verdict.repeats is not None)
    said = [verdict.relevant for verdict in verdicts if verdict.relevant is not None]
    confidences = [verdict.confidence for verdict in agreeing if verdict.confidence is not None]
    return Verdict(
        step=verdicts[0].step,
        rating=rating,
        decision=decision,
        evidence=tuple(dict.fromkeys(item for verdict in agreeing for item in verdict.evidence)),
        reason=next((verdict.reason for verdict in agreeing), ""),
        relevant=_is_relevant(said, decision, rating, rule) if said else None,
        confidence=fmean(confidences) if confidences else None,
        labels=_most_frequent([verdict.labels for verdict in verdicts if verdict.labels is not None]),
        repeats=_most_frequent(repeated) if 2 * len(repeated) > len(verdicts) else None,
    )


def _points(verdicts: Sequence[Verdict], rule: PanelRule) -> float:
    """The panel's points: their mean, or the most that more than half of the judges would give at least.

    A judge to whom the step only repeats an earlier one gives it nothing; the mean is over the others.
    """
    given = [verdict.rating for verdict in verdicts if verdict.repeats is None]
    if rule is PanelRule.MEAN:
        return fsum(given) / len(given) if given else 0.0
    # The lower median: for ratings of 0 and 1 the strict majority, and sound for C/K in between.
    return sorted([*given, *[0.0] * (len(verdicts) - len(given))])[(len(verdicts) - 1) // 2]


def _is_relevant(said: Sequence[bool], decision: Decision | None, rating: float, rule: PanelRule) -> bool:
    """Whether most judges say so; what a majority supports and does not pay for is not, so that both agree."""
    unpaid = rule is PanelRule.MAJORITY and decision is Decision.SUPPORTED and not rating
    return 2 * sum(said) > len(said) and not unpaid


def _most_frequent(values: Sequence[T]) -> T | None:
    """Of equally frequent values the first."""
    return max(values, key=values.count) if values else None
