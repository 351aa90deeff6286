"""Curves and tables of scores by the number of steps and the length of answers."""

from __future__ import annotations

from typing import Final

from cuewise.analysis.clustered import signs
from cuewise.analysis.effects import LENGTH_UNIT, MOST_STEPS, Effect, LengthEffects
from cuewise.reports.blocks import Block, Cell, Column, Plot, Series, Table, Text, Value
from cuewise.reports.sections.groups import Group
from cuewise.reports.sections.model_effects import NAMES
from cuewise.reports.sections.phrases import UNCORRECTED, plural, value_of
from cuewise.reports.sections.runs import AnalysedRun

UNITS: Final = {
    "steps": "per step",
    "characters": f"per {LENGTH_UNIT} characters",
    "tokens": f"per {LENGTH_UNIT} tokens",
}

Found = list[tuple[AnalysedRun, LengthEffects]]


def curve(group: Group, effect: Effect) -> Plot:
    bins = effect.bins
    name = NAMES[effect.score]
    intervals = ", with 95 % intervals" if any(one.observed.low is not None for one in bins) else ""
    note = (
        f"Over scored answers{intervals}. Forced is what the formula alone gives: no reasoning score without"
        " reasons, else the pass rate per reason of the run and task, however many there are, and recognition that does"
        " not depend on them."
    )
    if effect.measure == "steps":
        note += " The last step names the label, so an answer with one step gives no reason."
        if bins[-1].high > MOST_STEPS:
            note += f" Answers with {MOST_STEPS} steps or more share the last point, at their mean."
    else:
        note += " Each point is a bin of about as many answers, at their mean."
    if len(group.runs) > 1:
        note += f" Answers of {len(group.runs)} runs; the forced values are each run’s own, averaged."
    x = tuple(one.middle for one in bins)
    return Plot(
        id=group.id(f"{effect.measure}-{effect.score}"),
        title=group.title(f"{name} by number of {effect.measure}"),
        x_title="Steps, the label step included"
        if effect.measure == "steps"
        else effect.measure.capitalize(),
        y_title=f"{name}, mean",
        x_unit="count",
        y_unit="percent",
        series=(
            Series("observed", 0, x, tuple(value_of(one.observed) for one in bins)),
            Series(
                "forced by the formula", 1, x, tuple(Value(one.forced, n=one.observed.count) for one in bins)
            ),
        ),
        lines=True,
        note=note,
    )


def run_table(group: Group, each: Found) -> Table:
    rows: list[tuple[Cell, ...]] = []
    certain = signs([found.effect("steps", "cot").beyond for _, found in each])
    for (run, found), sign in zip(each, certain, strict=True):
        effect = found.effect("steps", "cot")
        rows.append(
            (
                Text(run.name, sub=run.model),
                Value(found.pass_rate, n=found.count),
                Value(found.no_reason),
                value_of(effect.slope),
                Value(effect.forced_slope),
                value_of(effect.beyond, "differs from 0" if sign else ""),
                value_of(effect.rank),
                Value(effect.forced_rank),
            )
        )
    return Table(
        group.id("step-effects"),
        group.title("CoT and number of steps"),
        (
            Column("Run"),
            Column(
                "Reasons that pass", "percent", "Share of reasons that earn their point, in scored answers"
            ),
            Column("Without reasons", "percent", "Share of scored answers"),
            Column("CoT per step", "points", "Least-squares slope, within tasks"),
            Column("Forced", "points", "What the formula alone gives"),
            Column("Beyond", "points", "Observed less forced"),
            Column("Rank correlation", "ratio", "Spearman’s, of CoT with the number of steps, within tasks"),
            Column(
                "Forced rank correlation",
                "ratio",
                "The same were every reason passed with the run’s pass rate in its task",
            ),
        ),
        tuple(rows),
        "95 % intervals by samples of one source video together; marks after Holm’s correction over runs."
        + (f" {UNCORRECTED}" if len(rows) > 1 else ""),
    )


def slope_table(group: Group, pooled: LengthEffects) -> Table:
    certain = signs([effect.beyond for effect in pooled.effects])
    rows: list[tuple[Cell, ...]] = [
        (
            Text(f"{NAMES[effect.score]} {UNITS[effect.measure]}"),
            value_of(effect.slope),
            Value(effect.forced_slope),
            value_of(effect.beyond, "differs from 0" if sign else ""),
            *((value_of(effect.rank), Value(effect.forced_rank)) if len(group.runs) == 1 else ()),
        )
        for effect, sign in zip(pooled.effects, certain, strict=True)
    ]
    columns = [
        Column("Score and length"),
        Column("Slope", "points"),
        Column("Forced", "points"),
        Column("Beyond", "points"),
        Column("Rank correlation", "ratio", "Spearman’s"),
        Column("Forced rank", "ratio", "Rank correlation that the formula alone gives; of steps alone"),
    ]
    return Table(
        group.id("length-slopes"),
        group.title(f"Scores by length{group.together}"),
        tuple(columns[: 4 if len(group.runs) > 1 else 6]),
        tuple(rows),
        f"Over {plural(pooled.count, 'scored answer')}"
        + (", within runs and tasks." if len(group.runs) > 1 else ", within tasks.")
        + f" Marks after Holm’s correction over the table. {UNCORRECTED} Token counts are the"
        " servers’; answers without one are left out there.",
    )


def gap_table(group: Group, each: Found) -> list[Block]:
    rows: list[tuple[Cell, ...]] = [
        (
            Text(run.name, sub=run.model),
            Value(found.gap.with_reasons),
            Value(found.gap.without_reasons),
            value_of(found.gap.gap),
            Value(found.gap.forced),
            Value(found.gap.recognition),
        )
        for run, found in each
        if found.gap is not None
    ]
    if not rows:
        return []
    return [
        Table(
            group.id("reasons-gap"),
            group.title("CoT of answers with reasons less that of answers without"),
            (
                Column("Run"),
                Column("With reasons", "count"),
                Column("Without", "count"),
                Column("Difference", "points"),
                Column("Forced", "points", "(1 − α) × difference of mean reasoning"),
                Column("From recognition", "points", "α × difference of mean recognition"),
            ),
            tuple(rows),
            "Within tasks. The difference is the sum of the two parts: answers without reasons have a reasoning score"
            " of 0 whatever they are.",
        )
    ]
