"""Reads our table of ratings: rows of rater, item and step."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cuewise.agreement.cells import as_cell
from cuewise.agreement.ratings import right_of, step_of
from cuewise.errors import InputError
from cuewise.records import CANNOT_TELL
from cuewise.samples.files import Entry, read_csv
from cuewise.samples.problems import Problem, printable
from cuewise.study.exchange.checks import Read
from cuewise.study.exchange.seats import seat
from cuewise.study.exchange.table import BETWEEN, NONE_HOLDS, STUDY
from cuewise.study.questions import plain_question
from cuewise.study.records import Item, Said, Study, StudyKind

_SAID: Final = {True: "right", False: "wrong", None: CANNOT_TELL}
_SAID_IN: Final = {
    StudyKind.STEPS: ("right", "step", "label_holds", "label"),
    StudyKind.QUESTION: ("labels",),
}
"""Columns that tables of one kind of study have and those of the other have not; the first is what people say."""
_OF_ITEM: Final = ("label_holds", "labels", "note", "reasons", "seconds", "done")
"""Columns that say the same in each row of a rater's item."""


@dataclass
class _Gathered:
    """The rows of one rater and item so far."""

    item: Item
    where: str
    steps: dict[int, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)


def read_table(path: Path, name: str, study: Study) -> Iterator[Read | str]:
    """What each rater says of each item, or what is wrong with a row.

    An item is told by `item`, else by `sample`, and by `run` where the sample is there in several; whatever else a row
    says of what the item is of must be so. Of an item without `done` everything is done where every step is rated.

    Raises:
        OSError: the file cannot be read.
    """
    items, sha256 = _Items(study), study.sha256()
    found: dict[tuple[str, str], _Gathered] = {}
    for entry in read_csv(path, name):
        if isinstance(entry, Problem):
            yield str(entry)
            continue
        if problem := _of_another(entry, study, sha256):
            yield f"{entry.where}: {problem}"
            return  # the other rows are hardly of this study
        try:
            _take_in(entry, items, found, study)
        except InputError as error:
            yield str(error)
    for (rater, _), gathered in found.items():
        try:
            yield Read(_said(rater, gathered, study), gathered.where)
        except InputError as error:
            yield str(error)


def _of_another(entry: Entry, study: Study, sha256: str) -> str:
    """Why a row cannot be of a study with this hash, whatever its items are; empty where it can be."""
    values, name = entry.values, study.plan.name
    if told := values.get(STUDY):
        if told == sha256:
            return ""
        return f"holds ratings of another study than {name}, by its `{STUDY}`; import them into that one"
    kind = study.plan.kind
    other = StudyKind.STEPS if kind is StudyKind.QUESTION else StudyKind.QUESTION
    strange = [column for column in _SAID_IN[other] if column in values]
    if not strange or any(column in values for column in _SAID_IN[kind]):
        return ""
    return (
        f"has `{strange[0]}`, as in a study of kind {other}, and no `{_SAID_IN[kind][0]}`; {name} is of kind {kind}."
        " Import it into the study that it is of"
    )


