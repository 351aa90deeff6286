"""`cuewise run`: evaluate a model on a dataset."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cuewise.cli import options as opt
from cuewise.cli.option_groups import Asking, Judging, Running, options_of, spread


@spread
def run_command(
    *,
    asking: Asking,
    protocol: Annotated[
        opt.ProtocolChoice,
        typer.Option(
            help="Whose rules: mme-emotion (the paper's), grounded (the judge does not know the gold label and must"
            " cite evidence), or both from the same answers."
        ),
    ] = opt.ProtocolChoice.MME_EMOTION,
    judging: Judging,
    modalities: opt.ModalitiesOption = None,
    video: Annotated[
        opt.VideoChoice,
        typer.Option(
            help="How the model is sent the picture: as frames, which the judge sees too, or as the clip's own file."
        ),
    ] = opt.VideoChoice.FRAMES,
    run: Annotated[
        str | None, typer.Option(help="Name of the run; made from the settings by default.")
    ] = None,
    running: Running,
    json: opt.JsonOption = False,
) -> None:
    """Evaluate a model on a dataset; the same command again goes on where it stopped and pays for nothing twice."""
    from dataclasses import replace

    from cuewise.cli.running import carry_out, run_name
    from cuewise.records import Protocol

    options = options_of(asking, judging, modalities=opt.split_modalities(modalities), video=video.value)
    conditions = running.conditions()
    jobs = [
        (
            options.model_copy(update={"protocol": each}),
            replace(conditions, run=run_name(run, each, protocol.protocols)),
        )
        for each in map(Protocol, protocol.protocols)
    ]
    sys.exit(carry_out(jobs, dry_run=running.dry_run, min_coverage=running.min_coverage, json=json))
