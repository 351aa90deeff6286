"""Who plays which part in a run: the model under test, the reader of its steps, the judge."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cuewise.errors import InputError
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Modality, Model
from cuewise.models.registry import open_model
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Options
from cuewise.samples.dataset import Dataset
from cuewise.steps.llm import LlmExtractor
from cuewise.steps.protocol import Extractor
from cuewise.steps.rules import RuleExtractor
from cuewise.verdicts.llm import LlmJudge
from cuewise.verdicts.protocol import Judge
from cuewise.verdicts.rules import RuleJudge


@dataclass(frozen=True)
class Cast:
    """Who plays which part in a run."""

    model: Model
    modalities: frozenset[Modality]
    extractor: Extractor
    extractor_model: Model | None
    judge: Judge
    judge_model: Model | None


def open_cast(
    options: Options,
    conditions: Conditions,
    dataset: Dataset,
    media: MediaStore,
    model: Model | None,
    stack: AsyncExitStack,
) -> Cast:
    """Open everyone who plays a part; `stack` closes them.

    Args:
        model: plays the model under test in place of the one that `options.model` names.

    Raises:
        InputError: a name, a key, an argument or a modality is not valid.
    """
    opened: dict[tuple[str, str | None], Model] = {}

    def open_(
        name: str, base_url: str | None, *, args: Mapping[str, str] | None = None, need_key: bool = True
    ) -> Model:
        model = open_model(
            name,
            read_media=media.read,
            samples=dataset.samples,
            base_url=base_url,
            args=args,
            connections=conditions.concurrency,
            timeout_s=conditions.timeout_s,
            need_key=need_key,
        )
        stack.push_async_callback(model.close)
        return model

    def open_agent(name: str, base_url: str | None, *, need_key: bool = True) -> Model | None:
        if name == RULES:
            return None
        if (name, base_url) not in opened:
            opened[name, base_url] = open_(name, base_url, need_key=need_key)
        return opened[name, base_url]

    answers_needed = conditions.judging_again is None
    if model is None:
        model = open_(options.model, options.model_base_url, args=options.model_args, need_key=answers_needed)
    judge_model = open_agent(options.judge, options.judge_base_url)
    extractor_model = open_agent(
        options.extractor or options.judge,
        options.extractor_base_url or options.judge_base_url,
        need_key=answers_needed,
    )
    return Cast(
        model=model,
        modalities=_modalities(options, model, dataset),
        extractor=RuleExtractor()
        if extractor_model is None
        else LlmExtractor(extractor_model.name, conditions.agent_tries),
        extractor_model=extractor_model,
        judge=RuleJudge() if judge_model is None else LlmJudge(judge_model.name, conditions.agent_tries),
        judge_model=judge_model,
    )


def _modalities(options: Options, model: Model, dataset: Dataset) -> frozenset[Modality]:
    """What the model is sent; what could not be sent is an error before the first call."""
    if options.modalities is None:
        return model.takes - {Modality.TEXT}
    known = [modality.value for modality in Modality]
    if unknown := sorted(set(options.modalities) - set(known)):
        raise InputError(f"unknown modality {', '.join(unknown)}: choose from {', '.join(known)}")
    chosen = frozenset(Modality(name) for name in options.modalities)
    if beyond := sorted(chosen - model.takes):
        takes = ", ".join(sorted(model.takes)) or "nothing of a clip"
        raise InputError(f"{model.name} cannot be given {', '.join(beyond)}: it takes {takes}")
    if Modality.TEXT in chosen:
        without = sum(sample.transcript is None for sample in dataset.samples)
        if without:
            raise InputError(
                f"{without} of {len(dataset.samples)} samples have no transcript to send: leave text out of"
                " --modalities, or add transcripts to the manifest"
            )
    return chosen
