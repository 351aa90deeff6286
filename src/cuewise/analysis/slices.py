"""Scores by what is known of the samples: where a model is good and where it is not.

A slice is compared with the rest of the same tasks, as slices lie unevenly over tasks and tasks differ in how hard they
are. What is not known of a sample is a slice of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from cuewise.analysis.answers import label_matrix
from cuewise.analysis.clustered import Estimated, Mask, difference, shares_of_parts
from cuewise.analysis.language import language_of
from cuewise.analysis.paired import holm
from cuewise.analysis.pooled import pooled_labels
from cuewise.analysis.table import Floats, Integers, RunTable, SampleRow, places_by_task

NOT_KNOWN: Final = "not known"

DURATIONS: Final = (2.0, 4.0, 6.0, 10.0)
"""Seconds at which the slices of clips by length part; by default nothing after 10 s is looked at."""


@dataclass(frozen=True)
class Part:
    """A slice: which samples are of one kind."""

    name: str
    task: str | None
    """Where it lies in one task by its nature, as a gold label does; else None."""
    members: Mask
    """(n_samples,)."""


@dataclass(frozen=True)
class Facet:
    """One way to cut the samples."""

    name: str
    """`source`, `gold label`, ..."""
    parts: tuple[Part, ...]
    applies: Mask
    """(n_samples,) to which samples."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice's score."""

    facet: str
    name: str
    task: str | None
    mean: Estimated
    """Percent; its count is samples."""
    difference: Estimated | None
    """From the rest of the same tasks, percentage points, p-value adjusted by Holm over all slices that were compared;
    None where no task has both."""

    @property
    def is_certain(self) -> bool:
        """Whether it differs from the rest, by the test."""
        return (
            self.difference is not None
            and self.difference.p_value is not None
            and self.difference.p_value < 0.05
        )


def facets_of(samples: Sequence[SampleRow]) -> tuple[Facet, ...]:
    """Slices that the samples themselves give. A facet whose slices all samples share, such as one source, is kept:
    that there is nothing to compare is a finding too; one that applies to no sample is left out."""
    several = np.array([row.multi_label for row in samples], dtype=np.bool_)
    facets = (
        _facet("source", [row.source or NOT_KNOWN for row in samples], by_task=[row.task for row in samples]),
        _gold_labels(samples),
        _facet("language of the speech", [language_of(row) or NOT_KNOWN for row in samples]),
        _facet("length of the clip", [_duration(row.duration_s) for row in samples], order=_DURATION_NAMES),
        _facet("sound", [_SOUND[row.has_audio] for row in samples], order=tuple(_SOUND.values())),
        _facet("gold labels", [_number(len(row.labels)) for row in samples], several, order=_NUMBERS),
    )
    return tuple(facet for facet in facets if facet.applies.any())


_SOUND: Final = {True: "with sound", False: "without sound", None: NOT_KNOWN}
_NUMBERS: Final = ("one", "two", "three or more")


def _number(labels: int) -> str:
    return _NUMBERS[min(labels, len(_NUMBERS)) - 1]


_DURATION_NAMES: Final = (
    f"under {DURATIONS[0]:g} s",
    *(f"{low:g} to {high:g} s" for low, high in pairwise(DURATIONS)),
    f"{DURATIONS[-1]:g} s or longer",
    NOT_KNOWN,
)


def _duration(seconds: float | None) -> str:
    return NOT_KNOWN if seconds is None else _DURATION_NAMES[sum(seconds >= bound for bound in DURATIONS)]


def _facet(
    name: str,
    values: Sequence[str],
    applies: Mask | None = None,
    *,
    by_task: Sequence[str] | None = None,
    order: Sequence[str] = (),
) -> Facet:
    """A facet of which each sample has one value; by frequency, or in the order given, not known ones last."""
    applies = np.ones(len(values), dtype=np.bool_) if applies is None else applies
    tasks_of: Sequence[str | None] = by_task or [None] * len(values)
    keys = list(zip(tasks_of, values, strict=True))
    counts = Counter(key for key, kept in zip(keys, applies.tolist(), strict=True) if kept)
    number = {key: at for at, key in enumerate(counts)}
    codes = np.array([number.get(key, -1) for key in keys], dtype=np.int64)
    tasks = list(dict.fromkeys(task for task, _ in counts))

    def place(key: tuple[str | None, str]) -> tuple[int, bool, int, int]:
        rank = order.index(key[1]) if key[1] in order else 0
        return tasks.index(key[0]), key[1] == NOT_KNOWN, rank, -counts[key]

    parts = (Part(key[1], key[0], (codes == number[key]) & applies) for key in sorted(counts, key=place))
    return Facet(name, tuple(parts), applies)


