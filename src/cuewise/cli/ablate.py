"""`cuewise ablate`: what a model relies on, by giving it the same clips in several ways."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cuewise.cli import options as opt


class OneProtocol(StrEnum):
    """Whose rules to judge and score by: one, as a study has a run for each condition already."""

    MME_EMOTION = "mme-emotion"
    GROUNDED = "grounded"


class Spectrum(StrEnum):
    """Of noise added to the sound."""

    WHITE = "white"
    SPEECH = "speech"


def ablate_command(
    data: opt.DataOption,
    model: opt.ModelOption,
    conditions: Annotated[
        str | None,
        typer.Option(
            help="Which of together, video, audio, words, nothing, conflict, shuffled, blur, picture-noise and"
            " sound-noise, comma-separated. Default: all that the model can be given."
        ),
    ] = None,
    blur: Annotated[
        str,
        typer.Option(
            metavar="LEVELS",
            help="Standard deviations of the blur as shares of a frame's shorter side, comma-separated.",
        ),
    ] = "0.02,0.04",
    picture_noise: Annotated[
        str,
        typer.Option(metavar="DB", help="Ratios of signal to noise in the picture, in dB, comma-separated."),
    ] = "5,-5",
    sound_noise: Annotated[
        str,
        typer.Option(metavar="DB", help="Ratios of signal to noise in the sound, in dB, comma-separated."),
    ] = "5,-5",
    noise: Annotated[
        Spectrum,
        typer.Option(
            help="Noise in the sound: white, or speech (with the spectrum of the clip's own sound)."
        ),
    ] = Spectrum.WHITE,
    ablation_seed: Annotated[
        int, typer.Option(help="What noise, pairs of clips and orders of frames are drawn by.")
    ] = 0,
    task: opt.TaskOption = None,
    task_file: opt.TaskFileOption = None,
    clips: opt.ClipsOption = None,
    limit: opt.LimitOption = None,
    epochs: opt.EpochsOption = 1,
    protocol: Annotated[
        OneProtocol, typer.Option(help="Whose rules: mme-emotion (the paper's) or grounded.")
    ] = OneProtocol.MME_EMOTION,
    judge: opt.JudgeOption = None,
    judge_repeats: opt.JudgeRepeatsOption = 1,
    panel: opt.PanelOption = opt.PanelRule.MAJORITY,
    prompts: opt.PromptsOption = None,
    extractor: opt.ExtractorOption = None,
    modalities: Annotated[
        str | None,
        typer.Option(
            help="What the model is sent in the condition together, e.g. video,audio,text. Default: all that it takes,"
            " the transcript too where every sample has one or --transcribe is given."
        ),
    ] = None,
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
    study: Annotated[
        str | None,
        typer.Option(
            help="Name of the study, whose runs are NAME.CONDITION; made from the settings by default."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the report goes; runs/NAME by default.")
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
    """Give a model the same clips as picture, sound and words alone and together, degraded, in conflict, shuffled, and
    not at all, and say what it relies on; the same command again goes on where it stopped and pays for nothing twice.
    """
    from cuewise.ablation.conditions import Levels, parse_kinds
    from cuewise.ablation.study import prepare_study
    from cuewise.cli.ablating import carry_out_study
    from cuewise.cli.running import conditions_from, limits_from, options_from

    first_judge, more_judges = opt.split_judges(judge)
    options = options_from(
        data=data,
        clips=None if clips is None else str(clips),
        tasks=opt.split_tasks(task),
        task_file=None if task_file is None else str(task_file),
        limit=limit,
        epochs=epochs,
        protocol=protocol.value,
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
        frame_rule=frame_rule.value,
        fps=fps,
        max_frames=max_frames,
        max_side=max_side,
        temperature=temperature,
        max_tokens=max_tokens,
        seed=seed,
    )
    limits = limits_from(
        rpm=rpm,
        tpm=tpm,
        sample_deadline=sample_deadline,
        price=price,
        budget_usd=budget_usd,
        budget_tokens=budget_tokens,
    )
    prepared = prepare_study(
        options,
        conditions_from(workspace, None, concurrency, timeout, tries, agent_tries, limits, batch),
        parse_kinds(opt.split_list(conditions)),
        Levels(
            blur=opt.split_numbers(blur, "--blur"),
            picture_noise_db=opt.split_numbers(picture_noise, "--picture-noise"),
            sound_noise_db=opt.split_numbers(sound_noise, "--sound-noise"),
            spectrum=noise.value,
            seed=ablation_seed,
        ),
        name=study,
    )
    sys.exit(carry_out_study(prepared, output, dry_run=dry_run, min_coverage=min_coverage, json=json))
