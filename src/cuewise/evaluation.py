"""A run from start to end: read the dataset, open the models, evaluate every sample, sum up.

`evaluate` is the function behind `cuewise run`, and the way in from Python.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from dataclasses import astuple, replace
from pathlib import Path

from cuewise.cast import Cast, open_cast
from cuewise.errors import InputError, RunError
from cuewise.evidence import gather
from cuewise.evidence.describing import DescribingAgent
from cuewise.labels import taxonomy
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.models.batches import batch_api
from cuewise.models.cards import is_served
from cuewise.models.folders import shown_name
from cuewise.models.protocol import Modality, Model, Sampling
from cuewise.pipeline import Pipeline
from cuewise.prompting import prompt_hash
from cuewise.records import EvidenceKind, Outcome, Protocol
from cuewise.result import RunResult, read_result
from cuewise.runs.batch_caller import BatchCaller
from cuewise.runs.batch_records import BatchRecords, BatchStage
from cuewise.runs.caller import Caller, CallTally
from cuewise.runs.conditions import Conditions
from cuewise.runs.engine import Engine
from cuewise.runs.manifest import RULES_VERSION, Manifest, ModelSettings, Options, Settings, new_manifest
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.progress import Progress, QuietProgress
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import RunFolder, Workspace, slug
from cuewise.samples.dataset import Dataset, read_dataset
from cuewise.verdicts.panel import PanelRule, Seat

ALPHA = 0.5
"""Weight of recognition in the CoT score, as in the paper."""


class Watcher:
    """Told how a run goes; the base says nothing."""

    def started(self, dataset: Dataset, manifest: Manifest) -> None:
        """The inputs are sound and no call has been made yet."""

    def batching(self, by_batch: Sequence[str], directly: Sequence[str]) -> None:
        """Calls to the first models go by batch, those to the others directly."""

    def left_in_batches(self, batches: int, calls: int) -> None:
        """So many calls wait in batches of this workspace, which this run does not look after."""

    def interrupted(self, in_flight: int) -> None:
        """The run was asked to stop, and waits for so many calls that are in flight."""

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
    judge: str | None = None,
    conditions: Conditions | None = None,
    *,
    judge_base_url: str | None = None,
    judge_args: Mapping[str, str] | None = None,
    more_judges: Sequence[str] = (),
    judge_repeats: int = 1,
    panel_rule: PanelRule = PanelRule.MAJORITY,
    protocol: Protocol | None = None,
    evidence: Mapping[str, str] | None = None,
    model: Model | None = None,
    watcher: Watcher | None = None,
) -> RunResult:
    """Judge a run's answers again; no answer and no extraction is paid for again.

    Args:
        run: Name of the run in the workspace of `conditions`.
        judge: The other judge's name; None for the run's own judges.
        conditions: How to run it; `conditions.run` names the new run.
        judge_base_url: Server of the judges.
        judge_args: Settings of the judges; None for the run's own where its own judges are asked.
        more_judges: Judges beside `judge`, as a panel.
        judge_repeats: How often each judge judges.
        panel_rule: How several sets of verdicts become one.
        protocol: Whose rules to judge by; None for the run's.
        evidence: Agents to add to the run's own, or to put in their place: `audio_clue`, `transcribe`,
            `spoken_language`, `describe` and `evidence_base_url` as in `Options`.
        model: The object that was evaluated, where the run's model was one. It is asked nothing.

    Raises:
        RunError: there is no such run, its dataset has changed, or its model was sent another transcript.
        InputError: as for `evaluate`.
    """
    options, conditions = options_to_rejudge(
        run,
        judge,
        conditions,
        judge_base_url=judge_base_url,
        judge_args=judge_args,
        more_judges=more_judges,
        judge_repeats=judge_repeats,
        panel_rule=panel_rule,
        protocol=protocol,
        evidence=evidence,
    )
    return evaluate(options, conditions, model=model, watcher=watcher)


def options_to_rejudge(
    run: str,
    judge: str | None,
    conditions: Conditions | None = None,
    *,
    judge_base_url: str | None = None,
    judge_args: Mapping[str, str] | None = None,
    more_judges: Sequence[str] = (),
    judge_repeats: int = 1,
    panel_rule: PanelRule = PanelRule.MAJORITY,
    protocol: Protocol | None = None,
    evidence: Mapping[str, str] | None = None,
) -> tuple[Options, Conditions]:
    """What `rejudge` evaluates, with the same arguments.

    Raises:
        RunError: there is no such run, or its model was sent another transcript.
    """
    conditions = conditions or Conditions()
    manifest = Workspace(conditions.workspace).existing_run(run).manifest()
    before = manifest.options
    if judge is None:
        judge, more_judges = before.judge, (*before.more_judges, *more_judges)
        judge_base_url = judge_base_url or before.judge_base_url
        judge_args = before.judge_args if judge_args is None else judge_args
    options = before.model_copy(
        update={
            "judge": judge,
            "judge_base_url": judge_base_url,
            "judge_args": dict(judge_args or {}),
            "more_judges": tuple(more_judges),
            "judge_repeats": judge_repeats,
            "panel_rule": panel_rule,
            "protocol": protocol or before.protocol,
            "extractor": manifest.settings.extractor.name,
            "extractor_base_url": before.extractor_base_url or before.judge_base_url,
            "extractor_args": before.judge_args if before.extractor_args is None else before.extractor_args,
            **(evidence or {}),
        }
    )
    heard = (options.transcribe, options.spoken_language) != (before.transcribe, before.spoken_language)
    if heard and Modality.TEXT in manifest.settings.modalities:
        raise RunError(
            f"run {run} sent its model a transcript, so that another one goes with other answers: leave"
            " --transcribe and --spoken-language as they were, or use `cuewise run`"
        )
    return options, replace(conditions, judging_again=manifest)


async def _evaluate(
    options: Options, conditions: Conditions, model: Model | None, watcher: Watcher
) -> RunResult:
    async with AsyncExitStack() as stack:
        dataset, settings, cast, media = open_inputs(options, conditions, model, stack)
        by_batch = batch_models(conditions, cast)
        for one in by_batch:
            if (api := batch_api(one)) is not None:
                await api.check()
        workspace = Workspace(conditions.workspace)
        again = conditions.judging_again
        stem = slug(shown_name(options.model)) if again is None else f"{again.run[:80]}-rejudged"
        made_up = f"{stem}-{settings.sha256()[:8]}"
        folder = workspace.run(made_up if conditions.run is None else conditions.run)
        stack.enter_context(folder.locked())
        prices = {pattern: astuple(price) for pattern, price in conditions.limits.prices.items()}
        manifest = _claim(
            folder,
            new_manifest(
                folder.name,
                settings,
                options,
                conditions.command,
                dataset.problems,
                prices,
                dataset.own_tasks,
            ),
        )
        watcher.started(dataset, manifest)
        calls = stack.enter_context(closing(CallStore(workspace.calls_path)))
        caller = Caller(
            calls, connections=conditions.concurrency, retry=conditions.retry, limits=conditions.limits
        )
        rounds = None
        if by_batch:
            directly = [
                each for each in _asked(conditions, cast) if each not in by_batch and is_served(each.name)
            ]
            watcher.batching([each.name for each in by_batch], [each.name for each in directly])
            caller = rounds = BatchCaller(
                calls,
                by_batch,
                len(dataset.samples) * options.epochs,
                workspace=workspace,
                run=folder.name,
                limits=conditions.limits,
                polling=conditions.polling,
                connections=conditions.concurrency,
                retry=conditions.retry,
            )
            stack.push_async_callback(rounds.close)
        elif left := [
            batch for batch in BatchRecords(calls).not_ended() if batch.state != BatchStage.GATHERING
        ]:
            watcher.left_in_batches(len(left), sum(batch.calls for batch in left))
        pipeline = make_pipeline(options, conditions, cast, caller, media, stack)
        places = {sample.id: place for place, sample in enumerate(dataset.samples)}
        with (
            closing(OutcomeStore(folder.outcomes_path)) as outcomes,
            watcher.progress(len(places) * options.epochs, caller.tally) as display,
        ):

            def finished(outcome: Outcome) -> None:
                outcomes.add(places[outcome.sample.id], outcome)
                display.finished(outcome)

            # Epoch by epoch, so that a run that is stopped has whole epochs.
            asked = ((sample, epoch) for epoch in range(options.epochs) for sample in dataset.samples)
            engine = Engine(caller, connections=conditions.concurrency, on_interrupt=watcher.interrupted)
            if rounds is None:
                ended = await engine.run(asked, lambda each: pipeline.evaluate(*each), finished)
            else:
                numbered = list(asked)
                rounds.on_wait = display.waiting
                ended = await engine.run_rounds(
                    rounds.next_round,
                    lambda number: pipeline.evaluate(*numbered[number]),
                    finished,
                    rounds.put_aside,
                )
        # The answers to one sample are counted together, and they came far apart: all are counted now.
        result = read_result(folder, manifest)
        result.tally, result.finished, result.budget_reached = caller.tally, ended, caller.budget_reached
    return result


def open_inputs(
    options: Options, conditions: Conditions, model: Model | None, stack: AsyncExitStack, *, ask: bool = True
) -> tuple[Dataset, Settings, Cast, MediaStore]:
    """Everything that must be sound before the first call. Nothing is written.

    Args:
        ask: whether calls are to be made, so that keys are needed.

    Raises:
        InputError: something is not.
    """
    dataset = read_dataset(
        options.data,
        tasks=options.tasks,
        clips=None if options.clips is None else Path(options.clips),
        limit=options.limit,
        task_file=None if options.task_file is None else Path(options.task_file),
    )
    media = MediaStore(Workspace(conditions.workspace).media_path)
    cast = open_cast(options, conditions, dataset, media, model, stack, ask=ask)
    settings = _settings(options, dataset, cast)
    judges = [seat.model.name for seat in cast.judges if seat.model is not None]
    others = [cast.model.name, *([cast.extractor_model.name] if cast.extractor_model is not None else ())]
    asked = [*judges, *(seat.model.name for seat in cast.evidence)]
    if conditions.judging_again is not None:
        _check_same_dataset(settings, conditions.judging_again)
        conditions.limits.check([*others, *asked], asked=asked)
    else:
        conditions.limits.check([*others, *asked], asked=[*others, *asked])
    return dataset, settings, cast, media


def batch_models(conditions: Conditions, cast: Cast) -> list[Model]:
    """The models whose calls go by batch.

    Raises:
        InputError: batches are wanted, and none of the models has them, or a sample may not wait for one.
    """
    if not conditions.batch:
        return []
    if conditions.limits.sample_deadline_s is not None:
        raise InputError(
            "--sample-deadline and --batch do not go together: a batch may take a day. Leave one of them out"
        )
    asked = _asked(conditions, cast)
    if found := [model for model in asked if batch_api(model) is not None]:
        return found
    names = ", ".join(dict.fromkeys(model.name for model in asked)) or "no model"
    raise InputError(
        "--batch is for models whose provider makes calls by batch, which are openai/... and anthropic/..., and this"
        f" run asks {names}: leave it out"
    )


def _asked(conditions: Conditions, cast: Cast) -> list[Model]:
    """The models of a run that may be asked, each once."""
    agents = [*(seat.model for seat in cast.evidence), *(seat.model for seat in cast.judges)]
    others = [] if conditions.judging_again else [cast.model, cast.extractor_model]
    return list({id(model): model for model in (*others, *agents) if model is not None}.values())


def make_pipeline(
    options: Options,
    conditions: Conditions,
    cast: Cast,
    caller: Caller,
    media: MediaStore,
    stack: AsyncExitStack,
) -> Pipeline:
    """The stages of the run; `stack` closes what it decodes with."""
    pool = MediaPool(media, _frame_rule(options))
    stack.push_async_callback(pool.close)
    return Pipeline(
        caller=caller,
        media=pool,
        protocol=options.protocol,
        model=cast.model,
        modalities=cast.modalities,
        answered_elsewhere=cast.answered_elsewhere,
        video_form=options.video,
        sampling=_sampling(options),
        extractor=cast.extractor,
        extractor_model=cast.extractor_model,
        judges=cast.judges,
        evidence=cast.evidence,
        panel_rule=options.panel_rule,
        alpha=ALPHA,
        judging_again=conditions.judging_again is not None,
    )


def _check_same_dataset(settings: Settings, earlier: Manifest) -> None:
    if settings.dataset_sha256 != earlier.settings.dataset_sha256:
        raise RunError(
            f"the dataset {settings.dataset} has changed since run {earlier.run}, whose answers do not"
            " belong to it any more: restore it, or use `cuewise run` to evaluate the new one"
        )


def _settings(options: Options, dataset: Dataset, cast: Cast) -> Settings:
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
        frame_rule=_frame_rule(options).key(),
        sampling={}
        if cast.answered_elsewhere
        else _sampling(options).model_dump(exclude_none=True, exclude={"schema_version"}),
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
    """The run's manifest: written now for a new run, or the one it began with, with today's problems, prices and
    words about own tasks, and with more epochs where today's are more.

    Raises:
        RunError: a run of that name has other settings.
    """
    if not folder.exists():
        manifest.write(folder.manifest_path)
        return manifest
    existing = folder.manifest()
    if manifest.settings.epochs > existing.settings.epochs:
        existing = _with_epochs(existing, manifest)
    if differences := existing.settings.differences(manifest.settings):
        if "dataset_sha256" in differences:
            raise RunError(
                f"the dataset {existing.settings.dataset} has changed since run {folder.name} began: choose another"
                " --run for it (calls on unchanged samples are reused), or restore it"
            )
        told = "; ".join(f"{name} {words}" for name, words in differences.items())
        raise RunError(
            f"run {folder.name} was begun with other settings ({told}): choose another --run,"
            " or the options it began with"
        )
    prices = existing.prices | manifest.prices
    manifest = existing.model_copy(
        update={"problems": manifest.problems, "prices": prices, "own_tasks": manifest.own_tasks}
    )
    manifest.write(folder.manifest_path)
    return manifest


def _with_epochs(existing: Manifest, longer: Manifest) -> Manifest:
    """The manifest with the other's epochs: a run may be asked for more of the same, and keeps those that it has."""
    epochs = longer.options.epochs
    return existing.model_copy(
        update={
            "settings": existing.settings.model_copy(update={"epochs": epochs}),
            "options": existing.options.model_copy(update={"epochs": epochs}),
            "command": longer.command,
        }
    )
