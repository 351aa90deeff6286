"""Puts the commands together. Importing this must stay fast: commands import what they need when called."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cuewise import __version__
from cuewise.cli.ablate import ablate_command
from cuewise.cli.audit import audit_app
from cuewise.cli.audit_gaming import audit_gaming_command
from cuewise.cli.audit_judge import audit_judge_command
from cuewise.cli.calibrate import calibrate_command
from cuewise.cli.compare import compare_command
from cuewise.cli.demo import demo_command
from cuewise.cli.doctor import doctor_command
from cuewise.cli.export import export_app
from cuewise.cli.import_ import import_app
from cuewise.cli.leaderboard import leaderboard_app
from cuewise.cli.models import models_command
from cuewise.cli.output import say
from cuewise.cli.rejudge import rejudge_command
from cuewise.cli.report import report_command
from cuewise.cli.run import run_command
from cuewise.cli.score import score_command
from cuewise.cli.study import study_app
from cuewise.cli.study_exchange import export_study_command, import_study_command
from cuewise.cli.study_report import report_study_command
from cuewise.cli.study_serve import study_serve_command
from cuewise.cli.tasks import tasks_command
from cuewise.cli.view import view_command

BAD_INPUT = 2
INTERRUPTED = 130
HINT_OF_MODEL = (
    "`cuewise models` lists what can be named. To try the command out, without a key or a server: --model"
    " baseline/prosody"
)
CLOSED_PIPE = 141
"""As of a program that the signal for it ends."""

app = typer.Typer(
    name="cuewise",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

audit_app.command("judge")(audit_judge_command)
audit_app.command("gaming")(audit_gaming_command)
export_app.command("study")(export_study_command)
import_app.command("study")(import_study_command)
study_app.command("report")(report_study_command)
study_app.command("serve")(study_serve_command)

app.command("demo")(demo_command)
app.command("run")(run_command)
app.command("rejudge")(rejudge_command)
app.command("ablate")(ablate_command)
app.command("score")(score_command)
app.command("compare")(compare_command)
app.command("report")(report_command)
app.command("view")(view_command)
app.command("calibrate")(calibrate_command)
app.add_typer(audit_app, name="audit")
app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
app.add_typer(study_app, name="study")
app.add_typer(leaderboard_app, name="leaderboard")
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
    try:
        try:
            code = app(standalone_mode=False)
        finally:
            sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        code = _end_quietly()
    except SystemExit as end:
        # The parser and rich make an exit of their own of it.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        code = _end_quietly()
    except Exception as error:  # noqa: BLE001 - raised again where it is not the user's
        code = _explain(error)
    sys.exit(code or 0)


def _end_quietly() -> int:
    """Nobody reads our output any more: let nothing more be said, at the exit neither."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return CLOSED_PIPE


def _explain(error: Exception) -> int:
    """Print a user's error as a message, without a traceback; any other error is raised again."""
    from cuewise.errors import CuewiseError

    show = getattr(error, "show", None)
    if isinstance(error, CuewiseError):
        say(f"cuewise: {error}")
    elif show is not None:  # the parser's own errors print themselves, with the usage
        show()
        lacking = getattr(error, "param", None)
        if type(error).__name__ == "MissingParameter" and getattr(lacking, "name", None) == "model":
            say(HINT_OF_MODEL)
    else:
        raise error
    return BAD_INPUT
