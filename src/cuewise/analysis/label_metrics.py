"""Metrics of the labels that answers name, by task, each with its interval.

Intervals of means are those of `uncertainty`; of the others they are by linearisation: a smooth statistic moves, to
first order, by the sum of its samples' influences, and the variance of that sum is estimated over groups of samples as
that of a mean is (`groups.means_over`; Binder, International Statistical Review 51, 1983). It is what the jackknife
gives, without computing the statistic again for every group. Beside it stands, where it is asked for, the interval by
resampling whole groups (`bca_interval`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from cuewise.analysis.groups import acceleration, group_sums, means_over, numbered
from cuewise.analysis.pooled import LabelPool, pooled_labels
from cuewise.analysis.table import Floats, Integers, RunTable, SampleRow
from cuewise.analysis.uncertainty import Resampler, Weights, bca_interval, means_with_intervals
from cuewise.records import Clip, Sample
from cuewise.scores.clusters import too_few
from cuewise.scores.intervals import Interval
from cuewise.scores.labels import score_labels
from cuewise.scores.metrics.classes import (
    f1_per_class,
    macro_f1,
    recall_per_class,
    unweighted_average_recall,
    weighted_f1,
)
from cuewise.scores.metrics.confusion import Cells
from cuewise.scores.metrics.ordinal import kappa, mean_absolute_error

MIN_CLASS: Final = 10
"""Mean recall and mean F1 of classes get no interval where a class has fewer samples, but some: how its recall varies
cannot be told from those. Nor where these are of fewer source videos than `MIN_CLASS_GROUPS`."""
MIN_CLASS_GROUPS: Final = 5

_NOTHING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure in its own unit, with its 95 % interval."""

    value: float
    low: float | None
    """None where samples are of too few groups to tell (`too_few`), where no group would change the figure, and for
    means over labels one of which has fewer than `MIN_CLASS` samples or `MIN_CLASS_GROUPS` groups; so for the next."""
    high: float | None
    count: int
    """Samples that it is over."""
    resampled: tuple[float, float] | None = None
    """The interval by resampling; None where there is none by formula, and where none was asked for."""


@dataclass(frozen=True)
class _Task:
    """What a task's samples are, whatever a run answered."""

    rows: tuple[SampleRow, ...]
    groups: Integers
    """Of each sample, numbered from 0, (n,)."""
    labels: LabelPool
    """All candidates, the spellings of its sources pooled; in order where they are a scale."""
    gold: Integers
    """Place of each sample's gold label, of several the first, (n,)."""
    applying: dict[str, npt.NDArray[np.bool_]]
    """By column of `RunTable.label_points`: to which samples it applies."""
    groups_of: dict[str, Integers]
    """The groups of those samples."""

    @property
    def multi_label(self) -> bool:
        """Whether several labels may hold."""
        return any(row.multi_label for row in self.rows)

    @cached_property
    def classes_told(self) -> bool:
        """Whether every label that is the gold one of some samples is so of enough, from enough groups."""
        used, sizes = np.unique(self.gold, return_counts=True)
        of_groups = [len(np.unique(self.groups[self.gold == label])) for label in used]
        return bool((sizes >= MIN_CLASS).all()) and min(of_groups) >= MIN_CLASS_GROUPS

    @property
    def on_a_scale(self) -> bool:
        """Whether the candidates are one, the same for all samples."""
        return {row.scale for row in self.rows} == {self.labels.names}


@dataclass(frozen=True)
class _Answers:
    """A run's answers to one task's samples."""

    task: _Task
    sample: Integers
    """Place among the task's samples, (n_answers,)."""
    cells: Cells
    """Of the answers."""

    def drawn(self, weights: Weights) -> Floats:
        """The confusion matrix in each of b resamples, (b, k, k + 1).

        Args:
            weights: how often each holds each sample, (b, n).
        """
        return self.cells.counts(weights[:, self.sample])

    def statistic(
        self,
        value: float,
        influence: Floats,
        *,
        scale: float = 100,
        low: float = 0,
        high: float = 1,
        count: int | None = None,
        sure: bool = True,
        drawn: Floats | None = None,
    ) -> Statistic:
        """A statistic by the influence of each answer on it, (n_answers,)."""
        n = len(self.task.rows)
        of_samples = np.bincount(self.sample, influence, n).astype(np.float64)
        return Statistic(value, of_samples, scale, low, high, n if count is None else count, sure, drawn)


@dataclass(frozen=True)
class Statistic:
    """A smooth statistic, whose interval is got from its samples' influences on it."""

    value: float
    influence: Floats
    """Of each sample, (n,); they sum to 0."""
    scale: float
    """100 where it is printed as percent."""
    low: float
    """The least that it can be."""
    high: float
    count: int
    """Samples that it is over."""
    sure: bool = True
    """Whether samples can tell its interval."""
    drawn: Floats | None = None
    """Its value in each resample, NaN where it is undefined there; None without resamples."""


