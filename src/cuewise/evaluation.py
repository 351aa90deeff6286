"""A run from start to end: read the dataset, open the models, evaluate every sample, sum up.

`evaluate` is the function behind `cuewise run`, and the way in from Python.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from cuewise.errors import InputError, RunError
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.models.protocol import Modality, Model, Sampling
from cuewise.models.registry import open_model
from cuewise.pipeline import Pipeline
from cuewise.prompting import prompt_hash
from cuewise.records import Outcome, OutcomeKind, Usage
from cuewise.runs.caller import Caller, CallTally, RetryPolicy, add_known
from cuewise.runs.engine import Engine
from cuewise.runs.manifest import RULES, Manifest, ModelSettings, Options, Settings, new_manifest
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.progress import Progress, QuietProgress
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import DEFAULT, RunFolder, Workspace, slug
from cuewise.samples.dataset import Dataset, Problem, read_dataset
from cuewise.scores.summary import Summary
from cuewise.steps.llm import LlmExtractor
from cuewise.steps.protocol import Extractor
from cuewise.steps.rules import RuleExtractor
from cuewise.verdicts.llm import LlmJudge
from cuewise.verdicts.protocol import Judge
from cuewise.verdicts.rules import RuleJudge

PROTOCOL = "mme-emotion"
ALPHA = 0.5
"""Weight of recognition in the CoT score, as in the paper."""


@dataclass(frozen=True)
class Failure:
    """Why some samples were not scored."""

    kind: OutcomeKind
    cause: str | None
    count: int
    sample: str
    """Id of the first of them."""
    message: str
    """What happened to that one, and what to do."""


@dataclass
class RunResult:
    """What a run gave."""

    folder: RunFolder
    manifest: Manifest
    summary: Summary
    usage: dict[str, Usage] = field(default_factory=dict)
    """Per stage: tokens and calls behind the outcomes, made now or reused."""
    tally: CallTally = field(default_factory=CallTally)
    """Calls of this process alone."""
    finished: bool = True
    """False after an interrupt: run the same command again to go on."""
    _failures: dict[tuple[OutcomeKind, str | None], Failure] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What in the dataset could not be used."""
        return self.manifest.problems

    def outcomes(self) -> Iterator[Outcome]:
        """The samples' outcomes in the dataset's order, read one by one."""
        store = OutcomeStore(self.folder.outcomes_path, read_only=True)
        try:
            yield from store
        finally:
            store.close()

    def failures(self) -> list[Failure]:
        """Why samples were not scored, the most frequent reason first."""
        return sorted(self._failures.values(), key=lambda failure: -failure.count)

    def add(self, outcome: Outcome) -> None:
        """Count an outcome into the summary and the usage."""
        self.summary.add(outcome)
        if outcome.kind is not OutcomeKind.SCORED:
            reason = (outcome.kind, outcome.cause)
            new = Failure(*reason, 0, outcome.sample.id, outcome.message)
            known = self._failures.get(reason, new)
            self._failures[reason] = replace(known, count=known.count + 1)
        for stage, usage in outcome.usage.items():
            before = self.usage.get(stage, Usage(calls=0))
            self.usage[stage] = Usage(
                input_tokens=add_known(before.input_tokens, usage.input_tokens),
                output_tokens=add_known(before.output_tokens, usage.output_tokens),
                calls=before.calls + usage.calls,
            )


def open_run(name: str, *, workspace: Path = DEFAULT) -> RunResult:
    """Open a finished or interrupted run.

    Raises:
        RunError: there is no such run, or its files cannot be read.
    """
    folder = Workspace(workspace).existing_run(name)
    manifest = folder.manifest()
    result = RunResult(folder, manifest, Summary(manifest.settings.tasks))
    for outcome in result.outcomes():
        result.add(outcome)
    result.finished = result.summary.overall().count == result.manifest.settings.n_samples
    return result


