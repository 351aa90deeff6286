"""Audit a table of scores: do its figures agree with one another, and which order of models do they give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cuewise.audits.table.checks import (
    Rows,
    cell_findings,
    cot_findings,
    duplicate_findings,
    impossible_findings,
    missing_row_findings,
    model_findings,
    overall_findings,
    resolves,
    same_column_findings,
    same_scores_findings,
)
from cuewise.audits.table.files import MEASURES, SCORES, Row
from cuewise.audits.table.findings import Finding, Severity
from cuewise.audits.table.ranks import OrderComparison, compare_orders, pearson, ranks
from cuewise.errors import InputError
from cuewise.samples.problems import printable
from cuewise.samples.tasks import tasks as all_tasks

COMPARED = (
    ("recognition", "reasoning"),
    ("recognition", "cot"),
    ("reasoning", "cot"),
    ("recognition", "recognition_macro"),
    ("cot", "cot_macro"),
)
"""Which orders of the models are compared; `_macro` is the plain mean over tasks."""
CORRELATED = (
    ("cot", "reasoning"),
    ("cot", "recognition"),
    ("avg_step", "reasoning"),
    ("avg_token", "reasoning"),
)


@dataclass(frozen=True)
class Correlation:
    """Pearson's correlation of two columns over the models."""

    first: str
    second: str
    n_models: int
    value: float | None


@dataclass(frozen=True)
class BelowBaseline:
    """How many models fail to reach, in one task, what always naming the most frequent label scores."""

    task: str
    label: str
    baseline: float
    """Percent."""
    models: tuple[str, ...]
    """Those below it."""
    n_models: int
    """Models with a recognition score in this task."""


@dataclass(frozen=True)
class TableAudit:
    """What was checked, and what came of it."""

    n_models: int
    tasks: tuple[str, ...]
    counts: dict[str, int]
    """Questions of each task, taken as weights and denominators."""
    checked: dict[str, int]
    """By check: how many figures, rows or pairs it was made on."""
    unchecked: tuple[str, ...]
    """What could not be checked, and why."""
    findings: tuple[Finding, ...]
    """Errors first."""
    scores: dict[str, dict[str, float]]
    """By score, then by model: what the models are ordered by. Percent."""
    orders: tuple[OrderComparison, ...]
    correlations: tuple[Correlation, ...]
    below_baseline: tuple[BelowBaseline, ...] = ()
    """Empty where no dataset was given."""

    @property
    def consistent(self) -> bool:
        """Whether there is no error among the findings."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def ranks(self) -> dict[str, dict[str, int]]:
        """By score, then by model: place in the order, 1 is best."""
        return {
            score: dict(zip(by_model, ranks(list(by_model.values())), strict=True))
            for score, by_model in self.scores.items()
        }

    def to_json(self) -> dict[str, Any]:
        """The audit as plain data."""
        return {
            "consistent": self.consistent,
            "n_models": self.n_models,
            "tasks": list(self.tasks),
            "counts": self.counts,
            "checked": self.checked,
            "unchecked": list(self.unchecked),
            "found": findings_by_check(self.findings),
            "findings": [finding.to_json() for finding in self.findings],
            "scores": self.scores,
            "ranks": self.ranks(),
            "orders": [asdict(order) for order in self.orders],
            "correlations": [asdict(correlation) for correlation in self.correlations],
            "below_baseline": [asdict(below) for below in self.below_baseline],
        }


def audit_table(
    rows: Sequence[Row],
    overall: Sequence[Row] | None = None,
    *,
    counts: Mapping[str, int] | None = None,
    baselines: Mapping[str, tuple[str, float]] | None = None,
) -> TableAudit:
    """Audit a table of one row per model and task.

    Args:
        rows: of the table.
        overall: the rows of the table of overall scores that belongs to it.
        counts: questions by task, where they are not the benchmark's own.
        baselines: by task, its most frequent label and the percent that always naming it scores.

    Raises:
        InputError: a task is none of the benchmark's, and `counts` does not know it either; or `counts` has one that
            neither the benchmark nor the table has.
    """
    tasks = list(dict.fromkeys(row.task for row in rows if row.task is not None))
    models = list(dict.fromkeys(row.model for row in rows))
    sizes = _counts(tasks, rows, counts or {})
    by_key: dict[tuple[str, str], Row] = {}
    for row in rows:
        by_key.setdefault((row.model, row.task or ""), row)
    unique = list(by_key.values())
    by_model: dict[str, Row] = {}
    for row in overall or ():
        by_model.setdefault(row.model, row)
    everything = [*unique, *by_model.values()]
    checkable, unchecked = _checkable(unique, tasks, sizes)
    findings = [
        *cell_findings(everything),
        *duplicate_findings(rows),
        *duplicate_findings(overall or ()),
        *missing_row_findings(by_key, tasks, models),
        *cot_findings(everything),
        *overall_findings(by_key, by_model, tasks, sizes),
        *impossible_findings(unique, checkable),
        *same_scores_findings(by_key, tasks, models),
        *same_column_findings(by_key, tasks, models),
        *(model_findings(models, by_model, by_key) if overall is not None else ()),
    ]
    complete = [
        model
        for model in models
        if all((model, task) in by_key and _whole(by_key[model, task]) for task in tasks)
    ]
    unchecked += _unchecked(models, complete, tasks, overall is not None)
    scores = _scores(by_key, by_model, tasks, sizes, complete)
    return TableAudit(
        n_models=len(models),
        tasks=tuple(tasks),
        counts=sizes,
        checked={
            "cells": sum(score in SCORES for row in everything for score in row.cells),
            "cot-mean": sum(map(_whole, everything)),
            "overall-mean": sum(
                by_model[model].number(score) is not None
                for model in complete
                if model in by_model
                for score in SCORES
            ),
            "impossible-value": sum(
                row.task in checkable and row.number("recognition") is not None for row in unique
            ),
            "same-scores": len(models) * (len(models) - 1) // 2,
        },
        unchecked=tuple(unchecked),
        findings=tuple(sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)),
        scores=scores,
        orders=tuple(compare_orders(first, second, scores) for first, second in COMPARED),
        correlations=_correlations(scores),
        below_baseline=_below(unique, tasks, baselines or {}),
    )


def findings_by_check(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings each check made, those that made none left out."""
    return dict(Counter(finding.check.value for finding in findings))


