"""`cuewise study report`: what the ratings of a study say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from cuewise.reports.blocks import Block, Cell, Section, Unit


def report_study_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the study.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Also write it as one HTML page, with figures."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Count also what was said of items that a rater has not finished."),
    ] = False,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: opt.JsonOption = False,
) -> None:
    """Tell what the ratings of a study say: how far raters agree, how each of them does, how far the judge agrees with
    them, what they are split over, and what the runs' reasoning scores are by people. Of a study of the question: how
    well people answer it, and how the run stands beside them.

    Raters are told by number. Whoever cannot tell abstains.
    """
    from functools import partial

    from cuewise.cli.output import print_json, say
    from cuewise.result import open_run
    from cuewise.runs.workspace import Workspace
    from cuewise.study.folder import existing_study
    from cuewise.study.report.page import write_page
    from cuewise.study.report.reporting import read_report
    from cuewise.study.report.sections import sections

    folder = existing_study(Workspace(workspace), name)
    report = read_report(folder, partial(open_run, workspace=workspace), full=full)
    if output is not None:
        write_page(report, output)
    if json:
        from cuewise.study.report.words import doubts, summary

        files = {} if output is None else {"report": str(output)}
        print_json({**report.to_json(), **files, "meaning": [*summary(report), *doubts(report)]})
        return
    _print(sections(report))
    if output is not None:
        say(f"The page is {output}")


def _print(parts: list[Section]) -> None:
    from rich.markup import escape

    from cuewise.cli.output import new_console
    from cuewise.reports.blocks import HeatMap, Table, Words
    from cuewise.samples.problems import printable

    console = new_console()

    def show(block: Block) -> None:
        if isinstance(block, Words):
            for paragraph in block.paragraphs:
                lead = "Note: " if block.warning else ""
                told = escape(lead + printable(paragraph, limit=4000))
                # An address that is wider than the terminal stays in one piece, to be copied.
                console.print(told, highlight=False, overflow="ignore", crop=False)
        elif isinstance(block, Table | HeatMap):
            console.print()
            console.print(_table(block))
            if block.note:
                console.print(escape(printable(block.note, limit=4000)), highlight=False)

    for part in parts:
        for block in part.blocks:
            show(block)


def _table(block: Block) -> RichTable:
    """A table, or a heat map as one."""
    from rich.markup import escape

    from cuewise.cli.output import new_table
    from cuewise.reports.blocks import HeatMap, Table, Text
    from cuewise.reports.numbers import titled
    from cuewise.samples.problems import printable

    assert isinstance(block, Table | HeatMap)
    shown = new_table(escape(printable(block.title)))
    if isinstance(block, HeatMap):
        shown.add_column(block.row_title)
        for name in block.columns:
            shown.add_column(escape(printable(titled(name, block.unit))), justify="right")
        for name, values in zip(block.rows, block.cells, strict=True):
            shown.add_row(escape(printable(name)), *(_cell(value, block.unit) for value in values))
        return shown
    for at, column in enumerate(block.columns):
        numeric = any(not isinstance(row[at], Text) for row in block.rows)
        shown.add_column(
            escape(titled(column.title, column.unit)), justify="right" if numeric else "left", overflow="fold"
        )
    for cells in block.rows:
        shown.add_row(*(_cell(cell, column.unit) for cell, column in zip(cells, block.columns, strict=True)))
    return shown


def _cell(cell: Cell, unit: Unit) -> str:
    """A number over its interval, or words over their second line."""
    from rich.markup import escape

    from cuewise.reports.blocks import Text
    from cuewise.reports.numbers import span, written
    from cuewise.samples.problems import printable

    if isinstance(cell, Text):
        first, second = printable(cell.text, limit=300), printable(cell.sub, limit=300)
    else:
        first, second = written(cell, unit), span(cell, unit)
    return escape(f"{first}\n{second}" if second else first)
