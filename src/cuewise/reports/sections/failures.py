"""Where and how models fail: confused pairs, over-used labels, answers that name none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from cuewise.analysis.clustered import shares_of_parts
from cuewise.analysis.confusions import ConfusedPair, confused_pairs
from cuewise.analysis.endings import Ending, Endings, Evasion, endings, evaded, evasions
from cuewise.analysis.overuse import TopLabel, Use, label_uses, top_label
from cuewise.records import LabelStatus, OutcomeKind
from cuewise.reports.blocks import Block, Cell, Column, HeatMap, Section, Table, Text, Value
from cuewise.reports.formats import DASH, decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.links import SampleLinks
from cuewise.reports.sections.phrases import (
    TOO_FEW,
    percent,
    percent_inside,
    plural,
    points_inside,
    value_of,
    words,
)
from cuewise.reports.words.labels import STATUSES
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.reports.words.phrases import listed

PAIRS: Final = 20
"""Pairs shown."""

MORE: Final = 1.005
"""Pairs with a lift up to this are confused no more than expected, and shown only where all are."""

LABELS: Final = 20
"""Over- or under-used labels shown, and gold labels that are evaded."""

Pairs = list[tuple[str, ConfusedPair]]
"""With the task of each."""


def failures_section(page: PageRuns, *, full: bool = False) -> Section | None:
    """Confused pairs, over-used labels and answers without a label; None where no run has a sample.

    Args:
        full: whether to list every pair and label.
    """
    links = page.links
    blocks: list[Block] = []
    for group in page.groups:
        pairs = [
            (answers.task, pair)
            for answers in group.tasks
            for pair in confused_pairs(answers, tasks=len(group.tasks))
        ]
        pairs.sort(key=lambda found: (not found[1].is_certain, -found[1].observed))
        uses = label_uses(group.tasks)
        ends = endings(group.pooled.table, group.clusters)
        lost = evasions(group.pooled.table, group.clusters)
        blocks.append(words(_sentences(group, pairs, uses, ends, lost)))
        blocks += _pair_table(group, pairs, links, full)
        blocks += [_use_table(group, uses, full)] if uses else []
        blocks += _ending_map(group, ends)
        blocks += _evasion_table(group, lost, full)
        blocks += _by_run(group) if len(group.runs) > 1 else []
    return Section("failures", "How answers fail", tuple(blocks)) if blocks else None


# --- sentences ---------------------------------------------------------------------------------------


def _sentences(
    group: Group, pairs: Pairs, uses: Sequence[Use], ends: Sequence[Endings], lost: Sequence[Evasion]
) -> list[str]:
    return [
        group.heading + _on_pairs(pairs),
        _on_use(uses),
        _on_endings(ends, lost),
        "A pair that is not marked may be confused all the same: a small task shows only strong confusions."
        " Gold labels are people’s judgements, and some pairs are hard for people too.",
    ]


def _on_pairs(pairs: Pairs) -> str:
    certain = [found for found in pairs if found[1].is_certain]
    if pairs and all(pair.p_adjusted is None for _, pair in pairs):
        return (
            "Whether labels are confused more often than their frequencies explain cannot be told: too few answers or"
            " source videos."
        )
    if not certain:
        return "No two labels are shown to be confused more often than the labels’ frequencies alone would explain."
    told = [
        f"{pair.first} and {pair.second} in {task} ({decimal(pair.lift)} times as often as expected,"
        f" 95 % interval {decimal(pair.low)} to {decimal(pair.high)}; {plural(pair.observed, 'answer')})"
        for task, pair in certain[:3]
    ]
    one = len(certain) == 1
    return (
        f"{plural(len(certain), 'pair')} of labels {'is' if one else 'are'} confused more often than"
        f" the labels’ frequencies and chance would explain{': ' if one else ', most often '}{listed(told)}."
    )


def _on_use(uses: Sequence[Use]) -> str:
    collapsed = [
        f"{use.top.label} in {use.task} ({percent_inside(use.top.share)}, of labels named; {decimal(use.top.gold)} % of"
        " gold ones)"
        for use in uses
        if use.top.collapsed
    ]
    over = sorted(
        ((use.task, label) for use in uses for label in use.overused[:1]),
        key=lambda found: -found[1].excess.value,
    )
    told = [f"{label.label} in {task} ({points_inside(label.excess)})" for task, label in over[:3]]
    if all(label.excess.p_value is None for use in uses for label in use.labels):
        return "Whether a label is named more often than it is gold cannot be told: too few answers or source videos."
    sentence = (
        f"Named more often than gold, by more than chance explains: {'most of all ' if len(over) > len(told) else ''}"
        f"{listed(told)}."
        if told
        else "No label is shown to be named more often than it is gold."
    )
    if collapsed:
        sentence += f" Answers have collapsed onto one label: {listed(collapsed)}."
    return sentence


def _on_endings(ends: Sequence[Endings], lost: Sequence[Evasion]) -> str:
    worst = max(ends, key=lambda one: one.evaded.value)
    if not worst.evaded.value:
        return "Every answer names a candidate, where the model was asked and answered at all."
    many = plural(worst.count, "answer")
    sentence = f"Answers that name no candidate are most frequent in {worst.task}: {percent(worst.evaded)} of {many}."
    certain = [one for one in lost if one.is_certain and one.difference.value > 0]
    if certain:
        told = [f"{one.label} in {one.task} ({percent_inside(one.percent)})" for one in certain[:3]]
        sentence += f" Where the gold label is {listed(told)}, they are more frequent than in the rest of the"
        sentence += " task by more than chance explains."
    elif any(one.difference.p_value is not None for one in lost):
        sentence += " No gold label is shown to stand out."
    else:
        sentence += f" Whether they are more frequent for some gold labels {TOO_FEW}."
    return sentence


# --- tables ------------------------------------------------------------------------------------------


def _pair_table(group: Group, pairs: Pairs, links: SampleLinks, full: bool) -> list[Block]:
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


def _use_table(group: Group, uses: Sequence[Use], full: bool) -> Table:
    found = [(use, label) for use in uses for label in use.labels]
    found.sort(key=lambda one: (not one[1].is_certain, -abs(one[1].excess.value)))
    shown = found if full else found[:LABELS]
    note = (
        "Over answers that name a label; one that names several gives each an equal part. Marked are labels whose"
        " share differs by more than chance explains (Holm-adjusted over all tasks). Variety is the number of labels"
        " that, used alike, would be as varied (exp of the entropy)."
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


def _ending_map(group: Group, ends: Sequence[Endings]) -> list[Block]:
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


def _evasion_table(group: Group, lost: Sequence[Evasion], full: bool) -> list[Block]:
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
            " tasks.",
        )
    ]


def _by_run(group: Group) -> list[Block]:
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
