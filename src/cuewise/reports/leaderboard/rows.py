"""The main table: a row per model, its cells as texts for every task, in the page as well as in the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cuewise.agreement.cells import as_cell
from cuewise.reports.blocks import Unit, Value
from cuewise.reports.formats import DASH, decimal
from cuewise.reports.leaderboard.about import billions
from cuewise.reports.leaderboard.entries import OVERALL, Entry, TaskScores
from cuewise.reports.leaderboard.standing import Group, Ranks
from cuewise.reports.numbers import number, span
from cuewise.runs.budget import dollars

FORMAT: Final = "cuewise-leaderboard"


@dataclass(frozen=True, slots=True)
class Head:
    """A column of numbers."""

    key: str
    title: str
    unit: Unit
    help: str
    by_task: bool = True
    """Whether its numbers are other ones in each task."""
    rising: bool = False
    """Whether the lowest is what one wants to see first."""


HEADS: Final = (
    Head("recognition", "Recognition", "percent", "Points for the labels that the answers settle on"),
    Head(
        "recognition_rank",
        "Its rank",
        "count",
        "Among models that were judged alike; below it what the samples leave open",
        rising=True,
    ),
    Head(
        "skill",
        "Skill",
        "percent",
        "Recognition above the better baseline: 100 all right, 0 no better, below 0 worse",
    ),
    Head("reasoning", "Reasoning", "percent", "Mean rating of the reasons"),
    Head("cot", "CoT", "percent", "The mean of recognition and reasoning"),
    Head(
        "cot_rank",
        "CoT rank",
        "count",
        "Among models that were judged alike; below it what the samples leave open",
        rising=True,
    ),
    Head("coverage", "Coverage", "percent", "Share of answers that were scored; the others count as 0"),
    Head("steps", "Steps", "ratio", "Per scored answer, over all tasks", by_task=False),
    Head("tokens", "Tokens", "count", "Per answer, over all tasks", by_task=False),
    Head(
        "cost",
        "Cost",
        "none",
        "Of the model’s own answers to all tasks, US dollars",
        by_task=False,
        rising=True,
    ),
)

_WRITTEN: Final = {"steps": decimal, "tokens": decimal, "cost": dollars}
"""Columns whose numbers their unit does not write: means of counts have one decimal, whole or not."""


@dataclass(frozen=True, slots=True)
class BoardCell:
    """A number as it stands in the table."""

    text: str
    sub: str = ""
    """The interval, smaller."""
    sort: str = ""
    """What rows are sorted by; empty where there is nothing."""

    def to_json(self) -> list[str]:
        """For the page's script."""
        return [self.text, self.sub, self.sort]


@dataclass(frozen=True)
class BoardRow:
    """A model in the table."""

    entry: Entry
    letter: str
    """Of its group."""
    condition: str
    """Of its group."""
    size: str
    """Billions of parameters, to filter by; empty where it is not known."""
    cells: Mapping[str, tuple[BoardCell, ...]]
    """By task, one for each of `HEADS`."""


def tasks_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """All tasks, `OVERALL` first."""
    return tuple(dict.fromkeys((OVERALL, *(task for entry in entries for task in entry.results))))


def board_rows(groups: Sequence[Group], ranks: Ranks) -> tuple[BoardRow, ...]:
    """The rows: group by group, within a group the best CoT score first."""
    tasks = tasks_of([entry for group in groups for entry in group.entries])
    rows = []
    for group in groups:
        for entry in group.entries:
            size = billions(entry.size)
            cells = {
                task: tuple(
                    _cell(head, value) for head, value in zip(HEADS, _values(entry, task, ranks), strict=True)
                )
                for task in tasks
            }
            rows.append(
                BoardRow(entry, group.letter, group.condition, "" if size is None else f"{size:g}", cells)
            )
    return tuple(rows)


