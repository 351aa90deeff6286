"""What every command prints with: messages, JSON, tables. Foreign text cannot steer the terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from cuewise.samples.problems import printable

PIPED_WIDTH = 110
ROOMY = 100
"""Columns of a terminal from which on tables need not be sparing."""
NAME_WIDTH = 20
"""Columns that a model's name is given in less room."""

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table


def say(text: str) -> None:
    """Lines on standard error, with other control characters made visible."""
    for line in text.split("\n"):
        print(printable(line, limit=4000), file=sys.stderr, flush=True)


def say_first_alone(run: str, epochs: int, what: str) -> None:
    """That of several answers to each sample only the first is used; nothing where there is one."""
    if epochs > 1:
        say(f"run {run} has {epochs} answers to each sample: {what} the first of each alone")


def print_json(value: object) -> None:
    """One JSON document on standard output; a NaN in it is a fault of ours and raises ValueError."""
    # ASCII, which every terminal and pipe takes, whatever text is in it.
    print(json.dumps(value, indent=1, allow_nan=False))


def new_console() -> Console:
    """Where tables go. A pipe or a file has no width of its own, and no figure may be cut for want of one."""
    from rich.console import Console

    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if has_width else PIPED_WIDTH)


def in_lines(name: str, room: int = NAME_WIDTH) -> str:
    """A name in lines that end with one of its own marks.

    >>> in_lines("openai-api/lab/qwen2.5-vl-72b", 16).split("\\n")
    ['openai-api/lab/', 'qwen2.5-vl-72b']
    """
    first, *parts = re.split(r"(?<=[/_-])", name)
    lines = [first]
    for part in parts:
        if len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def signless(value: float | None) -> str:
    """One decimal with a sign only below 0, and none for what is printed as 0; a dash where a figure is undefined.

    >>> signless(-3.14), signless(-0.04), signless(None)
    ('−3.1', '0.0', '–')
    """
    return "–" if value is None else f"{round(value, 1) + 0.0:.1f}".replace("-", "−")


def new_table(title: str | None = None) -> Table:
    """An empty table in the look that all commands share. The title may hold markup: escape foreign text."""
    from rich import box
    from rich.table import Table

    return Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True
    )


def refuse_existing(output: Path | None, what: str = "ratings") -> None:
    """See that a file named with `-o` is a new one, where an earlier one may hold what nobody has a second time.

    Args:
        output: None for standard output.
        what: that is.

    Raises:
        InputError: it is there.
    """
    from cuewise.errors import InputError

    if output is not None and output.exists():
        raise InputError(f"{printable(output)} is there already and may hold {what}: name a new file with -o")


@contextmanager
def opened(path: Path | None, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Standard output, or a file that appears once it is whole.

    Raises:
        InputError: the file cannot be written.
    """
    import io

    from cuewise.whole_files import output_file

    if path is None:
        yield sys.stdout
        return
    with output_file(path) as raw:
        file = io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=True)
        yield file
        file.detach()