def with_intervals(statistics: Sequence[Statistic], groups: Integers) -> list[Metric]:
    """Statistics over the same samples, each with its interval by linearisation: Student's, cut at what it can be.

    Args:
        groups: of each sample, numbered from 0, (n,).
    """
    if not statistics:
        return []
    influence = np.stack([one.influence for one in statistics], axis=1)
    means = means_over(len(groups) * influence, groups)
    halves = stdtrit(means.freedom, 0.975) * np.sqrt(means.variance)
    skews = acceleration(group_sums(influence, groups, int(groups.max()) + 1))
    found = []
    for one, half, n_groups, skew, freedom in zip(
        statistics, halves, means.groups, skews, means.freedom, strict=True
    ):
        told = one.sure and not too_few(int(n_groups), float(freedom), "group") and half > _NOTHING
        low, high = max(one.low, one.value - half), min(one.high, one.value + half)
        drawn = bca_interval(one.drawn, one.value, skew, freedom) if told and one.drawn is not None else None
        found.append(
            Metric(
                one.scale * one.value,
                one.scale * float(low) if told else None,
                one.scale * float(high) if told else None,
                one.count,
                _ends(drawn, one.scale),
            )
        )
    return found


def _ends(found: Interval | None, scale: float = 100) -> tuple[float, float] | None:
    """Of an interval in percent, in the figure's own unit."""
    return None if found is None else (found.low * scale / 100, found.high * scale / 100)


def label_metrics(
    tables: Sequence[RunTable],
    places: Integers,
    clusters: Sequence[Hashable],
    resampler: Resampler | None = None,
) -> list[dict[str, Metric]]:
    """The metrics that apply to a task's labels, by name, for each of several runs over the same samples.

    Single labels: `accuracy`, `uar`, `weighted_f1`, `macro_f1`; on a scale `mae` (steps, over the answers that name one
    place) and `kappa` (quadratic weights, over the same) too. Several: `exact`, `set_f1`, `jaccard`. Where gold labels
    have a valence: `valence`. All but `mae` and `kappa` in percent, over all samples, an answer without a label or a
    score being wrong. Spellings of several sources are one label (`pooled_labels`) in `uar`, the two F1, `mae` and
    `kappa`.

    Args:
        tables: with the same samples in the same order.
        places: of the task's samples in the tables, at least one.
        clusters: the group of each of them.
        resampler: over all samples of the tables, for intervals by resampling.
    """
    task = _task([tables[0].samples[place] for place in places], clusters)
    found = _means(tables, places, task, resampler)
    if not task.multi_label:
        weights = None if resampler is None else resampler.weights(places)
        statistics = [_statistics(_answers(table, places, task), weights) for table in tables]
        metrics = iter(with_intervals([one for of_run in statistics for one in of_run.values()], task.groups))
        for metrics_of_run, of_run in zip(found, statistics, strict=True):
            metrics_of_run |= dict(zip(of_run, metrics, strict=False))
    return found


def _means(
    tables: Sequence[RunTable], places: Integers, task: _Task, resampler: Resampler | None
) -> list[dict[str, Metric]]:
    """The metrics that are means of samples' points."""
    found: list[dict[str, Metric]] = [{} for _ in tables]
    single, several = {"exact": "accuracy"}, {"exact": "exact", "f1": "set_f1", "jaccard": "jaccard"}
    for column, name in ((several if task.multi_label else single) | {"valence": "valence"}).items():
        applies = task.applying[column]
        points = np.stack(
            [table.by_sample(table.label_points[column])[places[applies]] for table in tables], axis=1
        )
        groups = task.groups_of[column].tolist()
        means = means_with_intervals(points, groups, resampler=resampler, places=places[applies])
        for of_run, mean in zip(found, means, strict=True):
            if mean is not None:
                ends = mean.analytic
                of_run[name] = Metric(
                    mean.percent,
                    ends.low if ends else None,
                    ends.high if ends else None,
                    mean.count,
                    _ends(mean.bootstrap),
                )
    return found


def _statistics(answers: _Answers, weights: Weights | None) -> dict[str, Statistic]:
    """The metrics that are not.

    Args:
        weights: how often each resample holds each of the task's samples, (b, n).
    """
    drawn = None if weights is None else answers.drawn(weights)
    return _of_classes(answers, drawn) | (_of_scale(answers, drawn) if answers.task.on_a_scale else {})


def _task(rows: Sequence[SampleRow], clusters: Sequence[Hashable]) -> _Task:
    each = [_applying(row.label_set, row.labels, row.multi_label) for row in rows]
    applying = {column: np.array([column in one for one in each]) for column in _COLUMNS}
    groups, labels = numbered(clusters), pooled_labels(rows)
    return _Task(
        rows=tuple(rows),
        groups=groups,
        labels=labels,
        gold=np.array([labels.number[row.labels[0]] for row in rows], dtype=np.int64),
        applying=applying,
        groups_of={column: numbered(groups[where].tolist()) for column, where in applying.items()},
    )


