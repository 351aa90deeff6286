"""`cuewise import`: bring in what others wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli.options import JsonOption

if TYPE_CHECKING:
    from cuewise.interop.checkout import Imported
    from cuewise.interop.prompts import AgentPrompt

import_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@import_app.callback()
def _import() -> None:
    """Bring in what others wrote."""


@import_app.command("prompts")
def prompts_command(
    checkout: Annotated[
        Path, typer.Argument(metavar="PATH", help="A checkout of the benchmark authors' repository.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The prompt file to write.")
    ] = Path("authors-prompts.json"),
    json: JsonOption = False,
) -> None:
    """Read the authors' own prompts for extractor and judge, and write them to a file for `cuewise run --prompts`.

    The scripts are parsed, never run. A task whose scripts are missing or of another shape is left out, and said so.
    """
    from cuewise.cli.output import print_json, say
    from cuewise.interop.checkout import import_prompts
    from cuewise.interop.prompts import write_prompt_file

    imported = import_prompts(checkout)
    write_prompt_file(imported.prompts, output)
    if json:
        print_json(_as_json(imported, output))
        return
    for line in _lines(imported):
        say(line)
    typer.echo(output)


def _lines(imported: Imported) -> list[str]:
    read, unread = imported.prompts.tasks, imported.unread
    lines = [f"Read the prompts of {len(read)} of {len(read) + len(unread)} tasks: {', '.join(read)}."]
    if unread:
        lines.append(f"Not read, and not in the file: {', '.join(unread)}.")
        lines += [f"  {task}: {reason}" for task, reason in unread.items()]
    return lines


def _as_json(imported: Imported, output: Path) -> dict[str, Any]:
    return {
        "file": str(output),
        "sha256": imported.prompts.sha256(),
        "tasks": {
            task: {"extract": _agent(prompts.extract), "judge": _agent(prompts.judge)}
            for task, prompts in imported.prompts.tasks.items()
        },
        "not_read": imported.unread,
    }


def _agent(prompt: AgentPrompt) -> dict[str, Any]:
    """Where a prompt came from, and what its script asks; not its words."""
    return prompt.model_dump(mode="json", exclude={"messages", "schema_version"})
