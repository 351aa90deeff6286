"""Candidates and gold labels: which there are, how many a question has, which nothing ever asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cuewise.labels.taxonomy import is_known
from cuewise.records import Sample


class Asked(Protocol):
    """What of a sample is looked at."""

    @property
    def task(self) -> str: ...
    @property
    def source(self) -> str | None: ...
    @property
    def label_set(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class LabelSets:
    """The candidates of the questions of one task and corpus."""

    task: str
    source: str | None
    n_samples: int
    label_set: tuple[str, ...]
    """The most frequent one, in its most frequent order."""
    n_sets: int
    """Different sets, whatever their order."""
    n_orders: int
    """Different orders, of all sets."""
    never_gold: tuple[str, ...]
    """Candidates that are the gold label of no question of this task and corpus."""
    outside: tuple[str, ...]
    """Gold labels that are not among their question's candidates."""


@dataclass(frozen=True)
class GoldCounts:
    """How many gold labels the questions of a task have."""

    task: str
    separator: str | None
    """What joins them in the published files; None where there is one only."""
    by_count: dict[int, int]
    """Questions by number of gold labels."""

    @property
    def several(self) -> int:
        """Questions with more than one."""
        return sum(n for count, n in self.by_count.items() if count > 1)


def find_label_sets(samples: Sequence[Asked]) -> tuple[LabelSets, ...]:
    """The candidates by task and corpus, in the dataset's order."""
    groups: dict[tuple[str, str | None], list[Asked]] = {}
    for sample in samples:
        groups.setdefault((sample.task, sample.source), []).append(sample)
    return tuple(_label_sets(task, source, members) for (task, source), members in groups.items())


def _label_sets(task: str, source: str | None, samples: Sequence[Asked]) -> LabelSets:
    orders = Counter(sample.label_set for sample in samples)
    gold = {label for sample in samples for label in sample.labels}
    candidates = dict.fromkeys(label for order in orders for label in order)
    outside = dict.fromkeys(
        label for sample in samples for label in sample.labels if label not in sample.label_set
    )
    return LabelSets(
        task=task,
        source=source,
        n_samples=len(samples),
        label_set=orders.most_common(1)[0][0],
        n_sets=len({frozenset(order) for order in orders}),
        n_orders=len(orders),
        never_gold=tuple(label for label in candidates if label not in gold),
        outside=tuple(outside),
    )


def reordered(label_sets: Sequence[LabelSets]) -> dict[str, tuple[str, ...]]:
    """Corpora of a task that have the same candidates in different orders, by task."""
    found: dict[str, tuple[str, ...]] = {}
    for task in dict.fromkeys(one.task for one in label_sets):
        orders: dict[frozenset[str], list[LabelSets]] = {}
        for one in label_sets:
            if one.task == task:
                orders.setdefault(frozenset(one.label_set), []).append(one)
        sources = tuple(
            one.source or "(no corpus)"
            for same in orders.values()
            if len({one.label_set for one in same}) > 1
            for one in same
        )
        if sources:
            found[task] = sources
    return found


def count_gold(samples: Sequence[Sample], separators: Mapping[str, str | None]) -> tuple[GoldCounts, ...]:
    """The number of gold labels by task, with what joins them."""
    counts: dict[str, Counter[int]] = {}
    for sample in samples:
        counts.setdefault(sample.task, Counter())[len(sample.labels)] += 1
    return tuple(
        GoldCounts(task, separators.get(task), dict(sorted(by_count.items())))
        for task, by_count in counts.items()
    )


def find_unmapped(samples: Iterable[Asked]) -> dict[str, tuple[str, ...]]:
    """Candidates and gold labels that the label taxonomy does not know, by task; empty where it knows all."""
    found: dict[str, dict[str, None]] = {}
    for sample in samples:
        for label in (*sample.label_set, *sample.labels):
            if not is_known(label):
                found.setdefault(sample.task, {}).setdefault(label)
    return {task: tuple(labels) for task, labels in found.items()}
