"""Which labels are taken for which: confusion matrices, and pairs that are confused more than their frequency explains.

How often two labels are confused says little by itself: a label that a model names all the time stands in for every
other. So a pair's count is held against what quasi-independence expects of it: that a wrong label depends on the
gold label only in that it is another one and a candidate (Goodman, Journal of the American Statistical Association 63,
1968). `lift` is the observed over the expected count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cuewise.analysis.answers import Masks, TaskAnswers
from cuewise.analysis.clustered import effective_number, upper_tail
from cuewise.analysis.paired import holm
from cuewise.analysis.table import Floats
from cuewise.labels.taxonomy import valence_of
from cuewise.scores.intervals import wilson

EXAMPLES: Final = 3
"""Samples named per pair."""

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
    low: float
    """End of the lift's 95 % interval, the expected count being taken as known, as the next."""
    high: float
    p_adjusted: float | None
    """One-sided, of no more than expected, by Holm over the task's pairs; None where there are too few chances
    to test it."""
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
    count: int
    """Wrong labels whose gold label has a valence."""


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
    named = answers.named
    column = np.where(named == 1, answers.said.argmax(axis=1), np.where(named > 1, size, size + 1))
    flat = answers.gold.argmax(axis=1) * (size + 2) + column
    counts = np.bincount(flat, minlength=size * (size + 2)).reshape(size, size + 2)
    return Confusions(
        answers.task,
        answers.labels.names,
        answers.labels.merged(),
        tuple(tuple(row) for row in counts.tolist()),
    )


def label_errors(answers: TaskAnswers) -> tuple[LabelErrors, ...]:
    """Missed and added labels of a multi-label task, over answers that name a label."""
    kept = answers.only(answers.named > 0)
    columns = (kept.gold, kept.said, kept.gold & ~kept.said, kept.said & ~kept.gold)
    counts = (matrix.sum(axis=0).tolist() for matrix in columns)
    return tuple(LabelErrors(*row) for row in zip(answers.labels.names, *counts, strict=True))


def confused_pairs(answers: TaskAnswers) -> tuple[ConfusedPair, ...]:
    """Pairs of labels that are named for each other: first those that the test finds, by lift, then others by count.

    Single-label tasks: over answers that name exactly one label, a wrong one. With three candidates or fewer the
    frequencies alone settle how often each pair is confused, and every lift is 1. Multi-label tasks: one label is
    missed and the other added in the same answer, among answers that miss one and add one; expected is what
    independence of what is missed from what is added would give.
    """
    kept = answers.only(_swapping(answers) if answers.multi_label else _wrong(answers))
    missed, added = kept.gold & ~kept.said, kept.said & ~kept.gold
    both = missed.T.astype(np.float64) @ added.astype(np.float64)
    expected = _independent(kept, missed, added) if answers.multi_label else _quasi_independent(kept)
    size = len(kept.labels)
    found = [
        _pair(kept, missed, added, first, second, both, expected)
        for first in range(size)
        for second in range(first + 1, size)
        if both[first, second] + both[second, first] > 0
    ]
    tested = [place for place, pair in enumerate(found) if pair.p_adjusted is not None]
    never = _testable(kept, missed) - len(tested)
    adjusted = holm([found[place].p_adjusted or 0.0 for place in tested] + [1.0] * never)
    for place, p_value in zip(tested, adjusted, strict=False):
        found[place] = replace(found[place], p_adjusted=p_value)
    return tuple(
        sorted(
            found,
            key=lambda pair: (not pair.is_certain, -pair.lift if pair.is_certain else 0, -pair.observed),
        )
    )


def _testable(answers: TaskAnswers, missed: Masks) -> int:
    """How many pairs have chances enough to be tested, whether or not they are ever confused."""
    open_to = answers.candidates & ~answers.gold
    chances = missed.T.astype(np.float64) @ open_to.astype(np.float64)
    return int((np.triu(chances + chances.T, 1) >= LEAST).sum())


def _swapping(answers: TaskAnswers) -> Masks:
    """Answers that miss a label and add one."""
    swapping: Masks = (answers.gold & ~answers.said).any(axis=1) & (answers.said & ~answers.gold).any(axis=1)
    return swapping


def _wrong(answers: TaskAnswers) -> Masks:
    wrong: Masks = (answers.named == 1) & ~(answers.gold & answers.said).any(axis=1)
    return wrong


