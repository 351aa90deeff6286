"""The eight tasks, read from `tasks.toml`; those of one's own are read by `own_tasks`."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import PurePath, PurePosixPath
from typing import Any

from cuewise.errors import UnknownTaskError
from cuewise.records import Synonyms


class LabelKind(StrEnum):
    """How many labels an answer has and whether they have an order."""

    SINGLE = "single"
    MULTI = "multi"
    """One or several labels at once."""
    ORDINAL = "ordinal"
    """One label from a scale."""


@dataclass(frozen=True)
class Source:
    """A corpus that a task draws clips from."""

    name: str
    """First folder of the ids of its clips."""
    n_questions: int
    """As published; 0 for a task of one's own."""
    label_set: tuple[str, ...]
    """Candidate labels in the published order and spelling."""
    languages: tuple[tuple[str, str], ...] = ()
    """What is spoken in which clips: the end of a clip's name, without its file's ending, and the language; an empty
    end for all clips. Empty where the corpus documents no language, or mixes them."""

    def language(self, clip: str) -> str | None:
        """The language spoken in a clip, such as `English`; None where the corpus does not tell.

        >>> get_task("IR").sources[0].language("MC-EIU/video/dia_1_utt_2_ch.mkv")
        'Chinese'
        """
        if not self.languages:
            return None
        stem = PurePosixPath(clip).stem
        return next((language for end, language in self.languages if stem.endswith(end)), None)


@dataclass(frozen=True)
class Task:
    """One of the benchmark's tasks, or one of one's own."""

    name: str
    """As published, e.g. `ER-Lab`."""
    title: str
    description: str
    """One line."""
    kind: LabelKind
    separator: str | None
    """What joins labels in the published files, or in one's own; None unless `kind` is multi."""
    scale: tuple[str, ...]
    """Labels from lowest to highest; empty unless `kind` is ordinal."""
    question: str
    """What the model is asked, without the candidate labels."""
    n_questions: int
    """As published; 0 for a task of one's own."""
    scenarios: tuple[str, ...]
    """Settings the clips come from. Known for the task as a whole; unknown for any single clip."""
    sources: tuple[Source, ...]
    """At least one; a task of one's own has one, without a name."""
    plain: str = ""
    """The question as people are asked it, without a word on how to answer; empty for a task of one's own."""
    synonyms: Synonyms = ()
    """Of a task of one's own: what else its labels may be called."""
    own: bool = False
    """Whether a task file defines it."""

    @property
    def multi_label(self) -> bool:
        """Whether several labels may hold at once."""
        return self.kind is LabelKind.MULTI

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels of all sources, each once, in order of first appearance."""
        return tuple(dict.fromkeys(label for source in self.sources for label in source.label_set))


@cache
def _all() -> tuple[Task, ...]:
    table = tomllib.loads(files("cuewise.samples").joinpath("tasks.toml").read_text(encoding="utf-8"))
    return tuple(_task(name, entry) for name, entry in table.items())


def _task(name: str, entry: dict[str, Any]) -> Task:
    return Task(
        name=name,
        title=entry["title"],
        description=entry["description"],
        kind=LabelKind(entry["kind"]),
        separator=entry.get("separator"),
        scale=tuple(entry.get("scale", ())),
        question=entry["question"],
        plain=entry["plain"],
        n_questions=entry["questions"],
        scenarios=tuple(entry["scenarios"]),
        sources=tuple(
            Source(
                source["name"],
                source["questions"],
                tuple(source["labels"]),
                _languages(source.get("language")),
            )
            for source in entry["sources"]
        ),
    )


def _languages(entry: str | dict[str, str] | None) -> tuple[tuple[str, str], ...]:
    if entry is None:
        return ()
    return (("", entry),) if isinstance(entry, str) else tuple(entry.items())


def tasks() -> dict[str, Task]:
    """All tasks by name, in the benchmark's order."""
    return {task.name: task for task in _all()}


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(token for token in re.split(r"[^a-z0-9]+", text.lower()) if token)


def task_key(name: str) -> str:
    """What two spellings of one task's name have in common.

    >>> task_key("ER_Lab") == task_key(" er-lab")
    True
    """
    return unicodedata.normalize("NFC", name).strip().casefold().replace("_", "-")


def get_task(name: str, known: Mapping[str, Task] | None = None) -> Task:
    """The task of that name; `ER-Lab`, `er_lab` and `ER_Lab` are the same.

    Args:
        name: as somebody wrote it.
        known: the tasks there are, by name; by default the eight.

    Raises:
        UnknownTaskError: no task has that name, or it is blank; the message suggests close ones.
    """
    known = tasks() if known is None else known
    wanted = task_key(name)
    if not wanted:
        raise UnknownTaskError(f"the name of a task is blank; the tasks are {', '.join(known)}")
    by_key = {task_key(task.name): task for task in known.values()}
    if task := by_key.get(wanted):
        return task
    close = [by_key[key].name for key in difflib.get_close_matches(wanted[:40], by_key, n=3, cutoff=0.5)]
    suggestion = f"did you mean {' or '.join(close)}? " if close else ""
    raise UnknownTaskError(f"unknown task {name[:40]!r}: {suggestion}the tasks are {', '.join(known)}")


def task_from_file_name(path: str | PurePath, known: Mapping[str, Task] | None = None) -> Task | None:
    """The task that a file's or folder's name speaks of, or None where it names none or two.

    The words of a task's name must stand together in the file name, in any case and joined by any sign; of
    nested names the longer wins.

    Args:
        path: its name alone is looked at.
        known: the tasks there are, by name; by default the eight.

    >>> task_from_file_name("results/FG_SA_eval.json").name
    'FG-SA'
    >>> task_from_file_name("SA_and_IR.json") is None
    True
    """
    words = _tokens(PurePath(path).name)
    found: dict[int, set[str]] = {}
    for task in (tasks() if known is None else known).values():
        name = _tokens(task.name)
        if name and any(words[at : at + len(name)] == name for at in range(len(words))):
            found.setdefault(len(name), set()).add(task.name)
    if not found:
        return None
    longest = found[max(found)]
    return get_task(longest.pop(), known) if len(longest) == 1 else None
