"""Scores of runs with intervals, ranks and baselines, published models below them, and what samples can show at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from cuewise.analysis.label_metrics import Metric, label_metrics
from cuewise.analysis.power import (
    CORRELATION,
    design_effect,
    detectable_from_baseline,
    minimum_detectable_difference,
    unpaired_minimum_detectable_difference,
)
from cuewise.analysis.ranking import RankInterval
from cuewise.analysis.scoreboard import RunScores, intervals_by_unit, resampled_by_task
from cuewise.analysis.table import Integers
from cuewise.analysis.together import Together, resampler_of
from cuewise.analysis.uncertainty import Uncertain
from cuewise.analysis.units import inferred_sources, known_share
from cuewise.published.figures import published
from cuewise.published.uncertainty import overall_estimates
from cuewise.reports.blocks import Block, Cell, Column, Details, Section, Table, Text, Unit, Value, Words
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.ids import slugs
from cuewise.reports.sections.published import BELOW, ranked_models
from cuewise.reports.sections.runs import AnalysedRun
from cuewise.reports.words.phrases import listed
from cuewise.reports.words.published import covers_benchmark
from cuewise.reports.words.scoreboard import UNITS, power_sentence, skill_sentence
from cuewise.scores.baselines import BaselineFigures, skill
from cuewise.scores.clusters import MIN_GROUPS
from cuewise.scores.intervals import Interval

METRICS: Final[dict[str, tuple[str, Unit, str]]] = {
    "accuracy": ("Accuracy", "percent", "Samples whose gold label is named"),
    "exact": ("Exact set", "percent", "Samples whose gold labels, and no others, are named"),
    "uar": ("UAR", "percent", "Unweighted average recall: mean recall of the gold labels"),
    "weighted_f1": ("Weighted F1", "percent", "Mean F1 of the labels, by their number of samples"),
    "macro_f1": ("Macro F1", "percent", "Plain mean F1 of the labels"),
    "set_f1": ("Set F1", "percent", "Mean over samples of 2C / (P + K)"),
    "jaccard": ("Jaccard", "percent", "Mean over samples of intersection over union"),
    "valence": ("Valence", "percent", "Samples whose valence is named, of those whose gold label has one"),
    "mae": ("MAE", "ratio", "Mean absolute error in steps of the scale, over answers that name one place"),
    "kappa": ("Kappa", "ratio", "Cohen’s kappa with quadratic weights, over the same answers"),
}
"""Title, unit and meaning of each metric of labels, in the order of columns."""

RESAMPLED_UP_TO: Final = 4
"""Runs up to which metrics of labels have intervals by resampling too."""


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
        least = {task: _detectable(together, places) for task, places in together.tasks.items()}
        whole = _detectable(together, np.arange(len(together)))
        unit = f"{UNITS[together.unit]}s"
        words.append(power_sentence(len(together), len(set(together.groups)), unit, whole, least))
    blocks: list[Block] = [
        Words(tuple(filter(None, words))),
        _scores_table(group, scores, found, ranked.shared),
        _averages_table(group, scores),
    ]
    if together is not None:
        blocks.append(_power_table(group, together, scores))
        if not together.left_out and all(len(table.samples) == len(together) for table in tables):
            blocks.append(Details("Metrics of the labels, by task", _label_tables(group, together)))
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
                    value_of(one.overall.get(name), _below(one.baselines) if name == "recognition" else "")
                    for name in SCORES
                ),
                *_skills(one.baselines, first),
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
                    _skill(recognition.percent, recognition.interval, baseline)
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
            for cell in (value_of(one.overall.get(name)), _of_metric(one.macro.get(name)))
        ]
        held = one.baselines
        cells.append(skill_value(one.overall.get("recognition"), None if held is None else held.best))
        cells.append(_of_metric(one.macro_skill))
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


def _power_table(group: Group, together: Together, scores: Sequence[RunScores]) -> Table:
    """How small a difference in recognition each task can show, by its number of samples."""
    rows = []
    everything = [("All samples", np.arange(len(together)), [one.baselines for one in scores])]
    by_task = [
        (task, places, [one.task_baselines.get(task) for one in scores])
        for task, places in together.tasks.items()
    ]
    for name, places, held in everything + (by_task if len(by_task) > 1 else []):
        best = next((one.best for one in held if one is not None), None)
        n = _effective(together, places)
        above = (
            None
            if best is None or best >= 100 or n is None
            else detectable_from_baseline(n, baseline=best / 100)
        )
        rows.append(
            (
                Text(name),
                Value(len(places)),
                Value(100 * float(together.points["recognition"][places].mean())),
                Value(_detectable(together, places)),
                Value(_unpaired(together, places)),
                Value(best),
                Value(above),
            )
        )
    return Table(
        id=group.id("detectable"),
        title=group.title("The smallest true differences in recognition that are found in 4 of 5 cases"),
        columns=(
            Column("Task"),
            Column("Samples", "count"),
            Column("Mean recognition of the runs", "percent"),
            Column("Between runs on the same samples, points", "count"),
            Column("Between runs on different samples, points", "count"),
            Column("Better baseline", "percent"),
            Column("Above it, points", "count"),
        ),
        rows=tuple(rows),
        note=(
            f"Two-sided tests at 5 %, for runs that err independently; samples of one {UNITS[together.unit]} are taken"
            f" to correlate by {CORRELATION:g}, so that many of one count as few. Runs that err on the same samples"
            " show smaller differences: “cuewise compare” tells theirs, without these assumptions. A dash: no"
            f" difference would be found so often, or there are fewer than {MIN_GROUPS} {UNITS[together.unit]}s."
        ),
    )


def _detectable(together: Together, places: Integers) -> float | None:
    n = _effective(together, places)
    return None if n is None else minimum_detectable_difference(n, share=_share(together, places))


def _unpaired(together: Together, places: Integers) -> float | None:
    n = _effective(together, places)
    return None if n is None else unpaired_minimum_detectable_difference(n, share=_share(together, places))


def _effective(together: Together, places: Integers) -> float | None:
    """How many independent samples tell as much as these do; None where they are of too few groups to tell."""
    sizes = Counter(together.groups[place] for place in places)
    return (
        len(places) / design_effect(list(sizes.values()), CORRELATION) if len(sizes) >= MIN_GROUPS else None
    )


def _share(together: Together, places: Integers) -> float:
    """Mean recognition of the runs, 0..1, kept off both ends, where every difference would seem to be found."""
    return min(max(float(together.points["recognition"][places].mean()), 0.05), 0.95)


def _label_tables(group: Group, together: Together) -> tuple[Block, ...]:
    """A table per task of all metrics that apply to its labels; for few runs another with intervals by resampling."""
    resampler = resampler_of(together.groups) if len(group.runs) <= RESAMPLED_UP_TO else None
    unit = UNITS[together.unit]
    note = (
        f"Of the labels that answers name, whatever a judge said. 95 % intervals by formula, samples of one {unit}"
        " taken together; those of UAR, F1 over labels, MAE and kappa by linearisation."
    )
    if resampler is None:
        note += f" Intervals by resampling are given for up to {RESAMPLED_UP_TO} runs."
    tables: list[Block] = []
    names = slugs(together.tasks)
    for number, (task, places) in enumerate(together.tasks.items()):
        clusters = [together.groups[place] for place in places]
        found = label_metrics([run.table for run in group.runs], places, clusters, resampler)
        title = f"Labels in {task}"
        told = "" if number else note
        tables.append(_label_table(group, f"label-metrics-{names[task]}", title, told, found, _of_metric))
        if resampler is not None:
            tables.append(
                _label_table(
                    group,
                    f"label-metrics-{names[task]}-resampled",
                    f"{title}: intervals by resampling",
                    ""
                    if number
                    else f"The same figures, with 95 % intervals from 1,000 draws of whole {unit}s (BCa); without one"
                    " where samples are too few, or nothing varies in the draws.",
                    found,
                    _resampled,
                )
            )
    return tuple(tables)


def _label_table(
    group: Group,
    id_: str,
    title: str,
    note: str,
    found: Sequence[Mapping[str, Metric]],
    cell: Callable[[Metric | None], Value],
) -> Table:
    names = [name for name in METRICS if any(name in one for one in found)]
    return Table(
        id=group.id(id_),
        title=group.title(title),
        columns=(Column("Run"), *(Column(*METRICS[name]) for name in names)),
        rows=tuple(
            (Text(run.name, sub=run.model), *(cell(one.get(name)) for name in names))
            for run, one in zip(group.runs, found, strict=True)
        ),
        note=note,
    )


def _tasks_table(group: Group) -> Table:
    """The three scores of each task with both kinds of interval."""
    found = resampled_by_task([run.table for run in group.runs])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Text(run.name, sub=run.model),
            Text(task),
            *(_interval(one.get(name), kind) for name in SCORES for kind in ("analytic", "bootstrap")),
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
            *(_interval(one.get(name, {}).get(unit), kind) for unit, kind in kinds),
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


def value_of(found: Uncertain | None, mark: str = "") -> Value:
    """A score as it stands in a cell."""
    if found is None:
        return Value(None)
    interval = found.interval
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Value(found.percent, low, high, n=found.count, mark=mark)


def _interval(found: Uncertain | None, kind: str) -> Value:
    if found is None:
        return Value(None)
    interval = getattr(found, kind)
    return (
        Value(None, mark=found.reason)
        if interval is None
        else Value(found.percent, interval.low, interval.high)
    )


def _of_metric(found: Metric | None) -> Value:
    return Value(None) if found is None else Value(found.value, found.low, found.high, n=found.count)


def _resampled(found: Metric | None) -> Value:
    if found is None:
        return Value(None)
    low, high = found.resampled or (None, None)
    return Value(found.value, low, high, n=found.count)


def _below(held: BaselineFigures | None) -> str:
    return BELOW if held is not None and held.below else ""


def _skills(held: BaselineFigures | None, found: Uncertain | None) -> tuple[Value, Value]:
    if held is None:
        return Value(None), Value(None)
    return skill_value(found, held.majority), skill_value(found, held.random)


def skill_value(found: Uncertain | None, baseline: float | None) -> Value:
    """Skill over a baseline. It is linear in the score, and so is its interval."""
    if found is None:
        return Value(None)
    ends = found.interval
    return _skill(found.percent, ends, baseline)


def _skill(percent: float, ends: Interval | None, baseline: float | None) -> Value:
    value = skill(percent, baseline)
    low, high = (None, None) if ends is None else (skill(ends.low, baseline), skill(ends.high, baseline))
    return Value(value, low, high, mark=BELOW if value is not None and round(value, 6) < 0 else "")


def _sizes(run: AnalysedRun) -> dict[str, int]:
    return {task: len(places) for task, places in run.table.tasks().items()}