@dataclass(frozen=True)
class Conditions:
    """How a run is carried out. Nothing here changes a score."""

    workspace: Path = DEFAULT
    """Folder of calls, media and runs."""
    run: str | None = None
    """Name of the run; None makes one from the model's name and a hash of the settings, so that the same
    options find the same run again."""
    concurrency: int = 32
    """Calls in flight to one model."""
    timeout_s: float = 300.0
    """Limit of one call, seconds."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    agent_tries: int = 3
    """Replies of extractor and judge that are read at most for one sample. Malformed ones are stored like all
    others, so only a higher number has an agent asked again."""
    judging_again: Manifest | None = None
    """The run whose answers are judged again. Its dataset must be unchanged, and a missing key of the model
    under test or of the extractor is no error until a call needs it."""
    command: tuple[str, ...] = ()
    """The command line, for the manifest."""


class Watcher:
    """Told how a run goes; the base says nothing."""

    def started(self, dataset: Dataset, manifest: Manifest) -> None:
        """The inputs are sound and no call has been made yet."""

    def progress(self, total: int, tally: CallTally) -> Progress:
        """A display for the number of samples and the live tally of calls."""
        return QuietProgress()


def evaluate(
    options: Options,
    conditions: Conditions | None = None,
    *,
    model: Model | None = None,
    watcher: Watcher | None = None,
) -> RunResult:
    """Evaluate a model on a dataset, or go on where an earlier run of the same options stopped.

    Args:
        options: What to run.
        conditions: How to run it.
        model: An object with the model protocol, in place of the model that `options.model` names.
        watcher: Told how it goes.

    Raises:
        InputError: the options or the dataset cannot be run; nothing has been paid for.
        RunError: the run's folder or the call store cannot be used.
    """
    work = _evaluate(options, conditions or Conditions(), model, watcher or Watcher())
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    # Called from a notebook or another running loop, which must not be entered again: a thread has its own.
    with ThreadPoolExecutor(1, thread_name_prefix="evaluate") as thread:
        return thread.submit(asyncio.run, work).result()


def rejudge(
    run: str,
    judge: str,
    conditions: Conditions | None = None,
    *,
    judge_base_url: str | None = None,
    watcher: Watcher | None = None,
) -> RunResult:
    """Judge a run's answers again; no answer and no extraction is paid for again.

    Args:
        run: Name of the run in the workspace of `conditions`.
        judge: The other judge's name.
        conditions: How to run it; `conditions.run` names the new run.
        judge_base_url: Server of the judge.
        watcher: Told how it goes.

    Raises:
        RunError: there is no such run, or its dataset has changed.
        InputError: as for `evaluate`.
    """
    conditions = conditions or Conditions()
    manifest = Workspace(conditions.workspace).existing_run(run).manifest()
    before = manifest.options
    options = before.model_copy(
        update={
            "judge": judge,
            "judge_base_url": judge_base_url,
            "extractor": manifest.settings.extractor.name,
            "extractor_base_url": before.extractor_base_url or before.judge_base_url,
        }
    )
    return evaluate(options, replace(conditions, judging_again=manifest), watcher=watcher)


async def _evaluate(
    options: Options, conditions: Conditions, model: Model | None, watcher: Watcher
) -> RunResult:
    dataset = read_dataset(
        options.data,
        tasks=options.tasks,
        clips=None if options.clips is None else Path(options.clips),
        limit=options.limit,
    )
    workspace = Workspace(conditions.workspace)
    media = MediaStore(workspace.media_path)
    async with AsyncExitStack() as stack:
        cast = await _cast(options, conditions, dataset, media, model, stack)
        settings = _settings(options, dataset, cast)
        if conditions.judging_again is not None:
            _check_same_dataset(settings, conditions.judging_again)
        made_up = f"{slug(options.model)}-{settings.sha256()[:8]}"
        folder = workspace.run(made_up if conditions.run is None else conditions.run)
        stack.enter_context(folder.locked())
        manifest = _claim(
            folder, new_manifest(folder.name, settings, options, conditions.command, dataset.problems)
        )
        watcher.started(dataset, manifest)
        calls = stack.enter_context(closing(CallStore(workspace.calls_path)))
        outcomes = stack.enter_context(closing(OutcomeStore(folder.outcomes_path)))
        caller = Caller(calls, connections=conditions.concurrency, retry=conditions.retry)
        pool = MediaPool(media, _frame_rule(options))
        stack.push_async_callback(pool.close)
        pipeline = Pipeline(
            caller=caller,
            media=pool,
            protocol=PROTOCOL,
            model=cast.model,
            modalities=cast.modalities,
            sampling=_sampling(options),
            extractor=cast.extractor,
            extractor_model=cast.extractor_model,
            judge=cast.judge,
            judge_model=cast.judge_model,
            alpha=ALPHA,
            judging_again=conditions.judging_again is not None,
        )
        result = RunResult(folder, manifest, Summary(settings.tasks), tally=caller.tally)
        places = {sample.id: place for place, sample in enumerate(dataset.samples)}
        display = stack.enter_context(watcher.progress(len(places), caller.tally))

        def finished(outcome: Outcome) -> None:
            outcomes.add(places[outcome.sample.id], outcome)
            result.add(outcome)
            display.finished(outcome)

        engine = Engine(caller, connections=conditions.concurrency)
        result.finished = await engine.run(dataset.samples, pipeline.evaluate, finished)
    return result


@dataclass(frozen=True)
class _Cast:
    """Who plays which part in a run."""

    model: Model
    modalities: frozenset[Modality]
    extractor: Extractor
    extractor_model: Model | None
    judge: Judge
    judge_model: Model | None


async def _cast(
    options: Options,
    conditions: Conditions,
    dataset: Dataset,
    media: MediaStore,
    model: Model | None,
    stack: AsyncExitStack,
) -> _Cast:
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
    return _Cast(
        model=model,
        modalities=_modalities(options, model, dataset),
        extractor=RuleExtractor()
        if extractor_model is None
        else LlmExtractor(extractor_model.name, conditions.agent_tries),
        extractor_model=extractor_model,
        judge=RuleJudge() if judge_model is None else LlmJudge(judge_model.name, conditions.agent_tries),
        judge_model=judge_model,
    )


def _check_same_dataset(settings: Settings, earlier: Manifest) -> None:
    if settings.dataset_sha256 != earlier.settings.dataset_sha256:
        raise RunError(
            f"the dataset {settings.dataset} has changed since run {earlier.run}, so its answers would be paid"
            " for again: restore it, or use `cuewise run` to evaluate the new one"
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


def _settings(options: Options, dataset: Dataset, cast: _Cast) -> Settings:
    prompts = {"answers/ask": prompt_hash("cuewise.answers", "ask")}
    if cast.extractor_model is not None:
        prompts["steps/extract"] = prompt_hash("cuewise.steps", "extract")
    if cast.judge_model is not None:
        prompts["verdicts/judge_mme_emotion"] = prompt_hash("cuewise.verdicts", "judge_mme_emotion")
    return Settings(
        dataset=dataset.name,
        dataset_sha256=dataset.sha256,
        tasks=tuple(dict.fromkeys(sample.task for sample in dataset.samples)),
        n_samples=len(dataset.samples),
        protocol=PROTOCOL,
        model=_model_settings(cast.model.name, cast.model),
        modalities=tuple(sorted(cast.modalities)),
        frame_rule=_frame_rule(options).key(),
        sampling=_sampling(options).model_dump(exclude_none=True, exclude={"schema_version"}),
        extractor=_model_settings(cast.extractor.name, cast.extractor_model),
        judge=_model_settings(cast.judge.name, cast.judge_model),
        prompts=prompts,
        alpha=ALPHA,
    )


def _model_settings(name: str, model: Model | None) -> ModelSettings:
    return ModelSettings(name=name, parameters={} if model is None else model.parameters)


def _frame_rule(options: Options) -> FrameRule:
    return FrameRule(
        kind=options.frame_rule,
        fps=options.fps,
        max_frames=options.max_frames,
        max_side=options.max_side,
    )


def _sampling(options: Options) -> Sampling:
    return Sampling(temperature=options.temperature, max_tokens=options.max_tokens, seed=options.seed)


def _claim(folder: RunFolder, manifest: Manifest) -> Manifest:
    """The run's manifest: written now for a new run, or the one it began with, with today's problems.

    Raises:
        RunError: a run of that name has other settings.
    """
    if not folder.exists():
        manifest.write(folder.manifest_path)
        return manifest
    existing = folder.manifest()
    if differences := existing.settings.differences(manifest.settings):
        raise RunError(
            f"run {folder.name} was begun with other settings ({'; '.join(differences)}): choose another --run,"
            " or the options it began with"
        )
    manifest = existing.model_copy(update={"problems": manifest.problems})
    manifest.write(folder.manifest_path)
    return manifest
