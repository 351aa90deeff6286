"""`cuewise study`: people rate the steps of answers, or answer the benchmark's questions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.study.creating import Design
    from cuewise.study.effort import Effort
    from cuewise.study.records import Study

study_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

RATERS = 5


class Kind(StrEnum):
    """As `StudyKind` in `cuewise.study.records`, which is not imported to stay fast."""

    STEPS = "steps"
    QUESTION = "question"


class GoldChoice(StrEnum):
    """As `Gold` in `cuewise.study.records`."""

    HIDDEN = "hidden"
    SHOWN = "shown"


@study_app.callback()
def _study() -> None:
    """Have people rate the reasoning steps of answers, or answer the benchmark's questions."""


@study_app.command("create")
def create_command(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Runs whose judged answers are rated; one or more.")
    ],
    name: Annotated[str, typer.Option(help="Name of the study.")],
    n: Annotated[
        int, typer.Option("--n", min=1, help="Items to draw; all there are, where there are fewer.")
    ] = 200,
    raters: Annotated[
        int | None, typer.Option(min=1, help=f"How many people rate. Default: those named, or {RATERS}.")
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Name of a rater; may be repeated. Default: rater-1, rater-2, ..."),
    ] = None,
    overlap: Annotated[
        int | None, typer.Option(min=1, help="How many raters see each item. Default: all of them.")
    ] = None,
    kind: Annotated[
        Kind,
        typer.Option(
            help="steps: whether each step of an answer is right. question: the benchmark's own question, as a human"
            " baseline."
        ),
    ] = Kind.STEPS,
    gold: Annotated[
        GoldChoice,
        typer.Option(
            help="Whether raters of steps are shown the annotated labels, as judges are under mme-emotion."
        ),
    ] = GoldChoice.HIDDEN,
    attention: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Attention items for each rater: steps that ask for a certain rating, and items shown once more."
            " Default: 5 % of a rater's items, at least 3; none under 20.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides what is drawn, who rates it, and in which order.")] = 0,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the study would be, and write nothing.")
    ] = False,
    json: opt.JsonOption = False,
) -> None:
    """Draw a stratified sample of judged answers, and freeze it as a study for people to rate.

    Strata are the task, whether the label is right, and how good the judge finds the reasons; of several runs also the
    run. The study keeps all that raters see: what happens to the runs later changes nothing of it.
    """
    from cuewise.study.creating import Design
    from cuewise.study.records import Gold, StudyKind

    design = Design(
        name=name,
        kind=StudyKind(kind.value),
        n=n,
        raters=_names(raters, rater),
        overlap=overlap,
        gold=Gold(gold.value),
        attention=attention,
        seed=seed,
    )
    study = _create(design, runs, workspace, write=not dry_run)
    _tell(study, asked=n, written=not dry_run, json=json)


def _create(design: Design, runs: Sequence[str], workspace: Path, *, write: bool) -> Study:
    """Make the study, and freeze it where it is to be written.

    Raises:
        InputError: it cannot be made of these runs, or there is one by this name.
    """
    from cuewise.cli.output import say, say_first_alone
    from cuewise.errors import InputError
    from cuewise.media.store import MediaStore
    from cuewise.result import open_run
    from cuewise.runs.workspace import Workspace
    from cuewise.study.creating import make_study
    from cuewise.study.folder import study_folder
    from cuewise.study.store import utc_now

    place = Workspace(workspace)
    folder = study_folder(place, design.name)
    folder.check_new()
    results = [open_run(run, workspace=workspace) for run in runs]
    for result in results:
        if not result.finished:
            say(f"run {result.name} is not finished: only the samples so far are drawn from")
        say_first_alone(result.name, result.epochs, "raters are shown")
    study = make_study(design, results, MediaStore(place.media_path), utc_now())
    if write:
        try:
            folder.freeze(study)
        except OSError as error:
            raise InputError(f"study {design.name} cannot be written: {error.strerror or error}") from error
    return study


def _tell(study: Study, *, asked: int, written: bool, json: bool) -> None:
    """Say what the study is, or would be."""
    from cuewise.cli.output import print_json, say
    from cuewise.cli.study_words import warnings
    from cuewise.study.effort import effort

    name, known = study.plan.name, effort(study)
    for warning in warnings(study):
        say(warning)
    if json:
        print_json({**_document(study, known, asked=asked), "written": written})
        return
    _print(study, known, asked=asked)
    say(
        f"Study {name} is frozen. Now: cuewise study serve {name}"
        if written
        else f"Nothing is written. Leave out --dry-run to freeze study {name}."
    )