def _gold_labels(samples: Sequence[SampleRow]) -> Facet:
    """By task and pooled gold label; a sample with several is in several slices."""
    parts = []
    for task, places in places_by_task(samples).items():
        rows = [samples[at] for at in places.tolist()]
        labels = pooled_labels(rows)
        members = np.zeros((len(labels), len(samples)), dtype=np.bool_)
        members[:, places] = label_matrix([row.labels for row in rows], labels).T
        parts += [Part(name, task, own) for name, own in zip(labels.names, members, strict=True) if own.any()]
    return Facet("gold label", tuple(parts), np.ones(len(samples), dtype=np.bool_))


_AGREEMENT: Final = ("all answers alike", "most answers alike", "answers split")


def agreement_of_answers(table: RunTable) -> Facet | None:
    """Samples by whether the repeated answers of a run name the same labels; None where no sample was asked twice.

    All alike; more than half alike; or neither. An answer that names no label is like another such.
    """
    answers: dict[int, list[frozenset[str]]] = {}
    if len(table) == len(table.samples):
        return None
    for place, labels in zip(table.sample.tolist(), table.labels, strict=True):
        answers.setdefault(place, []).append(frozenset(labels or ()))
    several = np.array([len(answers.get(at, ())) > 1 for at in range(len(table.samples))], dtype=np.bool_)
    if not several.any():
        return None
    values = [_agreement(answers.get(at, [])) for at in range(len(table.samples))]
    return _facet("agreement of repeated answers", values, several, order=_AGREEMENT)


def _agreement(answers: Sequence[Hashable]) -> str:
    most = max(Counter(answers).values(), default=0)
    return _AGREEMENT[0 if most == len(answers) else 1 if 2 * most > len(answers) else 2]


def slices(values: Floats, facets: Sequence[Facet], tasks: Integers, clusters: Integers) -> tuple[Slice, ...]:
    """The score of each slice, and how it differs from the rest of its tasks.

    Args:
        values: (n_samples,) points, 0..1.
        tasks: (n_samples,) task of each sample, numbers from 0.
        clusters: (n_samples,) which samples are not independent: numbers from 0.
    """
    return corrected(compared(values, facets, tasks, clusters))


def compared(values: Floats, facets: Sequence[Facet], tasks: Integers, clusters: Integers) -> list[Slice]:
    """The same with p-values as they are, to be corrected with those of other slices."""
    means = slice_means(values[:, None], facets, clusters)
    return [
        Slice(facet.name, part.name, part.task, mean, _apart(values, facet, part, tasks, clusters))
        for (facet, part), (mean,) in zip(parts_of(facets), means, strict=True)
    ]


def parts_of(facets: Sequence[Facet]) -> list[tuple[Facet, Part]]:
    """All slices in order, each with its facet; none is empty."""
    return [(facet, part) for facet in facets for part in facet.parts]


def slice_means(columns: Floats, facets: Sequence[Facet], clusters: Integers) -> list[list[Estimated]]:
    """The scores of each slice, percent, without a comparison, (n_slices, k).

    Args:
        columns: (n_samples, k) points, 0..1.
        clusters: as of `slices`.
    """
    members = np.stack([part.members for _, part in parts_of(facets)])
    found = shares_of_parts(columns, members, clusters)
    return [[one.times(100) for one in of_part if one is not None] for of_part in found]


def corrected(found: Sequence[Slice]) -> tuple[Slice, ...]:
    """The same with p-values adjusted by Holm over all of them."""
    p_values = [None if one.difference is None else one.difference.p_value for one in found]
    adjusted = iter(holm([p_value for p_value in p_values if p_value is not None]))
    return tuple(
        one
        if one.difference is None or p_value is None
        else replace(one, difference=replace(one.difference, p_value=next(adjusted)))
        for one, p_value in zip(found, p_values, strict=True)
    )


def _apart(values: Floats, facet: Facet, part: Part, tasks: Integers, clusters: Integers) -> Estimated | None:
    kept = facet.applies
    if part.task is not None:
        kept = kept & (tasks == tasks[part.members.argmax()])
    if not kept.all():
        values, members, tasks, clusters = values[kept], part.members[kept], tasks[kept], clusters[kept]
    else:
        members = part.members
    found = difference(values, members, clusters, tasks)
    return None if found is None else found.times(100)
