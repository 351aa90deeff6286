"""Judging a run's answers again; the function behind `cuewise rejudge`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from cuewise.errors import InputError, RunError
from cuewise.evaluation import Watcher, evaluate
from cuewise.models.protocol import Modality, Model
from cuewise.records import Protocol
from cuewise.result import RunResult
from cuewise.runs.conditions import Conditions
from cuewise.runs.manifest import Options
from cuewise.runs.workspace import Workspace
from cuewise.verdicts.panel import PanelRule

EVIDENCE_OPTIONS: Final = frozenset(
    {"audio_clue", "transcribe", "spoken_language", "describe", "evidence_base_url"}
)
"""Options that say which agents collect evidence."""


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
        InputError: `evidence` has a key that is none of these options.
    """
    if unknown := sorted(set(evidence or {}) - EVIDENCE_OPTIONS):
        raise InputError(
            f"no option of evidence: {', '.join(unknown)}; there are {', '.join(sorted(EVIDENCE_OPTIONS))}"
        )
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
