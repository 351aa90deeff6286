"""Over the runs of a page: which of their mean figures go together, beside what the formula forces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.analysis.model_effects import ModelCorrelation, ModelPoint, over_models
from cuewise.analysis.table import POINTS, RunTable
from cuewise.reports.blocks import Block, Column, Plot, Series, Table, Text, Value
from cuewise.reports.formats import hundredths
from cuewise.reports.sections.groups import Group
from cuewise.reports.sections.runs import AnalysedRun

NAMES: Final = {
    "recognition": "Recognition",
    "reasoning": "Reasoning",
    "cot": "CoT",
    "steps": "steps",
    "tokens": "tokens",
}
"""The figures as they are written."""


def model_point(run: AnalysedRun) -> ModelPoint:
    """A run's means: scores over all samples, unscored ones being 0; steps and tokens over answers that have them."""
    scores = {name: 100 * float(run.table.score(name).mean()) for name in POINTS}
    return ModelPoint(run.name, **scores, steps=_mean_steps(run.table), tokens=_mean_tokens(run.table))


def _mean_steps(table: RunTable) -> float | None:
    return float(table.steps[table.scored].mean()) if table.scored.any() else None


def _mean_tokens(table: RunTable) -> float | None:
    known = table.tokens[table.tokens == table.tokens]
    return float(known.mean()) if len(known) else None


def model_correlations(group: Group) -> tuple[ModelCorrelation, ...]:
    alphas = {run.settings.alpha for run in group.runs}
    return (
        over_models([model_point(run) for run in group.runs], alpha=alphas.pop()) if len(alphas) == 1 else ()
    )


def model_blocks(group: Group, correlations: Sequence[ModelCorrelation]) -> list[Block]:
    if not correlations:
        return []
    named = [(run, model_point(run)) for run in group.runs]
    table = Table(
        group.id("model-correlations"),
        group.title("Over runs: what goes with what"),
        (
            Column("Figures"),
            Column("Correlation", "ratio", "Pearson’s, over the runs’ means, with Fisher’s 95 % interval"),
            Column("Forced", "ratio", "What the formula alone gives"),
        ),
        tuple(
            (
                Text(f"{NAMES[one.first]} and {NAMES[one.second].lower()}"),
                Value(one.value, one.low, one.high, one.count),
                Value(one.forced),
            )
            for one in correlations
        ),
        "Forced: with recognition and reasoning unrelated, the mean of the two correlates with each as their spreads"
        " stand, sd(reasoning) / √(sd(reasoning)² + sd(recognition)²) for equal weights; with steps and tokens, this"
        " times the correlation of reasoning with them.",
    )
    return [
        Plot(
            id=group.id("models-steps"),
            title=group.title("CoT and number of steps, one point per run"),
            x_title="Mean number of steps",
            y_title="CoT, mean",
            x_unit="ratio",
            y_unit="percent",
            series=tuple(
                Series(
                    run.name,
                    run.colour,
                    (one.steps,),
                    (Value(one.cot, n=len(run.table.samples)),),
                )
                for run, one in named
                if one.steps is not None
            ),
        ),
        table,
    ]


def on_models(correlations: Sequence[ModelCorrelation]) -> str:
    told = [
        f"{hundredths(one.value)} with {NAMES[one.second].lower() if one.second != 'cot' else 'CoT'}"
        + (f" ({hundredths(one.forced)} forced)" if one.forced is not None else "")
        for one in correlations
        if one.first == "cot"
    ]
    if not told:
        return ""
    count = max(one.count for one in correlations)
    few = " With so few runs these numbers are loose." if count < 10 else ""
    return (
        f"Over {count} runs the mean CoT score correlates {', '.join(told)}. Forced is what a mean of the two scores"
        f" gives where they have nothing to do with each other.{few}"
    )
