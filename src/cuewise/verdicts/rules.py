"""The judge that needs no model: checks claims against annotated cues and measured prosody.

It validates the pipeline on data whose cues are known, and judges exactly what it can read; on a clip without
annotated cues nearly every step is unverifiable and passes, as the MME-Emotion rules ask only for steps that are
not contradicted; under `grounded` such a step earns nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cuewise.models.protocol import Ask
from cuewise.records import Decision, Evidence, Protocol, Sample, Step, Verdict
from cuewise.verdicts.findings import Finding, check_step, claims_at_once


class RuleJudge:
    """Supported, contradicted or unverifiable by rules. The same input always gives the same verdicts."""

    name = "offline/rules"
    needs_frames = False

    def __init__(self, protocol: Protocol = Protocol.MME_EMOTION) -> None:
        self.protocol = protocol

    async def judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
    ) -> tuple[Verdict, ...]:
        """One verdict per step; never asks a model and never fails."""
        *reasons, label = steps
        grounded = self.protocol is Protocol.GROUNDED
        verdicts = []
        for step in reasons:
            verdicts.append(ground_reason(step, evidence) if grounded else judge_reason(step, evidence))
            await asyncio.sleep(0)  # many long steps must not hold up the other samples of a run
        return (*verdicts, read_label(label, sample) if grounded else judge_label(label, sample))


def judge_reason(step: Step, evidence: Sequence[Evidence]) -> Verdict:
    """Rates a reasoning step: 0 if any of its claims is contradicted, else 1.

    A contradiction cites the evidence that it stands against, support the evidence that it rests on; a step
    with nothing to check is unverifiable and cites nothing.
    """
    verdict, _ = _decided(step, check_step(step.text, evidence))
    return verdict.model_copy(update={"rating": float(verdict.decision is not Decision.CONTRADICTED)})


def ground_reason(step: Step, evidence: Sequence[Evidence]) -> Verdict:
    """Rates a reasoning step under `grounded`: 1 if it is supported and bears on the label, else 0.

    To the rules a step bears on the label if it makes a claim of its own about a channel or a measure that they
    could check: what a face or a voice does is what a label is read from. What holds of most clips does not bear
    on it: that something is absent, that a number lies within a wide interval. Wordings that commit to nothing
    (see `vacuous`) are not held against anything, and a step that gives a channel several values at once is never
    supported, even where each shows at some time.
    """
    findings = [finding for finding in check_step(step.text, evidence) if not finding.vacuous]
    verdict, telling = _decided(step, findings)
    if verdict.decision is Decision.SUPPORTED and (channel := claims_at_once(step.text)):
        reason = f"claims several values of {channel} at once"
        verdict = verdict.model_copy(
            update={"decision": Decision.UNVERIFIABLE, "evidence": (), "reason": reason}
        )
    decision = verdict.decision
    relevant = decision is Decision.CONTRADICTED or (decision is Decision.SUPPORTED and telling)
    rating = float(decision is Decision.SUPPORTED and relevant)
    return verdict.model_copy(update={"rating": rating, "relevant": relevant})


def _decided(step: Step, findings: Sequence[Finding]) -> tuple[Verdict, bool]:
    """The verdict, not yet rated, and whether any finding that it rests on says more than holds of most clips."""
    decided = {finding.decision for finding in findings}
    decision = next(
        (each for each in (Decision.CONTRADICTED, Decision.SUPPORTED) if each in decided),
        Decision.UNVERIFIABLE,
    )
    deciding = [finding for finding in findings if finding.decision is decision]
    verdict = Verdict(
        step=step.index,
        rating=0,
        decision=decision,
        evidence=tuple(dict.fromkeys(item for finding in deciding for item in finding.evidence)),
        reason="; ".join(dict.fromkeys(finding.reason for finding in deciding))
        or "makes no claim that the evidence covers",
        checked=tuple(dict.fromkeys(item for finding in findings for item in finding.checked)),
    )
    return verdict, any(finding.telling for finding in deciding)


def read_label(step: Step, sample: Sample) -> Verdict:
    """Which candidates the label step names, under `grounded`; the points are F1 and no part of the score."""
    named = step.labels or ()
    return Verdict(
        step=step.index,
        rating=sample.label_f1(named),
        reason=f"names {', '.join(named) or 'no candidate'}",
        labels=named,
    )


def judge_label(step: Step, sample: Sample) -> Verdict:
    """Rates the label step on the label alone; see `Sample.label_points`."""
    rating = sample.label_points(step.labels or ())
    said = ", ".join(step.labels or ()) or "no candidate"
    return Verdict(
        step=step.index,
        rating=rating,
        decision=Decision.SUPPORTED if rating else Decision.CONTRADICTED,
        reason=f"predicted {said}; correct is {', '.join(sample.labels)}",
    )
