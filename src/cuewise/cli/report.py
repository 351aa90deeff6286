"""`cuewise report`: one HTML file on one or several runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cuewise.cli import options as opt


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Does not look for cycles of objects meanwhile: a report makes millions of objects and hardly a cycle, and looking
    takes a twentieth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_without_cycles()
def report_command(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Names of runs in the workspace.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the report goes.")] = Path(
        "report.html"
    ),
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write every figure as SVG, PNG and CSV, every table as CSV and LaTeX. Needs the extra figures.",
        ),
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Write a report on one run, or on several side by side: one HTML file that holds everything."""
    from cuewise.cli.media import media_reader
    from cuewise.cli.output import print_json, say
    from cuewise.cli.repeat_tables import consistency
    from cuewise.counts import how_many
    from cuewise.reports.html import write_report
    from cuewise.result import open_run

    results = [open_run(name, workspace=workspace) for name in dict.fromkeys(runs)]
    for result in results:
        if not result.finished:
            say(f"run {result.name} is not finished; the report says so")
    drawn: list[Path] = []
    if figures is not None:
        from cuewise.reports.paper.export import write_figures
        from cuewise.reports.sections.page import sections_of

        drawn = write_figures(sections_of(results, full=True), figures)
    write_report(results, output, read_media=media_reader(workspace))
    if json:
        documents = [
            {
                "run": result.name,
                "finished": result.finished,
                **({"epochs": result.epochs} if result.epochs > 1 else {}),
                **result.summary.to_json(),
                **consistency(result),
            }
            for result in results
        ]
        files = {"figures": [str(path) for path in drawn]} if figures is not None else {}
        print_json({"report": str(output), **files, "runs": documents})
    else:
        typer.echo(output)
        if figures is not None:
            typer.echo(f"{figures}: {how_many(len(drawn), 'file')}")
