"""Clips that serve several questions, and whether their gold labels agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, Final, Protocol

from cuewise.labels.taxonomy import valence_of
from cuewise.records import Sample
from cuewise.samples.tasks import tasks as all_tasks

SENTIMENT_TASKS: Final = frozenset(("SA", "FG-SA"))
INTENT_TASKS: Final = frozenset(("IR",))
"""Their `neutral` is the absence of an intent and says nothing of how a person feels."""


class Question(Protocol):
    """What of a sample is compared."""

    @property
    def id(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


class Agreement(StrEnum):
    """Whether gold labels are of one mind."""

    AGREE = "agree"
    DISAGREE = "disagree"
    NOT_COMPARABLE = "not comparable"
    """One of them is neither negative, neutral nor positive (surprise, an intent), or several at once."""


class Overlap(StrEnum):
    """How the gold labels of two questions overlap, in any case of letters."""

    SAME = "same"
    PARTLY = "partly"
    NONE = "none"


@dataclass(frozen=True)
class Use:
    """One question about a clip."""

    sample: str
    """Its id."""
    task: str
    labels: tuple[str, ...]
    valence: str | None
    """`negative`, `neutral` or `positive`; None where it has none or labels of several."""


@dataclass(frozen=True)
class SharedClip:
    """A clip that several questions are asked about; of more than two, each pair is one of these."""

    clip: str
    uses: tuple[Use, Use]
    agreement: Agreement
    """By valence."""
    overlap: Overlap | None
    """None where the two tasks do not ask for the same, or nobody can tell: an emotion and an intent, two scales of
    sentiment, which use one word for different degrees, or a task of one's own and another."""

    @property
    def tasks(self) -> tuple[str, str]:
        """The two tasks, in the dataset's order."""
        return self.uses[0].task, self.uses[1].task

    def to_json(self) -> dict[str, Any]:
        """The clip as plain data."""
        return {
            "clip": self.clip,
            "uses": [
                {"sample": use.sample, "task": use.task, "labels": list(use.labels), "valence": use.valence}
                for use in self.uses
            ],
            "agreement": self.agreement.value,
            "overlap": None if self.overlap is None else self.overlap.value,
        }


@dataclass(frozen=True)
class SharedPair:
    """How many clips two tasks share, and how far their labels agree."""

    tasks: tuple[str, str]
    n_clips: int
    agreement: dict[str, int]
    """By `Agreement`; all of them."""
    overlap: dict[str, int]
    """By `Overlap`; empty where the tasks do not ask for the same."""


def find_shared_clips(samples: Sequence[Sample]) -> tuple[SharedClip, ...]:
    """Clips with more than one question, in the dataset's order, by pair of tasks."""
    return pair_up((sample.clip.id, sample) for sample in samples)


def pair_up(questions: Iterable[tuple[str, Question]]) -> tuple[SharedClip, ...]:
    """The same of questions, each with the id of its clip."""
    by_clip: dict[str, list[Question]] = {}
    order: dict[str, int] = {}
    for clip, question in questions:
        by_clip.setdefault(clip, []).append(question)
        order.setdefault(question.task, len(order))
    shared = [
        _shared(clip, first, second)
        for clip, using in by_clip.items()
        for first, second in combinations(using, 2)
    ]
    return tuple(sorted(shared, key=lambda one: tuple(order[task] for task in one.tasks)))


def summarize_shared(shared: Sequence[SharedClip]) -> tuple[SharedPair, ...]:
    """The counts of each pair of tasks, the largest first."""
    groups: dict[tuple[str, str], list[SharedClip]] = {}
    for one in shared:
        groups.setdefault(one.tasks, []).append(one)
    pairs = []
    for tasks, members in groups.items():
        agreed = Counter(one.agreement for one in members)
        overlaps = Counter(one.overlap for one in members if one.overlap is not None)
        pairs.append(
            SharedPair(
                tasks,
                len({one.clip for one in members}),
                {kind.value: agreed[kind] for kind in Agreement},
                {kind.value: overlaps[kind] for kind in Overlap} if overlaps else {},
            )
        )
    return tuple(sorted(pairs, key=lambda pair: -pair.n_clips))


def valence_of_labels(task: str, labels: Sequence[str]) -> str | None:
    """The one valence of gold labels; None for intents, where none has one, and where they are mixed."""
    if task in INTENT_TASKS:
        return None
    valences = {valence for label in labels if (valence := valence_of(label)) is not None}
    return valences.pop() if len(valences) == 1 else None


def _shared(clip: str, first: Question, second: Question) -> SharedClip:
    a, b = (
        Use(sample.id, sample.task, sample.labels, valence_of_labels(sample.task, sample.labels))
        for sample in (first, second)
    )
    if a.valence is None or b.valence is None:
        agreement = Agreement.NOT_COMPARABLE
    else:
        agreement = Agreement.AGREE if a.valence == b.valence else Agreement.DISAGREE
    return SharedClip(clip, (a, b), agreement, _overlap(a, b))


def _overlap(a: Use, b: Use) -> Overlap | None:
    if a.task != b.task and not (_asks_emotion(a.task) and _asks_emotion(b.task)):
        return None
    labels_a, labels_b = ({label.casefold() for label in use.labels} for use in (a, b))
    if labels_a == labels_b:
        return Overlap.SAME
    return Overlap.PARTLY if labels_a & labels_b else Overlap.NONE


def _asks_emotion(task: str) -> bool:
    return task in all_tasks() and task not in SENTIMENT_TASKS | INTENT_TASKS
