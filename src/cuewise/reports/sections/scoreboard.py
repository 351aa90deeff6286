"""Scores of runs with intervals, ranks and baselines, published models below them, and what samples can show at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cuewise.analysis.ranking import RankInterval
from cuewise.analysis.scoreboard import RunScores, intervals_by_unit, resampled_by_task
from cuewise.analysis.together import Together
from cuewise.analysis.units import inferred_sources, known_share
from cuewise.published.figures import published
from cuewise.published.uncertainty import overall_estimates
from cuewise.reports.blocks import Block, Cell, Column, Details, Section, Table, Text, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal
from cuewise.reports.sections.detectable import detectable, power_table
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.label_metrics import RESAMPLED_UP_TO, label_tables
from cuewise.reports.sections.published import ranked_models
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.sections.values import (
    BELOW,
    below_mark,
    interval_value,
    metric_value,
    skill_of,
    skill_value,
    skill_values,
    value_of,
)
from cuewise.reports.words.phrases import listed
from cuewise.reports.words.published import covers_benchmark
from cuewise.reports.words.scoreboard import UNITS, power_sentence, skill_sentence
from cuewise.scores.baselines import BaselineFigures, skill


def scoreboard_section(page: PageRuns) -> Section | None:
    """The scores of runs, by the rules that they are under; None without samples."""
    blocks = [block for group in page.groups for block in _board(_best_first(group))]
    return Section("scoreboard", "How sure the scores are", tuple(blocks)) if blocks else None


def _best_first(group: Group) -> Group:
    """The runs in order of their CoT scores; those with equal ones as they were."""
    means = [run.table.score("cot").mean() for run in group.runs]
    return group.in_order(sorted(range(len(means)), key=lambda place: -means[place]))


def _board(group: Group) -> list[Block]:
    tables = [run.table for run in group.runs]
    scores, together = group.scores, group.shared
    ranked = group.contenders
    names = [run.name for run in ranked.runs]
    found = dict(zip(names, ranked.ranks("cot"), strict=False))
    words = [group.leader, skill_sentence(names, ranked.scores)]
    if together is not None:
        least = {task: detectable(together, places) for task, places in together.tasks.items()}
        whole = detectable(together, np.arange(len(together)))
        unit = f"{UNITS[together.unit]}s"
        words.append(power_sentence(len(together), len(set(together.groups)), unit, whole, least))
    blocks: list[Block] = [
        Words(tuple(filter(None, words))),
        _scores_table(group, scores, found, ranked.shared),
        _averages_table(group, scores),
    ]
    if together is not None:
        blocks.append(power_table(group, together, scores))
        if not together.left_out and all(len(table.samples) == len(together) for table in tables):
            blocks.append(Details("Metrics of the labels, by task", label_tables(group, together)))
    if len(group.runs) <= RESAMPLED_UP_TO and any(len(one.tasks) > 1 for one in scores):
        blocks.append(Details("Scores by task, by formula and by resampling", (_tasks_table(group),)))
    blocks.append(Details("Intervals by what is taken as independent", (_intervals_table(group),)))
    return blocks


def _scores_table(
    group: Group,
    scores: Sequence[RunScores],
    found: Mapping[str, RankInterval],
    together: Together | None,
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for run, one in zip(group.runs, scores, strict=True):
        rank = found.get(run.name)
        first = one.overall.get("recognition")
        rows.append(
            (
                Text(run.name, sub=run.model),
                *(
                    value_of(
                        one.overall.get(name), below_mark(one.baselines) if name == "recognition" else ""
                    )
                    for name in SCORES
                ),
                *skill_values(one.baselines, first),
                Value(None) if rank is None else Value(rank.rank, rank.low, rank.high),
                Value(len(run.table.samples) if first else 0),
            )
        )
    held = next((one.baselines for one in scores if one.baselines is not None), None)
    if held is not None and len({len(run.table.samples) for run in group.runs}) == 1:
        rows += _baseline_rows(held)
    with_published = any(covers_benchmark(group.protocol, _sizes(run)) for run in group.runs)
    if with_published and held is not None:
        rows += _published_rows(held)
    unit = UNITS[scores[0].unit]
    note = (
        f"95 % intervals by formula; samples of one {unit} are taken together. Recognition marked “{BELOW}” would be"
        " reached without a look at the clip."
    )
    if found:
        note += " Best CoT first; ranks are by it, with those that the samples leave open."
    if len(group.contenders.runs) < len(group.runs):
        note += " The further conditions of a study have none: they are no models of their own."
    if together is not None and together.left_out:
        note += f" Ranks are over the {len(together):,} samples that all runs have."
    if with_published:
        note += (
            f" Published models were judged by {published().judge}: with another judge they are a landmark, not a"
            " comparison."
        )
    return Table(
        id=group.id("scoreboard-overall"),
        title=group.title("Scores over all samples"),
        columns=(
            Column("Run", help="Second line: its model"),
            *(Column(title, "percent") for title in SCORES.values()),
            Column(
                "Skill over the most frequent label",
                "percent",
                "100: all right; 0: no better; below 0: worse",
            ),
            Column("Skill over labels by lot", "percent"),
            Column("CoT rank", "count", rising=True),
            Column("Samples", "count"),
        ),
        rows=tuple(rows),
        note=note,
    )


def _baseline_rows(held: BaselineFigures) -> list[tuple[Cell, ...]]:
    nothing = Value(None)
    rows: list[tuple[Cell, ...]] = []
    for name, percent in (
        ("Always the most frequent label", held.majority),
        ("Labels drawn by lot", held.random),
    ):
        if percent is not None:
            skills = (Value(skill(percent, held.majority)), Value(skill(percent, held.random)))
            rows.append(
                (Text(name, sub="baseline"), Value(percent), nothing, nothing, *skills, nothing, nothing)
            )
    return rows


def _published_rows(held: BaselineFigures) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for model in ranked_models():
        estimates = overall_estimates(model)
        recognition = estimates["recognition"]
        rows.append(
            (
                Text(model.name, sub="published"),
                *(
                    Value(one.percent, one.interval.low, one.interval.high, n=one.count)
                    for one in (estimates[name] for name in SCORES)
                ),
                *(
                    skill_of(recognition.percent, recognition.interval, baseline)
                    for baseline in (held.majority, held.random)
                ),
                Value(None),
                Value(estimates["cot"].count),
            )
        )
    return rows


def _averages_table(group: Group, scores: Sequence[RunScores]) -> Table:
    """Both averages over tasks, each by its name."""
    rows: list[tuple[Cell, ...]] = []
    for run, one in zip(group.runs, scores, strict=True):
        cells = [
            cell
            for name in SCORES
            for cell in (value_of(one.overall.get(name)), metric_value(one.macro.get(name)))
        ]
        held = one.baselines
        cells.append(skill_value(one.overall.get("recognition"), None if held is None else held.best))
        cells.append(metric_value(one.macro_skill))
        rows.append((Text(run.name, sub=run.model), *cells))
    return Table(
        id=group.id("averages"),
        title=group.title("Micro and macro averages over tasks"),
        columns=(
            Column("Run"),
            *(
                Column(f"{title}, {kind}", "percent", meaning)
                for title in SCORES.values()
                for kind, meaning in (
                    ("micro", "All samples pooled, so that large tasks weigh more, as in the paper"),
                    ("macro", "The plain mean of the tasks’ scores"),
                )
            ),
            Column("Skill, micro", "percent", "Of recognition over the better of the two baselines"),
            Column("Skill, macro", "percent", "The plain mean of the tasks’ skills"),
        ),
        rows=tuple(rows),
        note="With one task both are the same.",
    )


def _tasks_table(group: Group) -> Table:
    """The three scores of each task with both kinds of interval."""
    found = resampled_by_task([run.table for run in group.runs])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Text(run.name, sub=run.model),
            Text(task),
            *(interval_value(one.get(name), kind) for name in SCORES for kind in ("analytic", "bootstrap")),
        )
        for run, of_run in zip(group.runs, found, strict=True)
        for task, one in of_run.items()
    )
    return Table(
        id=group.id("tasks-intervals"),
        title=group.title("95 % intervals of scores by task"),
        columns=(
            Column("Run"),
            Column("Task"),
            *(
                Column(f"{title}, {kind}", "percent")
                for title in SCORES.values()
                for kind in ("formula", "resampled")
            ),
        ),
        rows=rows,
        note="Formula: as on the rest of the page. Resampled: 1,000 draws of whole groups (BCa); without one where"
        " samples are too few, or nothing varies in the draws.",
    )


def _intervals_table(group: Group) -> Table:
    found = intervals_by_unit([run.table for run in group.runs])
    kinds = (
        ("clip", "analytic"),
        ("clip", "bootstrap"),
        ("video", "analytic"),
        ("video", "bootstrap"),
        ("speaker", "analytic"),
    )
    words = {"analytic": "formula", "bootstrap": "resampled"}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Text(run.name, sub=run.model),
            Text(title),
            *(interval_value(one.get(name, {}).get(unit), kind) for unit, kind in kinds),
        )
        for run, one in zip(group.runs, found, strict=True)
        for name, title in SCORES.items()
    )
    rows_known = group.runs[0].table.samples
    shares = {unit: known_share(rows_known, unit) for unit in ("video", "speaker")}
    by_form = inferred_sources(rows_known)
    doubt = f" For {listed(list(by_form))} that is read from the names’ form alone." if by_form else ""
    known = listed([f"the {UNITS[unit]} for {decimal(share)} %" for unit, share in shares.items() if share])
    told = f"{known} of the samples; where they do not, " if known else "neither video nor speaker, so that "
    return Table(
        id=group.id("intervals"),
        title=group.title("95 % intervals by formula and by resampling"),
        columns=(
            Column("Run"),
            Column("Score"),
            *(Column(f"By {UNITS[unit]}, {words[kind]}", "percent") for unit, kind in kinds),
        ),
        rows=rows,
        note=(
            f"Samples of one clip, source video or speaker are taken together. The clips’ ids tell {told}the next"
            f" smaller group stands in.{doubt} Formula: Wilson’s for the effective number of samples."
            " Resampled: 1,000 draws of whole groups, the same for all runs."
        ),
    )


def _sizes(run: AnalysedRun) -> dict[str, int]:
    return {task: len(places) for task, places in run.table.tasks().items()}
