"""Which labels are taken for which: confusion matrices, and pairs that are confused more than their frequency explains.

How often two labels are confused says little by itself: a label that a model names all the time stands in for every
other. So a pair's count is held against what the labels' popularity among wrong labels expects (`quasi`): `lift`
is the observed over the expected count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.answers import Masks, TaskAnswers
from cuewise.analysis.clustered import Estimated, effective_rows, mean_differences, upper_tail
from cuewise.analysis.paired import holm
from cuewise.analysis.quasi import expected_counts
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.uncertainty import Uncertain, means_with_intervals
from cuewise.labels.taxonomy import valence_of
from cuewise.samples.units import PRINTED
from cuewise.scores.intervals import wilson

EXAMPLES: Final = 3
"""Samples named per pair."""

REFITS: Final = 5
"""How often what is expected is fitted anew at most."""

LEAST: Final = 5
"""Chances that a pair must have to be tested. Chances and not cases: choosing by these would find what is not there."""


@dataclass(frozen=True)
class Confusions:
    """A single-label task's confusion matrix."""

    task: str
    labels: tuple[str, ...]
    merged: dict[str, tuple[str, ...]]
    """Labels that stand for spellings of several sources, with these."""
    counts: tuple[tuple[int, ...], ...]
    """(n_labels, n_labels + 2) answers by gold label and label named; the last two columns are `several at once` and
    `no label`: none named, refused, or no answer at all."""

    @property
    def totals(self) -> tuple[int, ...]:
        """Answers per gold label."""
        return tuple(sum(row) for row in self.counts)


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Two labels of which one is named for the other."""

    first: str
    second: str
    observed: int
    """Answers that name the one where the other is gold (and, where several labels may hold, leave that one out)."""
    expected: float
    """What label frequencies alone would give."""
    chances: int
    """Answers in which it could have happened: those wrong on one of the two."""
    lift: float
    """Observed over expected."""
    low: float | None
    """End of the lift's 95 % interval, the expected count being taken as known, as the next; None where there are too
    few clusters to tell."""
    high: float | None
    p_adjusted: float | None
    """One-sided, of no more than expected, by Holm over the task's pairs, times the number of tasks; None where there
    are too few chances to test it, or too few clusters."""
    forward: int
    """Of `observed`, those that name `second` where `first` is gold; the rest are the other way round."""
    samples: tuple[str, ...]
    """Ids of examples."""

    @property
    def is_certain(self) -> bool:
        """Whether it happens more often than label frequencies explain, by the test."""
        return self.p_adjusted is not None and self.p_adjusted < 0.05


@dataclass(frozen=True, slots=True)
class Nearness:
    """Whether wrong labels lie near the right ones."""

    observed: float
    """Percent of wrong labels that are of the gold label's valence."""
    expected: float
    """What label frequencies alone would give, percent."""
    beyond: Estimated
    """Observed less expected, percentage points, the expected shares being taken as known; its count is of wrong labels
    whose gold label has a valence."""


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """How one label of a multi-label task fares, in answers."""

    label: str
    gold: int
    named: int
    missed: int
    """Gold, yet not named."""
    added: int
    """Named, yet not gold."""


def confusions(answers: TaskAnswers) -> Confusions:
    """The confusion matrix of a single-label task."""
    size = len(answers.labels)
    flat = answers.gold.argmax(axis=1) * (size + 2) + _column(answers)
    counts = np.bincount(flat, minlength=size * (size + 2)).reshape(size, size + 2)
    return Confusions(
        answers.task,
        answers.labels.names,
        answers.labels.merged(),
        tuple(tuple(row) for row in counts.tolist()),
    )


def _column(answers: TaskAnswers) -> Integers:
    """Of each answer, its column in `Confusions.counts`."""
    size, named = len(answers.labels), answers.named
    return np.where(named == 1, answers.said.argmax(axis=1), np.where(named > 1, size, size + 1))


