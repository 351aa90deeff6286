"""Scores as colours: runs by tasks for each score, gold labels by runs within each task; and a profile of each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from cuewise.analysis.scoreboard import RunScores
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.together import Together
from cuewise.analysis.uncertainty import means_with_intervals
from cuewise.reports.blocks import Block, Details, HeatMap, Profile, Section, Series, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.ids import slugs
from cuewise.reports.sections.phrases import some_of
from cuewise.reports.sections.values import BELOW, skill_value, value_of
from cuewise.reports.words.phrases import kept_together, listed

OVERALL: Final = "All samples"
ALL_SCORES_UP_TO: Final = 8
"""Runs up to which gold labels are shown by all three scores; by recognition alone where there are more."""


def maps_section(page: PageRuns) -> Section | None:
    """Heat maps of tasks and of gold labels, and profiles; None without samples."""
    blocks = [block for group in page.groups for block in _maps(group)]
    return Section("maps", "Scores by task and gold label", tuple(blocks)) if blocks else None


def _maps(group: Group) -> list[Block]:
    scores = group.scores
    tasks = list(dict.fromkeys(task for one in scores for task in one.tasks))
    blocks: list[Block] = []
    if len(tasks) > 1:
        blocks.append(Words(group.headed(_conclusions(scores, tasks))))
        blocks += [_task_map(group, scores, tasks, score) for score in SCORES]
        blocks.append(_skill_map(group, scores, tasks))
        blocks += [_profile(group, scores, tasks, score) for score in ("recognition", "cot")]
    if group.shared is not None:
        blocks += _label_maps(group, group.shared)
    return blocks


def _conclusions(scores: Sequence[RunScores], tasks: Sequence[str]) -> list[str]:
    """Which tasks are easiest and hardest, on the mean of the runs, and in which skill is lacking."""
    known = {
        task: float(np.mean([one.tasks[task]["recognition"].percent for one in scores if task in one.tasks]))
        for task in tasks
    }
    easy, hard = max(known, key=lambda task: known[task]), min(known, key=lambda task: known[task])
    whose = "" if len(scores) == 1 else ", on the mean of the runs"
    told = [
        f"Recognition is {decimal(known[easy])} % in every task{whose}."
        if known[easy] == known[hard]
        else f"Recognition is highest in {easy}, {decimal(known[easy])} %, and lowest in {hard},"
        f" {decimal(known[hard])} %{whose}."
    ]
    told[0] += " Tasks differ in what chance gives: skill tells what is above it."
    below = {
        task: sum(task in one.task_baselines and one.task_baselines[task].below for one in scores)
        for task in tasks
    }
    most = max(below.values())
    if most and len(scores) > 1:
        where = listed([task for task in tasks if below[task] == most])
        told.append(
            f"In {where}, {some_of(most, len(scores))} runs {'scores' if most == 1 else 'score'} less than a"
            " baseline; in no other task do as many."
        )
    return [kept_together(sentence) for sentence in told]


def _task_map(group: Group, scores: Sequence[RunScores], tasks: Sequence[str], score: str) -> HeatMap:
    rows = []
    for one in scores:
        cells = []
        for task in tasks:
            held = one.task_baselines.get(task)
            mark = BELOW if score == "recognition" and held is not None and held.below else ""
            cells.append(value_of(one.tasks.get(task, {}).get(score), mark))
        rows.append((*cells, value_of(one.overall.get(score))))
    names = [run.name for run in group.runs]
    if score == "recognition" and len({len(run.table.samples) for run in group.runs}) == 1:
        for name, field in (
            ("Always the most frequent label", "majority"),
            ("Labels drawn by lot", "random"),
        ):
            each = [*(scores[0].task_baselines.get(task) for task in tasks), scores[0].baselines]
            rows.append(tuple(Value(None if one is None else getattr(one, field)) for one in each))
            names.append(name)
    title = SCORES[score]
    return HeatMap(
        id=group.id(f"tasks-{score}"),
        title=group.title(f"{title} by task"),
        unit="percent",
        row_title="Run",
        column_title="Task",
        rows=tuple(names),
        columns=(*tasks, OVERALL),
        cells=tuple(rows),
        note="*: below what naming the most frequent label, or labels drawn by lot, scores."
        if score == "recognition"
        else "",
    )


def _skill_map(group: Group, scores: Sequence[RunScores], tasks: Sequence[str]) -> HeatMap:
    """Skill over the better of the two baselines: what makes tasks comparable that chance makes unlike."""
    rows = []
    for one in scores:
        cells = []
        for task in tasks:
            held, found = one.task_baselines.get(task), one.tasks.get(task, {}).get("recognition")
            cells.append(skill_value(found, held.best if held else None))
        whole, held = one.overall.get("recognition"), one.baselines
        rows.append((*cells, skill_value(whole, held.best if held else None)))
    return HeatMap(
        id=group.id("tasks-skill"),
        title=group.title("Skill in recognition by task"),
        unit="percent",
        row_title="Run",
        column_title="Task",
        rows=tuple(run.name for run in group.runs),
        columns=(*tasks, OVERALL),
        cells=tuple(rows),
        low=-100.0,
        high=100.0,
        diverging=True,
        note="Over the better of always naming the most frequent label and labels drawn by lot: 100 is all right, 0 no"
        " better, below 0 worse.",
    )


def _profile(group: Group, scores: Sequence[RunScores], tasks: Sequence[str], score: str) -> Profile:
    whose = "each run" if len(group.runs) > 1 else group.runs[0].name
    return Profile(
        id=group.id(f"profile-{score}"),
        title=group.title(f"{SCORES[score]} profile of {whose}"),
        unit="percent",
        axes=tuple(tasks),
        series=tuple(
            Series(
                name=run.name,
                colour=run.colour,
                x=tuple(float(place) for place in range(len(tasks))),
                y=tuple(value_of(one.tasks.get(task, {}).get(score)) for task in tasks),
            )
            for run, one in zip(group.runs, scores, strict=True)
        ),
    )


def _label_maps(group: Group, together: Together) -> list[Block]:
    """Within each task, the mean score of the samples of each gold label."""
    shown = list(SCORES) if len(group.runs) <= ALL_SCORES_UP_TO else ["recognition"]
    blocks: list[Block] = []
    names = slugs(together.tasks)
    for task, places in together.tasks.items():
        rows = [together.rows[place] for place in places]
        scale = rows[0].scale if len({row.scale for row in rows}) == 1 else ()
        held = {label for row in rows for label in row.labels}
        labels = [
            label
            for label in scale or dict.fromkeys(one for row in rows for one in row.label_set)
            if label in held
        ]
        members = {
            label: np.array([place for place, row in zip(places, rows, strict=True) if label in row.labels])
            for label in labels
        }
        blocks.append(
            Details(
                f"{task} by gold label",
                tuple(
                    _label_map(group, together, task, f"gold-{names[task]}-{score}", score, members)
                    for score in shown
                ),
            )
        )
    return blocks


def _label_map(
    group: Group, together: Together, task: str, id_: str, score: str, members: dict[str, Integers]
) -> HeatMap:
    groups = together.group_numbers
    columns = [
        _means(together.points[score][places], groups[places], together.unit) for places in members.values()
    ]
    return HeatMap(
        id=group.id(id_),
        title=group.title(f"{SCORES[score]} in {task} by gold label"),
        unit="percent",
        row_title="Run",
        column_title="Gold label (samples)",
        rows=tuple(run.name for run in group.runs),
        columns=tuple(f"{label} ({len(places):,})" for label, places in members.items()),
        cells=tuple(zip(*columns, strict=True)),
        note="A sample with several gold labels counts under each of them. Labels with few samples tell little;"
        " where they are of too few groups there is no interval.",
    )


def _means(points: Floats, groups: Integers, unit: str) -> list[Value]:
    """The mean of each run over a label's samples."""
    return [value_of(found) for found in means_with_intervals(points, groups.tolist(), unit)]
