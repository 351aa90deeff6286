"""Reads what Label Studio exports as JSON: tasks with annotations, each by one person.

The form is that of https://labelstud.io/guide/task_format. Names of controls are those of our labelling interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError
from cuewise.records import CANNOT_TELL
from cuewise.samples.files import is_encodable, read_json_list
from cuewise.samples.problems import Problem, printable
from cuewise.study.exchange.checks import Read
from cuewise.study.exchange.label_studio import LABEL, NOTE, REASONS, STEP, word_beside
from cuewise.study.exchange.seats import seat
from cuewise.study.exchange.table import NONE_HOLDS
from cuewise.study.records import Item, Said, Study

LONGEST_S: Final = 1e9
"""Of what can be a time; thirty years."""
_PLACE: Final = re.compile(re.escape(STEP) + r"(0|[1-9][0-9]{0,5})")


def read_label_studio(path: Path, name: str, study: Study) -> Iterator[Read | str]:
    """What each person says of each item, or what is wrong; annotations that were skipped are left out.

    Raises:
        OSError: the file cannot be read.
    """
    items, sha256 = {item.id: item for item in study.items}, study.sha256()
    for entry in read_json_list(path, name):
        if isinstance(entry, Problem):
            yield str(entry)
            continue
        try:
            item = _item(entry.values, items, sha256)
            annotations = entry.values.get("annotations")
            if not isinstance(annotations, list):
                raise InputError("has no list of `annotations`")
        except InputError as error:
            yield f"{entry.where}: {error}"
            continue
        for number, annotation in enumerate(annotations, 1):
            where = f"{entry.where}, annotation {number}"
            if isinstance(annotation, dict) and annotation.get("was_cancelled") is True:
                continue
            try:
                yield Read(_said(annotation, item, study.labels_asked(item)), where)
            except InputError as error:
                yield f"{where}: {error}"


def _item(task: dict[str, Any], items: dict[str, Item], sha256: str) -> Item:
    data = task.get("data")
    if not isinstance(data, dict):
        raise InputError("has no `data`; export the project as JSON, not as JSON-MIN or CSV")
    if data.get("study_sha256") != sha256:
        raise InputError(
            "is no task of this study; import the ratings into the study that its tasks came from"
        )
    id = data.get("item")
    if not isinstance(id, str) or id not in items:
        raise InputError(f"names no item of this study: {printable(repr(id))}")
    return items[id]


def _said(annotation: Any, item: Item, asked: Sequence[str]) -> Said:
    if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
        raise InputError("has no list of `result`s; export the project as JSON")
    steps: dict[int, str] = {}
    texts: dict[str, str] = {}
    labels: list[str] | None = None
    answered: set[str] = set()
    for result in annotation["result"]:
        name, value = _control(result)
        if name in answered:
            raise InputError(f"answers {printable(name)} twice; keep one of them")
        answered.add(name)
        if place := _PLACE.fullmatch(name):
            steps[_step(int(place[1]), item)] = _one(_texts(value, "choices"), name)
        elif name == LABEL:
            labels = _texts(value, "choices")
        elif name in (NOTE, REASONS):
            texts[name] = "\n".join(_texts(value, "text"))
        else:
            raise InputError(
                f"has an answer to {printable(repr(name))}, which our labelling interface does not ask"
            )
    return Said(
        rater=_rater(annotation.get("completed_by")),
        item=item.id,
        steps=steps,
        label=None if labels is None else _holding(labels, asked),
        cannot_tell_label=labels == [word_beside(CANNOT_TELL, asked)],
        note=texts.get(NOTE, ""),
        reasons=texts.get(REASONS, ""),
        done=True,
        spent_s=_seconds(annotation.get("lead_time")),
    )


def _control(result: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(result, dict):
        name, value = result.get("from_name"), result.get("value")
        if isinstance(name, str) and isinstance(value, dict):
            return name, value
    raise InputError("has a `result` without `from_name` and `value`; export the project again")


def _step(place: int, item: Item) -> int:
    if place >= len(item.rated):
        raise InputError(f"rates step number {place + 1} of item {item.id}, which has {len(item.rated)}")
    return item.rated[place]


def _texts(value: dict[str, Any], key: str) -> list[str]:
    found = value.get(key)
    found = [found] if isinstance(found, str) else found
    if isinstance(found, list) and all(isinstance(each, str) and is_encodable(each) for each in found):
        return found
    raise InputError(f"has a `value` without readable `{key}`; export the project again")


def _one(choices: list[str], name: str) -> str:
    if len(choices) != 1:
        raise InputError(f"has {len(choices)} answers to {printable(name)}, and one is asked for")
    return choices[0]


def _holding(labels: list[str], asked: Sequence[str]) -> tuple[str, ...] | None:
    """The labels that hold; None where that cannot be told."""
    none, cannot_tell = (word_beside(word, asked) for word in (NONE_HOLDS, CANNOT_TELL))
    for alone in (none, cannot_tell):
        if alone in labels and len(labels) > 1:
            raise InputError(f"says `{printable(alone)}` beside labels; mend it there")
    return None if labels == [cannot_tell] else () if labels == [none] else tuple(labels)


def _rater(completed_by: Any) -> str:
    """Who rated: the number of the account there, else its address, of which nothing readable is kept."""
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("id", completed_by.get("email"))
    if isinstance(completed_by, int) and not isinstance(completed_by, bool) and 0 <= completed_by < 2**53:
        return f"label-studio-{completed_by}"
    if isinstance(completed_by, str) and completed_by.strip() and is_encodable(completed_by):
        return seat(completed_by)
    raise InputError("does not say in `completed_by` who rated; export the project as JSON")


def _seconds(lead_time: Any) -> float:
    if lead_time is None:
        return 0.0
    if isinstance(lead_time, int | float) and not isinstance(lead_time, bool) and 0 <= lead_time <= LONGEST_S:
        return float(lead_time)
    raise InputError(f"has {printable(repr(lead_time))} as `lead_time`; seconds from 0 are meant")