class _Items:
    """The items of a study, as a row may name them."""

    def __init__(self, study: Study) -> None:
        self._plan = study.plan
        self._by_id = {item.id: item for item in study.items}
        self._by_sample: dict[str, list[Item]] = {}
        for item in study.drawn:
            for known_as in {item.sample.id, as_cell(item.sample.id)}:
                self._by_sample.setdefault(known_as, []).append(item)

    def find(self, entry: Entry) -> Item:
        """The item that a row is about.

        Raises:
            InputError: there is none, or there are several, or the row is about something else of that name.
        """
        item = self._named(entry)
        for column, told in self._told(item).items():
            cell = str(entry.values.get(column, ""))
            if cell and cell not in told and cell not in map(as_cell, told):
                raise InputError(
                    f"{entry.where}: item {item.id} is of {column} {printable(' or '.join(told), limit=200)} in this"
                    f" study, and not of {printable(cell, limit=200)}; are these ratings of another study? Import them"
                    " into that one"
                )
        return item

    def _named(self, entry: Entry) -> Item:
        id, sample, run = (str(entry.values.get(key, "")) for key in ("item", "sample", "run"))
        if id:
            if (item := self._by_id.get(id)) is None:
                raise InputError(f"{entry.where}: the study has no item {printable(id)}")
            return item
        of_run = [
            item for item in self._by_sample.get(sample, []) if not run or run in self._told(item)["run"]
        ]
        if len(of_run) != 1:
            told = "several items" if of_run else "no item"
            raise InputError(
                f"{entry.where}: the study has {told} of sample {printable(sample)}; name the `item`"
            )
        return of_run[0]

    def _told(self, item: Item) -> dict[str, tuple[str, ...]]:
        """What a row may say of what an item is of, by column: numbers of items are alike in all studies."""
        judged = item.judged
        told = {
            "sample": (item.sample.id,),
            "clip": (item.sample.clip.id,),
            "run": self._plan.runs if judged is None else (judged.run,),
        }
        if self._plan.kind is StudyKind.QUESTION:
            return told | {"question": (plain_question(item.sample), item.sample.question)}
        return told | {"epoch": (str(judged.epoch if judged else 0),)}


def _take_in(entry: Entry, items: _Items, found: dict[tuple[str, str], _Gathered], study: Study) -> None:
    values, where = entry.values, entry.where
    try:
        rater = seat(str(values.get("rater", "")))
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    item = items.find(entry)
    gathered = found.setdefault((rater, item.id), _Gathered(item, where))
    for column in _OF_ITEM:
        if column in values and gathered.cells.setdefault(column, values[column]) != values[column]:
            raise InputError(
                f"{where}: `{column}` of item {item.id} differs from that in {gathered.where}; say the same in all rows"
            )
    if study.plan.kind is StudyKind.QUESTION or "right" not in values:
        return
    if "step" not in values:
        raise InputError(f"{where}: has no `step`; say which step is rated")
    step = step_of(entry)
    texts = {each.index: as_cell(each.text) for each in item.steps}
    if values.get("text", texts.get(step, "")) != texts.get(step, ""):
        raise InputError(
            f"{where}: step {step} of item {item.id} has another text in this study; are these ratings of another"
            " study?"
        )
    if step in gathered.steps:
        raise InputError(
            f"{where}: step {step} of item {item.id} is rated by {rater} a second time; keep one row"
        )
    gathered.steps[step] = _SAID[right_of(entry)]


def _said(rater: str, gathered: _Gathered, study: Study) -> Said:
    cells, item = gathered.cells, gathered.item
    labels = cells.get("labels" if study.plan.kind is StudyKind.QUESTION else "label_holds", "")
    done = cells.get("done", "1" if gathered.steps.keys() >= set(item.rated) else "0")
    if done not in ("0", "1"):
        raise InputError(f"{gathered.where}: `done` is {printable(repr(done))}; write 1 or 0")
    return Said(
        rater=rater,
        item=item.id,
        steps=gathered.steps,
        label=None if labels in ("", CANNOT_TELL) else _labels(labels, study.labels_asked(item)),
        cannot_tell_label=labels == CANNOT_TELL,
        note=cells.get("note", ""),
        reasons=cells.get("reasons", ""),
        done=done == "1",
        spent_s=_seconds(cells.get("seconds", "0"), gathered.where),
    )


def _labels(cell: str, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of a cell, in the spelling in which they are asked; unknown ones stay, to be told."""
    if cell == NONE_HOLDS:
        return ()
    known = {as_cell(label): label for label in asked}
    parts = _listed(cell) or [part.strip() for part in cell.split(BETWEEN.strip())]
    return tuple(known.get(as_cell(part), part) for part in parts)


def _listed(cell: str) -> list[str]:
    """The labels of a cell that is a JSON list; none where it is not."""
    try:
        parts = json.loads(cell) if cell.startswith("[") else None
    except (ValueError, RecursionError):
        return []
    return parts if isinstance(parts, list) and all(isinstance(part, str) for part in parts) else []


def _seconds(cell: str, where: str) -> float:
    try:
        seconds = float(cell)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InputError(f"{where}: `seconds` is {printable(repr(cell))}; write a number from 0")
    return seconds
