"""A study from start to end: one run for each condition, planned together and carried out one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from cuewise.ablation.conditions import (
    MODALITIES,
    Condition,
    ConditionKind,
    LeftOut,
    Levels,
    conditions_of,
)
from cuewise.errors import InputError, RunError
from cuewise.evaluation import Watcher, evaluate, open_inputs
from cuewise.models.folders import shown_name
from cuewise.models.protocol import Modality, Model, one_medium
from cuewise.plan import Plan, make_plan
from cuewise.result import RunResult
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import RULES, Options, Settings
from cuewise.runs.workspace import Workspace, slug
from cuewise.samples.dataset import Dataset


@dataclass(frozen=True)
class Job:
    """One condition and the run that it is."""

    condition: Condition
    options: Options
    conditions: Conditions


@dataclass(frozen=True)
class Study:
    """What `cuewise ablate` carries out."""

    name: str
    """Its runs are called `NAME.CONDITION`."""
    jobs: tuple[Job, ...]
    """`together` first."""
    left_out: tuple[LeftOut, ...]
    """Conditions that were wanted and cannot be had."""


def prepare_study(
    options: Options,
    conditions: Conditions,
    kinds: Collection[ConditionKind],
    levels: Levels | None = None,
    *,
    name: str | None = None,
    model: Model | None = None,
) -> Study:
    """See that a study can be carried out, and say which runs it is. Nothing is asked and nothing is written.

    Args:
        options: of all runs; with `modalities` None the model is given all that it takes, the transcript too where
            every sample has one.
        conditions: how to carry each run out; its budget is one for all.
        kinds: which conditions are wanted.
        levels: of the degradations.
        name: of the study; None makes one from the model's name and a hash of the settings.
        model: an object with the model protocol, in place of the model that `options.model` names.

    Raises:
        InputError: the options or the dataset cannot be run, or there is nothing to compare.
        RunError: a run has the study's name, or the study was begun with other settings.
    """
    options = asyncio.run(_with_modalities(options, conditions, model))
    assert options.modalities is not None
    found, left_out = conditions_of(kinds, options.modalities, levels or Levels())
    if len(found) < 2:
        told = "; ".join(f"{each.kind}: {each.why}" for each in left_out) or "none is named"
        raise InputError(f"a study needs a condition beside together to compare it with ({told})")
    settings = asyncio.run(_settings(_options_of(found[0], options), conditions, model))
    if name is None:
        name = f"{slug(shown_name(options.model))}-ablation-{settings.sha256()[:8]}"
    workspace = Workspace(conditions.workspace)
    if workspace.run(name).exists():
        raise RunError(
            f"there is a run {name}, whose report the study's would replace: choose another --study"
        )
    jobs = tuple(
        Job(
            condition,
            _options_of(condition, options),
            replace(conditions, run=workspace.run(f"{name}.{condition.name}").name),
        )
        for condition in found
    )
    _check_begun(name, jobs, settings, workspace)
    return Study(name, jobs, tuple(left_out))


def _check_begun(name: str, jobs: Sequence[Job], together: Settings, workspace: Workspace) -> None:
    """See that what there is of the study already was made with the same settings, before anything is paid for."""
    for job in jobs:
        folder = workspace.run(str(job.conditions.run))
        if not folder.exists():
            continue
        existing = folder.manifest().settings
        now = {"modalities": job.condition.modalities, "treatment": job.condition.treatment}
        if set(existing.modalities) == set(job.condition.modalities):
            now["modalities"] = existing.modalities
        differences = existing.differences(together.model_copy(update=now))
        # A run may be asked more often; who writes words down is no matter to a condition that has none.
        for free in ("epochs", "transcribe"):
            differences.pop(free, None)
        changed = differences.pop("dataset_sha256", None)
        if changed and not differences:
            differences["dataset"] = "has changed since"
        if differences:
            told = "; ".join(f"{setting} {words}" for setting, words in differences.items())
            raise RunError(
                f"study {name} was begun with other settings (in {folder.name}: {told}): choose another --study, or the"
                " options it began with; calls that are the same are reused in any case"
            )


def plan_study(study: Study) -> list[Plan]:
    """What each run would ask.

    All conditions share what agents tell of the clips for the judge: it is in the first run's plan alone.

    Raises:
        InputError: as for `evaluate`.
    """
    plans = [make_plan([(job.options, job.conditions)]) for job in study.jobs]
    first, *others = plans
    return [
        first,
        *(
            replace(plan, stages=tuple(stage for stage in plan.stages if stage.stage != "evidence"))
            for plan in others
        ),
    ]


def run_study(
    study: Study,
    *,
    model: Model | None = None,
    watcher: Watcher | None = None,
) -> list[RunResult]:
    """Carry the runs out, or go on with them; stops after one that was interrupted or reached the budget."""
    results = []
    for job in study.jobs:
        results.append(evaluate(job.options, job.conditions, model=model, watcher=watcher))
        if not results[-1].finished:
            break
    return results


def _options_of(condition: Condition, options: Options) -> Options:
    changes: dict[str, object] = {"modalities": condition.modalities, "treatment": condition.treatment}
    by_rules = {options.judge, *options.more_judges} == {RULES}
    if by_rules and Modality.TEXT not in condition.modalities:
        changes |= {"transcribe": None, "spoken_language": None}  # nobody would read what is written down
    return options.model_copy(update=changes)


async def _with_modalities(options: Options, conditions: Conditions, model: Model | None) -> Options:
    """The options with all modalities of the study named."""
    nothing_sent = options.model_copy(
        update={"modalities": (), "transcribe": None, "spoken_language": None, "treatment": None}
    )
    if options.model.startswith("imported/"):
        raise InputError(
            f"{options.model} was answered elsewhere: it cannot be given its clips in other ways"
        )
    async with AsyncExitStack() as stack:
        dataset, _, cast, _ = open_inputs(nothing_sent, conditions, model, stack, ask=False)
        chosen = options.modalities
        if chosen is None:
            chosen = tuple(name for name in MODALITIES if _can_be_given(name, cast.model, dataset, options))
        if one_medium(cast.model) and {Modality.VIDEO, Modality.AUDIO} <= set(chosen):
            raise InputError(
                f"{cast.model.name} takes one kind of media in a message, as far as is known: say with --modalities"
                " what to study, e.g. video,text"
            )
        if not chosen:
            raise InputError(f"{cast.model.name} takes nothing of a clip, so that there is nothing to study")
        return options.model_copy(update={"modalities": chosen})


def _can_be_given(name: str, model: Model, dataset: Dataset, options: Options) -> bool:
    if Modality(name) not in model.takes:
        return False
    written = options.transcribe is not None or all(sample.transcript for sample in dataset.samples)
    return name != Modality.TEXT or written


async def _settings(options: Options, conditions: Conditions, model: Model | None) -> Settings:
    async with AsyncExitStack() as stack:
        _, settings, _, _ = open_inputs(options, conditions, model, stack, ask=False)
        return settings
