"""Scores of several runs with their intervals, averages over tasks, and ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cuewise.analysis.label_metrics import Metric, Statistic, with_intervals
from cuewise.analysis.table import POINTS, Floats, RunTable, SampleRow
from cuewise.analysis.together import Together, put_together, resampler_of
from cuewise.analysis.uncertainty import Uncertain, means_with_intervals
from cuewise.analysis.units import grouped
from cuewise.records import Protocol
from cuewise.samples.units import UNITS
from cuewise.scores.baselines import BaselineFigures, Baselines, baselines_of, gold_tallies
from cuewise.scores.metrics.averages import macro_average

RESAMPLED: tuple[str, ...] = ("clip", "video")
"""Units that are drawn again; by speaker there is an interval by formula alone."""


@dataclass(frozen=True)
class RunScores:
    """One run's three scores."""

    overall: dict[str, Uncertain]
    """By score, over all samples; empty for a run without samples."""
    tasks: dict[str, dict[str, Uncertain]]
    """By task, then by score."""
    macro: dict[str, Metric]
    """By score: the plain mean over tasks, percent."""
    macro_skill: Metric | None
    """The plain mean over tasks of the skill in recognition over the better baseline, percent; None where a task has
    no baseline, or one that leaves nothing to gain."""
    unit: str
    """What a group is in all intervals."""
    baselines: BaselineFigures | None
    task_baselines: dict[str, BaselineFigures]


def score_runs(tables: Sequence[RunTable], protocol: Protocol) -> list[RunScores]:
    """The scores of each run over its own samples."""
    found: dict[int, RunScores] = {}
    for places, together in _alike(tables):
        found |= dict(zip(places, _score_together(together, len(places), protocol), strict=True))
    return [found.get(place) or RunScores({}, {}, {}, None, "clip", None, {}) for place in range(len(tables))]


def intervals_by_unit(tables: Sequence[RunTable]) -> list[dict[str, dict[str, Uncertain]]]:
    """The intervals of each run's scores, by score and by what is taken as independent."""
    found: dict[int, dict[str, dict[str, Uncertain]]] = {}
    for places, together in _alike(tables):
        columns = _columns(together)
        by_unit = {}
        for unit in UNITS:
            groups = grouped(together.rows, unit)
            resampler = resampler_of(groups) if unit in RESAMPLED else None
            by_unit[unit] = means_with_intervals(columns, groups, unit, resampler)
        for run, place in enumerate(places):
            found[place] = {
                name: {
                    unit: one for unit in UNITS if (one := by_unit[unit][at * len(places) + run]) is not None
                }
                for at, name in enumerate(POINTS)
            }
    return [found.get(place, {}) for place in range(len(tables))]


def resampled_by_task(tables: Sequence[RunTable]) -> list[dict[str, dict[str, Uncertain]]]:
    """Each run's scores by task, then by score, with intervals by formula and by resampling."""
    found: dict[int, dict[str, dict[str, Uncertain]]] = {}
    for places, together in _alike(tables):
        columns, groups = _columns(together), together.group_numbers
        resampler = resampler_of(together.groups)
        by_task = {
            task: means_with_intervals(columns[of], groups[of].tolist(), together.unit, resampler, of)
            for task, of in together.tasks.items()
        }
        for run, place in enumerate(places):
            found[place] = {
                task: {
                    name: one
                    for at, name in enumerate(POINTS)
                    if (one := means[at * len(places) + run]) is not None
                }
                for task, means in by_task.items()
            }
    return [found.get(place, {}) for place in range(len(tables))]


def _alike(tables: Sequence[RunTable]) -> Iterator[tuple[list[int], Together]]:
    """Places of runs over equal samples, which are computed at once; runs without samples are left out."""
    kinds: list[tuple[Sequence[SampleRow], list[int]]] = []
    for place, table in enumerate(tables):
        for rows, places in kinds:
            if _same(rows, table.samples):
                places.append(place)
                break
        else:
            kinds.append((table.samples, [place]))
    for _, places in kinds:
        together = put_together([tables[place] for place in places])
        if together is not None:
            yield places, together


def _same(a: Sequence[SampleRow], b: Sequence[SampleRow]) -> bool:
    return a is b or [(row.id, row.labels) for row in a] == [(row.id, row.labels) for row in b]


def _columns(together: Together) -> Floats:
    """Points of every score and run, (n, n_scores x n_runs), the runs of one score side by side."""
    return np.concatenate([together.points[name] for name in POINTS], axis=1)


def _score_together(together: Together, n_runs: int, protocol: Protocol) -> list[RunScores]:
    columns = _columns(together)
    groups = together.group_numbers
    whole_runs = means_with_intervals(columns, groups.tolist(), together.unit)
    by_task = {
        task: means_with_intervals(columns[places], groups[places].tolist(), together.unit)
        for task, places in together.tasks.items()
    }
    macro = _macro(together, columns)
    tallies = gold_tallies(together.rows)
    whole = baselines_of(list(tallies.values()), protocol)
    of_tasks = {task: baselines_of([tally], protocol) for task, tally in tallies.items()}
    skills = _macro_skills(together, of_tasks)
    scores = []
    for run in range(n_runs):
        at = {name: place * n_runs + run for place, name in enumerate(POINTS)}
        overall = {name: one for name in POINTS if (one := whole_runs[at[name]]) is not None}
        tasks = {
            task: {name: one for name in POINTS if (one := found[at[name]]) is not None}
            for task, found in by_task.items()
        }
        recognition = overall["recognition"].percent
        scores.append(
            RunScores(
                overall=overall,
                tasks=tasks,
                macro={name: macro[at[name]] for name in POINTS},
                macro_skill=skills[run] if skills else None,
                unit=together.unit,
                baselines=None if whole is None else whole.against(recognition),
                task_baselines={
                    task: held.against(tasks[task]["recognition"].percent)
                    for task, held in of_tasks.items()
                    if held is not None
                },
            )
        )
    return scores


def _macro_skills(together: Together, held: Mapping[str, Baselines | None]) -> list[Metric]:
    """The plain mean over tasks of each run's skill: the macro average of points that are 0 at the baseline of their
    task and 1 if all is right. Empty where a task has no baseline below 100."""
    points = together.points["recognition"].copy()
    for task, places in together.tasks.items():
        known = held[task]
        if known is None or known.best >= 100:
            return []
        points[places] = (points[places] - known.best / 100) / (1 - known.best / 100)
    return _macro(together, points, low=-np.inf)


def _macro(together: Together, columns: Floats, low: float = 0) -> list[Metric]:
    """The plain mean over tasks of each column, percent: a sample's influence is its distance from its task's mean over
    the number of tasks and of the task's samples."""
    influence = np.zeros_like(columns)
    of_tasks = []
    for places in together.tasks.values():
        mean = columns[places].mean(axis=0)
        of_tasks.append(mean)
        influence[places] = (columns[places] - mean) / (len(together.tasks) * len(places))
    statistics = [
        Statistic(macro_average(means), influence[:, place], scale=100, low=low, high=1, count=len(together))
        for place, means in enumerate(np.stack(of_tasks, axis=1).tolist())
    ]
    return with_intervals(statistics, together.group_numbers)
