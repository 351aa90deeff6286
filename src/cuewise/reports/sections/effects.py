"""How scores go with the number of steps and the length of answers, beside what the formula forces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.analysis.clustered import signs
from cuewise.analysis.effects import (
    LENGTH_UNIT,
    MOST_STEPS,
    Effect,
    LengthEffects,
    ModelCorrelation,
    ModelPoint,
    length_effects,
    over_models,
)
from cuewise.analysis.table import POINTS, RunTable
from cuewise.reports.blocks import (
    Block,
    Cell,
    Column,
    Details,
    Plot,
    Section,
    Series,
    Table,
    Text,
    Value,
)
from cuewise.reports.formats import decimal, hundredths, signed
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.phrases import plural, points, some_of, value_of, words
from cuewise.reports.sections.runs import AnalysedRun

NAMES: Final = {
    "recognition": "Recognition",
    "reasoning": "Reasoning",
    "cot": "CoT",
    "steps": "steps",
    "tokens": "tokens",
}
"""The figures as they are written."""

UNITS: Final = {
    "steps": "per step",
    "characters": f"per {LENGTH_UNIT} characters",
    "tokens": f"per {LENGTH_UNIT} tokens",
}

_FOLDED: Final = {("steps", "recognition"), ("characters", "cot"), ("tokens", "cot")}
"""Curves that are folded away: recognition is forced to be level, and lengths tell much the same as steps."""

Found = list[tuple[AnalysedRun, LengthEffects]]


def effects_section(page: PageRuns) -> Section | None:
    """Scores by step count and answer length, over answers and over models; None where nothing is scored."""
    blocks: list[Block] = []
    for group in page.groups:
        pooled = length_effects(
            group.pooled.table,
            group.clusters,
            alphas=[run.settings.alpha for run in group.runs],
            runs=group.pooled.run,
        )
        if pooled is None:
            continue
        each = [(group.runs[0], pooled)] if len(group.runs) == 1 else _by_run(group)
        correlations = _over_models(group)
        blocks.append(words(_sentences(group, each, correlations)))
        blocks += [_curve(group, pooled.effect("steps", score)) for score in ("cot", "reasoning")]
        blocks.append(_run_table(group, each))
        blocks += _model_blocks(group, correlations)
        folded = [one for one in pooled.effects if (one.measure, one.score) in _FOLDED]
        blocks.append(
            Details(
                group.title("Recognition, characters and tokens, and why answers with reasons score more"),
                (
                    *(_curve(group, one) for one in folded),
                    _slope_table(group, pooled),
                    *_gap_table(group, each),
                ),
            )
        )
    return Section("effects", "Steps, length and scores", tuple(blocks)) if blocks else None


def _by_run(group: Group) -> Found:
    """Each run's CoT by steps; a run without a score is left out."""
    found = (
        (
            run,
            length_effects(
                run.table,
                group.clusters_of(number),
                alphas=[run.settings.alpha],
                measures=("steps",),
                scores=("cot",),
            ),
        )
        for number, run in enumerate(group.runs)
    )
    return [(run, effects) for run, effects in found if effects is not None]


# --- sentences ---------------------------------------------------------------------------------------


def _sentences(group: Group, each: Found, correlations: Sequence[ModelCorrelation]) -> list[str]:
    sentences = []
    if len(each) == 1:
        sentences.append(group.heading + _on_run(each[0][1]))
    else:
        sentences.append(group.heading + _on_runs(each))
    sentences += [_on_models(correlations)] if correlations else []
    sentences.append(
        "Forced is what the formula alone gives: an answer without reasons has a reasoning score of 0, one with reasons"
        " has the run’s own pass rate per reason, however many there are, and recognition does not depend on them."
        " Only what differs from it says something of the model. That longer answers score more does not show that"
        " writing more would help: hard clips may call forth longer answers, or shorter ones."
    )
    return sentences


def _on_runs(each: Found) -> str:
    found = signs([effects.effect("steps", "cot").beyond for _, effects in each])
    more, less = found.count(1), found.count(-1)
    if not more + less:
        return (
            f"In none of {len(each)} runs is the CoT score shown to rise or fall with the number of steps beyond what"
            " the formula forces."
        )
    rest = "" if more + less == len(each) else "; in the others the data do not tell"
    return (
        f"In {some_of(more, len(each))} runs the CoT score rises with the number of steps by more than the formula"
        f" forces, in {some_of(less, len(each))} by less, after Holm’s correction over runs{rest}."
    )


