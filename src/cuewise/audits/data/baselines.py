"""What a model scores that neither sees nor hears a clip: expected values, computed and not drawn.

Three readings of each, in percent, as means over the questions of a task:

- `points`: the benchmark's own. Single label: 1 if it is the gold label. Multi-label: C/K, C = gold labels that were
  named, K = number of gold labels.
- `f1`: 2C / (P + K), P = number of labels named. As `points` for a single label.
- `exact`: 1 if exactly the gold labels are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, fsum
from typing import Protocol, TypeVar

_Readings = tuple[float, float, float]
_Kind = TypeVar("_Kind")


class Question(Protocol):
    """What baselines need of a sample."""

    @property
    def task(self) -> str: ...
    @property
    def label_set(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def multi_label(self) -> bool: ...


@dataclass(frozen=True)
class Expected:
    """Expected scores, percent."""

    points: float
    f1: float
    exact: float


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
    groups: dict[str, list[Question]] = {}
    for sample in samples:
        groups.setdefault(sample.task, []).append(sample)
    return tuple(_baselines(task, members) for task, members in groups.items())


def _baselines(task: str, samples: Sequence[Question]) -> TaskBaselines:
    gold = Counter(label for sample in samples for label in sample.labels)
    label = min(gold, key=lambda one: (-gold[one], one))
    sizes = Counter(len(sample.labels) for sample in samples)
    sets = Counter(frozenset(sample.labels) for sample in samples)
    # Questions with equal candidates and gold labels score alike: each kind is computed once.
    kinds = Counter(
        (frozenset(sample.labels), len(sample.label_set), sample.multi_label) for sample in samples
    )

    def mean(score: Callable[[frozenset[str], int, bool], _Readings]) -> Expected:
        scored = [(n, score(*kind)) for kind, n in kinds.items()]
        sums = (fsum(n * values[at] for n, values in scored) for at in range(3))
        return Expected(*(100 * total / len(samples) for total in sums))

    return TaskBaselines(
        task=task,
        n_samples=len(samples),
        label=label,
        most_frequent=mean(lambda labels, _, multi: _readings(frozenset((label,)), labels, multi)),
        random=mean(lambda labels, size, multi: _mixed(sizes, lambda m: _drawn(m, labels, size, multi))),
        prior=mean(lambda labels, _, multi: _mixed(sets, lambda said: _readings(said, labels, multi))),
        all_labels=mean(_all_candidates) if all(sample.multi_label for sample in samples) else None,
    )


def _readings(said: frozenset[str], gold: frozenset[str], multi: bool) -> _Readings:
    exact = float(said == gold)
    if not multi:
        return exact, exact, exact
    hits = len(said & gold)
    return hits / len(gold), 2 * hits / (len(said) + len(gold)), exact


def _drawn(number: int, gold: frozenset[str], size: int, multi: bool) -> _Readings:
    """Expected for `number` of `size` candidates, all draws alike: E[C] = number x K / size."""
    number = min(number, size) if multi else 1
    exact = (number == len(gold)) / comb(size, number)
    if not multi:
        return exact, exact, exact
    hits = number * len(gold) / size
    return hits / len(gold), 2 * hits / (number + len(gold)), exact


def _all_candidates(gold: frozenset[str], size: int, _: bool) -> _Readings:
    return 1.0, 2 * len(gold) / (size + len(gold)), float(len(gold) == size)


def _mixed(weights: Counter[_Kind], score: Callable[[_Kind], _Readings]) -> _Readings:
    """Mean of readings over what is drawn."""
    total = weights.total()
    scored = [(n, score(kind)) for kind, n in weights.items()]
    first, second, third = (fsum(n * values[at] for n, values in scored) / total for at in range(3))
    return first, second, third
