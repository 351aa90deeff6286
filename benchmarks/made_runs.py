"""Made-up runs over the whole benchmark, as large on disk as real ones: for benchmarks of whatever reads runs.

The 6,500 questions have the published sources, label sets and numbers. Half of the runs are judged by the paper's
rules, half are grounded. Every outcome names its calls, which lie in the workspace's call store.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

from cuewise.media.images import encode_jpeg
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Completion
from cuewise.records import (
    Answer,
    Clip,
    ClipFacts,
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
)
from cuewise.runs.manifest import Manifest, ModelSettings, Options, Settings
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.store import CallLabel, CallStore
from cuewise.runs.workspace import Workspace
from cuewise.samples.tasks import tasks
from cuewise.scores.sample import score_verdicts

JUDGE = "openai/gpt-4o"
PICTURES = 300
"""Different frames in the workspace; clips share them."""

_WHO = ("The woman", "The man on the left", "The speaker", "A second person in the background", "She", "He")
_SEEN = (
    "draws the brows together and lowers them while looking straight at the other person",
    "turns the corners of the mouth down and presses the lips together for about a second",
    "opens the eyes wide and does not blink until the end of the clip",
    "lets the head drop and looks at the floor instead of at the person who is speaking",
    "smiles broadly, with raised cheeks and small wrinkles beside the eyes",
    "raises one hand in front of the chest, with the palm turned outwards",
    "leans back and crosses the arms, which keeps the others at a distance",
)
_HEARD = (
    "speaks slowly and quietly, with a long pause before the last words",
    "raises the voice towards the end of the sentence, and its pitch rises as well",
    "sounds breathless, as the words come in short bursts with audible breaths between them",
    'says "I really thought that you would be here by now" in a flat voice',
    "laughs briefly before answering, which makes the remark sound light",
)
_SO = (
    "This suggests that the mood is tense rather than playful.",
    "That is in keeping with what is said at the same time.",
    "Taken together, this points away from a neutral state.",
    "It may also be mere concentration, so this alone would not decide it.",
)
_SAID = ("I", "really", "thought", "that", "you", "would", "be", "here", "by", "now")
_FAILURES = (
    (OutcomeKind.REFUSED, "the answer declines the question", "worded"),
    (OutcomeKind.TRUNCATED_ANSWER, "the answer was cut off at the token limit: raise --max-tokens", None),
    (OutcomeKind.MODEL_FAILURE, "no answer after 8 tries: the server says it is overloaded", "server_error"),
    (OutcomeKind.JUDGE_FAILURE, "a rating is missing after 3 tries", "malformed_reply"),
)


_STEMS = {
    "IEMOCAP": "Ses05M_impro{video:02d}_F{number:03d}",
    "MELD": "test_dia{video}_utt{number}",
    "MC-EIU": "dia_{video}_utt_{number}_ch",
    "E3": "{video}_{number}_0",
    "BOLD": "{video:011d}_{number:04d}_0",
    "CMU-MOSI": "{video:011d}_{number}",
    "CMU-MOSEI": "{video:011d}_{number}",
    "CH-SIMS_v2_s": "video_{video:04d}_{number:04d}",
}
"""File names of the form that each corpus gives them, seven clips to a video, so that what belongs together is found as
in the benchmark itself; those of other corpora tell nothing."""


def make_samples(share: float = 1.0) -> list[Sample]:
    """The benchmark's questions in its order, with gold labels drawn by lot.

    Args:
        share: of each source's questions.
    """
    samples = []
    for task in tasks().values():
        for source in task.sources:
            for number in range(round(source.n_questions * share)):
                dice = random.Random(f"{task.name} {source.name} {number}")
                labels = dice.sample(source.label_set, 2 if task.multi_label and dice.random() < 0.5 else 1)
                stem = _STEMS.get(source.name, "{number:05d}").format(video=number // 7, number=number)
                clip = f"{source.name}/video/{stem}.mp4"
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


def make_runs(root: Path, n_runs: int, share: float = 1.0, *, processes: int = 2) -> list[str]:
    """Write runs into a workspace, without digests; returns their names.

    Args:
        share: of the benchmark's questions.
    """
    workspace = Workspace(root)
    pictures = list(_pictures(MediaStore(workspace.media_path)))
    names = [f"model-{number:02d}" for number in range(n_runs)]
    with closing(CallStore(workspace.calls_path)):
        pass  # makes the file, before several processes write to it
    with get_context("spawn").Pool(processes) as pool:
        pool.starmap(_make_run, [(root, name, number, share, pictures) for number, name in enumerate(names)])
    return names


def _make_run(root: Path, name: str, number: int, share: float, pictures: Sequence[MediaRef]) -> None:
    samples = make_samples(share)
    protocol = Protocol.GROUNDED if number % 2 else Protocol.MME_EMOTION
    folder = Workspace(root).run(name)
    folder.path.mkdir(parents=True)
    _manifest(name, samples, f"vendor{number // 2}/model-{number:02d}", protocol).write(folder.manifest_path)
    dice = random.Random(name)
    skill = 0.2 + 0.02 * number
    with closing(OutcomeStore(folder.outcomes_path)) as store:
        outcomes = [make_outcome(sample, dice, skill, protocol, pictures, name) for sample in samples]
        for position, outcome in enumerate(outcomes):
            store.add(position, outcome)
    with closing(CallStore(Workspace(root).calls_path)) as calls:
        asyncio.run(_keep_calls(calls, f"vendor{number // 2}/model-{number:02d}", outcomes))


async def _keep_calls(calls: CallStore, model: str, outcomes: Sequence[Outcome]) -> None:
    for at in range(0, len(outcomes), 500):
        writes = []
        for outcome in outcomes[at : at + 500]:
            for stage, (key,) in outcome.calls.items():
                used = outcome.usage[stage]
                label = CallLabel(
                    key=key,
                    model=JUDGE if stage == "verdicts" else model,
                    stage=stage,
                    sample=outcome.sample.id,
                )
                said = Completion(
                    text=outcome.answer.text if outcome.answer else "",
                    input_tokens=used.input_tokens,
                    output_tokens=used.output_tokens,
                )
                writes.append(calls.put(label, "{}", said, finished_at=0.0, latency_s=1.0))
        await asyncio.gather(*writes)


def make_outcome(
    sample: Sample,
    dice: random.Random,
    skill: float,
    protocol: Protocol,
    pictures: Sequence[MediaRef],
    run: str = "",
) -> Outcome:
    """How one sample ended; one of sixteen ends without a score."""
    of_clip = random.Random(sample.clip.id)
    duration = round(of_clip.uniform(2.5, 7.5), 2)
    facts = ClipFacts(
        sha256=_hash(sample.clip.id),
        size_bytes=400_000,
        duration_s=duration,
        has_video=True,
        has_audio=of_clip.random() < 0.95,
    )
    known = {"sample": sample, "protocol": protocol, "facts": facts, "sent": ("video", "audio")}
    failure = dice.choice(_FAILURES) if dice.random() < 1 / 16 else None
    evidence = tuple(_evidence(of_clip, duration, pictures))
    steps = _steps(sample, dice, skill)
    text = " ".join(f"Step {step.index}: {step.text}" for step in steps)
    tokens = len(text) // 4 + dice.randrange(40)
    usage = {"answer": Usage(input_tokens=1500 + dice.randrange(900), output_tokens=tokens)}
    if failure is None or failure[0] is OutcomeKind.JUDGE_FAILURE:
        usage["verdicts"] = Usage(input_tokens=3000 + dice.randrange(900), output_tokens=60 * len(steps))
    known["usage"] = usage
    known["calls"] = {stage: (_hash(f"{run} {sample.id} {stage}"),) for stage in usage}
    if failure is not None and failure[0] is not OutcomeKind.JUDGE_FAILURE:
        return Outcome(kind=failure[0], message=failure[1], cause=failure[2], **known)
    known |= {"answer": Answer(text=text, output_tokens=tokens), "steps": steps, "evidence": evidence}
    if failure is not None:
        return Outcome(kind=failure[0], message=failure[1], cause=failure[2], **known)
    verdicts = _verdicts(sample, steps, evidence, dice, skill, protocol)
    found = steps[-1].labels or ()
    reading = LabelReading(
        status=LabelStatus.MATCHED if len(found) == 1 or sample.multi_label else LabelStatus.SEVERAL,
        labels=found,
        means=dice.choice((LabelMeans.SPELLED, LabelMeans.SYNONYM)),
        certain=dice.random() < 0.9,
        taxonomy=1,
    )
    score = score_verdicts(sample, steps, verdicts, reading, protocol=protocol, evidence=evidence)
    return Outcome(kind=OutcomeKind.SCORED, reading=reading, verdicts=verdicts, score=score, **known)


def _steps(sample: Sample, dice: random.Random, skill: float) -> tuple[Step, ...]:
    texts = [
        f"{dice.choice(_WHO)} {dice.choice(_SEEN if dice.random() < 0.6 else _HEARD)}"
        f" at about {dice.uniform(0.2, 5):.1f} s. {dice.choice(_SO)}"
        for _ in range(dice.randint(3, 7))
    ]
    named = sample.labels if dice.random() < skill else (dice.choice(sample.label_set),)
    steps = [Step(index=index, text=text) for index, text in enumerate(texts, 1)]
    return (*steps, Step(index=len(texts) + 1, text=f"The answer is {', '.join(named)}.", labels=named))


def _evidence(dice: random.Random, duration: float, pictures: Sequence[MediaRef]) -> Iterator[Evidence]:
    for at in range(int(duration) + 1):
        image = dice.choice(pictures)
        yield Evidence(id=f"F{at + 1}", kind=EvidenceKind.FRAME, start_s=at, end_s=at, image=image)
    for at, (name, unit) in enumerate((("f0_median", "Hz"), ("loudness", "dB"), ("rate", "syllables/s")), 1):
        measure = Measure(name=name, value=round(dice.uniform(3, 260), 1), unit=unit)
        text = f"The voice's {name} is {measure.value} {unit}, measured over the whole clip."
        yield Evidence(
            id=f"A{at}", kind=EvidenceKind.AUDIO, start_s=0, end_s=duration, text=text, measure=measure
        )
    said = " ".join(dice.choice(_SAID) for _ in range(14))
    yield Evidence(id="T1", kind=EvidenceKind.TRANSCRIPT, start_s=0.2, end_s=duration, text=said)


def _verdicts(
    sample: Sample,
    steps: Sequence[Step],
    evidence: Sequence[Evidence],
    dice: random.Random,
    skill: float,
    protocol: Protocol,
) -> tuple[Verdict, ...]:
    grounded = protocol is Protocol.GROUNDED
    made = []
    for step in steps[:-1]:
        supported = dice.random() < skill + 0.3
        decision = Decision.SUPPORTED if supported else dice.choice(list(Decision)[1:])
        relevant = dice.random() < 0.8
        cited = tuple(sorted({dice.choice(evidence).id, dice.choice(evidence).id}))
        rating = float(relevant and supported) if grounded else float(decision is not Decision.CONTRADICTED)
        made.append(
            Verdict(
                step=step.index,
                rating=rating,
                decision=decision,
                evidence=cited,
                reason=f"{' and '.join(cited)} {'show' if supported else 'do not show'} this: {step.text[:60]}",
                relevant=relevant if grounded else None,
                confidence=round(dice.random(), 2) if grounded else None,
            )
        )
    named = steps[-1].labels or ()
    points = sample.label_f1(named) if grounded else sample.label_points(named)
    labels = named if grounded else None
    return (*made, Verdict(step=len(steps), rating=points, labels=labels, reason="It is named."))


def _pictures(store: MediaStore) -> Iterator[MediaRef]:
    """Frames of 320 x 240 pixels with soft shapes, which compress as photographs do."""
    import numpy as np

    y, x = np.mgrid[0:240, 0:320]
    for number in range(PICTURES):
        dice = np.random.default_rng(number)
        waves = [
            np.sin(x * dice.uniform(0.01, 0.12) + dice.uniform(0, 6)) * np.cos(y * dice.uniform(0.01, 0.12))
            for _ in range(3)
        ]
        noise = dice.normal(0, 0.08, (240, 320, 3))
        pixels = np.clip(127 + 100 * (np.stack(waves, axis=-1) + noise), 0, 255).astype(np.uint8)
        yield store.put(encode_jpeg(pixels, 95), "image/jpeg")


def _manifest(name: str, samples: Sequence[Sample], model: str, protocol: Protocol) -> Manifest:
    settings = Settings(
        dataset="mme-emotion",
        dataset_sha256=_hash("\n".join(sample.id for sample in samples)),
        tasks=tuple(dict.fromkeys(sample.task for sample in samples)),
        n_samples=len(samples),
        protocol=protocol,
        model=ModelSettings(name=model),
        modalities=("audio", "video"),
        frame_rule="time-1fps-10x-q95",
        sampling={"temperature": 0.0},
        extractor=ModelSettings(name="offline/rules"),
        judge=ModelSettings(name=JUDGE),
        taxonomy=1,
        prompts={"answers/ask": "ab" * 32},
        alpha=0.5,
    )
    return Manifest(
        run=name,
        created_at="2026-01-01T00:00:00+00:00",
        settings=settings,
        options=Options(data="mme-emotion", model=model, judge=JUDGE),
        command=("cuewise", "run"),
        cuewise="0",
        git_commit=None,
        python="3.11.0",
        platform="Linux",
        versions={},
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
