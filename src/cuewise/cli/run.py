"""`cuewise run`: evaluate a model on a dataset."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cuewise.cli import options as opt


def run_command(
    data: opt.DataOption,
    model: opt.ModelOption,
    task: opt.TaskOption = None,
    task_file: opt.TaskFileOption = None,
    clips: opt.ClipsOption = None,
    limit: opt.LimitOption = None,
    epochs: opt.EpochsOption = 1,
    protocol: Annotated[
        opt.ProtocolChoice,
        typer.Option(
            help="Whose rules: mme-emotion (the paper's), grounded (the judge does not know the gold label and must"
            " cite evidence), or both from the same answers."
        ),
    ] = opt.ProtocolChoice.MME_EMOTION,
    judge: opt.JudgeOption = None,
    judge_repeats: opt.JudgeRepeatsOption = 1,
    panel: opt.PanelOption = opt.PanelRule.MAJORITY,
    prompts: opt.PromptsOption = None,
    extractor: opt.ExtractorOption = None,
    modalities: opt.ModalitiesOption = None,
    video: Annotated[
        opt.VideoChoice,
        typer.Option(
            help="How the model is sent the picture: as frames, which the judge sees too, or as the clip's own file."
        ),
    ] = opt.VideoChoice.FRAMES,
    model_base_url: opt.ModelBaseUrlOption = None,
    judge_base_url: opt.JudgeBaseUrlOption = None,
    audio_clue: opt.AudioClueOption = None,
    transcribe: opt.TranscribeOption = None,
    spoken_language: opt.SpokenLanguageOption = None,
    describe: opt.DescribeOption = None,
    evidence_base_url: opt.EvidenceBaseUrlOption = None,
    model_arg: opt.ModelArgOption = None,
    judge_arg: opt.JudgeArgOption = None,
    frame_rule: opt.FrameRuleOption = opt.FrameRuleChoice.TIME,
    fps: opt.FpsOption = 1.0,
    max_frames: opt.MaxFramesOption = 10,
    max_side: opt.MaxSideOption = None,
    temperature: opt.TemperatureOption = 0.0,
    max_tokens: opt.MaxTokensOption = None,
    seed: opt.SeedOption = None,
    run: Annotated[
        str | None, typer.Option(help="Name of the run; made from the settings by default.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    concurrency: opt.ConcurrencyOption = 32,
    timeout: opt.TimeoutOption = 300.0,
    tries: opt.TriesOption = 8,
    agent_tries: opt.AgentTriesOption = 3,
    rpm: opt.RpmOption = None,
    tpm: opt.TpmOption = None,
    sample_deadline: opt.SampleDeadlineOption = None,
    price: opt.PriceOption = None,
    budget_usd: opt.BudgetUsdOption = None,
    budget_tokens: opt.BudgetTokensOption = None,
    batch: opt.BatchOption = False,
    dry_run: opt.DryRunOption = False,
    min_coverage: opt.MinCoverageOption = opt.MIN_COVERAGE,
    json: opt.JsonOption = False,
) -> None:
    """Evaluate a model on a dataset; the same command again goes on where it stopped and pays for nothing twice."""
    from cuewise.cli.running import carry_out, conditions_from, limits_from, options_from, run_name
    from cuewise.records import Protocol

    first_judge, more_judges = opt.split_judges(judge)
    options = options_from(
        data=data,
        clips=None if clips is None else str(clips),
        tasks=opt.split_tasks(task),
        task_file=None if task_file is None else str(task_file),
        limit=limit,
        epochs=epochs,
        model=model,
        model_base_url=model_base_url,
        model_args=opt.split_model_args(model_arg),
        extractor=extractor,
        judge=first_judge,
        more_judges=more_judges,
        judge_repeats=judge_repeats,
        panel_rule=panel.value,
        prompts=None if prompts is None else str(prompts),
        judge_base_url=judge_base_url,
        judge_args=opt.split_model_args(judge_arg, "--judge-arg"),
        audio_clue=audio_clue,
        transcribe=transcribe,
        spoken_language=spoken_language,
        describe=describe,
        evidence_base_url=evidence_base_url,
        modalities=opt.split_modalities(modalities),
        video=video.value,
        frame_rule=frame_rule.value,
        fps=fps,
        max_frames=max_frames,
        max_side=max_side,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
    )
    # One budget for all that the command does.
    limits = limits_from(
        rpm=rpm,
        tpm=tpm,
        sample_deadline=sample_deadline,
        price=price,
        budget_usd=budget_usd,
        budget_tokens=budget_tokens,
    )
    jobs = []
    for each in map(Protocol, protocol.protocols):
        name = run_name(run, each, protocol.protocols)
        conditions = conditions_from(workspace, name, concurrency, timeout, tries, agent_tries, limits, batch)
        jobs.append((options.model_copy(update={"protocol": each}), conditions))
    sys.exit(carry_out(jobs, dry_run=dry_run, min_coverage=min_coverage, json=json))