def _answers(table: RunTable, places: Integers, task: _Task) -> _Answers:
    at = np.full(len(table.samples), -1)
    at[places] = np.arange(len(places))
    answers = np.flatnonzero(at[table.sample] >= 0)
    sample = at[table.sample[answers]]
    number, none = task.labels.number, len(task.labels)
    different, named = table.named
    said = [number.get(one[0], none) if one is not None and len(one) == 1 else none for one in different]
    # An answer without a score earns nothing, whatever was read in it.
    scored = np.where(table.scored[answers], np.array(said, dtype=np.int64)[named[answers]], none)
    return _Answers(task, sample, Cells(task.gold[sample], scored, none))


def _of_classes(answers: _Answers, drawn: Floats | None) -> dict[str, Statistic]:
    """Unweighted average recall and the two F1 scores.

    Args:
        drawn: the confusion matrix in each resample.
    """
    counts = answers.cells.counts()
    gold, said = answers.cells.gold, answers.cells.predicted
    k, n = len(answers.task.labels), float(counts.sum())
    row = counts.sum(axis=1)
    both = row + counts[:, :-1].sum(axis=0)
    hit = gold == said
    recall, f1 = np.nan_to_num(recall_per_class(counts)), np.nan_to_num(f1_per_class(counts))
    held, used = int((row > 0).sum()), int((both > 0).sum())
    uar, weighted, macro = (
        float(metric(counts)) for metric in (unweighted_average_recall, weighted_f1, macro_f1)
    )
    share = row / n
    sure = answers.task.classes_told

    def change(weights: Floats) -> Floats:
        """Of sum_k w_k F1_k, by each answer, the weights being fixed: F1_k = 2 c_k / (r_k + s_k)."""
        scale = np.append(np.divide(weights, both, out=np.zeros(k), where=both > 0), 0.0)
        lost = scale * np.append(f1, 0.0)
        return np.asarray(2 * hit * scale[gold] - lost[gold] - lost[said], dtype=np.float64)

    return {
        "uar": answers.statistic(
            uar,
            (hit - recall[gold]) / (held * row[gold]),
            sure=sure,
            drawn=None if drawn is None else unweighted_average_recall(drawn),
        ),
        "weighted_f1": answers.statistic(
            weighted,
            change(share) + (f1[gold] - weighted) / n,
            drawn=None if drawn is None else weighted_f1(drawn),
        ),
        "macro_f1": answers.statistic(
            macro,
            change(np.full(k, 1 / used)),
            sure=sure,
            drawn=None if drawn is None else macro_f1(drawn),
        ),
    }


def _of_scale(answers: _Answers, drawn: Floats | None) -> dict[str, Statistic]:
    """Mean absolute error, steps, and kappa with quadratic weights, over the answers that name one place.

    Args:
        drawn: the confusion matrix in each resample.
    """
    counts = answers.cells.counts()
    k = len(answers.task.labels)
    named = answers.cells.predicted < k
    gold, said = answers.cells.gold[named], answers.cells.predicted[named]
    n = len(gold)
    if not n:
        return {}
    error = float(mean_absolute_error(counts))
    influence = np.zeros(len(named))
    influence[named] = (np.abs(gold - said) - error) / n
    found = {
        "mae": answers.statistic(
            error,
            influence,
            scale=1,
            high=k - 1,
            count=n,
            drawn=None if drawn is None else mean_absolute_error(drawn),
        )
    }
    agreement = float(kappa(counts, weighting="quadratic"))
    if not np.isnan(agreement):
        # kappa = 1 - A / B, A = n sum w c, B = sum_ij w_ij r_i s_j.
        table, place = counts[:, :-1], np.arange(k)
        weight = np.subtract.outer(place, place).astype(np.float64) ** 2
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        observed = float((weight * table).sum())
        a, b = n * observed, float(rows @ weight @ columns)
        change_a = observed + n * weight[gold, said]
        change_b = (weight @ columns)[gold] + (rows @ weight)[said]
        influence = np.zeros(len(named))
        influence[named] = (a * change_b - b * change_a) / b**2
        found["kappa"] = answers.statistic(
            agreement,
            influence,
            scale=1,
            low=-1,
            count=n,
            drawn=None if drawn is None else kappa(drawn, weighting="quadratic"),
        )
    return found


_COLUMNS: Final = ("exact", "valence", "f1", "jaccard")


@lru_cache(maxsize=10_000)
def _applying(label_set: tuple[str, ...], labels: tuple[str, ...], multi_label: bool) -> frozenset[str]:
    """The points for labels that such a sample can have."""
    sample = Sample(
        id="",
        task="",
        clip=Clip(id=""),
        question="",
        label_set=label_set,
        labels=labels,
        multi_label=multi_label,
    )
    points = score_labels(sample, ())
    return frozenset(name for name in _COLUMNS if getattr(points, name) is not None)
