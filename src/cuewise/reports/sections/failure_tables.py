"""Tables and maps of how answers fail: confused pairs, labels used too often, how answers ended."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from cuewise.analysis.clustered import shares_of_parts
from cuewise.analysis.confusions import ConfusedPair
from cuewise.analysis.endings import Ending, Endings, Evasion, evaded
from cuewise.analysis.overuse import TopLabel, Use, top_label
from cuewise.records import LabelStatus, OutcomeKind
from cuewise.reports.blocks import Block, Cell, Column, HeatMap, Table, Text, Value
from cuewise.reports.formats import DASH
from cuewise.reports.sections.groups import Group
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.sections.phrases import UNCORRECTED, value_of
from cuewise.reports.words.labels import STATUSES
from cuewise.reports.words.outcomes import OUTCOMES

PAIRS: Final = 20
"""Pairs shown."""

MORE: Final = 1.005
"""Pairs with a lift up to this are confused no more than expected, and shown only where all are."""

LABELS: Final = 20
"""Over- or under-used labels shown, and gold labels that are evaded."""

Pairs = list[tuple[str, ConfusedPair]]
"""With the task of each."""


def pair_table(group: Group, pairs: Pairs, links: SampleLinks, full: bool) -> list[Block]:
    shown = pairs if full else [found for found in pairs if found[1].lift > MORE][:PAIRS]
    if not shown:
        return []
    rows: list[tuple[Cell, ...]] = []
    for task, pair in shown:
        mark = "more than chance" if pair.is_certain else "not tested" if pair.p_adjusted is None else ""
        rows.append(
            (
                Text(f"{pair.first} – {pair.second}"),
                Text(task),
                Value(pair.observed, n=pair.chances),
                Value(pair.expected),
                Value(pair.lift, pair.low, pair.high, mark=mark),
                Value(pair.forward),
                links.example(pair.samples[0]),
            )
        )
    note = (
        "Answers that name one label where the other is gold, either way round; in multi-label tasks, answers that miss"
        " the one and add the other. Expected: what the frequencies of gold labels and of labels named among wrong"
        " answers give (quasi-independence). With three candidates these settle every pair, so that no lift can"
        " differ from 1. Marked are pairs that a one-sided test finds, adjusted for all pairs of all tasks; pairs with"
        " fewer than 5 chances or in too few source videos are not tested."
    )
    if len(shown) < len(pairs):
        note += (
            f" {len(pairs) - len(shown):,} further pairs are left out; “cuewise report --figures” has all."
        )
    return [
        Table(
            group.id("confused-pairs"),
            group.title(f"Labels that are taken for each other{group.together}"),
            (
                Column("Pair"),
                Column("Task"),
                Column("Observed", "count"),
                Column("Expected", "ratio"),
                Column("Lift", "ratio", "Observed over expected, with its 95 % interval"),
                Column(
                    "First as second", "count", "Those that name the second label where the first is gold"
                ),
                Column("Example"),
            ),
            tuple(rows),
            note,
        )
    ]


def use_table(group: Group, uses: Sequence[Use], full: bool) -> Table:
    found = [(use, label) for use in uses for label in use.labels]
    found.sort(key=lambda one: (not one[1].is_certain, -abs(one[1].excess.value)))
    shown = found if full else found[:LABELS]
    note = (
        "Over answers that name a label; one that names several gives each an equal part. Marked are labels whose"
        " share differs by more than chance explains (Holm-adjusted over all tasks). Variety is the number of labels"
        f" that, used alike, would be as varied (exp of the entropy). {UNCORRECTED}"
    )
    if len(shown) < len(found):
        note += f" {len(found) - len(shown):,} labels that differ less are left out."
    return Table(
        group.id("label-use"),
        group.title("Labels named too often or too rarely"),
        (
            Column("Label"),
            Column("Task"),
            Column("Named", "percent"),
            Column("Gold", "percent"),
            Column("Named minus gold", "points"),
            Column("Variety named", "ratio", "Of the task"),
            Column("Variety of gold", "ratio", "Of the task"),
        ),
        tuple(
            (
                Text(label.label),
                Text(use.task),
                Value(label.named, n=use.count),
                Value(label.gold),
                value_of(label.excess, "differs" if label.is_certain else ""),
                Value(use.breadth),
                Value(use.gold_breadth),
            )
            for use, label in shown
        ),
        note,
    )


_READINGS: Final = (LabelStatus.SEVERAL, LabelStatus.NONE, LabelStatus.REFUSED, LabelStatus.OUTSIDE)
"""Of scored answers, those in which something else than one label was read."""


def ending_map(group: Group, ends: Sequence[Endings]) -> list[Block]:
    """Ways to end otherwise than with a score and one label, by task."""
    outcomes, readings = [end.outcomes for end in ends], [end.readings for end in ends]
    kinds = [kind for kind in OutcomeKind if kind is not OutcomeKind.SCORED]
    every = [(OUTCOMES[kind][0].capitalize(), _shares(outcomes, kind)) for kind in kinds]
    every += [(f"Label: {STATUSES[status]}", _shares(readings, status)) for status in _READINGS]
    rows = [row for row in every if any(cell.value for cell in row[1])]
    if not rows:
        return []
    return [
        HeatMap(
            id=group.id("endings"),
            title=group.title(f"How answers ended, if not with a score and one label{group.together}"),
            unit="percent",
            row_title="Ended",
            column_title="Task (answers)",
            rows=tuple(name for name, _ in rows),
            columns=tuple(f"{end.task} ({end.count:,})" for end in ends),
            cells=tuple(cells for _, cells in rows),
            high=max(10.0, *(cell.value or 0.0 for _, cells in rows for cell in cells)),
            note="Percent of all answers to the task, with causes where they are known. “Label” rows: what was read"
            " where the answer names its label, whether or not it was scored.",
        )
    ]


def _shares(ways: Sequence[Sequence[Ending]], kind: str) -> tuple[Value, ...]:
    """Of each task, one way to end."""
    found = [next((one for one in of_task if one.kind == kind), None) for of_task in ways]
    return tuple(Value(0.0) if one is None else value_of(one.percent, _causes(one.causes)) for one in found)


def _causes(causes: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{cause} {number:,}" for cause, number in causes[:3])


def evasion_table(group: Group, lost: Sequence[Evasion], full: bool) -> list[Block]:
    shown = lost if full else [one for one in lost if one.is_certain][:LABELS]
    if not shown:
        return []
    return [
        Table(
            group.id("evaded"),
            group.title("Gold labels where no candidate is named"),
            (
                Column("Gold label"),
                Column("Task"),
                Column("No candidate named", "percent"),
                Column("Difference from the rest", "points"),
            ),
            tuple(
                (
                    Text(one.label),
                    Text(one.task),
                    value_of(one.percent),
                    value_of(one.difference, "differs" if one.is_certain else ""),
                )
                for one in shown
            ),
            "For a reason that lies with the model: it refuses, its answer cannot be read or is cut off, or it names"
            " nothing among the candidates. The rest are the task’s other answers; Holm-adjusted over the labels of all"
            f" tasks. {UNCORRECTED}",
        )
    ]


def run_maps(group: Group) -> list[Block]:
    """Each run's share of the label named most, and of answers that name none, by task."""
    tasks = tuple(answers.task for answers in group.tasks)
    runs = np.arange(len(group.runs))
    none = evaded(group.pooled.table).astype(np.float64)[:, None]
    tops, missed = [], []
    for answers in group.tasks:
        of_run = group.pooled.run[answers.places]  # those of a run stand together
        ends = np.searchsorted(of_run, [*runs, len(runs)]).tolist()
        tops.append([top_label(answers.only(slice(*own))) for own in pairwise(ends)])
        missed.append(shares_of_parts(none[answers.places], of_run == runs[:, None], answers.clusters))
    shares = tuple(
        tuple(value_of(None if one is None else one.times(100)) for (one,) in of_run)
        for of_run in zip(*missed, strict=True)
    )
    names = tuple(run.name for run in group.runs)
    return [
        HeatMap(
            group.id("top-label"),
            group.title("Share of the label that is named most"),
            "percent",
            "Run",
            "Task",
            names,
            tasks,
            tuple(tuple(map(_top_value, of_run)) for of_run in zip(*tops, strict=True)),
            note="With the label. A run that names one label in most answers, and more often than it is gold, both by"
            f" the whole 95 % interval, is marked as collapsed. {DASH}: no answer names a label.",
        ),
        HeatMap(
            group.id("no-label"),
            group.title("Answers that name no candidate"),
            "percent",
            "Run",
            "Task",
            names,
            tasks,
            shares,
            high=max([10.0, *(cell.value or 0.0 for row in shares for cell in row)]),
            note="For a reason that lies with the model.",
        ),
    ]


def _top_value(top: TopLabel | None) -> Value:
    return Value(None) if top is None else value_of(top.share, top.label + " (collapsed)" * top.collapsed)
