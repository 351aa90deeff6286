"""Where the official and the strict reading of judged files part, entry by entry, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cuewise.records import Protocol
from cuewise.scores.baselines import GoldTally, baseline_figures
from cuewise.scores.figures import Figures
from cuewise.scores.judged import JudgedEntry, Reading, Unread
from cuewise.scores.official import (
    OfficialFigures,
    official_categories,
    official_figures,
    read_official,
)
from cuewise.scores.strict import gold_labels, read_strict, strict_figures


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that weighs differently in the two readings."""

    task: str
    entry: JudgedEntry
    code: str
    """A fixed word for grouping: a `Refusal`, `skipped_by_official` or `read_differently`."""
    reason: str
    """In words; may quote the entry."""
    official: Reading | None
    """As the task's figure takes it; None where it leaves the denominator."""
    official_overall: Reading | None
    """As the overall figure takes it, which reads six of the tasks by another rule."""
    strict: Reading | None
    """None where it is unscored, which counts as 0."""


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """Both readings of one task's entries."""

    task: str
    official: OfficialFigures
    official_categories: dict[str, OfficialFigures]
    """Empty for a multi-label task."""
    strict: Figures
    gold: GoldTally
    """Gold labels of all entries, which the baselines of `strict` are made of."""
    differences: tuple[Difference, ...]
    official_readings: tuple[Reading | Unread, ...]
    """As the overall figure reads them, for pooling; one per entry."""
    strict_readings: tuple[tuple[JudgedEntry, Reading | Unread], ...]
    """With the entries that they are of."""


def compare_task(task: str, entries: Sequence[JudgedEntry], *, separator: str | None) -> TaskComparison:
    """Read one task's entries both ways.

    Args:
        task: name of the task; decides how official category rows are pooled.
        separator: what joins gold labels of a multi-label task; None for a single-label task.
    """
    multi_label = separator is not None
    official = [read_official(entry, fractions=multi_label) for entry in entries]
    overall = [read_official(entry, fractions=True) for entry in entries]
    strict = [read_strict(entry, separator=separator) for entry in entries]
    found = (
        _difference(task, *readings) for readings in zip(entries, official, overall, strict, strict=True)
    )
    gold = GoldTally()
    for entry in entries:
        gold.add(gold_labels(entry, separator), None, multi_label=multi_label)
    return TaskComparison(
        task=task,
        official=official_figures(official),
        official_categories={} if multi_label else official_categories(task, entries),
        strict=_against(strict_figures(zip(entries, strict, strict=True)), gold),
        gold=gold,
        differences=tuple(difference for difference in found if difference is not None),
        official_readings=tuple(overall),
        strict_readings=tuple(zip(entries, strict, strict=True)),
    )


def compare_overall(tasks: Sequence[TaskComparison]) -> tuple[OfficialFigures, Figures]:
    """Official and strict figures over the entries of all tasks, pooled."""
    return (
        official_figures(reading for task in tasks for reading in task.official_readings),
        _against(
            strict_figures(reading for task in tasks for reading in task.strict_readings),
            *(task.gold for task in tasks),
        ),
    )


def _against(figures: Figures, *gold: GoldTally) -> Figures:
    """The same figures, held against the baselines of their tasks. A judged file names no candidates, so that what
    labels drawn from them would score is not known."""
    return replace(figures, baselines=baseline_figures(gold, figures.recognition, Protocol.MME_EMOTION))


def _difference(
    task: str,
    entry: JudgedEntry,
    official: Reading | Unread,
    overall: Reading | Unread,
    strict: Reading | Unread,
) -> Difference | None:
    if isinstance(strict, Unread):
        # An entry that neither reads is a difference too: it leaves one denominator and not the other.
        code, reason = strict.code, strict.reason
    elif isinstance(official, Unread):
        code, reason = "skipped_by_official", f"official finds {official.reason}"
    elif official.ratings != strict.ratings:
        code, reason = "read_differently", _how_ratings_differ(official, strict)
    elif overall != official:
        code, reason = "read_differently", "the official overall figure reads other ratings than the task's"
    else:
        return None
    return Difference(
        task=task,
        entry=entry,
        code=code,
        reason=reason,
        official=_if_read(official),
        official_overall=_if_read(overall),
        strict=_if_read(strict),
    )


def _how_ratings_differ(official: Reading, strict: Reading) -> str:
    parts = []
    if official.n_steps != strict.n_steps:
        parts.append(f"official finds {official.n_steps} of {strict.n_steps} ratings")
    parts += [
        f"{name} {of_official:.3g} for {of_strict:.3g}"
        for name, of_official, of_strict in (
            ("recognition", official.recognition, strict.recognition),
            ("reasoning", official.reasoning, strict.reasoning),
        )
        if of_official != of_strict
    ]
    return ", ".join(parts)


def _if_read(reading: Reading | Unread) -> Reading | None:
    return reading if isinstance(reading, Reading) else None


def comparison_to_json(tasks: Sequence[TaskComparison]) -> dict[str, Any]:
    """Both readings of all tasks as one document: percent, at full precision, null where undefined.

    `{"tasks": {name: {"official": {...}, "strict": {...}, "official_categories": {...}}},
    "overall": {"official": {...}, "strict": {...}}, "differences": [...]}`.
    """
    official, strict = compare_overall(tasks)
    return {
        "tasks": {
            task.task: {
                "official": asdict(task.official),
                "strict": _strict_to_json(task.strict),
                "official_categories": {
                    category: asdict(figures) for category, figures in task.official_categories.items()
                },
            }
            for task in tasks
        },
        "overall": {"official": asdict(official), "strict": _strict_to_json(strict)},
        "differences": [
            {
                "task": difference.task,
                "file": difference.entry.file,
                "entry": difference.entry.number,
                "video_id": difference.entry.video_id,
                "official": _reading_to_json(difference.official),
                "official_overall": _reading_to_json(difference.official_overall),
                "strict": _reading_to_json(difference.strict),
                "code": str(difference.code),
                "reason": difference.reason,
            }
            for task in tasks
            for difference in task.differences
        ],
    }


def _strict_to_json(figures: Figures) -> dict[str, Any]:
    return {
        "count": figures.count,
        "recognition": figures.recognition,
        "reasoning": figures.reasoning,
        "cot": figures.cot,
        "avg_step": figures.avg_step,
        "coverage": figures.coverage,
        "unscored": figures.count - figures.scored,
        "baselines": figures.baselines and asdict(figures.baselines),
    }


def _reading_to_json(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "recognition": 100 * reading.recognition,
        "reasoning": 100 * reading.reasoning,
        "n_steps": reading.n_steps,
    }
