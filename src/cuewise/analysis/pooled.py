"""Several runs' answers as one table, and the labels of several sources as one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.table import Integers, RunTable, SampleRow
from cuewise.labels.concepts import meaning_of


@dataclass(frozen=True)
class Pooled:
    """Several runs' answers, as if one run had given them."""

    table: RunTable
    """A sample that several runs share stands once. The answers of each run stand together, in the runs' order."""
    run: Integers
    """(n_answers,) which run an answer is of."""
    places: tuple[Integers, ...]
    """Per run: where its samples stand in the table's, (n_samples of the run,)."""


def pool(tables: Sequence[RunTable]) -> Pooled:
    """The answers of all runs together.

    Samples are one where id, candidates and gold labels are equal. What one run knows of a clip (duration, sound) is
    kept where an earlier one does not.

    Args:
        tables: at least one.
    """
    first = tables[0]
    samples = list(first.samples)
    by_id = {row.id: at for at, row in enumerate(samples)}
    alike = {row.question: at for at, row in enumerate(samples)} if len(by_id) < len(samples) else {}
    places = []
    for table in tables:
        if table.samples is first.samples:
            places.append(np.arange(len(first.samples)))
            continue
        if same_samples(table.samples, first.samples):
            places.append(np.arange(len(table.samples)))
            for place, row in enumerate(table.samples):
                if row.duration_s is not None and samples[place].duration_s is None:
                    samples[place] = row
            continue
        at = np.empty(len(table.samples), dtype=np.int64)
        for place, row in enumerate(table.samples):
            found = by_id.setdefault(row.id, len(samples))
            if found < len(samples) and not _are_one(samples[found], row):
                found = alike.setdefault(row.question, len(samples))
            if found == len(samples):
                samples.append(row)
            elif samples[found].duration_s is None and row.duration_s is not None:
                samples[found] = row
            at[place] = found
        places.append(at)
    table = RunTable(
        samples=tuple(samples),
        sample=np.concatenate([at[table.sample] for at, table in zip(places, tables, strict=True)]),
        epoch=np.concatenate([table.epoch for table in tables]),
        kind=tuple(kind for table in tables for kind in table.kind),
        cause=tuple(cause for table in tables for cause in table.cause),
        labels=tuple(labels for table in tables for labels in table.labels),
        status=tuple(status for table in tables for status in table.status),
        steps=np.concatenate([table.steps for table in tables]),
        characters=np.concatenate([table.characters for table in tables]),
        tokens=np.concatenate([table.tokens for table in tables]),
        points={name: np.concatenate([table.points[name] for table in tables]) for name in first.points},
        judged=np.concatenate([table.judged for table in tables]),
        label_points={
            name: np.concatenate([table.label_points[name] for table in tables])
            for name in first.label_points
        },
        grounding={
            name: np.concatenate([table.grounding[name] for table in tables]) for name in first.grounding
        },
    )
    run = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    return Pooled(table, run, tuple(places))


def same_samples(some: Sequence[SampleRow], others: Sequence[SampleRow]) -> bool:
    """Whether two runs were asked the same in the same order, as most runs of one report were."""
    return some is others or (
        [row.id for row in some] == [row.id for row in others]
        and [row.labels for row in some] == [row.labels for row in others]
        and [row.label_set for row in some] == [row.label_set for row in others]
    )


def _are_one(one: SampleRow, other: SampleRow) -> bool:
    return one.labels == other.labels and one.label_set == other.label_set


@dataclass(frozen=True)
class LabelPool:
    """The labels of a task's sources as one list: spellings of one meaning are one label."""

    names: tuple[str, ...]
    """Each by the spelling that most samples' candidates have; of equally frequent ones the first."""
    number: dict[str, int]
    """Of each spelling, its place in `names`."""

    def __len__(self) -> int:
        return len(self.names)

    def places(self, labels: Iterable[str]) -> list[int]:
        """Of spellings, those that are none of the task's labels left out."""
        return [self.number[label] for label in labels if label in self.number]

    def merged(self) -> dict[str, tuple[str, ...]]:
        """Labels that stand for several spellings, with all of them in alphabetical order."""
        spellings: dict[int, list[str]] = {}
        for spelling, at in sorted(self.number.items()):
            spellings.setdefault(at, []).append(spelling)
        return {self.names[at]: tuple(found) for at, found in sorted(spellings.items()) if len(found) > 1}


def pooled_labels(rows: Iterable[SampleRow]) -> LabelPool:
    """The labels of samples of one task, pooled by what the label taxonomy says they mean (`happy`, `joy` and
    `happiness` are one label, `anger` and `annoyance` two).

    Two candidates of one sample are never pooled, whatever they mean, and a label that the taxonomy does not know is
    pooled with those of equal letters. The order is that of first appearance, or the scale's where the task has one.
    """
    sets: Counter[tuple[str, ...]] = Counter()
    scale: tuple[str, ...] = ()
    kinds = Counter((row.label_set, row.labels, row.scale) for row in rows)  # few samples differ in these
    for (label_set, gold, of_row), count in kinds.items():
        sets[(*label_set, *(label for label in gold if label not in label_set))] += count
        scale = scale or of_row
    meanings = {label: _meaning(label) for labels in sets for label in labels}
    apart = {
        meaning
        for labels in sets
        for meaning, count in Counter(meanings[label] for label in labels).items()
        if count > 1
    }
    keys = {label: ("", label) if meaning in apart else meaning for label, meaning in meanings.items()}
    spellings: dict[tuple[object, ...], Counter[str]] = {}
    for labels, count in sets.items():
        for label in labels:
            spellings.setdefault(keys[label], Counter())[label] += count
    order = list(spellings)
    if set(scale) == set(keys):
        order = [keys[label] for label in scale]
    names = tuple(spellings[key].most_common(1)[0][0] for key in order)
    number = {key: at for at, key in enumerate(order)}
    return LabelPool(names, {label: number[key] for label, key in keys.items()})


def _meaning(label: str) -> tuple[object, ...]:
    meaning = meaning_of(label)
    return ("", label.casefold()) if meaning is None else (meaning.concept.name, meaning.degree)
