"""The authors' prompts out of a checkout of their repository, which is foreign: its files are read, never run.

A checkout has, for each task, `extract_step/TASK/code/extract_step.py` and `eval_cot/TASK/code/eval_cot_gpt4o.py`.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuewise.errors import InputError, UnknownTaskError
from cuewise.interop.prompts import AgentPrompt, PromptFile, TaskPrompts
from cuewise.interop.source import EXTRACTION, JUDGEMENT, Shape, read_source
from cuewise.samples.problems import printable
from cuewise.samples.tasks import get_task, tasks

MAX_SOURCE_BYTES: Final = 256 * 2**10
"""The published files have some 10 kB."""


@dataclass(frozen=True)
class Imported:
    """What a checkout gave."""

    prompts: PromptFile
    unread: dict[str, str]
    """By task without prompts: why, in words."""


@dataclass(frozen=True)
class _Script:
    """One of the two scripts that each task has."""

    folder: str
    file: str
    shape: Shape


_EXTRACT: Final = _Script("extract_step", "extract_step.py", EXTRACTION)
_JUDGE: Final = _Script("eval_cot", "eval_cot_gpt4o.py", JUDGEMENT)


def import_prompts(checkout: Path) -> Imported:
    """The prompts of every task whose two scripts can be read; at least one.

    Raises:
        InputError: it is no such checkout, or no task of it can be read; the message says why, task by task.
    """
    found, unread = {}, {}
    folders = {script: _task_folders(checkout, script.folder) for script in (_EXTRACT, _JUDGE)}
    for task in tasks():
        try:
            found[task] = TaskPrompts(
                extract=_read(checkout, folders[_EXTRACT].get(task, []), task, _EXTRACT),
                judge=_read(checkout, folders[_JUDGE].get(task, []), task, _JUDGE),
            )
        except InputError as error:
            unread[task] = str(error)
    if not found:
        told = "\n".join(f"  {task}: {reason}" for task, reason in unread.items())
        raise InputError(f"{printable(checkout)}: no task's prompts could be read\n{told}")
    prompts = PromptFile(format="cuewise-authors-prompts", version=1, tasks=found)
    return Imported(prompts, unread)


def _task_folders(checkout: Path, folder: str) -> dict[str, list[str]]:
    """Names of folders by the task that they are of; others, as for pooled figures, are passed over."""
    named: dict[str, list[str]] = {}
    try:
        names = sorted(entry.name for entry in (checkout / folder).iterdir())
    except OSError as error:
        raise InputError(
            f"{printable(checkout)} is not a checkout of the authors' repository: its folder {folder} cannot be"
            f" listed ({error.strerror}); give the folder that holds extract_step and eval_cot"
        ) from error
    for name in names:
        try:
            named.setdefault(get_task(name).name, []).append(name)
        except UnknownTaskError:
            continue
    return named


def _read(checkout: Path, folders: list[str], task: str, script: _Script) -> AgentPrompt:
    """The prompt that one script of a task holds."""
    if len(folders) > 1:
        listed = printable(" and ".join(folders))
        raise InputError(f"{script.folder}: the folders {listed} are of one task; leave one of them")
    name = f"{script.folder}/{folders[0] if folders else task}/code/{script.file}"
    data = _bytes(checkout, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{printable(name)}, line {line}: not UTF-8; save the file as UTF-8") from error
    read = read_source(text, printable(name), script.shape)
    return AgentPrompt(
        messages=read.messages,
        source=name,
        source_sha256=hashlib.sha256(data).hexdigest(),
        model=read.model,
        temperature=read.temperature,
        max_tokens=read.max_tokens,
    )


def _bytes(checkout: Path, name: str) -> bytes:
    """A file of the checkout, unless a link leads out of it, or it is no file, or too large."""
    root, path = os.path.realpath(checkout), Path(os.path.realpath(checkout / name))
    shown = printable(name)
    if not path.is_relative_to(root):
        raise InputError(f"{shown}: a link leads out of the checkout; put the file itself there")
    try:
        if not path.is_file():
            raise InputError(f"{shown}: there is no such file; fetch the checkout again")
        with path.open("rb") as file:
            data = file.read(MAX_SOURCE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{shown}: cannot be read ({error.strerror}); check its permissions") from error
    if len(data) > MAX_SOURCE_BYTES:
        raise InputError(f"{shown}: larger than {MAX_SOURCE_BYTES // 2**10} KiB; is it another file?")
    return data
