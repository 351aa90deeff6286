"""A run from start to end: read the dataset, open the models, evaluate every sample, sum up.

`evaluate` is the function behind `cuewise run`, and the way in from Python.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from dataclasses import astuple
from pathlib import Path

from cuewise.cast import Cast, open_cast
from cuewise.errors import InputError, RunError
from cuewise.media.pool import MediaPool
from cuewise.media.store import MediaStore
from cuewise.media.treatments import TreatmentKind
from cuewise.models.batches import batch_api
from cuewise.models.cards import is_served
from cuewise.models.folders import shown_name
from cuewise.models.protocol import Model
from cuewise.pipeline import Pipeline
from cuewise.records import Outcome, Sample
from cuewise.result import RunResult, read_result
from cuewise.runs.batch_caller import BatchCaller
from cuewise.runs.batch_records import BatchRecord, BatchRecords
from cuewise.runs.caller import Caller, CallTally
from cuewise.runs.conditions import Conditions
from cuewise.runs.engine import Engine
from cuewise.runs.manifest import Manifest, Options, Settings, new_manifest
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.progress import Progress, QuietProgress
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import RunFolder, Workspace, slug
from cuewise.samples.dataset import Dataset, read_dataset
from cuewise.samples.pairing import pair_off
from cuewise.settings import ALPHA, frame_rule, run_settings, sampling

_COMMIT_EVERY_S = 0.5


class Watcher:
    """Told how a run goes; the base says nothing."""

    def started(self, dataset: Dataset, manifest: Manifest) -> None:
        """The inputs are sound and no call has been made yet."""

    def batching(self, by_batch: Sequence[str], directly: Sequence[str]) -> None:
        """Calls to the first models go by batch, those to the others directly."""

    def left_in_batches(self, batches: Sequence[BatchRecord]) -> None:
        """Calls to models of this run wait in these batches, which it does not collect."""

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
        models = _asked(conditions, cast)
        if by_batch:
            directly = [each.name for each in models if each not in by_batch and is_served(each.name)]
            watcher.batching([each.name for each in by_batch], directly)
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
            batch
            for batch in BatchRecords(calls).submitted()
            if batch.model in {each.name for each in models}
        ]:
            watcher.left_in_batches(left)
        pipeline = make_pipeline(options, conditions, cast, caller, media, stack, dataset.samples)
        places = {sample.id: place for place, sample in enumerate(dataset.samples)}
        with (
            closing(OutcomeStore(folder.outcomes_path)) as outcomes,
            _committing(outcomes),
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
        result = read_result(folder, manifest, held=True)
        result.tally, result.finished, result.budget_reached = caller.tally, ended, caller.budget_reached
    return result


@contextmanager
def _committing(outcomes: OutcomeStore) -> Iterator[None]:
    """Commits meanwhile, so that an outcome can be looked at soon, also where the next one takes long."""

    async def commit() -> None:
        with suppress(RunError):  # which whoever writes next, or closes, is told
            while True:
                await asyncio.sleep(_COMMIT_EVERY_S)
                outcomes.commit()

    task = asyncio.create_task(commit())
    try:
        yield
    finally:
        task.cancel()


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
    settings = run_settings(options, dataset, cast)
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
    samples: Sequence[Sample],
) -> Pipeline:
    """The stages of the run; `stack` closes what it decodes with.

    Args:
        samples: all of the dataset: those whose sounds are exchanged lend them to each other.
    """
    treatment = options.treatment
    sound_from = {}
    if treatment is not None and treatment.kind is TreatmentKind.CONFLICT:
        sound_from = pair_off(samples, treatment.seed)
    pool = MediaPool(media, frame_rule(options))
    stack.push_async_callback(pool.close)
    return Pipeline(
        caller=caller,
        media=pool,
        protocol=options.protocol,
        model=cast.model,
        modalities=cast.modalities,
        answered_elsewhere=cast.answered_elsewhere,
        video_form=options.video,
        treatment=treatment,
        sound_from=sound_from,
        sampling=sampling(options),
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
        # The hash is of the samples that were chosen: it tells of a change only where the same were.
        changed = differences.pop("dataset_sha256", None)
        if changed and not differences.keys() & {"dataset", "tasks", "n_samples"}:
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