def _pair(
    answers: TaskAnswers, missed: Masks, added: Masks, first: int, second: int, both: Floats, expected: Floats
) -> ConfusedPair:
    """One pair, its p-value not yet adjusted."""
    open_to = answers.candidates & ~answers.gold
    chances = (missed[:, first] & open_to[:, second]) | (missed[:, second] & open_to[:, first])
    swapped = (missed[:, first] & added[:, second]) | (missed[:, second] & added[:, first])
    count = int(chances.sum())
    observed = int(swapped.sum())
    share = min(1.0, float(expected[first, second] + expected[second, first]) / count)
    effective = effective_number(swapped[chances], answers.clusters[chances])
    interval = wilson(observed / count * effective, effective)
    return ConfusedPair(
        first=answers.labels.names[first],
        second=answers.labels.names[second],
        observed=observed,
        expected=share * count,
        chances=count,
        lift=observed / count / share,
        low=interval.low / 100 / share,
        high=interval.high / 100 / share,
        p_adjusted=upper_tail(observed / count * effective, effective, share) if count >= LEAST else None,
        forward=int(both[first, second]),
        samples=answers.examples(swapped, EXAMPLES),
    )


def _quasi_independent(answers: TaskAnswers) -> Floats:
    """Expected counts of wrong labels, (n_labels, n_labels), by gold label and label named.

    Fitted within each set of candidates, whose other cells are zero as the diagonal is, and summed.
    """
    size = len(answers.labels)
    total = np.zeros((size, size))
    pairs = answers.gold.argmax(axis=1) * size + answers.said.argmax(axis=1)
    for stratum in np.unique(answers.stratum).tolist():
        inside = answers.stratum == stratum
        observed = np.bincount(pairs[inside], minlength=size * size).reshape(size, size)
        allowed = answers.candidates[inside.argmax()]
        total += fit_off_diagonal(observed.astype(np.float64), allowed)
    return total


def fit_off_diagonal(observed: Floats, allowed: Masks, *, rounds: int = 200) -> Floats:
    """The counts a_i b_j, i != j, with the row and column totals of `observed`: quasi-independence beside the
    diagonal, by iterative proportional fitting (Deming and Stephan, Annals of Mathematical Statistics 11, 1940).

    Args:
        observed: (n, n), its diagonal 0.
        allowed: (n,) which categories there are.
    """
    fitted = np.outer(allowed, allowed).astype(np.float64)
    np.fill_diagonal(fitted, 0.0)
    rows, columns = observed.sum(axis=1), observed.sum(axis=0)
    for _ in range(rounds):
        fitted *= (rows / np.maximum(fitted.sum(axis=1), 1e-12))[:, None]
        sums = fitted.sum(axis=0)
        fitted *= columns / np.maximum(sums, 1e-12)
        if np.abs(sums - columns).max() < 1e-6:
            break
    return fitted


def _independent(answers: TaskAnswers, missed: Masks, added: Masks) -> Floats:
    """Expected counts of answers that miss a label and add another, (n_labels, n_labels): those that miss the first and
    could add the second, times the share of answers that add the second where they could."""
    open_to = answers.candidates & ~answers.gold
    share = added.sum(axis=0) / np.maximum(open_to.sum(axis=0), 1)
    chances: Floats = missed.T.astype(np.float64) @ open_to.astype(np.float64)
    counts: Floats = chances * share
    return counts


def nearness(answers: TaskAnswers) -> Nearness | None:
    """Whether the wrong labels of a single-label task are of the gold label's valence more often than expected; None
    where no wrong label's gold label has one, or all candidates of one have."""
    kept = answers.only(_wrong(answers))
    valences = [valence_of(label) for label in kept.labels.names]
    same = np.array([[a is not None and a == b for b in valences] for a in valences], dtype=np.bool_)
    has = np.array([valence is not None for valence in valences], dtype=np.bool_)
    gold, said = kept.gold.argmax(axis=1), kept.said.argmax(axis=1)
    count = int(has[gold].sum())
    if not count or not (same & ~np.eye(len(same), dtype=np.bool_)).any():
        return None
    expected = float(_quasi_independent(kept)[same].sum())
    return Nearness(100 * float(same[gold, said].sum()) / count, 100 * expected / count, count)
