"""Two runs over the same samples: what changed from one to the other, and whether their scores really differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from scipy.special import stdtrit

from cuewise.analysis.groups import means_over, numbered
from cuewise.analysis.paired import PairedResult, compare_points, holm
from cuewise.analysis.power import minimum_detectable_difference
from cuewise.analysis.table import POINTS, Floats, Integers, RunTable, SampleRow, places_by_task
from cuewise.analysis.units import grouped, printed_unit
from cuewise.scores.clusters import too_few

LEVEL: Final = 0.05
"""Of an adjusted p-value, below which a difference is called real."""

_EQUAL: Final = 1e-9


class Change(StrEnum):
    """What became of a sample from run a to run b. A sample whose points changed has exactly one of the first three."""

    RIGHT_TO_WRONG = "right_to_wrong"
    """Recognition was full in every answer, and is not."""
    WRONG_TO_RIGHT = "wrong_to_right"
    """Recognition is full in every answer, and was not."""
    POINTS = "points"
    """Recognition changed otherwise: a part of several labels, or in some of the answers."""
    LABEL = "label"
    """Other labels are named, whatever they earn."""
    OUTCOME = "outcome"
    """It ended in another way, such as refused."""


@dataclass(frozen=True)
class SharedSamples:
    """The samples that both runs asked about with the same candidates and gold labels."""

    rows: tuple[SampleRow, ...]
    """In run b's order."""
    a: Integers
    """Their places in run a's table, (n,)."""
    b: Integers
    """Their places in run b's."""
    only_a: int
    """Samples that only run a has."""
    only_b: int
    other_question: int
    """Samples of one id whose candidates or gold labels are not the same in both runs."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def unit(self) -> str:
        """What is taken as independent of one another: source videos where any clip's id tells them, else clips."""
        return printed_unit(self.rows)

    @cached_property
    def groups(self) -> tuple[Hashable, ...]:
        """The unit of each sample, (n,)."""
        return grouped(self.rows, self.unit)

    @cached_property
    def tasks(self) -> dict[str, Integers]:
        """Places of each task's samples among `rows`."""
        return places_by_task(self.rows)


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """One score of both runs over the shared samples, of all tasks or of one."""

    score: str
    """Of `POINTS`."""
    task: str
    """Empty over all tasks."""
    a: float
    """Percent, unscored answers being 0, as the next."""
    b: float
    result: PairedResult
    """With `p_adjusted`, over all scores where it is of all tasks, over all tasks and scores where it is of one."""
    detectable: float | None
    """Percentage points of the true difference that is called real in 4 of 5 cases, going by how much the runs differ
    from sample to sample and by how many tests are corrected for together, as if each had to pass the strictest level;
    None where no sample differs, or too few are there."""

    @property
    def real(self) -> bool:
        """Whether it is more than chance explains, which samples of too few groups cannot show."""
        result = self.result
        return result.interval is not None and result.p_adjusted is not None and result.p_adjusted < LEVEL


@dataclass(frozen=True, slots=True)
class SampleChange:
    """One sample that changed."""

    row: SampleRow
    changes: tuple[Change, ...]
    """At least one."""
    labels_a: tuple[tuple[str, ...] | None, ...]
    """What each answer named, in order of epoch; None of one that did not come so far."""
    labels_b: tuple[tuple[str, ...] | None, ...]
    kinds_a: tuple[str, ...]
    """How each answer ended."""
    kinds_b: tuple[str, ...]
    points_a: tuple[float, ...]
    """Recognition, reasoning and CoT, 0..1, means over the answers."""
    points_b: tuple[float, ...]


@dataclass(frozen=True)
class Comparison:
    """Run b against run a."""

    shared: SharedSamples
    overall: tuple[ScoreDifference, ...]
    """By score."""
    tasks: tuple[ScoreDifference, ...]
    """By task and score; empty where there is one task."""
    changed: tuple[SampleChange, ...]
    """In run b's order."""

    def counts(self) -> dict[str, Counter[Change]]:
        """How many samples of each task changed in which way; 0 where none did."""
        found: dict[str, Counter[Change]] = {
            task: Counter(dict.fromkeys(Change, 0)) for task in self.shared.tasks
        }
        for sample in self.changed:
            found[sample.row.task].update(sample.changes)
        return found


def share_samples(a: RunTable, b: RunTable) -> SharedSamples:
    """The samples that two runs have in common."""
    known = {row.id: place for place, row in enumerate(a.samples)}
    rows, places_a, places_b, other = [], [], [], 0
    for place, row in enumerate(b.samples):
        if row.id not in known:
            continue
        if a.samples[known[row.id]].question != row.question:
            other += 1
            continue
        rows.append(row)
        places_a.append(known[row.id])
        places_b.append(place)
    common = len(rows) + other
    return SharedSamples(
        rows=tuple(rows),
        a=np.array(places_a, dtype=np.int64),
        b=np.array(places_b, dtype=np.int64),
        only_a=len(a.samples) - common,
        only_b=len(b.samples) - common,
        other_question=other,
    )


