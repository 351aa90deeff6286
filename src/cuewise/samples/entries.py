"""Check a raw entry and make a sample of it, or say what is wrong with it.

Two passes, because the candidates of a manifest may have to be gathered from all its rows: `draft` reads one
entry by itself, `to_sample` puts it beside its candidates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cuewise.cues import channels
from cuewise.errors import UnknownTaskError
from cuewise.records import Clip, Cue, Sample
from cuewise.samples.clips import has_control_characters, why_refused
from cuewise.samples.files import Entry, is_encodable
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task


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


def task_of(entry: Entry, default: Task | None) -> Task:
    """The task that an entry names, or `default` where it names none.

    Raises:
        EntryError: neither is there, or the name is unknown.
    """
    name = entry.values.get("task")
    if name is None or name == "":
        if default is None:
            raise EntryError("names no task", "give a `task`, or choose exactly one task for the whole file")
        return default
    if not isinstance(name, str):
        raise EntryError("`task` is not text", "name one of the eight tasks")
    try:
        return get_task(name)
    except UnknownTaskError as error:
        raise EntryError(printable(error, 200), "mend the `task`") from None


def draft(entry: Entry, task: Task) -> Draft:
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


# --- labels beside their candidates ----------------------------------------------------------------


def fill_label_sets(drafts: Sequence[Draft]) -> dict[int, tuple[str, ...]]:
    """Candidates for the drafts that name none, by position.

    Drafts of the same task and corpus share theirs: the corpus's published candidates if it is one of the
    task's, else the published candidates of the task that contain the gold labels of most drafts, if that is
    more than half of them, else all gold labels in alphabetical order. So one misspelt label is told of,
    and does not become a candidate; labels of one's own do.
    """
    groups: dict[tuple[str, str | None], list[int]] = {}
    for at, item in enumerate(drafts):
        if item.label_set is None:
            known = {source.name for source in item.task.sources}
            groups.setdefault((item.task.name, item.source if item.source in known else None), []).append(at)
    filled: dict[int, tuple[str, ...]] = {}
    for (_, source_name), members in groups.items():
        task = drafts[members[0]].task
        published = [source.label_set for source in task.sources if source_name in (None, source.name)]
        gold = [_split(drafts[at]) for at in members]
        fits = [sum(all(_spelled(one, labels) for one in each) for each in gold) for labels in published]
        best = max(range(len(published)), key=fits.__getitem__)
        chosen = published[best] if source_name or 2 * fits[best] > len(members) else _gathered(gold)
        filled.update(dict.fromkeys(members, chosen))
    return filled


def _gathered(gold: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """All labels in alphabetical order, one spelling of each: that of its first use."""
    spelled: dict[str, str] = {}
    for label in (label for labels in gold for label in labels):
        spelled.setdefault(label.casefold(), label)
    return tuple(sorted(spelled.values()))


def _split(item: Draft) -> tuple[str, ...]:
    if isinstance(item.labels, tuple):
        return item.labels
    if item.task.separator is None:
        return (item.labels,)
    return tuple(part.strip() for part in item.labels.split(item.task.separator) if part.strip())


def _spelled(label: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `label` is, in the candidate's spelling; differences in case do not count."""
    wanted = label.casefold()
    return next((candidate for candidate in candidates if candidate.casefold() == wanted), None)


def _gold_labels(item: Draft, label_set: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(item.labels, str) and (whole := _spelled(item.labels, label_set)):
        return (whole,)
    parts = _split(item)
    if not parts:
        raise EntryError("has no label", "give a `label`")
    if not item.task.multi_label:
        listed = parts if len(parts) > 1 else parts[0].replace(";", ",").split(",")
        if len(listed) > 1 and (len(parts) > 1 or all(_spelled(part.strip(), label_set) for part in listed)):
            raise EntryError(
                f"has {len(listed)} labels, and {item.task.name} takes one",
                "give one label, or use a multi-label task",
            )
    labels = []
    for part in parts:
        label = _spelled(part, label_set)
        if label is None:
            how = f"; several labels are joined by {item.task.separator!r}" if item.task.separator else ""
            known = printable(", ".join(label_set), 200)
            what = f"the label {printable(part)!r} is not among its candidates ({known})"
            raise EntryError(what, f"mend the label or the label_set{how}")
        labels.append(label)
    if len(set(labels)) < len(labels):
        raise EntryError("names a gold label twice", "name every gold label once")
    return tuple(labels)


def to_sample(item: Draft, label_set: tuple[str, ...], audio_clue: str | None) -> Sample:
    """The sample of a draft; its clip has no path yet.

    Raises:
        EntryError: the labels do not fit the candidates or the task.
    """
    if len(label_set) < 2:
        raise EntryError("its label is the only one in the file", "give a `label_set` with all candidates")
    labels = _gold_labels(item, label_set)
    return Sample(
        id=f"{item.task.name}/{item.clip_id}",
        task=item.task.name,
        clip=Clip(id=item.clip_id),
        question=item.question,
        label_set=label_set,
        labels=labels,
        multi_label=item.task.multi_label,
        source=item.source,
        transcript=item.transcript,
        audio_clue=audio_clue,
        cues=item.cues,
    )
