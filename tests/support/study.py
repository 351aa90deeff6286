"""Runs of a modality study in memory, by hand: who answers what in which condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cuewise.analysis.citing import not_given
from cuewise.analysis.digest import digest_of
from cuewise.analysis.study_runs import ConditionRun, condition_of
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.records import (
    Clip,
    LabelReading,
    LabelStatus,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Score,
    SoundSource,
    Step,
)
from support.outcomes import make_manifest

LABELS = ("angry", "happy", "sad", "neutral")


def sample(number: int, label: str, *, task: str = "T", clip: str | None = None) -> Sample:
    """A question with one gold label of `LABELS`."""
    clip_id = clip or f"clip{number}"
    return Sample(
        id=f"{task}/{number}",
        task=task,
        clip=Clip(id=clip_id),
        question="?",
        label_set=LABELS,
        labels=(label,),
    )


def outcome(of: Sample, said: str | None, *, reasons: Sequence[str] = (), epoch: int = 0) -> Outcome:
    """A scored answer that names a label; one without a clip where `said` is None, a refused one where it is empty."""
    fields: dict[str, Any] = {"sample": of, "epoch": epoch, "protocol": Protocol.MME_EMOTION}
    if said is None:
        return Outcome(kind=OutcomeKind.BROKEN_CLIP, message="no sound", cause="no_audio", **fields)
    if not said:
        return Outcome(kind=OutcomeKind.REFUSED, message="it declines", **fields)
    steps = [Step(index=n, text=text) for n, text in enumerate(reasons, 1)]
    right = float((said,) == of.labels)
    return Outcome(
        kind=OutcomeKind.SCORED,
        steps=(*steps, Step(index=len(steps) + 1, text=f"It is {said}.", labels=(said,))),
        reading=LabelReading(status=LabelStatus.MATCHED, labels=(said,), taxonomy=1),
        score=Score(recognition=right, reasoning=1.0, cot=(1 + right) / 2, n_steps=len(steps) + 1),
        **fields,
    )


def condition(
    samples: Sequence[Sample],
    said: Sequence[str | None],
    modalities: Sequence[str],
    *,
    treatment: Treatment | None = None,
    reasons: Mapping[int, Sequence[str]] | None = None,
) -> ConditionRun:
    """One condition's run: what was said of each sample."""
    settings = make_manifest("made", samples).settings.model_copy(
        update={"modalities": tuple(sorted(modalities)), "treatment": treatment}
    )
    answers = [
        (outcome(of, label, reasons=(reasons or {}).get(place, ())),)
        for place, (of, label) in enumerate(zip(samples, said, strict=True))
    ]
    return condition_of("made", settings, digest_of(answers, missing=not_given(modalities)))


def lend(of: Sample, partner: Sample) -> Sample:
    """The sample as it stands in a study of conflict."""
    return of.model_copy(update={"sound_from": SoundSource(sample=partner.id, labels=partner.labels)})


GOLD = ["angry"] * 4 + ["happy"] * 3 + ["sad"] * 3
SAMPLES = [sample(n, label) for n, label in enumerate(GOLD)]
WRONG = {"angry": "sad", "happy": "sad", "sad": "angry"}


def said(right: str) -> list[str | None]:
    """From a mark per sample: `x` the gold label, `.` a wrong one, `r` a refusal, `-` no clip."""
    answers: dict[str, str | None] = {"r": "", "-": None}
    return [
        gold if mark == "x" else WRONG[gold] if mark == "." else answers[mark]
        for gold, mark in zip(GOLD, right, strict=True)
    ]


def conflict_run() -> ConditionRun:
    """Sample n has the picture n and the sound of n + 4, whose label is another."""
    lent = [lend(SAMPLES[n], SAMPLES[(n + 4) % 10]) for n in range(10)]
    # 4 answers name the picture's label, 3 the sound's, 1 neither's; one refuses, and one could not be given.
    names: list[str | None] = [*GOLD[:4], GOLD[8], GOLD[9], GOLD[0], "neutral", "", None]
    return condition(lent, names, ("video", "audio"), treatment=Treatment(kind=TreatmentKind.CONFLICT))


def study_runs() -> list[ConditionRun]:
    """Eight conditions of ten samples."""
    voice, face = "Her voice trembles.", "Her face is tense."
    return [
        condition(SAMPLES, said("xxxxxxxx.r"), ("video", "audio"), reasons={0: [voice, face]}),
        condition(
            SAMPLES, said("xxxx......"), ("video",), reasons={0: [voice], 1: [face, face, voice], 2: [face]}
        ),
        condition(SAMPLES, said("....xxx.-."), ("audio",), reasons={0: ["I cannot see the face."]}),
        condition(SAMPLES, said("xx........"), ()),
        conflict_run(),
        condition(
            SAMPLES, said("xxxx-xxx.."), ("video", "audio"), treatment=Treatment(kind=TreatmentKind.SHUFFLED)
        ),
        condition(
            SAMPLES,
            said("xxxx......"),
            ("video", "audio"),
            treatment=Treatment(kind=TreatmentKind.BLUR, level=0.04),
        ),
        condition(
            SAMPLES,
            said("xxxxxx...."),
            ("video", "audio"),
            treatment=Treatment(kind=TreatmentKind.BLUR, level=0.02),
        ),
    ]
