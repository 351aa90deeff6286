"""Figures that need no judge: what the label taxonomy reads in the answers, and how right that is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Final

import numpy as np

from cuewise.records import LabelStatus, Outcome, Protocol
from cuewise.scores.intervals import AnswerShare, Estimate, Mean, Moments
from cuewise.scores.kappa import Floats, cohen_kappa
from cuewise.scores.labels import scale_of_sample, score_labels
from cuewise.scores.metrics.ordinal import kappa, mean_absolute_error

_MAPPED: Final = (LabelStatus.MATCHED, LabelStatus.SEVERAL)
_LEVELS: Final = ("exact", "family", "valence")
_SETS: Final = ("precision", "recall", "f1", "jaccard")


@dataclass(frozen=True, slots=True)
class OrdinalFigures:
    """Samples whose candidates are a scale, such as nine degrees of sentiment.

    Distance and kappa need a predicted place. An answer without one has none: to give it one would invent data, so
    it is counted apart, and `mae_bound` says what it could hide. Accuracy over all samples is `LabelFigures.exact`.
    """

    levels: int
    """Places on the scale."""
    count: int
    """Samples asked, each as often as it was; so for all that follows."""
    matched: int
    """Answers scored of which exactly one place was read: what `mae` and `kappa` are over."""
    mae: float | None
    """Mean absolute error, steps of the scale."""
    mae_bound: float
    """The same over all that were asked, if each without a place were as far off as the scale allows."""
    kappa: float | None
    """Cohen's kappa with quadratic weights, -1..1; None where it is undefined."""


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """The judge's points for the label beside the taxonomy's, by the same rules.

    Over scored answers of which the judge said which candidates it reads, or under `mme-emotion` rated the label.
    An answer in which the taxonomy reads no label has 0 points there, so that a label which only the judge sees
    is a disagreement.
    """

    equal: Estimate
    """Percent of answers with equal points."""
    kappa: float | None
    """Cohen's kappa, -1..1, over answers to single-label samples, where points are 0 or 1; None where it is
    undefined."""
    kappa_count: int
    """Answers that kappa is over."""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Scores of the labels alone, percent; None where a figure applies to no sample.

    Scores are over all samples asked to which they apply; one that ended without a score adds 0, and one that was
    asked several times the mean over its answers.
    """

    exact: Mean | None
    family: Mean | None
    """Over samples whose gold label has an emotion family."""
    valence: Mean | None
    """Over samples whose gold label has a valence."""
    precision: Mean | None
    """Mean over multi-label samples, as the next three."""
    recall: Mean | None
    f1: Mean | None
    jaccard: Mean | None
    mapped: Estimate | None
    """Share of the answers in which at least one candidate was read."""
    certain: Estimate | None
    """Share of the mapped ones whose wording leaves no doubt."""
    statuses: dict[str, int]
    """How many readings ended in which `LabelStatus`; those that did not occur are absent."""
    ordinal: OrdinalFigures | None
    """None where no candidates are a scale, or where samples of different scales would be mixed."""
    judge: JudgeAgreement | None
    """None where no judge rated a label."""


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """What one outcome adds to the figures of every set it is in."""

    scored: bool
    answered: bool
    points: tuple[tuple[str, float], ...]
    """By figure, of those that apply."""
    status: LabelStatus | None
    """None where nothing was read."""
    certain: bool
    """At least one candidate was read, without doubt."""
    scale: tuple[str, ...]
    """Empty where the candidates are none."""
    places: tuple[int, int | None] | None
    """Gold and predicted place on the scale."""
    judged: tuple[float, float] | None
    """The taxonomy's and the judge's points."""
    multi_label: bool


def count_labels(outcome: Outcome) -> LabelCounts | None:
    """Look at the labels of one outcome; None of one that is scored without points for its labels."""
    sample, score, reading = outcome.sample, outcome.score, outcome.reading
    points = score_labels(sample, ()) if score is None else score.labels
    if points is None:
        return None
    names = (*_LEVELS, *_SETS) if sample.multi_label else _LEVELS
    scale = scale_of_sample(sample)
    places = None
    if scale:
        found = reading is not None and points.distance is not None
        places = scale.index(sample.labels[0]), scale.index(reading.labels[0]) if reading and found else None
    return LabelCounts(
        scored=score is not None,
        answered=outcome.answer is not None,
        points=tuple((name, value) for name in names if (value := getattr(points, name)) is not None),
        status=None if reading is None else reading.status,
        certain=reading is not None and reading.status in _MAPPED and reading.certain,
        scale=scale,
        places=places,
        judged=_judged(outcome),
        multi_label=sample.multi_label,
    )


def _judged(outcome: Outcome) -> tuple[float, float] | None:
    sample, score, reading = outcome.sample, outcome.score, outcome.reading
    if score is None or score.judged_recognition is None or reading is None:
        return None
    if outcome.protocol == Protocol.MME_EMOTION:
        return sample.label_points(reading.labels), score.judged_recognition
    if not outcome.verdicts or outcome.verdicts[-1].labels is None:
        return None
    return sample.label_f1(reading.labels), score.judged_recognition


class LabelTally:
    """Running sums from which `LabelFigures` are made; holds no samples."""

    __slots__ = ("_certain", "_judge", "_mapped", "_points", "_scales", "_scored", "_statuses")

    def __init__(self) -> None:
        self._points = {name: Moments() for name in (*_LEVELS, *_SETS)}
        self._scored = False
        self._mapped = AnswerShare()
        self._certain = AnswerShare()
        self._statuses: Counter[str] = Counter()
        self._scales: defaultdict[tuple[str, ...], _ScaleSums] = defaultdict(_ScaleSums)
        self._judge = _JudgeSums()

    def add(self, *answers: LabelCounts, group: Hashable = None) -> None:
        """Count one sample: its outcome, or each of its outcomes. None tell nothing.

        Args:
            group: as in `Moments.add`.
        """
        self._scored = self._scored or any(counts.scored for counts in answers)
        points: defaultdict[str, list[float]] = defaultdict(list)
        for counts in answers:
            for name, value in counts.points:
                points[name].append(value)
            if counts.status is not None:
                self._statuses[counts.status.value] += 1
            if counts.places is not None:
                self._scales[counts.scale].add(len(counts.scale), *counts.places)
        for name, values in points.items():
            self._points[name].add(*values, group=group)
        mapped = sum(counts.status in _MAPPED for counts in answers)
        self._mapped.add(mapped, sum(counts.answered for counts in answers))
        self._certain.add(sum(counts.certain for counts in answers), mapped)
        self._judge.add(answers)

    def figures(self) -> LabelFigures | None:
        """What has been counted so far; None where no sample's labels were scored."""
        if not self._scored:
            return None
        (ordinal,) = self._scales.values() if len(self._scales) == 1 else (None,)
        return LabelFigures(
            **{name: moments.estimate() for name, moments in self._points.items()},
            mapped=self._mapped.estimate(),
            certain=self._certain.estimate(),
            statuses=dict(sorted(self._statuses.items())),
            ordinal=ordinal.figures() if ordinal else None,
            judge=self._judge.figures(),
        )