def _values(entry: Entry, task: str, ranks: Ranks) -> list[Value]:
    """The numbers of a row, in the order of `HEADS`."""
    found = entry.results.get(task)
    if task == OVERALL and entry.people is not None and not entry.people.shared:
        found = None  # no figure over all tasks of other questions
    rest = [Value(entry.steps), Value(entry.tokens), Value(entry.cost_usd)]
    if found is None:
        return [Value(None)] * (len(HEADS) - len(rest)) + rest
    rank = {score: ranks.get((entry.slug, task, score), Value(None)) for score in ("recognition", "cot")}
    return [
        found.scores["recognition"],
        rank["recognition"],
        Value(found.skill),
        found.scores["reasoning"],
        found.scores["cot"],
        rank["cot"],
        Value(found.coverage),
        *rest,
    ]


def _cell(head: Head, value: Value) -> BoardCell:
    if value.value is None:
        return BoardCell(DASH)
    written = _WRITTEN.get(head.key)
    text = written(value.value) if written else number(value.value, head.unit)
    below = "; ".join(filter(None, (span(value, head.unit), value.mark)))
    return BoardCell(text, below, repr(float(value.value)))


def scripted(rows: Sequence[BoardRow]) -> dict[str, Any]:
    """What the page's script needs to show another task: cells by row and task, as texts, and which of them change."""
    places = [place for place, head in enumerate(HEADS) if head.by_task]
    return {
        "places": places,
        "cells": {
            row.entry.slug: {
                task: [cells[place].to_json() for place in places] for task, cells in row.cells.items()
            }
            for row in rows
        },
    }


# --- the files beside the page ---------------------------------------------------------------------


def document(groups: Sequence[Group], ranks: Ranks, version: str) -> dict[str, Any]:
    """The leaderboard as one JSON document; percent at full precision, None where something is not known."""
    return {
        "format": FORMAT,
        "version": 1,
        "cuewise": version,
        "groups": [
            {
                "letter": group.letter,
                "protocol": group.protocol.value,
                "judges": list(group.judges),
                "extractor": group.extractor,
                "condition": group.condition or None,
                "samples": group.questions,
                "whole_benchmark": group.whole_benchmark,
                "published": group.published,
                "models": [entry.slug for entry in group.entries],
            }
            for group in groups
        ],
        "models": [_model(entry, group, ranks) for group in groups for entry in group.entries],
    }


def _model(entry: Entry, group: Group, ranks: Ranks) -> dict[str, Any]:
    return {
        "page": f"models/{entry.slug}.html",
        **_facts(entry, group),
        "modalities": list(entry.modalities),
        "judges": list(entry.judges),
        "scores": {task: _scores(entry, task, found, ranks) for task, found in entry.results.items()},
    }


def _facts(entry: Entry, group: Group) -> dict[str, Any]:
    return {
        "title": entry.title,
        "model": entry.model,
        "run": entry.run or None,
        "origin": entry.origin,
        "access": entry.access,
        "size": entry.size,
        "modalities": " ".join(entry.modalities),
        "protocol": entry.protocol.value,
        "judges": " ".join(entry.judges),
        "extractor": entry.extractor,
        "group": group.letter,
        "condition": group.condition or None,
        "answers_per_sample": entry.epochs,
        "avg_step": entry.steps,
        "avg_tokens": entry.tokens,
        "cost_usd": entry.cost_usd,
    }


def _scores(entry: Entry, task: str, found: TaskScores, ranks: Ranks) -> dict[str, Any]:
    figures: dict[str, Any] = {"samples": found.count}
    for name, value in found.scores.items():
        figures |= {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
        if rank := ranks.get((entry.slug, task, name)):
            figures |= {
                f"{name}_rank": rank.value,
                f"{name}_rank_best": rank.low,
                f"{name}_rank_worst": rank.high,
            }
    return {
        **figures,
        "majority_baseline": found.majority,
        "random_baseline": found.random,
        "skill": found.skill,
        "coverage": found.coverage,
    }


def spreadsheet(groups: Sequence[Group], ranks: Ranks) -> str:
    """The same as CSV: a row per model and task."""
    import csv
    import io

    rows = [
        {**_facts(entry, group), "task": task, **_scores(entry, task, found, ranks)}
        for group in groups
        for entry in group.entries
        for task, found in entry.results.items()
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = [row.get(column) for column in columns]
        writer.writerow(
            ["" if one is None else as_cell(one) if isinstance(one, str) else one for one in values]
        )
    return file.getvalue()
