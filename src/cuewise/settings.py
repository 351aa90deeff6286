"""What determines a run's scores, gathered from the options and from who plays which part."""

from __future__ import annotations

from cuewise.cast import Cast
from cuewise.evidence import gather
from cuewise.evidence.describing import DescribingAgent
from cuewise.labels import taxonomy
from cuewise.media.rules import FrameRule
from cuewise.models.protocol import Model, Sampling
from cuewise.prompting import prompt_hash
from cuewise.records import EvidenceKind, Protocol
from cuewise.runs.manifest import RULES_VERSION, ModelSettings, Options, Settings
from cuewise.samples.dataset import Dataset
from cuewise.verdicts.panel import Seat

ALPHA = 0.5
"""Weight of recognition in the CoT score, as in the paper."""


def run_settings(options: Options, dataset: Dataset, cast: Cast) -> Settings:
    """The settings of a run, which its manifest keeps."""
    judge, *more_judges = (_judge_settings(seat) for seat in cast.judges if seat.repeat == 0)
    return Settings(
        dataset=dataset.name,
        dataset_sha256=dataset.sha256,
        tasks=tuple(dict.fromkeys(sample.task for sample in dataset.samples)),
        n_samples=len(dataset.samples),
        epochs=options.epochs,
        protocol=options.protocol,
        model=_model_settings(cast.model.name, cast.model),
        modalities=tuple(sorted(cast.modalities)),
        video=options.video,
        treatment=options.treatment,
        frame_rule=frame_rule(options).key(),
        sampling={}
        if cast.answered_elsewhere
        else sampling(options).model_dump(exclude_none=True, exclude={"schema_version"}),
        extractor=_model_settings(cast.extractor.name, cast.extractor_model),
        judge=judge,
        more_judges=tuple(more_judges),
        judge_repeats=options.judge_repeats,
        panel_rule=options.panel_rule if len(cast.judges) > 1 else None,
        taxonomy=taxonomy.VERSION,
        prompts=_prompts(options, cast),
        alpha=ALPHA,
        audio_clue=_agent_settings(EvidenceKind.AUDIO, cast),
        transcribe=_agent_settings(EvidenceKind.TRANSCRIPT, cast),
        describe=_agent_settings(EvidenceKind.DESCRIPTION, cast),
        evidence=gather.VERSION,
    )


def _agent_settings(kind: EvidenceKind, cast: Cast) -> ModelSettings | None:
    seats = (seat for seat in cast.evidence if seat.agent.kind is kind)
    return next((_model_settings(seat.agent.name, seat.model) for seat in seats), None)


def _prompts(options: Options, cast: Cast) -> dict[str, str]:
    """Hashes of the prompts that are used, by name."""
    prompts = {"answers/ask": prompt_hash("cuewise.answers", "ask")}
    if cast.authors_prompts is not None:
        prompts["authors"] = cast.authors_prompts.sha256()
    elif cast.extractor_model is not None:
        prompts["steps/extract"] = prompt_hash("cuewise.steps", "extract")
    for seat in cast.evidence:
        if isinstance(seat.agent, DescribingAgent):
            prompts[f"evidence/{seat.agent.prompt}"] = prompt_hash("cuewise.evidence", seat.agent.prompt)
    name = "judge_grounded" if options.protocol is Protocol.GROUNDED else "judge_mme_emotion"
    in_our_words = cast.authors_prompts is None or options.protocol is Protocol.GROUNDED
    if in_our_words and any(seat.model is not None for seat in cast.judges):
        prompts[f"verdicts/{name}"] = prompt_hash("cuewise.verdicts", name)
        if any(seat.agent.kind is EvidenceKind.DESCRIPTION for seat in cast.evidence):
            prompts["verdicts/descriptions"] = prompt_hash("cuewise.verdicts", "descriptions")
    return prompts


def _model_settings(name: str, model: Model | None) -> ModelSettings:
    parameters = {"version": RULES_VERSION} if model is None else model.parameters
    return ModelSettings(name=name, parameters=parameters)


def _judge_settings(seat: Seat) -> ModelSettings:
    """A judge's settings, which say of one that asks a model whether it is not shown the frames."""
    settings = _model_settings(seat.judge.name, seat.model)
    if seat.model is None or seat.judge.needs_frames:
        return settings
    return settings.model_copy(update={"parameters": {**settings.parameters, "frames": False}})


def frame_rule(options: Options) -> FrameRule:
    """Which frames of a clip are looked at."""
    return FrameRule(
        kind=options.frame_rule,
        fps=options.fps,
        max_frames=options.max_frames,
        max_side=options.max_side,
    )


def sampling(options: Options) -> Sampling:
    """How the model's answers are drawn."""
    return Sampling(temperature=options.temperature, max_tokens=options.max_tokens, seed=options.seed)