def row_shares(answers: TaskAnswers) -> dict[int, list[Uncertain | None]]:
    """Of each gold label's answers, by its row in `Confusions.counts`, the share in each column with its interval;
    without labels of which there is no answer."""
    column, gold = _column(answers), answers.gold.argmax(axis=1)
    found = {}
    for row in np.unique(gold).tolist():
        inside = np.flatnonzero(gold == row)
        hot = np.zeros((len(inside), len(answers.labels) + 2))
        hot[np.arange(len(inside)), column[inside]] = 1
        found[row] = means_with_intervals(hot, answers.clusters[inside].tolist(), PRINTED)
    return found


def label_errors(answers: TaskAnswers) -> tuple[LabelErrors, ...]:
    """Missed and added labels of a multi-label task, over answers that name a label."""
    kept = answers.only(answers.named > 0)
    columns = (kept.gold, kept.said, kept.gold & ~kept.said, kept.said & ~kept.gold)
    counts = (matrix.sum(axis=0).tolist() for matrix in columns)
    return tuple(LabelErrors(*row) for row in zip(answers.labels.names, *counts, strict=True))


def confused_pairs(answers: TaskAnswers, *, tasks: int = 1) -> tuple[ConfusedPair, ...]:
    """Pairs of labels that are named for each other: first those that the test finds, by lift, then others by count.

    Single-label tasks: over answers that name exactly one label, a wrong one. With three candidates or fewer the
    frequencies alone settle how often each pair is confused, and every lift is 1. Multi-label tasks: one label is
    missed and the other added in the same answer, among answers that miss one and add one.

    A pair that is confused makes its labels look popular, and with them all others less so. So the pairs found are set
    apart and what is expected is fitted to the rest, until the same pairs are found again.

    Args:
        tasks: how many tasks are looked at together, for which p-values are corrected too, by Bonferroni.
    """
    kept = answers.only(_swapping(answers) if answers.multi_label else _wrong(answers))
    by_label = _by_label(kept)
    missed, added, open_to = (matrix.astype(np.float64) for matrix in by_label)
    chances, confused = missed @ open_to.T, missed @ added.T
    size = len(kept.labels)
    cases = _cases(kept, by_label, np.argwhere(np.triu(confused + confused.T, 1) > 0).tolist())
    # Pairs that are never confused were as open to a false alarm, and count as tests.
    tests = int((np.triu(chances + chances.T, 1) >= LEAST).sum())
    expected = expected_counts(confused, chances)
    p_values = _p_values(cases, expected, tests, tasks)
    found: set[tuple[int, int]] = set()
    for _ in range(REFITS):
        before, found = (
            found,
            {case.pair for case, p in zip(cases, p_values, strict=True) if p is not None and p < 0.05},
        )
        if found == before:
            break
        apart = np.zeros((size, size), dtype=np.bool_)
        for first, second in found:
            apart[first, second] = apart[second, first] = True
        expected = expected_counts(confused, chances, apart)
        p_values = _p_values(cases, expected, tests, tasks)
    pairs = [
        _described(kept, case, expected, int(confused[case.pair]), p)
        for case, p in zip(cases, p_values, strict=True)
    ]
    return tuple(
        sorted(
            pairs,
            key=lambda pair: (not pair.is_certain, -pair.lift if pair.is_certain else 0, -pair.observed),
        )
    )


@dataclass(frozen=True)
class _Case:
    """How often a pair is confused."""

    pair: tuple[int, int]
    rows: Integers
    """Places of the answers in which it could be."""
    swapped: Masks
    """Of these, in which it is."""
    effective: float | None
    """How many independent answers they are worth; None for too few clusters."""

    @property
    def share(self) -> float:
        """Of the chances."""
        return float(self.swapped.mean())

    def expected(self, counts: Floats) -> float:
        """The same as expected, above 0."""
        first, second = self.pair
        return min(1.0, max(1e-9, float(counts[first, second] + counts[second, first]) / len(self.rows)))


