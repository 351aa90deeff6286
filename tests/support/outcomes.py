"""Made-up runs with realistic outcomes, in memory and on disk, for tests of whatever reads runs."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from cuewise.records import (
    Answer,
    Clip,
    Cue,
    Decision,
    Evidence,
    EvidenceKind,
    LabelMeans,
    LabelReading,
    LabelStatus,
    Measure,
    MediaRef,
    Outcome,
    OutcomeKind,
    Protocol,
    Sample,
    Step,
    Usage,
    Verdict,
    Vote,
)
from cuewise.result import RunResult, read_result
from cuewise.runs.manifest import Manifest, ModelSettings, Options, Settings
from cuewise.runs.outcomes import OutcomeStore, by_sample
from cuewise.runs.workspace import Workspace
from cuewise.samples.problems import Problem
from cuewise.samples.tasks import tasks
from cuewise.scores.sample import score_verdicts
from cuewise.verdicts.panel import PanelRule, combine

_SEEN = (
    ("Her brows are drawn together and lowered.", "brows", "furrowed"),
    ("The corners of the mouth turn down.", "mouth", "corners down"),
    ("The voice is loud and the pitch rises towards the end.", "pitch", "rising"),
    ("His eyes are wide open and he does not blink.", "eyes", "widened"),
    ("She speaks slowly, with long pauses.", "rate", "slow"),
    ("The head drops at about two seconds.", "head", "lowered"),
)
_TIMED = (
    ('At 1.2 s she says "believe you said that" and her voice breaks.', "loudness", "soft"),
    ("From 0.5 to 1.8 s the brows stay raised.", "brows", "raised"),
)
_FAILURES = {
    OutcomeKind.REFUSED: ("the answer declines the question", "worded"),
    OutcomeKind.UNPARSEABLE_ANSWER: ("the answer is empty", "empty"),
    OutcomeKind.TRUNCATED_ANSWER: ("the answer was cut off at the token limit: raise --max-tokens", None),
    OutcomeKind.MISSING_CLIP: ("no file for the clip: put it under the clips folder", None),
    OutcomeKind.BROKEN_CLIP: ("the file ends before its header says", "truncated"),
    OutcomeKind.MODEL_FAILURE: ("no answer after 8 tries: the server says it is overloaded", "server_error"),
    OutcomeKind.EXTRACTOR_FAILURE: ("the reply holds no step after 3 tries", "malformed_reply"),
    OutcomeKind.JUDGE_FAILURE: ("a rating is missing after 3 tries", "malformed_reply"),
}


def make_samples(n: int, only: Sequence[str] | None = None) -> list[Sample]:
    """`n` samples spread over the benchmark's tasks (or those named), with labels from their real sets."""
    chosen = [task for name, task in tasks().items() if only is None or name in only]
    samples = []
    for number in range(n):
        task = chosen[number % len(chosen)]
        source = task.sources[number // len(chosen) % len(task.sources)]
        dice = random.Random(f"sample {number}")
        labels = dice.sample(source.label_set, 2 if task.multi_label and dice.random() < 0.5 else 1)
        clip = f"{source.name}/clip-{number:05d}.mp4"  # by no corpus's pattern are two clips of one video
        samples.append(
            Sample(
                id=f"{task.name}/{clip}",
                task=task.name,
                clip=Clip(id=clip),
                question=task.question.strip(),
                label_set=source.label_set,
                labels=tuple(labels),
                multi_label=task.multi_label,
                source=source.name,
            )
        )
    return samples


def make_outcome(
    sample: Sample,
    *,
    seed: str = "",
    skill: float = 0.4,
    failure: OutcomeKind | None = None,
    frames: Sequence[MediaRef] = (),
    protocol: Protocol = Protocol.MME_EMOTION,
    panel: Sequence[str] = (),
) -> Outcome:
    """One sample's outcome, the same for the same arguments.

    Args:
        skill: probability of naming the gold labels, and of a supported reason.
        failure: how it ended, in place of a score.
        frames: pictures to stand as evidence, one per second; three without a picture where there are none.
        protocol: under `grounded`, steps also state times and quote words, a label reading may leave doubt or find
            no candidate, and in one of eight samples an audio clue is withheld.
        panel: judges that vote, a name once per time that it judges; empty for one judge.
    """
    dice = random.Random(f"{seed} {sample.id}")
    if failure is not None and failure is not OutcomeKind.JUDGE_FAILURE:
        message, cause = _FAILURES[failure]
        return Outcome(
            sample=sample,
            protocol=protocol,
            kind=failure,
            message=message,
            cause=cause,
            sent=("video",),
        )
    evidence = _evidence(frames)
    grounded = protocol is Protocol.GROUNDED
    steps, verdicts = _steps(sample, evidence, dice, skill, _SEEN + _TIMED if grounded else _SEEN)
    reading = LabelReading(status=LabelStatus.MATCHED, labels=steps[-1].labels or (), taxonomy=1)
    if grounded:
        verdicts = _grounded(sample, steps, verdicts, evidence, dice)
        reading = _doubted(reading, dice)
    votes = tuple(
        Vote(
            judge=judge,
            repeat=panel[:place].count(judge),
            verdicts=_vote(verdicts, dice) if place else verdicts,
        )
        for place, judge in enumerate(panel)
    )
    verdicts = combine(votes, PanelRule.MAJORITY) if votes else verdicts
    answer = " ".join(f"Step {step.index}: {step.text}" for step in steps)
    fields: dict[str, Any] = {
        "sample": sample,
        "protocol": protocol,
        "sent": ("video", "audio"),
        "answer": Answer(text=answer, output_tokens=len(answer) // 4),
        "steps": steps,
        "evidence": evidence,
        "withheld": ("audio clue: names anger",) if grounded and dice.random() < 0.125 else (),
        "usage": {
            "answer": Usage(input_tokens=1800 + dice.randrange(400), output_tokens=len(answer) // 4),
            "verdicts": Usage(input_tokens=2600, output_tokens=None, calls=1),
        },
    }
    if failure is OutcomeKind.JUDGE_FAILURE:
        message, cause = _FAILURES[failure]
        return Outcome(kind=failure, message=message, cause=cause, **fields)
    score = score_verdicts(sample, steps, verdicts, reading, protocol=protocol, evidence=evidence)
    return Outcome(
        kind=OutcomeKind.SCORED, reading=reading, verdicts=verdicts, votes=votes, score=score, **fields
    )


def make_outcomes(
    samples: Iterable[Sample],
    *,
    seed: str = "",
    skill: float = 0.4,
    fail_every: int = 15,
    **how: Any,
) -> list[Outcome]:
    """An outcome for each sample; every `fail_every`-th ends without a score, in each way in turn.

    `how` goes to `make_outcome`.
    """
    kinds = list(_FAILURES)
    outcomes = []
    for number, sample in enumerate(samples):
        fails = fail_every and number % fail_every == fail_every - 1
        failure = kinds[number // fail_every % len(kinds)] if fails else None
        outcomes.append(make_outcome(sample, seed=seed, skill=skill, failure=failure, **how))
    return outcomes


def repeat_outcomes(samples: Iterable[Sample], epochs: int, *, seed: str = "", **how: Any) -> list[Outcome]:
    """So many outcomes for each sample, one sample after the other; the first are those of `make_outcomes`.

    `how` goes to `make_outcomes`.
    """
    drawn = [
        make_outcomes(samples, seed=f"{seed}/{epoch}" if epoch else seed, **how) for epoch in range(epochs)
    ]
    return [
        outcome.model_copy(update={"epoch": epoch})
        for answers in zip(*drawn, strict=True)
        for epoch, outcome in enumerate(answers)
    ]


def make_manifest(
    name: str,
    samples: Sequence[Sample],
    *,
    model: str = "openai/gpt-4o",
    judge: str = "offline/rules",
    more_judges: Sequence[str] = (),
    judge_repeats: int = 1,
    epochs: int = 1,
    protocol: Protocol = Protocol.MME_EMOTION,
    command: Sequence[str] = ("cuewise", "run", "--data", "/home/ana/mme-emotion"),
) -> Manifest:
    """A manifest that fits the samples."""
    ids = "\n".join(sample.id for sample in samples)
    settings = Settings(
        dataset="mme-emotion",
        dataset_sha256=hashlib.sha256(ids.encode()).hexdigest(),
        tasks=tuple(dict.fromkeys(sample.task for sample in samples)),
        n_samples=len(samples),
        epochs=epochs,
        protocol=protocol,
        model=ModelSettings(name=model),
        modalities=("audio", "video"),
        frame_rule="time-1fps-10x-q95",
        sampling={"temperature": 0.0},
        extractor=ModelSettings(name="offline/rules"),
        judge=ModelSettings(name=judge),
        more_judges=tuple(ModelSettings(name=name) for name in more_judges),
        judge_repeats=judge_repeats,
        panel_rule=PanelRule.MAJORITY if more_judges or judge_repeats > 1 else None,
        taxonomy=1,
        prompts={"answers/ask": "ab" * 32},
        alpha=0.5,
    )
    return Manifest(
        run=name,
        created_at="2026-01-01T00:00:00+00:00",
        settings=settings,
        options=Options(data="/home/ana/mme-emotion", model=model, judge=judge),
        command=tuple(command),
        cuewise="0",
        git_commit=None,
        python="3.11.0",
        platform="Linux",
        versions={"numpy": "1.26"},
    )


def make_run(
    workspace: Path,
    name: str,
    outcomes: Sequence[Outcome],
    *,
    problems: Sequence[Problem] = (),
    finished: bool = True,
    **manifest: Any,
) -> RunResult:
    """Write a run's folder and return it as opened; `manifest` goes to `make_manifest`."""
    folder = Workspace(workspace).run(name)
    folder.path.mkdir(parents=True)
    answers = list(by_sample(outcomes))
    made = make_manifest(name, [each[0].sample for each in answers], **manifest)
    made = made.model_copy(update={"problems": tuple(problems)})
    made.write(folder.manifest_path)
    with closing(OutcomeStore(folder.outcomes_path)) as store:
        for position, each in enumerate(answers):
            for outcome in each:
                store.add(position, outcome)
    result = read_result(folder, made)
    result.finished = finished
    return result


def _evidence(frames: Sequence[MediaRef]) -> tuple[Evidence, ...]:
    pieces = [
        Evidence(id=f"F{at + 1}", kind=EvidenceKind.FRAME, start_s=at, end_s=at, image=image)
        for at, image in enumerate(frames or (None, None, None))
    ]
    pitch = Measure(name="f0_median", value=213.3, unit="Hz")
    cue = Cue(channel="brows", value="furrowed", start_s=0.4, end_s=1.6)
    return (
        *pieces,
        Evidence(
            id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=3, text="The voice is high.", measure=pitch
        ),
        Evidence(
            id="T1",
            kind=EvidenceKind.TRANSCRIPT,
            start_s=0.2,
            end_s=2.1,
            text="I can't believe you said that.",
        ),
        Evidence(id="C1", kind=EvidenceKind.CUE, start_s=0.4, end_s=1.6, cue=cue),
    )


def _steps(
    sample: Sample,
    evidence: Sequence[Evidence],
    dice: random.Random,
    skill: float,
    seen: Sequence[tuple[str, str, str]],
) -> tuple[tuple[Step, ...], tuple[Verdict, ...]]:
    steps, verdicts = [], []
    for index, (text, channel, value) in enumerate(dice.sample(seen, dice.randint(1, 5)), 1):
        supported = dice.random() < skill + 0.3
        decision = (
            Decision.SUPPORTED if supported else dice.choice((Decision.CONTRADICTED, Decision.UNVERIFIABLE))
        )
        cited = tuple(sorted({dice.choice(evidence).id, dice.choice(evidence).id}))
        reason = f"{channel.capitalize()} {value}: {'seen' if supported else 'not seen'} there."
        steps.append(Step(index=index, text=text))
        verdicts.append(
            Verdict(
                step=index,
                rating=float(decision is not Decision.CONTRADICTED),
                decision=decision,
                evidence=cited,
                reason=reason,
            )
        )
    named = sample.labels if dice.random() < skill else (dice.choice(sample.label_set),)
    index = len(steps) + 1
    steps.append(Step(index=index, text=f"The emotion is {', '.join(named)}.", labels=named))
    found = len(set(named) & set(sample.labels)) / len(sample.labels)
    verdicts.append(Verdict(step=index, rating=found, reason=f"{found:g} of the gold labels were named."))
    return tuple(steps), tuple(verdicts)


def _grounded(
    sample: Sample,
    steps: Sequence[Step],
    verdicts: Sequence[Verdict],
    evidence: Sequence[Evidence],
    dice: random.Random,
) -> tuple[Verdict, ...]:
    """The same verdicts as a judge gives them that does not know the gold label."""
    made = []
    for verdict in verdicts[:-1]:
        relevant = dice.random() < 0.8
        made.append(
            verdict.model_copy(
                update={
                    "rating": float(relevant and verdict.decision is Decision.SUPPORTED),
                    "relevant": relevant,
                    "confidence": round(dice.random(), 2),
                    "checked": tuple(piece.id for piece in evidence),
                }
            )
        )
    labels = steps[-1].labels or ()
    last = Verdict(step=len(steps), rating=sample.label_f1(labels), labels=labels, reason="It is named.")
    return (*made, last)


def _doubted(reading: LabelReading, dice: random.Random) -> LabelReading:
    chance = dice.random()
    if chance < 0.1:
        return reading.model_copy(
            update={"status": LabelStatus.OUTSIDE, "labels": (), "outside": ("nostalgia",), "certain": False}
        )
    return reading.model_copy(update={"means": LabelMeans.SYNONYM, "certain": chance > 0.2})


def _vote(verdicts: Sequence[Verdict], dice: random.Random) -> tuple[Verdict, ...]:
    """Another judgement: every fourth reason is found unverifiable."""
    return tuple(
        verdict.model_copy(
            update={"decision": Decision.UNVERIFIABLE, "rating": 0.0, "reason": "Not to be seen."}
        )
        if verdict.decision is not None and dice.random() < 0.25
        else verdict
        for verdict in verdicts
    )


class _RefusesOnce:
    """A connection whose next commit fails, as SQLite's may: what was written since the last is taken back."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self._refused = db, False

    def commit(self) -> None:
        if not self._refused:
            self._refused = True
            self._db.rollback()
            raise sqlite3.OperationalError("disk I/O error")
        self._db.commit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def refuse_next_commit(store: OutcomeStore) -> None:
    """Let the next commit of a store fail."""
    store._db = _RefusesOnce(store._db)  # type: ignore[assignment]
