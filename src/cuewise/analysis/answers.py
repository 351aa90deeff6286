"""A task's answers as matrices of labels, which confusions and over-use are counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cuewise.analysis.columns import coded
from cuewise.analysis.pooled import LabelPool, pooled_labels
from cuewise.analysis.table import Integers, RunTable, SampleRow

Masks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TaskAnswers:
    """The answers to one task, (n,), over its pooled labels, (n_labels,)."""

    task: str
    labels: LabelPool
    samples: tuple[SampleRow, ...]
    """Of the table."""
    places: Integers
    """(n,) of the answers in the table."""
    sample: Integers
    """(n,) place of each answer's sample in `samples`."""
    clusters: Integers
    """(n,) which answers are not independent: numbers from 0."""
    gold: Masks
    """(n, n_labels) gold labels."""
    said: Masks
    """(n, n_labels) labels that the answer settles on; none where it names none or there is no answer."""
    candidates: Masks
    """(n, n_labels) what could be named."""
    stratum: Integers
    """(n,) which set of candidates, numbers from 0."""
    multi_label: bool

    def __len__(self) -> int:
        return len(self.sample)

    @cached_property
    def named(self) -> npt.NDArray[np.int64]:
        """(n,) how many labels an answer names."""
        counts: npt.NDArray[np.int64] = self.said.sum(axis=1)
        return counts

    def only(self, kept: Masks | slice) -> TaskAnswers:
        """Some of the answers, (n,); of a slice nothing is copied."""
        return TaskAnswers(
            self.task,
            self.labels,
            self.samples,
            self.places[kept],
            self.sample[kept],
            self.clusters[kept],
            self.gold[kept],
            self.said[kept],
            self.candidates[kept],
            self.stratum[kept],
            self.multi_label,
        )

    def examples(self, found: Integers, number: int) -> tuple[str, ...]:
        """Ids of the samples that most of the answers found are to, the first of equals first.

        Args:
            found: places in the answers.
        """
        samples, counts = np.unique(self.sample[found], return_counts=True)
        order = np.argsort(-counts, kind="stable")[:number]
        return tuple(self.samples[at].id for at in samples[order])


def task_answers(table: RunTable, clusters: Integers) -> tuple[TaskAnswers, ...]:
    """The answers of each task, in the order in which tasks appear.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
    """
    places = table.tasks()
    where = np.empty(len(table.samples), dtype=np.int64)
    for number, samples in enumerate(places.values()):
        where[samples] = number
    of_answer = where[table.sample]
    return tuple(
        _answers(table, task, samples, np.flatnonzero(of_answer == number), clusters)
        for number, (task, samples) in enumerate(places.items())
    )


def _answers(
    table: RunTable, task: str, samples: Integers, answers: Integers, clusters: Integers
) -> TaskAnswers:
    rows = [table.samples[place] for place in samples.tolist()]
    labels = pooled_labels(rows)
    sets: dict[tuple[str, ...], int] = {}
    strata = np.array([sets.setdefault(row.label_set, len(sets)) for row in rows], dtype=np.int64)
    at = np.empty(len(table.samples), dtype=np.int64)
    at[samples] = np.arange(len(samples))
    local = at[table.sample[answers]]
    different, named = table.named
    stratum = strata[local]
    return TaskAnswers(
        task=task,
        labels=labels,
        samples=table.samples,
        places=answers,
        sample=table.sample[answers],
        clusters=clusters[table.sample[answers]],
        gold=label_matrix([row.labels for row in rows], labels)[local],
        said=label_matrix([one or () for one in different], labels)[named[answers]],
        candidates=label_matrix(list(sets), labels)[stratum],
        stratum=stratum,
        multi_label=any(row.multi_label for row in rows),
    )


def label_matrix(rows: Sequence[tuple[str, ...]], labels: LabelPool) -> Masks:
    """(n_rows, n_labels) which labels each row holds."""
    different, codes = coded(rows)  # many samples have the same
    matrix = np.zeros((len(different), len(labels)), dtype=np.bool_)
    for at, row in enumerate(different):
        matrix[at, labels.places(row)] = True
    return matrix[codes]