def _names(raters: int | None, named: list[str] | None) -> tuple[str, ...]:
    """The raters' names.

    Raises:
        InputError: there are more or fewer than were asked for, or one is no name.
    """
    import re

    from cuewise.errors import InputError
    from cuewise.samples.problems import printable
    from cuewise.study.records import SEAT

    if not named:
        return tuple(f"rater-{number}" for number in range(1, (raters or RATERS) + 1))
    if raters is not None and raters != len(named):
        raise InputError(f"--rater names {len(named)}, and --raters says {raters}: leave out --raters")
    for name in named:
        if not re.fullmatch(SEAT, name):
            raise InputError(
                f"{printable(repr(name))} is no name for a rater: use letters, digits, and . _ - inside, at most 64"
            )
    return tuple(named)


def _document(study: Study, effort: Effort, *, asked: int) -> dict[str, Any]:
    plan = study.plan
    return {
        "study": plan.name,
        "kind": plan.kind.value,
        "runs": list(plan.runs),
        "asked": asked,
        "drawn": len(study.drawn),
        "attention_items": len(study.items) - len(study.drawn),
        "raters": {
            rater: {"items": len(study.assigned[rater]), "hours": round(effort.hours[rater], 3)}
            for rater in plan.raters
        },
        "overlap": plan.overlap,
        "gold": plan.gold.value,
        "seed": plan.seed,
        "strata": {
            stratum: {"samples": size, "drawn": drawn} for stratum, (size, drawn) in plan.strata.items()
        },
        "strata_by": list(plan.strata_by),
        "finer_strata_need": plan.finer,
        "left_out": plan.left_out,
        "frame_rules": plan.frame_rules,
        "frames_lacking": plan.frames_lacking,
        "units": effort.units,
        "ratings": effort.ratings,
        "half_width": effort.half_width,
    }


def _print(study: Study, effort: Effort, *, asked: int) -> None:
    from rich.markup import escape

    from cuewise.cli.output import new_console, new_table
    from cuewise.cli.study_words import in_words
    from cuewise.samples.problems import printable

    console = new_console()
    table = new_table(escape(f"Study {study.plan.name}"))
    table.add_column("Stratum")
    for column in ("Samples", "Drawn", "Each stands for"):
        table.add_column(column, justify="right", no_wrap=True)
    for stratum, (size, drawn) in study.plan.strata.items():
        table.add_row(escape(printable(stratum, limit=200)), f"{size:,}", f"{drawn:,}", f"{size / drawn:.1f}")
    console.print(table)
    for line in in_words(study, effort, asked=asked):
        console.print(escape(line), highlight=False)


@study_app.command("list")
def list_command(workspace: opt.WorkspaceOption = opt.WORKSPACE, json: opt.JsonOption = False) -> None:
    """List the studies of a workspace: what is rated in each, and how far the raters are."""
    from rich.markup import escape

    from cuewise.cli.output import new_console, new_table, print_json, say
    from cuewise.errors import RunError
    from cuewise.runs.workspace import Workspace
    from cuewise.samples.problems import printable
    from cuewise.study.folder import studies
    from cuewise.study.progress import progress

    found = []
    for folder in studies(Workspace(workspace)):
        try:
            found.append(progress(folder))
        except RunError as error:
            say(str(error))
    if json:
        print_json({"studies": found})
        return
    if not found:
        say("There is no study here yet: cuewise study create RUN --name NAME makes one")
        return
    table = new_table()
    for column in ("Study", "Kind", "Runs"):
        table.add_column(column)
    for column in ("Items", "To check attention", "Raters", "Done"):
        table.add_column(column, justify="right")
    for study in found:
        done = f"{study['done']:,} of {study['assigned']:,}"
        name, runs = (
            escape(printable(text, limit=200)) for text in (study["study"], ", ".join(study["runs"]))
        )
        raters = f"{study['raters']:,}"
        if study["imported_raters"]:
            raters += f" and {study['imported_raters']:,} imported"
        counts = (f"{study[what]:,}" for what in ("items", "attention_items"))
        table.add_row(name, study["kind"], runs, *counts, raters, done)
    new_console().print(table)
