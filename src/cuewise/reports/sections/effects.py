"""How scores go with the number of steps and the length of answers, beside what the formula forces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.analysis.clustered import signs
from cuewise.analysis.effects import LengthEffects, length_effects
from cuewise.analysis.model_effects import ModelCorrelation
from cuewise.reports.blocks import Block, Details, Section
from cuewise.reports.formats import decimal, signed
from cuewise.reports.sections.effect_tables import Found, curve, gap_table, run_table, slope_table
from cuewise.reports.sections.groups import Group, PageRuns
from cuewise.reports.sections.model_effects import model_blocks, model_correlations, on_models
from cuewise.reports.sections.phrases import TOO_FEW, plural, points, some_of, words

_FOLDED: Final = {("steps", "recognition"), ("characters", "cot"), ("tokens", "cot")}
"""Curves that are folded away: recognition is forced to be level, and lengths tell much the same as steps."""


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
        correlations = model_correlations(group)
        blocks.append(words(_sentences(group, each, correlations)))
        blocks += [curve(group, pooled.effect("steps", score)) for score in ("cot", "reasoning")]
        blocks.append(run_table(group, each))
        blocks += model_blocks(group, correlations)
        folded = [one for one in pooled.effects if (one.measure, one.score) in _FOLDED]
        blocks.append(
            Details(
                group.title("Recognition, characters and tokens, and why answers with reasons score more"),
                (
                    *(curve(group, one) for one in folded),
                    slope_table(group, pooled),
                    *gap_table(group, each),
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
    sentences += [on_models(correlations)] if correlations else []
    sentences.append(
        "Forced is what the formula alone gives: an answer without reasons has a reasoning score of 0, one with reasons"
        " has the run’s own pass rate per reason in its task, however many there are, and recognition does not depend"
        " on them. Only what differs from it says something of the model. That longer answers score more does not show"
        " that writing more would help: hard clips may call forth longer answers, or shorter ones."
    )
    return sentences


def _on_runs(each: Found) -> str:
    found = signs([effects.effect("steps", "cot").beyond for _, effects in each])
    more, less = found.count(1), found.count(-1)
    tested = [effects.effect("steps", "cot").beyond for _, effects in each]
    if all(one is None or one.p_value is None for one in tested):
        return f"Whether the CoT score rises with the number of steps {TOO_FEW}."
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
    if effect.beyond.low is None:
        told += f" Whether that is more than chance {TOO_FEW}."
    elif not effect.beyond.is_certain:
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
