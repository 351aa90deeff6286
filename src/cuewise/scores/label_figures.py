"""Figures that need no judge: what the label taxonomy reads in the answers, and how right that is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import isclose
from typing import Final

from cuewise.records import LabelScore, LabelStatus, Outcome, Protocol
from cuewise.scores.intervals import Estimate, Moments, share
from cuewise.scores.kappa import cohen_kappa
from cuewise.scores.labels import scale_of_set, score_labels

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
    """Samples asked."""
    matched: int
    """Samples scored of which exactly one place was read: what `mae` and `kappa` are over."""
    mae: float | None
    """Mean absolute error, steps of the scale."""
    mae_bound: float
    """The same over all samples asked, if each without a place were as far off as the scale allows."""
    kappa: float | None
    """Cohen's kappa with quadratic weights, -1..1; None where it is undefined."""


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """The judge's points for the label beside the taxonomy's, by the same rules.

    Over scored samples of which the judge said which candidates it reads, or under `mme-emotion` rated the label.
    An answer in which the taxonomy reads no label has 0 points there, so that a label which only the judge sees
    is a disagreement.
    """

    equal: Estimate
    """Percent of samples with equal points."""
    kappa: float | None
    """Cohen's kappa, -1..1, over single-label samples, where points are 0 or 1; None where it is undefined."""
    kappa_count: int
    """Samples that kappa is over."""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Scores of the labels alone, percent; None where a figure applies to no sample.

    Scores are over all samples asked to which they apply; one that ended without a score adds 0.
    """

    exact: Estimate | None
    family: Estimate | None
    """Over samples whose gold label has an emotion family."""
    valence: Estimate | None
    """Over samples whose gold label has a valence."""
    precision: Estimate | None
    """Mean over multi-label samples, as the next three."""
    recall: Estimate | None
    f1: Estimate | None
    jaccard: Estimate | None
    mapped: Estimate | None
    """Share of the samples with an answer in which at least one candidate was read."""
    certain: Estimate | None
    """Share of the mapped ones whose wording leaves no doubt."""
    statuses: dict[str, int]
    """How many readings ended in which `LabelStatus`; those that did not occur are absent."""
    ordinal: OrdinalFigures | None
    """None where no candidates are a scale, or where samples of different scales would be mixed."""
    judge: JudgeAgreement | None
    """None where no judge rated a label."""


class LabelTally:
    """Running sums from which `LabelFigures` are made; holds no samples."""

    __slots__ = ("_answers", "_certain", "_judge", "_levels", "_scales", "_scored", "_statuses")

    def __init__(self) -> None:
        self._levels = {name: Moments() for name in (*_LEVELS, *_SETS)}
        self._scored = 0
        self._answers = 0
        self._certain = 0
        self._statuses: Counter[str] = Counter()
        self._scales: defaultdict[tuple[str, ...], _ScaleSums] = defaultdict(_ScaleSums)
        self._judge = _JudgeSums()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome; one that is scored without points for its labels is left out."""
        score, reading = outcome.score, outcome.reading
        points = score_labels(outcome.sample, ()) if score is None else score.labels
        if points is None:
            return
        self._scored += score is not None
        self._add_points(points, multi_label=outcome.sample.multi_label)
        if outcome.answer is not None:
            self._answers += 1
        if reading is not None:
            self._statuses[reading.status.value] += 1
            self._certain += reading.status in _MAPPED and reading.certain
        if scale := scale_of_set(outcome.sample.label_set):
            said = reading.labels[0] if reading is not None and points.distance is not None else None
            self._scales[scale].add(scale, outcome.sample.labels[0], said)
        self._judge.add(outcome)

    def _add_points(self, points: LabelScore, *, multi_label: bool) -> None:
        for name in (*_LEVELS, *_SETS) if multi_label else _LEVELS:
            value = getattr(points, name)
            if value is not None:
                self._levels[name].add(value)

    def figures(self) -> LabelFigures | None:
        """What has been counted so far; None where no sample's labels were scored."""
        if not self._scored:
            return None
        mapped = sum(self._statuses[status.value] for status in _MAPPED)
        (ordinal,) = self._scales.values() if len(self._scales) == 1 else (None,)
        return LabelFigures(
            **{name: moments.estimate() for name, moments in self._levels.items()},
            mapped=share(mapped, self._answers),
            certain=share(self._certain, mapped),
            statuses=dict(sorted(self._statuses.items())),
            ordinal=ordinal.figures() if ordinal else None,
            judge=self._judge.figures(),
        )


class _ScaleSums:
    """Counts of gold and predicted places on one scale."""

    __slots__ = ("_farthest", "_levels", "_pairs", "_unmatched")

    def __init__(self) -> None:
        self._levels = 0
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._unmatched = 0
        self._farthest = 0

    def add(self, scale: tuple[str, ...], gold: str, said: str | None) -> None:
        self._levels = len(scale)
        place = scale.index(gold)
        if said is None:
            self._unmatched += 1
            self._farthest += max(place, len(scale) - 1 - place)
        else:
            self._pairs[place, scale.index(said)] += 1

    def figures(self) -> OrdinalFigures:
        matched = self._pairs.total()
        count = matched + self._unmatched
        off = sum(abs(gold - said) * times for (gold, said), times in self._pairs.items())
        return OrdinalFigures(
            levels=self._levels,
            count=count,
            matched=matched,
            mae=off / matched if matched else None,
            mae_bound=(off + self._farthest) / count,
            kappa=cohen_kappa(self._pairs, quadratic=True),
        )


class _JudgeSums:
    """Counts of the taxonomy's points against the judge's."""

    __slots__ = ("_count", "_equal", "_pairs")

    def __init__(self) -> None:
        self._count = 0
        self._equal = 0
        self._pairs: Counter[tuple[int, int]] = Counter()

    def add(self, outcome: Outcome) -> None:
        score, reading = outcome.score, outcome.reading
        if score is None or score.judged_recognition is None or reading is None:
            return
        grounded = outcome.protocol == Protocol.GROUNDED
        if grounded and (not outcome.verdicts or outcome.verdicts[-1].labels is None):
            return
        sample, judged = outcome.sample, score.judged_recognition
        ours = sample.label_f1(reading.labels) if grounded else sample.label_points(reading.labels)
        self._count += 1
        self._equal += isclose(ours, judged, abs_tol=1e-9)
        if not sample.multi_label and judged in (0, 1):
            self._pairs[int(ours), int(judged)] += 1

    def figures(self) -> JudgeAgreement | None:
        equal = share(self._equal, self._count)
        if equal is None:
            return None
        return JudgeAgreement(equal, cohen_kappa(self._pairs), self._pairs.total())