def _on_run(found: LengthEffects) -> str:
    effect = found.effect("steps", "cot")
    if effect.slope is None or effect.beyond is None:
        return f"All {plural(found.count, 'scored answer')} have equally many steps: their effect cannot be told."
    told = (
        f"With each further step the CoT score changes by {points(effect.slope)}; the formula alone forces"
        f" {signed(effect.forced_slope)}, which leaves {points(effect.beyond)}."
    )
    if not effect.beyond.is_certain:
        told += " That may be nothing: it does not show that more steps go with better answers."
    if found.pass_rate is not None:
        told += f" Reasons earn their point in {decimal(found.pass_rate)} % of cases;"
        told += f" {decimal(found.no_reason)} % of answers give none."
    if found.gap is not None:
        gap = found.gap
        told += (
            f" Answers with reasons score {points(gap.gap)} more CoT than answers without; {signed(gap.forced)} of that"
            f" is forced, and {signed(gap.recognition)} comes from recognition."
        )
    return told


def _on_models(correlations: Sequence[ModelCorrelation]) -> str:
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


# --- figures -----------------------------------------------------------------------------------------


def _curve(group: Group, effect: Effect) -> Plot:
    bins = effect.bins
    name = NAMES[effect.score]
    note = (
        "Over scored answers, with 95 % intervals. Forced: what the formula alone gives: no"
        " reasoning score without reasons, else the run’s own pass rate per reason, however many there are, and"
        " recognition that does not depend on them."
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


def _run_table(group: Group, each: Found) -> Table:
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
            Column("Rank correlation", "ratio", "Spearman’s, of CoT with the number of steps"),
            Column(
                "Forced rank correlation",
                "ratio",
                "The same were every reason passed with the run’s pass rate",
            ),
        ),
        tuple(rows),
        "95 % intervals by samples of one source video together; marks after Holm’s correction over runs.",
    )


def _slope_table(group: Group, pooled: LengthEffects) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            Text(f"{NAMES[effect.score]} {UNITS[effect.measure]}"),
            value_of(effect.slope),
            Value(effect.forced_slope),
            value_of(effect.beyond, "differs from 0" if effect.beyond and effect.beyond.is_certain else ""),
            *((value_of(effect.rank), Value(effect.forced_rank)) if len(group.runs) == 1 else ()),
        )
        for effect in pooled.effects
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
        + " Token counts are the servers’; answers without one are left out there.",
    )


def _gap_table(group: Group, each: Found) -> list[Block]:
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
                Column("Forced", "points", "(1 − α) × mean reasoning of answers with reasons"),
                Column("From recognition", "points", "α × difference of mean recognition"),
            ),
            tuple(rows),
            "The difference is the sum of the two parts: answers without reasons have a reasoning score of 0 whatever"
            " they are.",
        )
    ]


# --- over models -------------------------------------------------------------------------------------


def model_point(run: AnalysedRun) -> ModelPoint:
    """A run's means: scores over all samples, unscored ones being 0; steps and tokens over answers that have them."""
    scores = {name: 100 * float(run.table.score(name).mean()) for name in POINTS}
    return ModelPoint(run.name, **scores, steps=_mean_steps(run.table), tokens=_mean_tokens(run.table))


def _mean_steps(table: RunTable) -> float | None:
    return float(table.steps[table.scored].mean()) if table.scored.any() else None


def _mean_tokens(table: RunTable) -> float | None:
    known = table.tokens[table.tokens == table.tokens]
    return float(known.mean()) if len(known) else None


def _over_models(group: Group) -> tuple[ModelCorrelation, ...]:
    alphas = {run.settings.alpha for run in group.runs}
    return (
        over_models([model_point(run) for run in group.runs], alpha=alphas.pop()) if len(alphas) == 1 else ()
    )


def _model_blocks(group: Group, correlations: Sequence[ModelCorrelation]) -> list[Block]:
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
        " stand, sd(reasoning) / √(sd(reasoning)² + sd(recognition)²) for equal weights; with steps and tokens, what"
        " CoT inherits from reasoning.",
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
