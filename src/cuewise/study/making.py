"""Makes candidates and items of a run's outcomes: what can be drawn, and all that raters see of what was drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from cuewise.agreement.truth import counted_points
from cuewise.records import Outcome, OutcomeKind, Sample
from cuewise.result import RunResult
from cuewise.study.drawing import Candidate, Drawn
from cuewise.study.pictures import Pictures
from cuewise.study.records import Item, Judged, StudyKind

_UNNUMBERED = "i0000"


def candidates(
    run: RunResult, kind: StudyKind, left_out: Counter[str], *, by_run: bool = False
) -> list[Candidate]:
    """The samples of a run that can be drawn, of several answers to a sample the first; the others are counted.

    Args:
        left_out: counts of samples that cannot be drawn, by reason; added to.
        by_run: whether the run is part of the strata.
    """
    found = []
    for outcome in run.outcomes(epoch=0):
        if reason := _unfit(outcome, kind):
            left_out[reason] += 1
        else:
            groups = (*((run.name,) if by_run else ()), *_groups(outcome, kind))
            found.append(Candidate(run.name, outcome.sample.id, groups))
    return found


def _unfit(outcome: Outcome, kind: StudyKind) -> str:
    if kind is StudyKind.STEPS and outcome.kind is not OutcomeKind.SCORED:
        return f"ended as {outcome.kind.value.replace('_', ' ')}"
    if kind is StudyKind.STEPS and not counted_points(outcome):
        return "no judged reasons"
    if outcome.facts is None:
        return "the run did not look at the clip"
    if outcome.sample.sound_from is not None:
        return "its sound was exchanged"
    return ""


def group_names(kind: StudyKind, *, by_run: bool) -> tuple[str, ...]:
    """What the groups of a candidate are, in their order."""
    of_answer = (
        () if kind is StudyKind.QUESTION else ("whether the label is right", "how good the reasons are")
    )
    return (*(("run",) if by_run else ()), "task", *of_answer)


def _groups(outcome: Outcome, kind: StudyKind) -> tuple[str, ...]:
    """What an answer is stratified by: its task, whether it has the label, and how good the judge finds its reasons."""
    score = outcome.score
    if kind is StudyKind.QUESTION or score is None:
        return (outcome.sample.task,)
    label = "right" if score.recognition == 1 else "partly right" if score.recognition else "wrong"
    reasons = "strong" if score.reasoning >= 2 / 3 else "mixed" if score.reasoning > 1 / 3 else "weak"
    return (outcome.sample.task, f"label {label}", f"{reasons} reasons")


def items(
    run: RunResult, chosen: Iterable[Candidate], drawn: Mapping[Candidate, Drawn], pictures: Pictures
) -> dict[Candidate, Item]:
    """All that raters see of chosen samples of a run, not numbered yet; with the judge's verdicts.

    Args:
        drawn: how each was drawn; one that is missing has the weight 1.
        pictures: what is shown of clips.
    """
    by_sample = {candidate.sample: candidate for candidate in chosen}
    settings = run.manifest.settings
    made = {}
    for outcome in run.outcomes_of(by_sample):
        if outcome.epoch or outcome.facts is None:
            continue
        candidate = by_sample[outcome.sample.id]
        known_as, seen = drawn.get(candidate), pictures.of(outcome)
        made[candidate] = Item(
            id=_UNNUMBERED,
            sample=_without_path(outcome.sample),
            protocol=outcome.protocol,
            facts=outcome.facts,
            frames=seen.frames,
            audio=seen.audio,
            evidence=outcome.evidence,
            steps=outcome.steps,
            rated=tuple(counted_points(outcome)),
            judged=Judged(
                run=run.name,
                model=settings.model.name,
                judges=tuple(judge.name for judge in settings.judges),
                verdicts=outcome.verdicts,
                reading=outcome.reading,
                score=outcome.score,
                stratum=known_as.stratum if known_as else "",
                weight=known_as.weight if known_as else 1.0,
            ),
        )
    return made


def question_of(item: Item) -> Item:
    """The item with its question alone."""
    return item.model_copy(update={"evidence": (), "steps": (), "rated": (), "judged": None})


def _without_path(sample: Sample) -> Sample:
    return sample.model_copy(update={"clip": sample.clip.model_copy(update={"path": None})})
