"""`cuewise export`: what a run stored, for other programs."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cuewise.cli import options as opt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
        typer.Option("--format", help="jsonl: one line per sample. csv: one row per step and evidence."),
    ] = ExportFormat.JSONL,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
) -> None:
    """Write for every step which frames, stretches of sound and words it was held against, with their times."""
    from cuewise.cli.output import say
    from cuewise.result import open_run

    result = open_run(run, workspace=workspace)
    if not result.finished:
        say(f"run {result.name} is not finished: only the samples so far are written")
    with _opened(output) as file:
        write = _write_csv if export_format is ExportFormat.CSV else _write_json_lines
        write(result.outcomes(), file)


def _write_json_lines(outcomes: Iterable[Outcome], file: TextIO) -> None:
    import json
    from dataclasses import asdict

    from cuewise.alignment import align

    for outcome in outcomes:
        document = {
            "sample": outcome.sample.id,
            "clip": outcome.sample.clip.id,
            "protocol": outcome.protocol.value,
            "steps": [asdict(step) for step in align(outcome)],
        }
        # ASCII, which every terminal and pipe takes, whatever text is in it.
        file.write(json.dumps(document, allow_nan=False) + "\n")


_COLUMNS = (
    *("sample", "clip", "protocol", "step", "text", "decision", "rating"),
    *("evidence", "kind", "modality", "start_s", "end_s", "checked", "cited", "nearest", "quotes"),
)


def _write_csv(outcomes: Iterable[Outcome], file: TextIO) -> None:
    """Rows of `_COLUMNS`; a step without evidence has one row, whose last columns are empty."""
    import csv

    from cuewise.alignment import align

    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for outcome in outcomes:
        sample = (_cell(outcome.sample.id), _cell(outcome.sample.clip.id), outcome.protocol.value)
        for step in align(outcome):
            decision = step.decision.value if step.decision else ""
            rating = "" if step.rating is None else f"{step.rating:g}"
            told = (*sample, step.step, _cell(step.text), decision, rating)
            for piece in step.evidence:
                flags = (int(piece.checked), int(piece.cited), int(piece.nearest))
                quotes = " ".join(f"{quote.start}-{quote.end}" for quote in piece.quotes)
                times = (f"{piece.start_s:g}", f"{piece.end_s:g}")
                rows.writerow((*told, piece.id, piece.kind.value, piece.modality, *times, *flags, quotes))
            if not step.evidence:
                rows.writerow((*told, *[""] * (len(_COLUMNS) - len(told))))


def _cell(text: str) -> str:
    """Foreign text as one line that no spreadsheet takes for a formula and no terminal for a command."""
    import unicodedata

    line = " ".join(text.split())
    line = "".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cs"})
    return f"'{line}" if line.startswith(tuple("=+-@＝＋－＠")) else line


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears once it is whole.

    Raises:
        InputError: the file cannot be written.
    """
    import sys

    from cuewise.errors import InputError
    from cuewise.samples.problems import printable

    if path is None:
        yield sys.stdout
        return
    unfinished = path.with_name(f"{path.name}.part")
    try:
        try:
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                yield file
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{printable(path)} cannot be written ({reason}): name another file with -o"
        ) from error