def compare_runs(a: RunTable, b: RunTable) -> Comparison | None:
    """Compare run b with run a over the samples that they share; None where they share none.

    A sample that was asked several times has the mean of its answers' points, and is one sample: its answers are not
    independent of each other. P-values are adjusted by Holm's procedure: of the scores over all tasks together, and of
    all tasks' scores together.
    """
    shared = share_samples(a, b)
    if not len(shared):
        return None
    points = {name: (a.score(name)[shared.a], b.score(name)[shared.b]) for name in POINTS}
    everything = np.arange(len(shared))
    overall = [_difference(name, "", *points[name], everything, shared, len(POINTS)) for name in POINTS]
    tasks = []
    if len(shared.tasks) > 1:
        tasks = [
            _difference(name, task, *points[name], places, shared, len(POINTS) * len(shared.tasks))
            for task, places in shared.tasks.items()
            for name in POINTS
        ]
    return Comparison(
        shared=shared,
        overall=_adjusted(overall),
        tasks=_adjusted(tasks),
        changed=tuple(_changes(a, b, shared, points)),
    )


def detectable_difference(
    differences: Floats, clusters: Sequence[Hashable], test: str, tests: int = 1
) -> float | None:
    """The true difference, percentage points, that a paired test over such samples finds with a power of 80 %.

    Of points of 0 and 1, `minimum_detectable_difference` for the observed share of samples that only one run has
    right, unless so few are that no difference would be found so often. Else (t_a + t_b) s, t being Student's quantiles
    of 1 - a / 2 and 0.8 and s the standard error of the mean difference, groups taken together (Bloom, Evaluation
    Review 19, 1995). The level a is 5 % over the number of tests, Holm's strictest.

    Args:
        differences: of points in 0..1, (n,).
        clusters: the group of each sample.
        test: as in `PairedResult`.
        tests: how many are corrected for together.

    Returns:
        None where no samples differ, or they are too few.
    """
    means = means_over(differences[:, None], numbered(clusters))
    freedom = float(means.freedom[0])
    if too_few(int(means.groups[0]), freedom, "group"):
        return None
    if test == "mcnemar-exact" and (discordance := float((differences != 0).mean())):
        found = minimum_detectable_difference(len(differences), discordance=discordance, alpha=LEVEL / tests)
        if found is not None:
            return found
    quantiles = float(stdtrit(freedom, 1 - LEVEL / tests / 2) + stdtrit(freedom, 0.8))
    least = 100 * quantiles * float(np.sqrt(means.variance[0]))
    return least if 0 < least <= 100 else None


def _difference(
    score: str, task: str, a: Floats, b: Floats, places: Integers, shared: SharedSamples, tests: int
) -> ScoreDifference:
    first, second = a[places], b[places]
    groups = [shared.groups[place] for place in places]
    result = compare_points(first, second, groups)
    assert result is not None  # every shared sample has points in both
    return ScoreDifference(
        score=score,
        task=task,
        a=100 * float(first.mean()),
        b=100 * float(second.mean()),
        result=result,
        detectable=detectable_difference(second - first, groups, result.test, tests),
    )


def _adjusted(found: Sequence[ScoreDifference]) -> tuple[ScoreDifference, ...]:
    p_values = holm([one.result.p_value for one in found])
    return tuple(
        replace(one, result=replace(one.result, p_adjusted=p)) for one, p in zip(found, p_values, strict=True)
    )


def _changes(
    a: RunTable, b: RunTable, shared: SharedSamples, points: dict[str, tuple[Floats, Floats]]
) -> Iterable[SampleChange]:
    answers_a, answers_b = _answers(a), _answers(b)
    for place, row in enumerate(shared.rows):
        of_a, of_b = answers_a[shared.a[place]], answers_b[shared.b[place]]
        labels_a, labels_b = ([table.labels[at] for at in of] for table, of in ((a, of_a), (b, of_b)))
        kinds_a, kinds_b = ([table.kind[at] for at in of] for table, of in ((a, of_a), (b, of_b)))
        before, after = (tuple(float(points[name][run][place]) for name in POINTS) for run in (0, 1))
        changes = []
        if (recognition := _recognition_change(before[0], after[0])) is not None:
            changes.append(recognition)
        if {_named(labels) for labels in labels_a} != {_named(labels) for labels in labels_b}:
            changes.append(Change.LABEL)
        if set(kinds_a) != set(kinds_b):
            changes.append(Change.OUTCOME)
        if changes:
            yield SampleChange(
                row=row,
                changes=tuple(changes),
                labels_a=tuple(labels_a),
                labels_b=tuple(labels_b),
                kinds_a=tuple(kinds_a),
                kinds_b=tuple(kinds_b),
                points_a=before,
                points_b=after,
            )


def _answers(table: RunTable) -> list[list[int]]:
    """Places of each sample's answers."""
    found: list[list[int]] = [[] for _ in table.samples]
    for answer, sample in enumerate(table.sample):
        found[sample].append(answer)
    return found


def _named(labels: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if labels is None else frozenset(labels)


def _recognition_change(before: float, after: float) -> Change | None:
    if abs(after - before) < _EQUAL:
        return None
    was, is_ = before > 1 - _EQUAL, after > 1 - _EQUAL
    if was:
        return Change.RIGHT_TO_WRONG
    return Change.WRONG_TO_RIGHT if is_ else Change.POINTS
