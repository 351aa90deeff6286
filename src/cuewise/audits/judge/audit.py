"""Tries a judge: plants known errors in judged answers, has it judge them, and counts what it notices.

The judge is any object with the `Judge` protocol, so that one whose behaviour is known can be tried as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from cuewise.audits.judge.case import (
    Case,
    Plant,
    Planted,
    Truth,
    is_contradicted,
    is_same,
    is_supported,
)
from cuewise.audits.judge.figures import JudgeAudit, PlantFigures, rate
from cuewise.audits.judge.plants import PLANTS
from cuewise.errors import MediaError, ModelError, ReplyError
from cuewise.models.protocol import Ask
from cuewise.records import Evidence, Outcome, Protocol, Sample, Step, Verdict
from cuewise.verdicts.panel import ask_again
from cuewise.verdicts.protocol import Judge

_FAILURES: Final = (ModelError, ReplyError, MediaError)


@dataclass(frozen=True)
class Tally:
    """Hits among so many steps."""

    hits: int = 0
    count: int = 0


@dataclass(frozen=True)
class Failure:
    """Why there are no verdicts."""

    cause: str
    """`malformed_reply`, `missing_media`, or the `kind` of a `ModelError`."""
    message: str


@dataclass(frozen=True)
class Trial:
    """One planted version and what the judge made of it."""

    plant: Plant
    noticed: Tally = Tally()
    false_alarms: Tally = Tally()
    changed: Tally = Tally()
    kept: Tally = Tally()
    unsupported: Tally = Tally()
    irrelevant: Tally = Tally()
    failure: Failure | None = None


@dataclass(frozen=True)
class CaseAudit:
    """All trials on one answer."""

    sample: str
    task: str
    truth: Truth
    trials: tuple[Trial, ...] = ()
    failure: Failure | None = None
    """Where the answer itself has no verdicts; then nothing was planted in it."""


async def audit_case(
    judge: Judge,
    outcome: Outcome,
    ask: Ask | None,
    *,
    others: Sequence[Outcome] = (),
    seed: int = 0,
    plants: Collection[Plant] = tuple(PLANTS),
) -> CaseAudit:
    """Have the answer judged as it is, and then with each plant.

    What is planted follows from the seed and the sample alone, so that more answers in an audit leave the calls for
    each of them as they were. One version at a time: a stop then leaves no call half waited for.

    Args:
        outcome: a judged answer.
        ask: reaches the judge's model; None where it has none.
        others: judged answers of the same task about other clips, whose evidence may be put in place.

    Raises:
        RunStoppedError: the audit was asked to stop.
    """
    sample = outcome.sample
    case = Case(sample, outcome.protocol, outcome.steps, outcome.evidence, (), tuple(others))
    try:
        verdicts = await _judged(judge, sample, outcome.steps, outcome.evidence, ask)
    except _FAILURES as error:
        return CaseAudit(sample.id, sample.task, case.truth, failure=_failure(error))
    case = Case(sample, outcome.protocol, outcome.steps, outcome.evidence, verdicts, tuple(others))
    trials = []
    for plant in plants:
        chance = Random(f"{seed}/{plant}/{sample.id}")  # noqa: S311 - nothing secret is drawn
        planted = PLANTS[plant](case, chance)
        if planted is not None:
            trials.append(await _try(judge, case, planted, ask))
    return CaseAudit(sample.id, sample.task, case.truth, tuple(trials))


async def _try(judge: Judge, case: Case, planted: Planted, ask: Ask | None) -> Trial:
    again = ask and ask_again(ask, planted.epoch)
    try:
        verdicts = await _judged(judge, case.sample, planted.steps, planted.evidence, again)
    except _FAILURES as error:
        return Trial(planted.plant, failure=_failure(error))
    after = {verdict.step: verdict for verdict in verdicts}
    before = {verdict.step: verdict for verdict in case.verdicts}
    pairs = [(after[new], before[old], new == len(planted.steps)) for new, old in planted.must_stay.items()]
    paid = [after[index] for index in sorted(planted.must_earn)]
    return Trial(
        planted.plant,
        noticed=_count(is_noticed(planted.plant, after[index]) for index in planted.must_change),
        false_alarms=_count(is_contradicted(after[index]) for index in planted.true),
        changed=_count(not is_same(*pair) for pair in pairs),
        kept=_count(verdict.rating > 0 for verdict in paid),
        unsupported=_count(verdict.rating == 0 and not is_supported(verdict) for verdict in paid),
        irrelevant=_count(verdict.rating == 0 and is_supported(verdict) for verdict in paid),
    )


def is_noticed(plant: Plant, verdict: Verdict) -> bool:
    """Whether the verdict on a step that must change shows that the judge noticed.

    A flipped cue must be judged contradicted, a reason held against another clip's evidence must lose its support,
    and whatever else is planted must earn nothing.
    """
    if plant is Plant.FLIP_CUE:
        return is_contradicted(verdict)
    if plant is Plant.SWAP_EVIDENCE:
        return not is_supported(verdict)
    return verdict.rating == 0


async def _judged(
    judge: Judge, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
) -> tuple[Verdict, ...]:
    """One verdict per step.

    Raises:
        ReplyError: there are others than that.
        ModelError: a call failed.
        MediaError: a frame is no longer stored.
    """
    verdicts = await judge.judge(sample, steps, evidence, ask)
    if [verdict.step for verdict in verdicts] != [step.index for step in steps]:
        raise ReplyError(f"{judge.name} gave verdicts on other steps than it was given")
    return verdicts


def _failure(error: ModelError | ReplyError | MediaError) -> Failure:
    if isinstance(error, ModelError):
        return Failure(error.kind, str(error))
    return Failure("malformed_reply" if isinstance(error, ReplyError) else "missing_media", str(error))


def _count(found: Iterable[bool]) -> Tally:
    listed = list(found)
    return Tally(sum(listed), len(listed))


def sum_up(
    audits: Sequence[CaseAudit],
    *,
    run: str,
    judge: str,
    protocol: Protocol,
    seed: int,
    untried: tuple[str, ...] = (),
    calls_made: int = 0,
    calls_reused: int = 0,
) -> JudgeAudit:
    """The figures over all answers, and by task in the order in which the tasks come."""
    missing = [audit.failure for audit in audits]
    missing += [trial.failure for audit in audits for trial in audit.trials]
    failures = [failure for failure in missing if failure is not None]
    tasks = dict.fromkeys(audit.task for audit in audits)
    return JudgeAudit(
        run=run,
        judge=judge,
        protocol=protocol,
        seed=seed,
        untried=untried,
        answers=len(audits),
        unjudged=sum(audit.failure is not None for audit in audits),
        calls_made=calls_made,
        calls_reused=calls_reused,
        failures=dict(Counter(failure.cause for failure in failures).most_common()),
        first_failure=failures[0].message if failures else None,
        overall=_figures(audits),
        false_alarms={
            truth: rate(
                (audit.sample, trial.false_alarms.hits, trial.false_alarms.count)
                for audit in audits
                if audit.truth is truth
                for trial in audit.trials
            )
            for truth in Truth
        },
        tasks={task: _figures([audit for audit in audits if audit.task == task]) for task in tasks},
    )


def _figures(audits: Sequence[CaseAudit]) -> tuple[PlantFigures, ...]:
    figures = []
    for truth in Truth:
        for plant in PLANTS:
            tried = [
                (audit.sample, trial)
                for audit in audits
                if audit.truth is truth
                for trial in audit.trials
                if trial.plant is plant
            ]
            judged = [(sample, trial) for sample, trial in tried if trial.failure is None]
            if tried:
                figures.append(
                    PlantFigures(
                        plant=plant,
                        truth=truth,
                        versions=len(judged),
                        failures=len(tried) - len(judged),
                        noticed=rate((s, trial.noticed.hits, trial.noticed.count) for s, trial in judged),
                        false_alarms=rate(
                            (s, trial.false_alarms.hits, trial.false_alarms.count) for s, trial in judged
                        ),
                        changed=rate((s, trial.changed.hits, trial.changed.count) for s, trial in judged),
                        kept=rate((s, trial.kept.hits, trial.kept.count) for s, trial in judged),
                        unsupported=rate(
                            (s, trial.unsupported.hits, trial.unsupported.count) for s, trial in judged
                        ),
                        irrelevant=rate(
                            (s, trial.irrelevant.hits, trial.irrelevant.count) for s, trial in judged
                        ),
                    )
                )
    return tuple(figures)
