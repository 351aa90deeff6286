"""`cuewise ablate`: what a model relies on, by giving it the same clips in several ways."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cuewise.cli import options as opt
from cuewise.cli.option_groups import Asking, Judging, Running, options_of, spread


class OneProtocol(StrEnum):
    """Whose rules to judge and score by: one, as a study has a run for each condition already."""

    MME_EMOTION = "mme-emotion"
    GROUNDED = "grounded"


class Spectrum(StrEnum):
    """Of noise added to the sound."""

    WHITE = "white"
    SPEECH = "speech"


@spread
def ablate_command(
    *,
    asking: Asking,
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
    protocol: Annotated[
        OneProtocol, typer.Option(help="Whose rules: mme-emotion (the paper's) or grounded.")
    ] = OneProtocol.MME_EMOTION,
    judging: Judging,
    modalities: Annotated[
        str | None,
        typer.Option(
            help="What the model is sent in the condition together, e.g. video,audio,text. Default: all that it takes,"
            " the transcript too where every sample has one or --transcribe is given."
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            help="Name of the study, whose runs are NAME.CONDITION; made from the settings by default."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the report goes; runs/NAME by default.")
    ] = None,
    running: Running,
    json: opt.JsonOption = False,
) -> None:
    """Give a model the same clips as picture, sound and words alone and together, degraded, in conflict, shuffled, and
    not at all, and say what it relies on; the same command again goes on where it stopped and pays for nothing twice.
    """
    from cuewise.ablation.conditions import Levels, parse_kinds
    from cuewise.ablation.study import prepare_study
    from cuewise.cli.ablating import carry_out_study

    prepared = prepare_study(
        options_of(asking, judging, protocol=protocol.value, modalities=opt.split_modalities(modalities)),
        running.conditions(),
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
    sys.exit(
        carry_out_study(
            prepared, output, dry_run=running.dry_run, min_coverage=running.min_coverage, json=json
        )
    )
