"""Check a raw entry by itself, or say what is wrong with it; `candidates` then puts it beside its candidates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from cuewise.cues import channels
from cuewise.errors import UnknownTaskError
from cuewise.records import Cue
from cuewise.samples.clips import has_control_characters, why_refused
from cuewise.samples.files import Entry, is_encodable
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task

NO_TASK: Final = "names no task"


class EntryError(Exception):
    """An entry cannot be used; becomes a `Problem`."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry whose parts are in order, before its labels are compared with the candidates."""

    where: str
    clip_id: str
    task: Task
    labels: str | tuple[str, ...]
    """As written: joined in one text, or one by one."""
    label_set: tuple[str, ...] | None
    """Candidates; None where the entry names none."""
    question: str
    transcript: str | None
    cues: tuple[Cue, ...]
    n_problems_before: int
    """How many problems were found before this entry, so that all can be told in the order of the files."""

    @property
    def source(self) -> str | None:
        """First folder of the clip's id."""
        return self.clip_id.split("/", 1)[0] if "/" in self.clip_id else None


CLIP_KEYS = ("video_id", "clip", "file")


def clip_id_of(entry: Entry) -> str | None:
    """The clip id that an entry states, unchecked."""
    return next((entry.values[key] for key in CLIP_KEYS if isinstance(entry.values.get(key), str)), None)


def problem(where: str, clip_id: str | None, what: str, hint: str) -> Problem:
    """A problem of one entry."""
    return Problem(f"{where} ({printable(clip_id)})" if clip_id else where, what, hint)


def task_of(entry: Entry, default: Task | None, known: Mapping[str, Task]) -> Task:
    """The task that an entry names, or `default` where it names none.

    Raises:
        EntryError: neither is there, or the name is unknown.
    """
    name = entry.values.get("task")
    if name is None or name == "":
        if default is None:
            hint = "choose exactly one task for the whole file, as `--task ER-Lab` does, or give each entry a `task`"
            raise EntryError(NO_TASK, hint)
        return default
    if not isinstance(name, str):
        raise EntryError("`task` is not text", "name one of the tasks there are")
    try:
        return get_task(name, known)
    except UnknownTaskError as error:
        raise EntryError(printable(error, 200), "mend the `task`, or define it in a task file") from None


def draft(entry: Entry, task: Task, n_problems_before: int) -> Draft:
    """Read an entry's parts.

    Raises:
        EntryError: one of them is missing or malformed.
    """
    values = entry.values
    clip_id = clip_id_of(entry)
    if clip_id is None:
        raise EntryError("names no clip", f"give one of {', '.join(CLIP_KEYS)} as text")
    if reason := why_refused(clip_id):
        raise EntryError(f"the clip id {reason}", "name the clip by a path inside the clips folder, with '/'")
    raw_set = values.get("label_set")
    return Draft(
        where=entry.where,
        clip_id=clip_id,
        task=task,
        labels=_gold(values.get("label")),
        label_set=None if raw_set is None else _candidates(raw_set),
        question=_text(values, "question") or task.question,
        transcript=_text(values, "transcript"),
        cues=_cues(values.get("cues")),
        n_problems_before=n_problems_before,
    )


def _text(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise EntryError(f"`{key}` is not text", "write it as text or leave it out")
    if value and not is_encodable(value):
        raise EntryError(f"`{key}` has halves of characters in it", "write it as UTF-8")
    return value.strip() or None if value else None


def _label(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise EntryError(f"`{key}` has an empty label or one that is not text", "write every label as text")
    if has_control_characters(value.strip()):
        raise EntryError(
            f"`{key}` has a label with control characters in it", "write every label on one line"
        )
    return value.strip()


def _gold(value: object) -> str | tuple[str, ...]:
    if value is None or value == "" or value == []:
        raise EntryError("has no label", "give a `label`")
    value = _unpacked(value, "label")
    if isinstance(value, list):
        return tuple(_label(item, "label") for item in value)
    return _label(value, "label")


def _candidates(value: object) -> tuple[str, ...]:
    value = _unpacked(value, "label_set")
    if isinstance(value, str):
        value = value.split(";" if ";" in value else ",")
    if not isinstance(value, list):
        raise EntryError("`label_set` is not a list", "write it as a list, or joined by ';'")
    labels = tuple(_label(item, "label_set") for item in value)
    if len(labels) < 2:
        raise EntryError("`label_set` has fewer than two candidates", "list all candidates")
    if len({label.casefold() for label in labels}) < len(labels):
        raise EntryError("`label_set` names a candidate twice", "list every candidate once")
    return labels


def _cues(value: object) -> tuple[Cue, ...]:
    if value is None or value == "":
        return ()
    value = _unpacked(value, "cues")
    if not isinstance(value, list):
        raise EntryError("`cues` is not a list", "write it as a JSON list of objects")
    return tuple(_cue(item, number) for number, item in enumerate(value, 1))


def _cue(value: object, number: int) -> Cue:
    try:
        cue = Cue.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = printable(".".join(str(part) for part in first["loc"]))
        what = f"cue {number} is malformed: {f'{at}: ' if at else ''}{first['msg']}"
        raise EntryError(what, "give channel, value, start_s and end_s") from None
    channel = channels().get(cue.channel)
    if channel is None:
        what = f"cue {number} has the unknown channel {printable(cue.channel)!r}"
        raise EntryError(what, f"use one of {', '.join(channels())}")
    if cue.value not in channel.values:
        what = f"cue {number} has the unknown value {printable(cue.value)!r} for {channel.name}"
        raise EntryError(what, f"use one of {', '.join(channel.values)}")
    if cue.end_s < cue.start_s:
        raise EntryError(f"cue {number} ends before it starts", "swap or mend its times")
    return cue


def _unpacked(value: object, key: str) -> object:
    """The list that a text such as `["a", "b"]` spells (CSV has no other way to hold one); else `value`."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise EntryError(f"`{key}` starts like a JSON list but is none", "mend it") from None
