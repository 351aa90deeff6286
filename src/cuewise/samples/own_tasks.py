"""Tasks of one's own, defined in a TOML file that is named with the dataset or lies in it as `tasks.toml`::

    [Fatigue]
    title = "fatigue at the wheel"              # may be left out, as may description, separator and synonyms
    description = "Tell how tired a driver is."
    kind = "ordinal"                            # single: one label; multi: one or several; ordinal: one of a scale
    labels = ["Alert", "Tired", "Burnt out"]    # of an ordinal task from lowest to highest
    question = "Watch this driver. How tired is this person? Think step by step."
    synonyms = { "Burnt out" = ["spent", "worn out"] }

    [Tone]
    kind = "multi"
    separator = "|"                             # joins the labels of one answer key; `;` where it is left out
    ...

Such a file is strict: whatever is wrong with it is an error, since every sample of the task hangs on it. Names become
parts of ids, folders and pages, so that they are held to what is harmless there.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cuewise.errors import DatasetError
from cuewise.labels.concepts import phrase
from cuewise.records import Synonyms
from cuewise.samples.clips import has_control_characters
from cuewise.samples.problems import printable
from cuewise.samples.tasks import LabelKind, Source, Task, task_key, tasks

TASK_FILE: Final = "tasks.toml"
"""Name of the file where it lies with its dataset."""
MAX_FILE_BYTES: Final = 2**20
MAX_TASKS: Final = 100
MAX_LABELS: Final = 200
MAX_SYNONYMS: Final = 50
"""Of one label."""
MAX_NAME: Final = 40
"""Characters, as the next ones."""
MAX_LABEL: Final = 60
MAX_LINE: Final = 300
"""Of a title or a description."""
MAX_QUESTION: Final = 8000

_REQUIRED: Final = ("kind", "labels", "question")
_KEYS: Final = (*_REQUIRED, "title", "description", "separator", "synonyms")
_NAME: Final = re.compile(r"[^\W_](?:[\w .+-]*[\w+-])?")
# What Windows lets no folder be called, and what `--task` means by itself.
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)\d)(?:\..*)?|all", re.IGNORECASE)
_JOINING: Final = ",;"
"""Joins labels in prompts and in files, so that no label may have it inside."""


class _FaultError(Exception):
    def __init__(self, key: str | None, what: str, hint: str) -> None:
        super().__init__(what)
        self.key, self.what, self.hint = key, what, hint


def read_task_file(path: Path) -> dict[str, Task]:
    """The tasks that a file defines, by name, in its order; at least one.

    Raises:
        DatasetError: it cannot be read or is not sound; the message says which task and key, and what to do.
    """
    shown = printable(path)
    table = _read_toml(path, shown)
    if not table:
        raise DatasetError(f"{shown} defines no task; give it a table such as [My-Task]")
    if len(table) > MAX_TASKS:
        raise DatasetError(f"{shown} defines {len(table)} tasks; {MAX_TASKS} are the most")
    found: dict[str, Task] = {}
    names = {task_key(name): name for name in tasks()}
    for name, entry in table.items():
        try:
            _check_name(name, names)
            found[name] = _task(name, entry)
        except _FaultError as fault:
            key = "" if fault.key is None else f", `{fault.key}`"
            where = f"{shown}, task {printable(name, MAX_NAME)!r}{key}"
            raise DatasetError(f"{where}: {fault.what}; {fault.hint}") from None
        names[task_key(name)] = name
    return found


def _read_toml(path: Path, shown: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        told = error.strerror if isinstance(error, OSError) else error
        raise DatasetError(f"task file {shown} cannot be read: {told}; check the path") from error
    if len(data) > MAX_FILE_BYTES:
        raise DatasetError(
            f"task file {shown} is larger than {MAX_FILE_BYTES // 2**20} MiB: is it another file?"
        )
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"task file {shown}, line {line}: is not UTF-8; save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else printable(error, 200)
        raise DatasetError(f"task file {shown} is not TOML: {told}; mend it") from error


def _check_name(name: str, taken: Mapping[str, str]) -> None:
    if len(name) > MAX_NAME:
        raise _FaultError(None, f"its name has {len(name)} characters", f"use at most {MAX_NAME}")
    if not _NAME.fullmatch(name):
        raise _FaultError(
            None,
            "its name would not do as a folder",
            "use letters, digits and, between them, spaces and . _ + - (quote a name that is not one plain word)",
        )
    if _RESERVED.fullmatch(name):
        raise _FaultError(None, "its name is reserved", "choose another")
    if (other := taken.get(task_key(name))) in tasks():
        raise _FaultError(None, f"{other} is one of the benchmark's own tasks", "choose another name")
    if other is not None:
        raise _FaultError(None, f"its name is also that of {other!r} in this file", "rename one")


def _task(name: str, entry: object) -> Task:
    if not isinstance(entry, dict):
        raise _FaultError(None, "is not a table", f"write it as [{name}] with its keys below")
    for key in entry:
        if key not in _KEYS:
            close = difflib.get_close_matches(key[:MAX_NAME], _KEYS, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise _FaultError(
                printable(key, MAX_NAME), "is no key of a task", f"{hint}there are {', '.join(_KEYS)}"
            )
    for key in _REQUIRED:
        if key not in entry:
            raise _FaultError(key, "is missing", "add it")
    kind = _kind(entry["kind"])
    labels = _labels(entry["labels"])
    return Task(
        name=name,
        title=_line(entry, "title") or name,
        description=_line(entry, "description"),
        kind=kind,
        separator=_separator(entry, kind, labels),
        scale=labels if kind is LabelKind.ORDINAL else (),
        question=_question(entry["question"]),
        n_questions=0,
        scenarios=(),
        sources=(Source("", 0, labels),),
        synonyms=_synonyms(entry.get("synonyms", {}), labels),
        own=True,
    )


def _kind(value: object) -> LabelKind:
    kinds = [kind.value for kind in LabelKind]
    if value not in kinds:
        raise _FaultError("kind", f"is {printable(value)!r}", f"choose one of {', '.join(kinds)}")
    return LabelKind(value)


def _labels(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) < 2:
        raise _FaultError("labels", "is not a list of two labels or more", "list all candidates")
    if len(value) > MAX_LABELS:
        raise _FaultError("labels", f"has {len(value)} labels", f"{MAX_LABELS} are the most")
    labels = tuple(_word(label, "labels", number) for number, label in enumerate(value, 1))
    seen: dict[tuple[str, ...], str] = {}
    for label in labels:
        if (other := seen.setdefault(phrase(label), label)) is not label:
            told = f"{other!r} and {label!r} are of the same words"
            raise _FaultError(
                "labels", told, "an answer could not tell them apart: leave one out or rename it"
            )
    return labels


def _synonyms(value: object, labels: tuple[str, ...]) -> Synonyms:
    if not isinstance(value, dict):
        raise _FaultError("synonyms", "is not a table", """write it as { "label" = ["another word"] }""")
    means = {phrase(label): label for label in labels}
    found = []
    for label, words in value.items():
        if label not in labels:
            close = difflib.get_close_matches(label[:MAX_LABEL], labels, n=1)
            hint = f"did you mean {close[0]}?" if close else "use the spelling of `labels`"
            raise _FaultError("synonyms", f"{printable(label, MAX_LABEL)!r} is none of the labels", hint)
        if not isinstance(words, list) or len(words) > MAX_SYNONYMS:
            told = f"those of {label!r} are not a list of at most {MAX_SYNONYMS} words"
            raise _FaultError("synonyms", told, "write them as a list")
        read = tuple(_word(word, "synonyms", number) for number, word in enumerate(words, 1))
        for word in read:
            if (other := means.setdefault(phrase(word), label)) != label:
                told = f"{word!r} is given for {label!r} and already stands for {other!r}"
                raise _FaultError("synonyms", told, "leave it with one of them")
        if read:
            found.append((label, read))
    return tuple(found)


def _word(value: object, key: str, number: int) -> str:
    """A label or another word for one."""
    where = f"entry {number} ({printable(value, MAX_LABEL)!r})"
    if not isinstance(value, str):
        raise _FaultError(key, f"{where} is not text", "put it in quotes")
    if value != value.strip() or not phrase(value):
        raise _FaultError(
            key, f"{where} has no letters, or spaces around it", "write a word that can be said"
        )
    if len(value) > MAX_LABEL:
        raise _FaultError(key, f"{where} has {len(value)} characters", f"use at most {MAX_LABEL}")
    if has_control_characters(value) or not value.isprintable():
        raise _FaultError(
            key, f"{where} has signs that cannot be shown", "write it on one line, in plain letters"
        )
    if any(sign in value for sign in _JOINING):
        raise _FaultError(key, f"{where} has a comma or semicolon, which join labels", "write it without")
    return value


def _separator(entry: Mapping[str, object], kind: LabelKind, labels: tuple[str, ...]) -> str | None:
    if kind is not LabelKind.MULTI:
        if "separator" in entry:
            raise _FaultError("separator", f"has no use where `kind` is {kind.value}", "leave it out")
        return None
    value = entry.get("separator", ";")
    if (
        not isinstance(value, str)
        or len(value) != 1
        or not value.isprintable()
        or value.isalnum()
        or value in ' ["'
    ):
        raise _FaultError("separator", f"is {printable(value)!r}", "use one sign such as ; , or |")
    for label in labels:
        if value in label:
            raise _FaultError("separator", f"stands in the label {label!r} too", "choose another sign")
    return value


def _line(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str) or len(value) > MAX_LINE or not value.isprintable():
        raise _FaultError(
            key, f"is not one line of text of at most {MAX_LINE} characters", "shorten or mend it"
        )
    return value.strip()


def _question(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise _FaultError(
            "question", "is not text, or empty", "say what the model is asked, without the candidates"
        )
    if len(text) > MAX_QUESTION:
        raise _FaultError("question", f"has {len(text)} characters", f"use at most {MAX_QUESTION}")
    if not all(sign.isprintable() or sign in "\n\t" for sign in text):
        raise _FaultError("question", "has control characters in it", "write it as plain text")
    return text
