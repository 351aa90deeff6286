"""The judge that needs no model: checks claims against annotated cues and measured prosody.

It validates the pipeline on data whose cues are known, and judges exactly what it can read; on a clip without
annotated cues nearly every step is unverifiable and passes, as the MME-Emotion rules ask only for steps that are
not contradicted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.models.protocol import Ask
from cuewise.prose import collapse, split_sentences
from cuewise.records import Decision, Evidence, Protocol, Sample, Step, Verdict
from cuewise.verdicts.claims import MAX_CHARS, Claim, read_claims
from cuewise.verdicts.prosody import check_numbers

TIME_TOLERANCE_S: Final = 0.25
"""A claim about a time is held against cues that show within so many seconds of it."""


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


@dataclass(frozen=True)
class _Finding:
    """What the evidence says of one claim."""

    decision: Decision
    evidence: tuple[str, ...]
    reason: str


def judge_reason(step: Step, evidence: Sequence[Evidence]) -> Verdict:
    """Rates a reasoning step: 0 if any of its claims is contradicted, else 1.

    A contradiction cites the evidence that it stands against, support the evidence that it rests on; a step
    with nothing to check is unverifiable and cites nothing.
    """
    findings = [_check_claim(claim, evidence) for claim in read_claims(step.text)]
    for sentence in split_sentences(collapse(step.text)[:MAX_CHARS]):
        findings += [
            _Finding(
                Decision.SUPPORTED if check.holds else Decision.CONTRADICTED,
                check.evidence,
                f"{check.text!r} {'agrees with' if check.holds else 'is not'} what was measured",
            )
            for check in check_numbers(sentence, evidence)
        ]
    decided = {finding.decision for finding in findings}
    decision = next(
        (each for each in (Decision.CONTRADICTED, Decision.SUPPORTED) if each in decided),
        Decision.UNVERIFIABLE,
    )
    telling = [finding for finding in findings if finding.decision is decision]
    cited = dict.fromkeys(item for finding in telling for item in finding.evidence)
    return Verdict(
        step=step.index,
        rating=0 if decision is Decision.CONTRADICTED else 1,
        decision=decision,
        evidence=tuple(cited),
        reason="; ".join(dict.fromkeys(finding.reason for finding in telling))
        or "makes no claim that the evidence covers",
    )


def ground_reason(step: Step, evidence: Sequence[Evidence]) -> Verdict:
    """Rates a reasoning step under `grounded`: 1 if it is supported and bears on the label, else 0.

    To the rules a step bears on the label if it makes a claim that they can check: what a face or a voice does at
    all is what a label is read from.
    """
    verdict = judge_reason(step, evidence)
    relevant = verdict.decision is not Decision.UNVERIFIABLE
    earns = relevant and verdict.decision is Decision.SUPPORTED
    return verdict.model_copy(update={"rating": float(earns), "relevant": relevant})


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


def _check_claim(claim: Claim, evidence: Sequence[Evidence]) -> _Finding:
    """Holds a claim against the annotated cues.

    A wording with two readings is supported if either holds, and contradicted only if both are.
    """
    findings = [_check_reading(channel, value, claim, evidence) for channel, value in claim.readings]
    decisions = [finding.decision for finding in findings]
    if Decision.SUPPORTED in decisions:
        return findings[decisions.index(Decision.SUPPORTED)]
    if Decision.UNVERIFIABLE in decisions:
        return findings[decisions.index(Decision.UNVERIFIABLE)]
    return findings[0]


def _check_reading(channel: str, value: str, claim: Claim, evidence: Sequence[Evidence]) -> _Finding:
    """One reading against the cues of its channel, at the claimed time if there is one.

    The values of a channel exclude each other, so a cue of another value contradicts; where the channel is
    not annotated (at that time) nothing can be said.
    """
    cues = [piece for piece in evidence if piece.cue is not None and piece.cue.channel == channel]
    if claim.time_s is not None:
        start_s, end_s = claim.time_s[0] - TIME_TOLERANCE_S, claim.time_s[1] + TIME_TOLERANCE_S
        cues = [piece for piece in cues if piece.start_s <= end_s and start_s <= piece.end_s]
    wording = f"{channel} {'not ' if claim.negated else ''}{value}"
    if not cues:
        return _Finding(Decision.UNVERIFIABLE, (), f"{wording}: not annotated")
    same = tuple(piece.id for piece in cues if piece.cue is not None and piece.cue.value == value)
    holds = bool(same) != claim.negated
    cited = same or tuple(piece.id for piece in cues)
    shown = ", ".join(
        dict.fromkeys(piece.cue.value for piece in cues if piece.cue is not None and piece.id in cited)
    )
    return _Finding(
        Decision.SUPPORTED if holds else Decision.CONTRADICTED,
        cited,
        f"{wording}: {', '.join(cited)} {'shows' if len(cited) == 1 else 'show'} {shown}",
    )
