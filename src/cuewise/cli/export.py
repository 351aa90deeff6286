"""`cuewise export`: what a run stored, for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cuewise.alignment import StepAlignment
    from cuewise.records import Outcome

export_app = typer.Typer(no_args_is_help=True, help="Write what a run stored, for other programs.")


class ExportFormat(StrEnum):
    """Formats of exported files."""

    JSONL = "jsonl"
    CSV = "csv"


@export_app.callback()
def _group() -> None:
    """Write what a run stored, for other programs."""


@export_app.command("alignment")
def alignment_command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of a run in the workspace.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where it goes. Default: standard output.")
    ] = None,
    export_format: Annotated[
        ExportFormat,
        typer.Option("--format", help="jsonl: one line per answer. csv: one row per step and evidence."),
    ] = ExportFormat.JSONL,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
) -> None:
    """Write for every step which frames, stretches of sound and words it was held against, with their times."""
    from cuewise.cli.output import opened, say
    from cuewise.counts import how_many
    from cuewise.result import open_run

    result = open_run(run, workspace=workspace)
    if not result.finished:
        say(f"run {result.name} is not finished: only the samples so far are written")
    with opened(output) as file:
        write = _write_csv if export_format is ExportFormat.CSV else _write_json_lines
        write(result.outcomes(), file, with_epoch=result.epochs > 1)
    if output is not None:
        say(f"{how_many(result.summary.overall().asked, 'answer')} of run {result.name} in {output}")


def _write_json_lines(outcomes: Iterable[Outcome], file: TextIO, *, with_epoch: bool) -> None:
    import json
    from dataclasses import asdict

    from cuewise.alignment import align

    for outcome in outcomes:
        document = {
            "sample": outcome.sample.id,
            **({"epoch": outcome.epoch} if with_epoch else {}),
            "clip": outcome.sample.clip.id,
            "protocol": outcome.protocol.value,
            "steps": [asdict(step) for step in align(outcome)],
        }
        # ASCII, which every terminal and pipe takes, whatever text is in it.
        file.write(json.dumps(document, allow_nan=False) + "\n")


_COLUMNS = (
    *("step", "text"),
    *("decision", "rating", "relevant", "repeats", "confidence", "reason"),
    *("evidence", "kind", "modality", "start_s", "end_s", "checked", "cited", "nearest", "quotes"),
)


def _write_csv(outcomes: Iterable[Outcome], file: TextIO, *, with_epoch: bool) -> None:
    """Rows of sample, epoch where there are several, clip, protocol and `_COLUMNS`; a step without evidence has one
    row, whose last columns are empty."""
    import csv

    from cuewise.agreement.cells import as_cell
    from cuewise.alignment import align

    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("sample", *(("epoch",) if with_epoch else ()), "clip", "protocol", *_COLUMNS))
    for outcome in outcomes:
        epoch = (outcome.epoch,) if with_epoch else ()
        sample = (as_cell(outcome.sample.id), *epoch, as_cell(outcome.sample.clip.id), outcome.protocol.value)
        for step in align(outcome):
            told = (step.step, as_cell(step.text), *_verdict(step))
            for piece in step.evidence:
                flags = (int(piece.checked), int(piece.cited), int(piece.nearest))
                quotes = " ".join(f"{quote.start}-{quote.end}" for quote in piece.quotes)
                times = (f"{piece.start_s:g}", f"{piece.end_s:g}")
                rows.writerow(
                    (*sample, *told, piece.id, piece.kind.value, piece.modality, *times, *flags, quotes)
                )
            if not step.evidence:
                rows.writerow((*sample, *told, *[""] * (len(_COLUMNS) - len(told))))


def _verdict(step: StepAlignment) -> tuple[str, ...]:
    """Decision, rating, relevant, repeats, confidence and reason; empty where the judge does not say."""
    from cuewise.agreement.cells import as_cell

    numbers = (step.rating, step.relevant, step.repeats, step.confidence)
    decision = step.decision.value if step.decision else ""
    return (decision, *("" if number is None else f"{number:g}" for number in numbers), as_cell(step.reason))


@export_app.command("ratings")
def ratings_command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of a run in the workspace.")],
    n: Annotated[
        int, typer.Option("-n", min=1, help="Samples to draw; `cuewise calibrate` needs 10 with 30 steps.")
    ] = 50,
    seed: Annotated[
        int, typer.Option(help="Decides the lot. With the same seed, fewer come first in more.")
    ] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new CSV file. Default: standard output.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
) -> None:
    """Write a sheet for people to rate a run's reasoning steps in, for `cuewise calibrate RUN --ratings`.

    Samples are drawn by lot; each step is a row, and what the judge says is not shown. Fill in `right` (1, 0 or cannot
    tell) from the top, and `rater` if there are several. Empty rows are left out.

    Under mme-emotion, right means: not contradicted by what can be seen and heard in the clip. Under grounded: it can
    be seen, heard or read in the clip, and speaks for or against the label that the answer names.
    """
    import shlex

    from cuewise.agreement.calibration import MIN_SAMPLES, MIN_STEPS
    from cuewise.agreement.ratings import RIGHT_MEANS
    from cuewise.agreement.sheet import draw, write_sheet
    from cuewise.cli.output import opened, refuse_existing, say, say_first_alone
    from cuewise.counts import how_many
    from cuewise.errors import InputError
    from cuewise.result import open_run

    refuse_existing(output)
    result = open_run(run, workspace=workspace)
    if not result.finished:
        say(f"run {result.name} is not finished: only the samples so far are drawn from")
    say_first_alone(result.name, result.epochs, "raters are shown")
    drawn = draw(result.outcomes(epoch=0), n, seed)
    if not drawn:
        raise InputError(f"run {result.name} has no judged reasons to rate")
    # With a byte order mark, spreadsheets read the file as UTF-8.
    with opened(output, encoding="utf-8-sig") as file:
        n_steps = write_sheet(drawn, file)
    protocol = result.manifest.settings.protocol
    sheet = shlex.quote(str(output or "FILE.csv"))
    say(
        f"{how_many(n_steps, 'step')} of {how_many(len(drawn), 'sample')} to rate, 1 for right and 0 for wrong. Under"
        f" {protocol.value}, right means: {RIGHT_MEANS[protocol]}.\nThen: cuewise calibrate"
        f" {result.name} --ratings {sheet}"
    )
    if n_steps < MIN_STEPS or len(drawn) < MIN_SAMPLES:
        say(f"These are too few: at least {MIN_STEPS} steps of {MIN_SAMPLES} samples are needed.")


@export_app.command("submission")
def submission_command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Name of a finished run in the workspace.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where it goes; gzipped where the name ends in .gz.")
    ],
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
) -> None:
    """Write a run as one file that others can score again: `cuewise leaderboard verify FILE`.

    It holds every sample with its gold labels, what the model said, the steps, the evidence in words and by hash, and
    all verdicts; no pictures, no sound, no local path and no key.
    """
    from cuewise.cli.output import say
    from cuewise.models.cards import is_imported
    from cuewise.reports.words.conditions import given_words, treatment_name
    from cuewise.result import open_run
    from cuewise.submissions.export import write_submission

    result = open_run(run, workspace=workspace)
    write_submission(result, output)
    settings = result.manifest.settings
    told = [] if settings.treatment is None else [treatment_name(settings.treatment)]
    if not settings.modalities and not is_imported(settings.model.name):
        told.append(given_words(()))
    if told:
        say(f"not a plain result of {settings.model.name} ({', '.join(told)}): a leaderboard ranks it apart")
    typer.echo(output)
