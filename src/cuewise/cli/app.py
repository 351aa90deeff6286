"""Puts the commands together. Importing this must stay fast: commands import what they need when called."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cuewise import __version__
from cuewise.cli.demo import demo_command
from cuewise.cli.doctor import doctor_command
from cuewise.cli.models import models_command
from cuewise.cli.output import say
from cuewise.cli.rejudge import rejudge_command
from cuewise.cli.report import report_command
from cuewise.cli.run import run_command
from cuewise.cli.score import score_command
from cuewise.cli.tasks import tasks_command

app = typer.Typer(
    name="cuewise",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo_command)
app.command("run")(run_command)
app.command("rejudge")(rejudge_command)
app.command("score")(score_command)
app.command("report")(report_command)
app.command("tasks")(tasks_command)
app.command("models")(models_command)
app.command("doctor")(doctor_command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"cuewise {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Measure how well multimodal LLMs recognise emotions in short videos, and whether their reasons hold up."""


def main() -> None:
    """Run the command line and exit with its code."""
    from cuewise.errors import CuewiseError

    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except CuewiseError as error:
        say(f"cuewise: {error}")
        code = 2
    except BrokenPipeError:
        # The reader of our output went away; point the descriptor elsewhere so that exit does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code or 0)