def _cases(
    answers: TaskAnswers, by_label: tuple[Masks, Masks, Masks], pairs: Sequence[Sequence[int]]
) -> list[_Case]:
    missed, added, open_to = by_label
    rows, swapped = [], []
    for first, second in pairs:
        could = np.flatnonzero((missed[first] & open_to[second]) | (missed[second] & open_to[first]))
        rows.append(could)
        swapped.append(((missed[first] & added[second]) | (missed[second] & added[first]))[could])
    if not rows:
        return []
    effective = effective_rows(
        np.concatenate(swapped),
        np.repeat(np.arange(len(rows)), [len(could) for could in rows]),
        answers.clusters[np.concatenate(rows)],
        len(rows),
    )
    return [
        _Case((first, second), *found)
        for (first, second), *found in zip(pairs, rows, swapped, effective, strict=True)
    ]


def _p_values(cases: Sequence[_Case], expected: Floats, tests: int, tasks: int) -> list[float | None]:
    """One-sided, adjusted by Holm within the task and for tasks; None of a pair with too few chances or clusters."""
    tested = [
        (place, case, case.effective)
        for place, case in enumerate(cases)
        if case.effective is not None and len(case.rows) >= LEAST
    ]
    raw = [
        upper_tail(case.share * effective, effective, case.expected(expected))
        for _, case, effective in tested
    ]
    adjusted = holm(raw + [1.0] * (tests - len(tested)))
    found = {place: min(1.0, tasks * p) for (place, _, _), p in zip(tested, adjusted, strict=False)}
    return [found.get(place) for place in range(len(cases))]


def _described(
    answers: TaskAnswers, case: _Case, expected: Floats, forward: int, p_value: float | None
) -> ConfusedPair:
    share = case.expected(expected)
    interval = None if case.effective is None else wilson(case.share * case.effective, case.effective)
    first, second = case.pair
    return ConfusedPair(
        first=answers.labels.names[first],
        second=answers.labels.names[second],
        observed=int(case.swapped.sum()),
        expected=share * len(case.rows),
        chances=len(case.rows),
        lift=case.share / share,
        low=None if interval is None else interval.low / 100 / share,
        high=None if interval is None else interval.high / 100 / share,
        p_adjusted=p_value,
        forward=forward,
        samples=answers.examples(case.rows[case.swapped], EXAMPLES),
    )


def _by_label(answers: TaskAnswers) -> tuple[Masks, Masks, Masks]:
    """(n_labels, n) each: labels missed, labels added, and labels that could be added."""
    gold, said = answers.gold.T, answers.said.T
    missed, added, open_to = gold & ~said, said & ~gold, answers.candidates.T & ~gold
    return np.ascontiguousarray(missed), np.ascontiguousarray(added), np.ascontiguousarray(open_to)


def _swapping(answers: TaskAnswers) -> Masks:
    """Answers that miss a label and add one."""
    missing: Masks = np.any(answers.gold & ~answers.said, axis=1)
    adding: Masks = np.any(answers.said & ~answers.gold, axis=1)
    return missing & adding


def _wrong(answers: TaskAnswers) -> Masks:
    wrong: Masks = (answers.named == 1) & ~(answers.gold & answers.said).any(axis=1)
    return wrong


def nearness(answers: TaskAnswers) -> Nearness | None:
    """Whether the wrong labels of a single-label task are of the gold label's valence more often than expected; None
    where no wrong label's gold label has one, or all candidates of one have."""
    kept = answers.only(_wrong(answers))
    valences = [valence_of(label) for label in kept.labels.names]
    same = np.array([[a is not None and a == b for b in valences] for a in valences], dtype=np.bool_)
    has = np.array([valence is not None for valence in valences], dtype=np.bool_)
    counted = has[kept.gold.argmax(axis=1)]
    if not counted.any() or not (same & ~np.eye(len(same), dtype=np.bool_)).any():
        return None
    missed, added, open_to = (matrix.astype(np.float64) for matrix in _by_label(kept))
    counts = expected_counts(missed @ added.T, missed @ open_to.T)
    by_gold = (counts * same).sum(axis=1) / np.maximum(counts.sum(axis=1), 1e-12)
    gold, said = kept.gold[counted].argmax(axis=1), kept.said[counted].argmax(axis=1)
    observed, expected = same[gold, said].astype(np.float64), by_gold[gold]
    (beyond,) = mean_differences((observed - expected)[:, None], kept.clusters[counted])
    return Nearness(100 * float(observed.mean()), 100 * float(expected.mean()), beyond.times(100))
