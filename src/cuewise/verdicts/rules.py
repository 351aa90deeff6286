"""The judge that needs no model: checks claims against annotated cues and measured prosody.

It validates the pipeline on data whose cues are known, and judges exactly what it can read; on a clip without
annotated cues nearly every step is unverifiable and passes, as the MME-Emotion rules ask only for steps that are
not contradicted; under `grounded` such a step earns nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from cuewise.labels.taxonomy import valence_of
from cuewise.models.protocol import Ask
from cuewise.records import Decision, Evidence, Protocol, Sample, Step, Verdict
from cuewise.verdicts.findings import Finding, check_step, claims_at_once, is_mostly_at_rest
from cuewise.verdicts.repeats import Said


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
        for verdict in (
            ground_reasons(steps, evidence)
            if grounded
            else (judge_reason(step, evidence) for step in reasons)
        ):
            verdicts.append(verdict)
            await asyncio.sleep(0)  # many long steps must not hold up the other samples of a run
        return (*verdicts, read_label(label, sample) if grounded else judge_label(label, sample))


def judge_reason(step: Step, evidence: Sequence[Evidence]) -> Verdict:
    """Rates a reasoning step: 0 if any of its claims is contradicted, else 1.

    A contradiction cites the evidence that it stands against, support the evidence that it rests on; a step
    with nothing to check is unverifiable and cites nothing.
    """
    verdict = _decided(step, check_step(step.text, evidence))
    return verdict.model_copy(update={"rating": float(verdict.decision is not Decision.CONTRADICTED)})


def ground_reasons(steps: Sequence[Step], evidence: Sequence[Evidence]) -> Iterator[Verdict]:
    """A verdict for each step of an answer but the last, which names the label; see `ground_reason`."""
    *reasons, label = steps
    neutral, said = names_neutral(label), Said()
    for step in reasons:
        verdict = ground_reason(step, evidence, neutral=neutral, said=said)
        if verdict.relevant and not label.labels:
            reason = f"{verdict.reason}; the answer names no label that it could bear on"
            verdict = verdict.model_copy(update={"rating": 0.0, "relevant": False, "reason": reason})
        yield verdict


def ground_reason(
    step: Step, evidence: Sequence[Evidence], *, neutral: bool = False, said: Said | None = None
) -> Verdict:
    """Rates a reasoning step under `grounded`: 1 if it is supported and bears on the label, else 0.

    To the rules a step bears on the label if it makes a claim of its own about a channel that they could check: what
    a face or a voice does is what a label is read from. What holds of most clips does not bear on it: that something
    is absent; what a voice measures; and that a channel is at rest ("The eyes look straight ahead"), unless the
    label is neutral and the clip shows a person who is mostly at rest. Nor does what an earlier step has said,
    where a step says it beside something new; a step that says nothing new `repeats` the one by which all of it had
    been said. Wordings that commit to nothing (see `vacuous`) are not held against anything, and a step that gives
    a channel several values at once is never supported, even where each shows at some time.

    Args:
        neutral: whether the answer names a neutral label.
        said: what earlier steps of the answer said; this step is added.
    """
    findings = [finding for finding in check_step(step.text, evidence) if not finding.vacuous]
    said = Said() if said is None else said
    earlier = [said.step_that_said(finding.saying) for finding in findings]
    said.add(step.index, [finding.saying for finding in findings])
    told = [index for index in earlier if index is not None]
    repeats = max(told) if told and len(told) == len(findings) else None

    verdict = _decided(step, findings)
    if verdict.decision is Decision.SUPPORTED and (channel := claims_at_once(step.text)):
        reason = f"claims several values of {channel} at once"
        return verdict.model_copy(
            update={
                "decision": Decision.UNVERIFIABLE,
                "evidence": (),
                "reason": reason,
                "relevant": False,
                "repeats": repeats,
            }
        )
    deciding = [
        finding
        for finding, index in zip(findings, earlier, strict=True)
        if finding.decision is verdict.decision and (index is None or repeats is not None)
    ]
    why_not = (
        "" if verdict.decision is not Decision.SUPPORTED else _why_not_relevant(deciding, evidence, neutral)
    )
    relevant = verdict.decision is not Decision.UNVERIFIABLE and not why_not
    return verdict.model_copy(
        update={
            "rating": float(verdict.decision is Decision.SUPPORTED and relevant),
            "relevant": relevant,
            "repeats": repeats,
            "reason": f"{verdict.reason}; {why_not}" if why_not else verdict.reason,
        }
    )


def names_neutral(label: Step) -> bool:
    """Whether a label step names neutral labels and no other."""
    return bool(label.labels) and all(valence_of(each) == "neutral" for each in label.labels or ())


def _why_not_relevant(findings: Sequence[Finding], evidence: Sequence[Evidence], neutral: bool) -> str:
    """Why what is supported does not bear on the label; empty if it does."""
    if any(finding.telling for finding in findings):
        return ""
    if not any(finding.resting for finding in findings):
        return "holds of most clips, so it bears on no label" if findings else "the rest was said before"
    if not neutral:
        return "at rest, which bears on no label but a neutral one"
    return "" if is_mostly_at_rest(evidence) else "at rest, which most of the person is not"


def _decided(step: Step, findings: Sequence[Finding]) -> Verdict:
    """What the findings come to together, not yet rated: contradicted if any is, else supported if any is."""
    decided = {finding.decision for finding in findings}
    decision = next(
        (each for each in (Decision.CONTRADICTED, Decision.SUPPORTED) if each in decided),
        Decision.UNVERIFIABLE,
    )
    deciding = [finding for finding in findings if finding.decision is decision]
    return Verdict(
        step=step.index,
        rating=0,
        decision=decision,
        evidence=tuple(dict.fromkeys(item for finding in deciding for item in finding.evidence)),
        reason="; ".join(dict.fromkeys(finding.reason for finding in deciding))
        or "makes no claim that the evidence covers",
        checked=tuple(dict.fromkeys(item for finding in findings for item in finding.checked)),
    )


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
