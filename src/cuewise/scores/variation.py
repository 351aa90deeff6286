"""How far repeated answers to the same samples vary: pass to pass, in their scores and in their labels.

Everything here is over the samples that have an outcome in every epoch, and an answer without a score counts as 0
points, as it does in the scores themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from statistics import fmean, stdev

from cuewise.scores.ended import SCORES, Ended
from cuewise.scores.intervals import UNITS, Estimate, Mean, Moments, PooledShare, share


@dataclass(frozen=True, slots=True)
class ScoreVariation:
    """One score over K epochs and n samples, y_ij being the points of sample i in epoch j.

    The variance of a single answer's points has two parts (one-way random effects; Shrout and Fleiss, Psychological
    Bulletin 86, 1979, case 1; Searle, Casella and McCulloch, Variance Components, 1992). With m_i the mean of
    sample i and m that of all,

        MSB = K sum_i (m_i - m)^2 / (n - 1),   MSW = sum_ij (y_ij - m_i)^2 / (n (K - 1)),
        within = MSW,   between = max(0, (MSB - MSW) / K),   wavering = within / (within + between).

    `wavering` is 1 minus the intraclass correlation ICC(1,1): the share of the variance that is there when the same
    question is asked again. The rest comes from some samples being harder than others.
    """

    by_epoch: list[float]
    """The score of each epoch alone, percent, from epoch 0 on."""
    deviation: float
    """Standard deviation of these, K - 1 in its denominator, percentage points."""
    spread: float
    """The highest less the lowest of these, percentage points."""
    within: float
    """Variance of points between the answers to one sample; points in 0..1."""
    between: float | None
    """Variance of points between samples; None of one sample."""
    wavering: float | None
    """Percent of both that is `within`; None where points do not vary at all, and of one sample."""


@dataclass(frozen=True, slots=True)
class VariationFigures:
    """How far repeated answers vary; None where there is nothing to take a share of."""

    epochs: int
    """K: how often each sample was asked; at least 2."""
    samples: int
    """Samples with an outcome in every epoch: what all of this is over."""
    recognition: ScoreVariation
    reasoning: ScoreVariation
    cot: ScoreVariation
    agreement: Estimate | None
    """Of all pairs of answers to one sample of which a label was read, those with the same set of labels. No candidate
    named twice is the same set. The interval takes the pairs of a sample together (`PooledShare`)."""
    label_changes: Estimate | None
    """Of the samples with at least one such pair, those whose answers do not all have the same labels."""
    end_changes: Estimate
    """Of all samples, those that did not end in the same way each time, such as refused once and scored else."""
    majority: Mean
    """Recognition if only the labels that most answers name counted (self-consistency; Wang et al., arXiv 2203.11171).

    Whole sets of labels are counted; an answer without a score stands for no label. Where several are named equally
    often, the mean of their points, which is what a draw by lot earns in the long run.
    """
    ever_right: Estimate
    """Samples with full recognition in at least one answer: pass@k for k = K (Chen et al., arXiv 2107.03374)."""
    always_right: Estimate
    """Samples with full recognition in every answer: pass^k for k = K (Yao et al., arXiv 2406.12045)."""


class VariationTally:
    """Running sums from which `VariationFigures` are made; holds no samples.

    Args:
        epochs: how often every sample is asked.
    """

    __slots__ = (
        "_agreement",
        "_always",
        "_changed",
        "_ended_otherwise",
        "_epochs",
        "_ever",
        "_labelled",
        "_majority",
        "_samples",
        "_scores",
    )

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._samples = 0
        self._scores = {name: _ScoreSums(epochs) for name in SCORES}
        self._agreement = PooledShare()
        self._labelled = 0
        self._changed = 0
        self._ended_otherwise = 0
        self._majority = Moments()
        self._ever = 0
        self._always = 0

    def add(self, *ends: Ended, group: Hashable = None) -> None:
        """Count one sample: how it ended in each epoch, from 0 on. One that lacks an epoch tells nothing yet.

        Args:
            group: as in `Moments.add`.
        """
        if self._epochs < 2 or len(ends) < self._epochs:
            return
        self._samples += 1
        for place, sums in enumerate(self._scores.values()):
            sums.add([0.0 if end.scores is None else end.scores[place] for end in ends])
        labels = [end.labels for end in ends if end.labels is not None]
        pairs = [one == other for one, other in combinations(labels, 2)]
        self._agreement.add(sum(pairs), len(pairs))
        self._labelled += bool(pairs)
        self._changed += not all(pairs)
        self._ended_otherwise += len({end.kind for end in ends}) > 1
        self._majority.add(majority_points(ends), group=group)
        right = [end.scores is not None and end.scores[0] == 1 for end in ends]
        self._ever += any(right)
        self._always += all(right)

    def figures(self) -> VariationFigures | None:
        """What has been counted so far; None where no sample was asked several times."""
        majority = self._majority.estimate()
        ended, ever, always = (
            share(part, self._samples) for part in (self._ended_otherwise, self._ever, self._always)
        )
        if majority is None or ended is None or ever is None or always is None:
            return None
        return VariationFigures(
            epochs=self._epochs,
            samples=self._samples,
            **{name: sums.variation() for name, sums in self._scores.items()},
            agreement=self._agreement.estimate(),
            label_changes=share(self._changed, self._labelled),
            end_changes=ended,
            majority=majority,
            ever_right=ever,
            always_right=always,
        )


def majority_points(ends: Sequence[Ended]) -> float:
    """Recognition of the labels that most answers to a sample name, 0..1; see `VariationFigures.majority`.

    >>> from cuewise.scores.ended import Ended
    >>> angry, sad = ((frozenset({name}), (points, 0.0, 0.0)) for name, points in (("angry", 1.0), ("sad", 0.0)))
    >>> majority_points([Ended("scored", scores, 1, labels) for labels, scores in (angry, sad, angry)])
    1.0
    >>> majority_points([Ended("scored", scores, 1, labels) for labels, scores in (angry, sad)])
    0.5
    """
    votes: defaultdict[frozenset[str] | None, list[float]] = defaultdict(list)
    for end in ends:
        if end.scores is None:
            votes[None].append(0.0)
        else:
            votes[end.labels].append(end.scores[0])
    most = max(map(len, votes.values()))
    return fmean(fmean(points) for points in votes.values() if len(points) == most)


class _ScoreSums:
    """Exact sums of one score: by epoch, of squares, and of squared sums of samples."""

    __slots__ = ("_by_epoch", "_samples", "_squared_sums", "_squares")

    def __init__(self, epochs: int) -> None:
        self._samples = 0
        self._by_epoch = [0] * epochs
        self._squares = 0
        self._squared_sums = 0

    def add(self, points: Sequence[float]) -> None:
        units = [round(value * UNITS) for value in points]
        self._samples += 1
        self._by_epoch = [total + one for total, one in zip(self._by_epoch, units, strict=True)]
        self._squares += sum(one * one for one in units)
        self._squared_sums += sum(units) ** 2

    def variation(self) -> ScoreVariation:
        n, k = self._samples, len(self._by_epoch)
        by_epoch = [100 * total / (UNITS * n) for total in self._by_epoch]
        of_samples = Fraction(self._squared_sums, k)  # sum_ij m_i^2
        within = (self._squares - of_samples) / (n * (k - 1))
        between = None
        if n > 1:
            between_squares = (of_samples - Fraction(sum(self._by_epoch) ** 2, n * k)) / (n - 1)
            between = max(Fraction(0), (between_squares - within) / k)
        whole = None if between is None else within + between
        return ScoreVariation(
            by_epoch=by_epoch,
            deviation=stdev(by_epoch),
            spread=max(by_epoch) - min(by_epoch),
            within=float(within / UNITS**2),
            between=None if between is None else float(between / UNITS**2),
            wavering=float(100 * within / whole) if whole else None,
        )
