"""Several runs' answers as one table, and the labels of several sources as one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.table import RunTable, SampleRow
from cuewise.labels.concepts import meaning_of


def pool(tables: Sequence[RunTable]) -> RunTable:
    """The answers of all runs as if one run had given them; a sample that several runs share stands once.

    Samples are one where id, candidates and gold labels are equal. What one run knows of its clip (duration, sound) is
    kept where an earlier one does not.

    Args:
        tables: at least one.
    """
    first, *others = tables
    if not others:
        return first
    places: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}
    samples: list[SampleRow] = []
    moved = []
    for table in tables:
        at = np.empty(len(table.samples), dtype=np.int64)
        for place, row in enumerate(table.samples):
            at[place] = found = places.setdefault(row.question, len(samples))
            if found == len(samples):
                samples.append(row)
            elif samples[found].duration_s is None and row.duration_s is not None:
                samples[found] = row
        moved.append(at[table.sample])
    return RunTable(
        samples=tuple(samples),
        sample=np.concatenate(moved),
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


@dataclass(frozen=True)
class LabelPool:
    """The labels of a task's sources as one list: spellings of one meaning are one label."""

    names: tuple[str, ...]
    """Each by the spelling that most samples' candidates have; of equally frequent ones the first."""
    number: dict[str, int]
    """Of each spelling, its place in `names`."""

    def __len__(self) -> int:
        return len(self.names)

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
    for row in rows:
        sets[row.label_set] += 1
        scale = scale or row.scale
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
