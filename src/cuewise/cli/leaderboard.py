"""`cuewise leaderboard`: check submissions, and make the site that shows them beside the published models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from cuewise.submissions.verify import Verification

leaderboard_app = typer.Typer(
    no_args_is_help=True, help="Check submissions, and make the leaderboard's site."
)

NOT_REPRODUCED = 2
SHOWN = 20
"""Differences that are printed."""


@leaderboard_app.callback()
def _group() -> None:
    """Check submissions, and make the leaderboard's site."""


@leaderboard_app.command("verify")
def verify_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A submission, as `cuewise export submission` writes it.")
    ],
    data: Annotated[
        str | None,
        typer.Option(
            help="Dataset to compare questions and gold labels with: a folder, a manifest, or hf://OWNER/NAME."
        ),
    ] = None,
    task_file: opt.TaskFileOption = None,
    json: opt.JsonOption = False,
) -> None:
    """Score a submission again, offline, from its stored verdicts.

    The labels are read again from the answers, points are worked out again from labels and verdicts, a panel's votes
    combined again, and everything counted again, every sample once in each epoch. This proves that the figures follow
    from what the file says; not that the model said it, nor that the judge judged so.

    Exit codes: 0 it reproduces, 2 it does not, or is no submission.
    """
    import shlex

    from cuewise.cli.output import print_json
    from cuewise.errors import InputError
    from cuewise.samples.problems import printable
    from cuewise.submissions.verify import verify

    if not file.exists() and not file.name.endswith((".jsonl", ".gz")):
        run = shlex.quote(printable(file))
        raise InputError(
            f"there is no file {printable(file)}. If that is a run, export it first: cuewise export submission {run} -o"
            f" {run}.jsonl.gz; and verify that file"
        )
    verification = verify(file, data=data, task_file=task_file)
    if json:
        print_json(verification.to_json())
    else:
        _tell(verification)
    if not verification.reproduces:
        raise typer.Exit(NOT_REPRODUCED)


@leaderboard_app.command("build")
def build_command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|FILE]...",
            help="Names of finished runs in the workspace, and submissions; what is a file is taken for one.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder of the site: new, empty, or an earlier leaderboard."),
    ] = Path("leaderboard"),
    title: Annotated[str, typer.Option(help="Title of the site.")] = "Leaderboard",
    about: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help='TOML file that tells title, access and size of models: [models."NAME"].'
        ),
    ] = None,
    published: Annotated[
        bool,
        typer.Option("--published/--no-published", help="Whether the twenty published models stand in it."),
    ] = True,
    humans: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STUDY",
            help="A study of the question, whose raters get a row that is marked as no model; may be repeated.",
        ),
    ] = None,
    cases: Annotated[
        int, typer.Option(min=0, max=500, help="Samples whose answers are shown side by side, at most.")
    ] = 24,
    with_frames: Annotated[
        bool,
        typer.Option(
            "--with-frames",
            help="Show frames of these samples' clips. Off by default: most clips may not be passed on.",
        ),
    ] = False,
    data: Annotated[
        str | None, typer.Option(help="Dataset to compare submissions' questions and gold labels with.")
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Make a static site of runs and submissions beside the published models: a table that can be sorted and filtered,
    a page per model, samples side by side, and the same as JSON and CSV.

    Submissions are scored again first; one that does not reproduce is not listed. Published figures were given by
    another judge, and are never ranked with others.
    """
    from cuewise.cli.media import media_reader
    from cuewise.cli.output import print_json, say
    from cuewise.reports.leaderboard.about import read_about
    from cuewise.reports.leaderboard.entries import Slugs, published_entries, run_entry, submission_entry
    from cuewise.reports.leaderboard.people import people_entry, remarks
    from cuewise.reports.leaderboard.site import write_site
    from cuewise.result import open_run
    from cuewise.runs.workspace import Workspace
    from cuewise.study.folder import existing_study

    if published and not sources:
        say(
            "no run is named, so that the published models stand alone; beside runs: cuewise leaderboard build RUN..."
        )
    told = {} if about is None else read_about(about)
    slugs = Slugs()
    read_media = media_reader(workspace) if with_frames else None
    entries = [
        submission_entry(Path(source), slugs, told, data)
        if Path(source).is_file()
        else run_entry(open_run(source, workspace=workspace), slugs, told, read_media)
        for source in dict.fromkeys(sources or ())
    ]
    people = [
        people_entry(existing_study(Workspace(workspace), name), slugs, entries)
        for name in dict.fromkeys(humans or ())
    ]
    for remark in (one for entry in people for one in remarks(entry)):
        say(remark)
    entries += people
    if published:
        entries += published_entries(slugs)
    site = write_site(entries, output, title=title, cases=cases, with_frames=with_frames)
    if json:
        print_json(
            {
                "site": str(output / "index.html"),
                "models": site.models,
                "cases": site.cases,
                "pages": site.pages,
            }
        )
    else:
        typer.echo(output / "index.html")


def _tell(verification: Verification) -> None:
    from cuewise.cli.output import say
    from cuewise.counts import how_many
    from cuewise.reports.formats import count, decimal
    from cuewise.samples.problems import printable

    settings, figures = verification.header.settings, verification.summary.overall()
    judges = ", ".join(printable(judge.name) for judge in settings.judges)
    if verification.reproduces:
        typer.echo(
            f"{verification.name} reproduces: {printable(settings.model.name)},"
            f" {how_many(verification.samples, 'sample')}, {how_many(verification.answers, 'answer')},"
            f" {settings.protocol.value}, judged by {judges}\n"
            f"recognition {decimal(figures.recognition)}, reasoning {decimal(figures.reasoning)},"
            f" CoT {decimal(figures.cot)}, coverage {decimal(figures.coverage)} %"
        )
    else:
        say(f"{verification.name} does not reproduce, in {how_many(verification.n_differences, 'place')}:")
        for difference in verification.differences[:SHOWN]:
            say(f"  {difference}")
        if (more := verification.n_differences - SHOWN) > 0:
            say(f"  and {count(more)} more; --json lists the first {len(verification.differences)}")
    if verification.compared_with is None:
        say(
            "Questions and gold labels were held against the file's own hash alone: --data DIR compares them with the"
            " dataset."
        )
