"""Which steps of a run are right: by the people who rated them, or by the annotated cues of its clips.

Cues can stand in for people where the judge does not see them. LLM judges never do; the rule judge reads them, so it
cannot be held against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cuewise.agreement.calibration import JudgedSample
from cuewise.agreement.cells import as_cell
from cuewise.agreement.ratings import SettledStep, Truth, first_of
from cuewise.errors import InputError
from cuewise.evidence.cues import cue_evidence
from cuewise.records import Decision, Outcome, Protocol, Step, Verdict
from cuewise.runs.manifest import RULES
from cuewise.samples.problems import printable
from cuewise.scores.grounding import said_before
from cuewise.verdicts.rules import ground_reasons, judge_reason

_KNOWN: Final = {Truth.RIGHT: True, Truth.WRONG: False}


@dataclass
class JudgedRun:
    """A run's judged reasons with what is known of their truth."""

    samples: list[JudgedSample] = field(default_factory=list)
    asked: int = 0
    """Samples asked, judged or not."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Steps on which someone or something has been asked for the truth, and which are not used, by reason."""

    def add(self, outcome: Outcome, truth: Mapping[int, Truth]) -> None:
        """Take in one sample; `truth` by step index, without the steps that nobody rated."""
        self.asked += 1
        if outcome.score is None:
            self._leave_out("the sample has no score", len(truth))
            return
        *reasons, label = outcome.steps
        self._leave_out("the step names the label", int(label.index in truth))
        counted = counted_points(outcome)
        self._leave_out(
            "the step repeats an earlier one", len(truth.keys() & _indices(reasons) - counted.keys())
        )
        for index in counted.keys() & truth.keys():
            if truth[index] not in _KNOWN:
                self._leave_out(_REASONS[truth[index]], 1)
        if counted:
            sure = {one.step: one.confidence for one in outcome.verdicts if one.confidence is not None}
            self.samples.append(
                JudgedSample(
                    id=outcome.sample.id,
                    points=tuple(counted.values()),
                    right=tuple(_KNOWN.get(truth[index]) if index in truth else None for index in counted),
                    confidence=tuple(map(sure.get, counted)) if sure.keys() & counted.keys() else (),
                )
            )

    def _leave_out(self, reason: str, count: int) -> None:
        if count:
            self.left_out[reason] += count


_REASONS: Final = {
    Truth.CANNOT_TELL: "cannot be told right or wrong",
    Truth.TIED: "the raters are tied",
}


def judged_by_people(
    outcomes: Iterable[Outcome], settled: Mapping[str, Mapping[int, SettledStep]]
) -> JudgedRun:
    """A run with what raters say of its steps; samples may be named as a sheet names them (`as_cell`).

    Args:
        outcomes: one of each sample; of several answers those that the raters were shown.

    Raises:
        InputError: samples or steps were rated that the run does not have.
    """
    run, problems, rest = JudgedRun(), [], dict(settled)
    for outcome in outcomes:
        known_as = outcome.sample.id if outcome.sample.id in rest else as_cell(outcome.sample.id)
        steps = rest.pop(known_as, {})
        # Where a sample ended before it had steps, raters may have seen those of another run of it.
        if outcome.steps:
            problems += [
                f"{steps[index].where}: sample {printable(outcome.sample.id)} has no step {index}, only"
                f" {len(outcome.steps)}; rate the steps as this run has them"
                for index in sorted(steps.keys() - _indices(outcome.steps))
            ]
        run.add(outcome, {index: step.truth for index, step in steps.items()})
    for sample, steps in rest.items():
        where = next(iter(steps.values())).where
        problems.append(
            f"{where}: the run has no sample {printable(sample)}; use the ids of this run's samples"
        )
    if problems:
        raise InputError(first_of(problems))
    return run


def judged_by_cues(outcomes: Iterable[Outcome], judges: Sequence[str]) -> JudgedRun:
    """A run with what the annotated cues of its clips say of its steps.

    A step is right if a claim of it holds and none is against the cues, wrong if one is. Under `grounded` it is wrong
    too where what holds does not bear on the label, by the rules of the judge without a model.

    Args:
        outcomes: one of each sample.
        judges: names of the run's judges.

    Raises:
        InputError: a judge read the cues itself, or no sample has any.
    """
    if RULES in judges:
        raise InputError(
            f"the judge {RULES} reads the annotated cues itself, and would only be held against its own reading: give"
            " --ratings by people, or judge the answers by a model first (cuewise rejudge RUN --judge provider/model)"
        )
    run, any_cues = JudgedRun(), False
    for outcome in outcomes:
        any_cues = any_cues or bool(outcome.sample.cues)
        run.add(outcome, truth_by_cues(outcome))
    if not any_cues:
        raise InputError(
            "the samples of this run have no annotated cues to hold the judge against: have some of its steps rated"
            " by people, and give the file as --ratings"
        )
    return run


def truth_by_cues(outcome: Outcome) -> dict[int, Truth]:
    """What the sample's annotated cues say of each reasoning step, by step index; empty where it has no cues."""
    evidence = cue_evidence(outcome.sample)
    if not evidence:
        return {}
    if outcome.protocol is Protocol.GROUNDED:
        verdicts = ground_reasons(outcome.steps, evidence)
    else:
        verdicts = (judge_reason(step, evidence) for step in outcome.steps[:-1])
    return {verdict.step: _truth(verdict) for verdict in verdicts}


def _truth(verdict: Verdict) -> Truth:
    if verdict.decision is Decision.UNVERIFIABLE:
        return Truth.CANNOT_TELL
    return Truth.RIGHT if verdict.rating else Truth.WRONG


def counted_points(outcome: Outcome) -> dict[int, float]:
    """The points of each reasoning step that counts towards the reasoning score, by step index.

    Empty where the answer has no reasons, or the sample has no score.
    """
    if outcome.score is None:
        return {}
    reasons, verdicts = outcome.steps[:-1], outcome.verdicts[:-1]
    if outcome.protocol is not Protocol.GROUNDED:
        return {verdict.step: verdict.rating for verdict in verdicts}
    return {
        verdict.step: verdict.rating
        for verdict, repeated in zip(verdicts, said_before(reasons, verdicts), strict=True)
        if not repeated
    }


def _indices(steps: Sequence[Step]) -> set[int]:
    return {step.index for step in steps}