class _ScaleSums:
    """Counts of gold and predicted places on one scale."""

    __slots__ = ("_cells", "_levels")

    def __init__(self) -> None:
        self._levels = 0
        self._cells: Counter[tuple[int, int]] = Counter()

    def add(self, levels: int, gold: int, said: int | None) -> None:
        self._levels = levels
        self._cells[gold, levels if said is None else said] += 1

    def figures(self) -> OrdinalFigures:
        k = self._levels
        counts = np.zeros((k, k + 1))
        for cell, times in self._cells.items():
            counts[cell] = times
        # As if each answer without a place named the farther end of the scale.
        worst = counts.copy()
        worst[:, -1] = 0
        place = np.arange(k)
        worst[place, np.where(2 * place < k - 1, k - 1, 0)] += counts[:, -1]
        return OrdinalFigures(
            levels=k,
            count=int(counts.sum()),
            matched=int(counts[:, :-1].sum()),
            mae=_known(mean_absolute_error(counts)),
            mae_bound=float(mean_absolute_error(worst)),
            kappa=_known(kappa(counts, weighting="quadratic")),
        )


def _known(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)


class _JudgeSums:
    """Counts of the taxonomy's points against the judge's."""

    __slots__ = ("_equal", "_pairs")

    def __init__(self) -> None:
        self._equal = AnswerShare()
        self._pairs: Counter[tuple[int, int]] = Counter()

    def add(self, answers: Sequence[LabelCounts]) -> None:
        judged = [counts.judged for counts in answers if counts.judged is not None]
        self._equal.add(sum(isclose(ours, judges, abs_tol=1e-9) for ours, judges in judged), len(judged))
        if judged and not answers[0].multi_label:
            self._pairs.update((int(ours), int(judges)) for ours, judges in judged if judges in (0, 1))

    def figures(self) -> JudgeAgreement | None:
        equal = self._equal.estimate()
        if equal is None:
            return None
        return JudgeAgreement(equal, cohen_kappa(self._pairs), self._pairs.total())
