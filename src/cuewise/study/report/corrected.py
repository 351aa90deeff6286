"""What the judge's reasoning score of each run becomes by what people say, weighted by how samples were drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.agreement.calibration import MIN_SAMPLES, MIN_STEPS, JudgedSample, listed
from cuewise.agreement.estimates import Estimate, mean, mean_estimate, over_all_asked
from cuewise.agreement.ratings import SettledStep, StepRating, settle
from cuewise.agreement.stratified import RatedSample, StratifiedScore, stratified_score
from cuewise.agreement.truth import judged_by_people
from cuewise.errors import CuewiseError
from cuewise.reports.private import scrub, scrub_all
from cuewise.result import RunResult
from cuewise.study.making import candidates
from cuewise.study.records import StudyKind
from cuewise.study.report.table import RatedStudy

OpenRun = Callable[[str], RunResult]
CHANGED: Final = (
    "the run has changed since the study was made from it, so that the weights of its samples no longer hold"
)


@dataclass(frozen=True)
class Corrected:
    """The reasoning score of one run; percent, over all samples asked, of which those without reasons count as 0."""

    run: str
    model: str
    raw: Estimate | None
    """The judge's; None where the run cannot be read."""
    score: StratifiedScore | None
    """By people; None where `why_none` says why."""
    rated: int = 0
    """Samples with steps of known truth."""
    steps: int = 0
    """These steps."""
    judged: int = 0
    """Samples of the run with judged reasons."""
    asked: int = 0
    left_out: Mapping[str, int] | None = None
    """Steps that were rated and are not used, by reason."""
    notes: tuple[str, ...] = ()
    why_none: str = ""


def corrected_scores(rated: RatedStudy, open_run: OpenRun) -> tuple[Corrected, ...]:
    """Each run's, in the order of the plan. A run that cannot be read, or is no longer what it was, has none.

    Args:
        open_run: opens a run by its name, as `cuewise.result.open_run` does.
    """
    plan = rated.study.plan
    opened: dict[str, RunResult] = {}
    why: dict[str, str] = {}
    strata: dict[str, dict[str, str]] = {}
    for name in plan.runs:
        try:
            run = open_run(name)
            if not _is_as_it_was(rated, run, name):
                why[name] = CHANGED
                continue
            strata[name] = _strata(run, plan.strata, several=len(plan.runs) > 1)
        except CuewiseError as error:
            why[name] = f"the run cannot be read: {scrub(str(error))}"
        else:
            opened[name] = run
    if len(opened) == len(plan.runs):
        whole = sum((Counter(of_run.values()) for of_run in strata.values()), Counter[str]())
        if whole != Counter({stratum: size for stratum, (size, _) in plan.strata.items()}):
            why = dict.fromkeys(plan.runs, CHANGED)
    models = {
        item.judged.run: scrub_all(item.judged.model) for item in rated.study.drawn if item.judged is not None
    }
    ratings: dict[str, list[StepRating]] = {name: [] for name in plan.runs}
    for item, rating in rated.step_ratings():
        if item.judged is not None:
            ratings[item.judged.run].append(rating)
    return tuple(
        Corrected(name, models.get(name, ""), None, None, why_none=why[name])
        if name in why
        else _of_run(opened[name], models.get(name, ""), settle(ratings[name]), strata[name])
        for name in plan.runs
    )


def _is_as_it_was(rated: RatedStudy, run: RunResult, name: str) -> bool:
    """Whether a run still has the settings that the study was made under, and of each drawn item the steps and verdicts
    that raters' answers are of. Of those that were not drawn only the strata can tell."""
    if run.manifest.settings.sha256() != rated.study.plan.settings_sha256.get(name):
        return False
    drawn = {
        item.sample.id: (item.judged.epoch, item.steps, item.judged.verdicts)
        for item in rated.study.drawn
        if item.judged is not None and item.judged.run == name
    }
    there = {
        (outcome.sample.id, outcome.epoch): (outcome.epoch, outcome.steps, outcome.verdicts)
        for outcome in run.outcomes_of(drawn)
    }
    return all(there.get((sample, frozen[0])) == frozen for sample, frozen in drawn.items())


def _of_run(
    run: RunResult,
    model: str,
    settled: Mapping[str, Mapping[int, SettledStep]],
    stratum_of: Mapping[str, str],
) -> Corrected:
    found = judged_by_people(run.outcomes(epoch=0), settled)
    drawable = [sample for sample in found.samples if sample.id in stratum_of]
    rated = [
        RatedSample(stratum_of[sample.id], *_known(sample))
        for sample in drawable
        if any(right is not None for right in sample.right)
    ]
    steps = sum(len(one.right) for one in rated)
    judged = len(found.samples)

    def scaled(estimate: Estimate) -> Estimate:
        return over_all_asked(estimate, judged, found.asked)

    raw = scaled(mean_estimate([mean(one.points) for one in found.samples])) if found.samples else None
    score, why = None, ""
    if steps < MIN_STEPS or len(rated) < MIN_SAMPLES:
        told = f" (left out: {listed(found.left_out)})" if found.left_out else ""
        why = (
            f"it is known of only {steps} steps of {len(rated)} samples whether they are right{told}, and at least"
            f" {MIN_STEPS} of {MIN_SAMPLES} are needed: rate more"
        )
    else:
        whole = stratified_score(
            rated,
            Counter(stratum_of[sample.id] for sample in drawable),
            np.array([mean(sample.points) for sample in drawable]),
            np.array([mean([float(points > 0.5) for points in sample.points]) for sample in drawable]),
        )
        score = StratifiedScore(
            people=scaled(whole.people),
            corrected=scaled(whole.corrected),
            slope=whole.slope,
            rogan_gladen=None if whole.rogan_gladen is None else scaled(whole.rogan_gladen),
            sensitivity=whole.sensitivity,
            specificity=whole.specificity,
            bias=Estimate(
                *(judged / found.asked * each for each in (whole.bias.value, whole.bias.low, whole.bias.high))
            ),
            unweighted=whole.unweighted * judged / found.asked,
            why_none=whole.why_none,
        )
    beyond = judged - len(drawable)
    return Corrected(
        run=run.name,
        model=model,
        raw=raw,
        score=score,
        rated=len(rated),
        steps=steps,
        judged=judged,
        asked=found.asked,
        left_out=dict(found.left_out),
        notes=(f"{beyond:,} judged samples could not be drawn, and are taken to be like the others",)
        if beyond
        else (),
        why_none=why,
    )


def _strata(run: RunResult, strata: Mapping[str, object], *, several: bool) -> dict[str, str]:
    """The stratum of each sample of a run that could be drawn, by the sample's id; names as `drawing` makes them."""
    found = {}
    for one in candidates(run, StudyKind.STEPS, Counter(), by_run=several):
        names = (" · ".join(one.groups[:depth]) or "all" for depth in range(len(one.groups), -1, -1))
        found[one.sample] = next((name for name in names if name in strata), "")
    return found


def _known(sample: JudgedSample) -> tuple[tuple[bool, ...], tuple[float, ...]]:
    pairs: Sequence[tuple[bool, float]] = [
        (right, points)
        for right, points in zip(sample.right, sample.points, strict=True)
        if right is not None
    ]
    rights, points = zip(*pairs, strict=True)
    return rights, points
