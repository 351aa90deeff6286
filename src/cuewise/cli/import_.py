"""`cuewise import`: bring in what others wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuewise.cli import options as opt
from cuewise.cli.options import JsonOption

if TYPE_CHECKING:
    from cuewise.interop.answers import Collected
    from cuewise.interop.checkout import Imported
    from cuewise.interop.prompts import AgentPrompt

import_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

PROBLEMS_SHOWN = 20
BAD_ROWS = 2
"""Exit code where rows were left out, or answer another question."""


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


@import_app.command("answers")
def answers_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="The authors' answers (JSON, one file per task), or CSV or JSONL with `sample`, or `clip` and `task`,"
            " and `answer`.",
        ),
    ],
    data: Annotated[str, typer.Option(help="Dataset whose questions they answer, as for `cuewise run`.")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="They become the model imported/NAME.")],
    task: Annotated[
        str | None, typer.Option(help="Task of rows that name none; by default a file's name may tell it.")
    ] = None,
    task_file: opt.TaskFileOption = None,
    modalities: Annotated[
        str | None,
        typer.Option(
            help="What of the clips they were collected with, e.g. video,audio,text. Default: not told."
        ),
    ] = None,
    workspace: opt.WorkspaceOption = opt.WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Bring in answers that were collected elsewhere, to be judged and scored by `cuewise run --model imported/NAME`.

    Exit codes: 0 done, 2 rows that do not fit, which are told by file and line; what is sound is imported.
    """
    from cuewise.cli.output import print_json, say
    from cuewise.errors import InputError
    from cuewise.interop.answers import collect_answers
    from cuewise.models.imported import PREFIX, write_answers
    from cuewise.models.protocol import Modality
    from cuewise.runs.workspace import Workspace
    from cuewise.samples.dataset import read_dataset

    named = opt.split_modalities(modalities) or ()
    known = [modality.value for modality in Modality]
    if unknown := sorted(set(named) - set(known)):
        raise InputError(f"unknown modality {', '.join(unknown)}: choose from {', '.join(known)}")
    dataset = read_dataset(data, task_file=task_file, with_clips=False)
    collected_with = [modality for modality in Modality if modality in named]
    with write_answers(Workspace(workspace).answers_path, name, collected_with) as out:
        collected = collect_answers(files, dataset, out, task=task)
        if not collected.answers:
            told = "".join(f"\n  {problem}" for problem in collected.problems[:3]) or " there are no rows"
            raise InputError(f"no row answers a sample of {data}, so nothing was imported:{told}")
    sha256 = out.sha256()
    if json:
        print_json(_collected(collected, PREFIX + name, sha256))
    else:
        for line in _told(collected):
            say(line)
        typer.echo(PREFIX + name)
    if collected.n_problems:
        file = Workspace(workspace).answers_path / f"{name}.jsonl"
        say(f"What is sound is imported. To bring mended rows in under the same name, delete {file} first")
        raise typer.Exit(BAD_ROWS)


def _told(collected: Collected) -> list[str]:
    from cuewise.counts import how_many

    lines = [f"problem in the answers: {problem}" for problem in collected.problems[:PROBLEMS_SHOWN]]
    if (more := collected.n_problems - len(lines)) > 0:
        lines.append(f"{how_many(more, 'more problem')} in the answers")
    lines.append(
        f"{how_many(collected.answers, 'answer')} to {collected.samples:,} of"
        f" {how_many(collected.of, 'sample')}; a sample without one"
        " ends as model_failure (not_imported)"
    )
    return lines


def _collected(collected: Collected, model: str, sha256: str) -> dict[str, Any]:
    return {
        "model": model,
        "sha256": sha256,
        "answers": collected.answers,
        "samples_answered": collected.samples,
        "samples": collected.of,
        "n_problems": collected.n_problems,
        "problems": [
            {"where": problem.where, "what": problem.what, "hint": problem.hint}
            for problem in collected.problems
        ],
    }