def _counts(tasks: Sequence[str], rows: Sequence[Row], given: Mapping[str, int]) -> dict[str, int]:
    known = {**{name: task.n_questions for name, task in all_tasks().items()}, **given}
    for task in tasks:
        if task not in known:
            where = next(row.where for row in rows if row.task == task)
            raise InputError(
                f"{where}: {task!r} is none of the benchmark's tasks ({', '.join(all_tasks())}); mend the name, or"
                f" give its number of questions: --counts '{task}=N'"
            )
    for name in given:
        if name not in tasks and name not in all_tasks():
            raise InputError(
                f"the number of questions of {printable(name)!r} is given, and the table has no such task; it has"
                f" {', '.join(tasks)}"
            )
    return {task: known[task] for task in tasks}


def _checkable(
    rows: Sequence[Row], tasks: Sequence[str], counts: Mapping[str, int]
) -> tuple[dict[str, int], list[str]]:
    """Tasks whose recognition must be a k / n that printing can tell from others, and why the others need not."""
    checkable: dict[str, int] = {}
    unchecked = []
    for task in tasks:
        known, count = all_tasks().get(task), counts[task]
        printed = [row.number("recognition") for row in rows if row.task == task]
        decimals = max((one.decimals for one in printed if one is not None), default=0)
        if known is None:
            unchecked.append(f"{task}: whether its questions have one or several labels is not known")
        elif known.multi_label:
            unchecked.append(
                f"{task}: recognition is a mean of shares C/K of K gold labels; {_halves(count, decimals)}"
            )
        elif resolves(decimals, count):
            checkable[task] = count
        else:
            unchecked.append(
                f"{task}: one of {count:,} questions moves recognition by {100 / count:.2f} points, so every"
                " printed value is possible"
            )
    return checkable, unchecked


def _halves(count: int, decimals: int) -> str:
    """Why a multi-label recognition tells nothing of the number of questions."""
    if resolves(decimals, 2 * count):
        return "which values are possible depends on every K"
    return (
        f"half of one of {count:,} questions (K = 2) moves it by {50 / count:.2f} points, so every printed value is"
        " possible"
    )


def _unchecked(
    models: Sequence[str], complete: Sequence[str], tasks: Sequence[str], with_overall: bool
) -> list[str]:
    """What of the overall scores could not be checked, in words."""
    if not with_overall:
        return ["overall scores: no table of them was given; the orders below use the tasks' weighted means"]
    told = []
    if absent := [name for name in all_tasks() if name not in tasks]:
        told.append(
            f"overall scores were compared with the tasks there are; the table has no {', '.join(absent)}"
        )
    if len(complete) < len(models):
        told.append(f"overall scores of {len(models) - len(complete)} models that lack scores in some task")
    return told


def _whole(row: Row) -> bool:
    return all(row.number(score) is not None for score in SCORES)


def _scores(
    rows: Rows,
    overall: Mapping[str, Row],
    tasks: Sequence[str],
    counts: Mapping[str, int],
    complete: Sequence[str],
) -> dict[str, dict[str, float]]:
    """What models are ordered by: overall scores as printed, else as computed, and plain means over tasks."""
    total = sum(counts.values())
    scores: dict[str, dict[str, float]] = {}
    for score in SCORES:
        values = {
            model: {task: number.value for task in tasks if (number := rows[model, task].number(score))}
            for model in complete
        }
        micro = {
            model: float(sum(counts[task] * value for task, value in by_task.items()) / total)
            for model, by_task in values.items()
        }
        printed = {
            model: float(number.value) for model, row in overall.items() if (number := row.number(score))
        }
        scores[score] = printed or micro
        scores[f"{score}_macro"] = {
            model: float(sum(by_task.values()) / len(tasks)) for model, by_task in values.items()
        }
    for measure in MEASURES:
        measured = {
            model: float(number.value) for model, row in overall.items() if (number := row.number(measure))
        }
        if measured:
            scores[measure] = measured
    return scores


def _correlations(scores: Mapping[str, Mapping[str, float]]) -> tuple[Correlation, ...]:
    found = []
    for first, second in CORRELATED:
        if first in scores and second in scores:
            models = sorted(scores[first].keys() & scores[second].keys())
            value = pearson([scores[first][m] for m in models], [scores[second][m] for m in models])
            found.append(Correlation(first, second, len(models), value))
    return tuple(found)


def _below(
    rows: Sequence[Row], tasks: Sequence[str], baselines: Mapping[str, tuple[str, float]]
) -> tuple[BelowBaseline, ...]:
    below = []
    for task in tasks:
        if task in baselines:
            label, baseline = baselines[task]
            reached = {
                row.model: float(number.value)
                for row in rows
                if row.task == task and (number := row.number("recognition")) is not None
            }
            lower = tuple(model for model, value in reached.items() if value < baseline)
            below.append(BelowBaseline(task, label, baseline, lower, len(reached)))
    return tuple(below)
