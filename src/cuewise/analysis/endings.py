"""How answers ended, by task, by what was read where they name a label, and by gold label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from cuewise.analysis.answers import label_matrix
from cuewise.analysis.clustered import Estimated, Mask, difference, share, shares, shares_of_parts
from cuewise.analysis.columns import coded
from cuewise.analysis.paired import holm
from cuewise.analysis.pooled import pooled_labels
from cuewise.analysis.table import Integers, RunTable
from cuewise.records import LabelStatus, OutcomeKind

GAVE_NONE: Final = frozenset(
    {OutcomeKind.REFUSED.value, OutcomeKind.UNPARSEABLE_ANSWER.value, OutcomeKind.TRUNCATED_ANSWER.value}
)
"""Endings without a score that lie with the model."""

NAMED_NONE: Final = frozenset({LabelStatus.NONE.value, LabelStatus.REFUSED.value, LabelStatus.OUTSIDE.value})
"""Readings in which the model names no candidate."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end."""

    kind: str
    """An `OutcomeKind`'s value, or of scored answers a `LabelStatus`'s value."""
    percent: Estimated
    """Of the task's answers."""
    causes: tuple[tuple[str, int], ...]
    """The most frequent first."""


@dataclass(frozen=True, slots=True)
class Endings:
    """How a task's answers ended; all of them, the denominator of every share, are `count`."""

    task: str
    count: int
    outcomes: tuple[Ending, ...]
    """By `OutcomeKind`, those that occur, in its order."""
    readings: tuple[Ending, ...]
    """By `LabelStatus`, of answers in which labels were looked for."""
    evaded: Estimated
    """Percent of answers in which the model names no candidate for a reason of its own: refused, unreadable, cut off,
    or none among the candidates."""


@dataclass(frozen=True, slots=True)
class Evasion:
    """How often the model names no candidate where one label is gold."""

    task: str
    label: str
    percent: Estimated
    """Of the answers to samples with this gold label, the mean over samples."""
    difference: Estimated
    """From the task's other samples, percentage points; its p-value adjusted by Holm over the labels of all tasks."""

    @property
    def is_certain(self) -> bool:
        """Whether it differs from the rest, by the test."""
        return self.difference.p_value is not None and self.difference.p_value < 0.05


_EVADED: Final = frozenset(
    (kind.value, status)
    for kind in OutcomeKind
    for status in (None, *(status.value for status in LabelStatus))
    if kind.value in GAVE_NONE or status in NAMED_NONE
)
"""Outcome and reading of answers in which the model names no candidate."""


def evaded(table: RunTable) -> Mask:
    """(n_answers,) whether the model names no candidate for a reason of its own."""
    pairs = zip(table.kind, table.status, strict=True)
    return np.fromiter(map(_EVADED.__contains__, pairs), dtype=np.bool_, count=len(table))


def endings(table: RunTable, clusters: Integers) -> tuple[Endings, ...]:
    """How the answers of each task ended, in the order in which tasks appear.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
    """
    none = evaded(table)
    kinds, statuses = coded(table.kind), coded(table.status)
    found = []
    for task, answers in _answers_of(table).items():
        groups = clusters[table.sample[answers]]
        lost = share(none[answers], groups)
        assert lost is not None  # a task has samples, and a sample has answers
        found.append(
            Endings(
                task=task,
                count=len(answers),
                outcomes=_counted(table, kinds, answers, groups, [kind.value for kind in OutcomeKind]),
                readings=_counted(table, statuses, answers, groups, [status.value for status in LabelStatus]),
                evaded=lost.times(100),
            )
        )
    return tuple(found)


def _answers_of(table: RunTable) -> dict[str, Integers]:
    """Places of each task's answers."""
    where = np.empty(len(table.samples), dtype=np.int64)
    tasks = table.tasks()
    for number, places in enumerate(tasks.values()):
        where[places] = number
    of_answer = where[table.sample]
    return {task: np.flatnonzero(of_answer == number) for number, task in enumerate(tasks)}


def _counted(
    table: RunTable,
    values: tuple[list[Any], Integers],
    answers: Integers,
    clusters: Integers,
    kinds: list[str],
) -> tuple[Ending, ...]:
    """
    Args:
        values: of all answers, as `coded` gives them.
        kinds: those wanted.
    """
    different, codes = values
    known = [kind for kind in kinds if kind in different]
    if not known:
        return ()
    each = codes[answers][:, None] == [different.index(kind) for kind in known]
    found = []
    for kind, inside, percent in zip(known, each.T, shares(each.astype(np.float64), clusters), strict=True):
        if percent is None or not percent.value:
            continue
        causes = (
            Counter()
            if kind == OutcomeKind.SCORED
            else Counter(cause for at in answers[inside].tolist() if (cause := table.cause[at]))
        )
        found.append(Ending(kind, percent.times(100), tuple(causes.most_common())))
    return tuple(found)


def evasions(table: RunTable, clusters: Integers) -> tuple[Evasion, ...]:
    """By task and gold label how often the model names no candidate, the label that most exceeds the rest first.

    Labels of a task's sources are pooled as in a confusion matrix; a sample with several gold labels counts for each.
    Tasks in which it never happens are left out, and so is a label that all of a task's samples have.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
    """
    none = table.by_sample(evaded(table).astype(np.float64))
    found = []
    for task, places in table.tasks().items():
        if not none[places].any():
            continue
        rows = [table.samples[place] for place in places.tolist()]
        labels = pooled_labels(rows)
        gold = np.ascontiguousarray(label_matrix([row.labels for row in rows], labels).T)
        values, groups = none[places], clusters[places]
        percents = shares_of_parts(values[:, None], gold, groups)
        for name, inside, (percent,) in zip(labels.names, gold, percents, strict=True):
            apart = difference(values, inside, groups)
            if percent is not None and apart is not None:
                found.append(Evasion(task, name, percent.times(100), apart.times(100)))
    found = adjusted(found)
    return tuple(sorted(found, key=lambda one: (not one.is_certain, -one.difference.value)))


def adjusted(found: list[Evasion]) -> list[Evasion]:
    """The same with p-values adjusted by Holm over all of them."""
    tested = [at for at, one in enumerate(found) if one.difference.p_value is not None]
    p_values = holm([found[at].difference.p_value or 0.0 for at in tested])
    for at, p_value in zip(tested, p_values, strict=True):
        found[at] = replace(found[at], difference=replace(found[at].difference, p_value=p_value))
    return found
