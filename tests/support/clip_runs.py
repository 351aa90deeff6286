"""Outcomes over real media, for tests of pages that play clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cuewise.evidence.gather import gather_evidence
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.media.worker import prepare_clip
from cuewise.records import (
    Answer,
    Clip,
    ClipMedia,
    Cue,
    Decision,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Verdict,
)
from cuewise.scores.sample import score_verdicts

CUES = (
    Cue(channel="brows", value="relaxed", start_s=0.0, end_s=0.5),
    Cue(channel="brows", value="furrowed", start_s=0.5, end_s=1.5),
)


def decode(store: MediaStore, path: Path) -> ClipMedia:
    """A clip's media, kept in the store under the default rule."""
    return prepare_clip(store, path, store.clip_sha256(path), FrameRule())


def clip_sample(name: str, **fields: Any) -> Sample:
    """A sample over the clip of that name, with two annotated cues."""
    given: dict[str, Any] = {
        "id": f"ER-Lab/{name}",
        "task": "ER-Lab",
        "clip": Clip(id=name),
        "question": "Which emotion does this person express?",
        "label_set": ("Anger", "Sadness", "Neutral"),
        "labels": ("Anger",),
        "source": "clips",
        "transcript": "I told you about this.",
        "cues": CUES,
    }
    return Sample(**{**given, **fields})


def clip_outcome(
    sample: Sample,
    media: ClipMedia | None,
    reasons: Sequence[tuple[str, Decision, Sequence[str]]] = (
        ("The brows are drawn together at 1.0 s.", Decision.SUPPORTED, ("C2",)),
        ("She shouts.", Decision.CONTRADICTED, ("T1",)),
    ),
    *,
    label: str = "Anger",
    checked: Sequence[str] = ("F1", "C1"),
    **fields: Any,
) -> Outcome:
    """An outcome under the grounded rules.

    Args:
        media: None where the clip was not decoded.
        reasons: text, decision and ids that are cited, step by step.
        checked: ids that every reason was held against.
    """
    evidence, withheld = gather_evidence(sample, media, blind=True)
    steps = [Step(index=at, text=text) for at, (text, _, _) in enumerate(reasons, 1)]
    steps.append(Step(index=len(steps) + 1, text=f"The emotion is {label}.", labels=(label,)))
    verdicts = [
        Verdict(
            step=at,
            rating=float(decision is Decision.SUPPORTED),
            decision=decision,
            evidence=tuple(cited),
            checked=tuple(checked),
            relevant=True,
            confidence=0.8,
            reason=f"{', '.join(cited) or 'nothing'} says so",
        )
        for at, (_, decision, cited) in enumerate(reasons, 1)
    ]
    verdicts.append(Verdict(step=len(steps), rating=sample.label_f1([label]), labels=(label,)))
    reading = LabelReading(status=LabelStatus.MATCHED, labels=(label,), taxonomy=1)
    given: dict[str, Any] = {
        "sample": sample,
        "protocol": Protocol.GROUNDED,
        "kind": OutcomeKind.SCORED,
        "facts": media.facts if media else None,
        "sent": ("video", "audio"),
        "answer": Answer(text="\n".join(step.text for step in steps), output_tokens=40),
        "steps": tuple(steps),
        "reading": reading,
        "evidence": evidence,
        "withheld": withheld,
        "verdicts": tuple(verdicts),
        "score": score_verdicts(
            sample, steps, verdicts, reading, protocol=Protocol.GROUNDED, evidence=evidence
        ),
    }
    return Outcome(**{**given, **fields})
