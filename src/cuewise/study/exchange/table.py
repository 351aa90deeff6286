"""A study's ratings as a table: a row per rater, item and step. Of one run, `cuewise calibrate` reads it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from cuewise.agreement.cells import as_cell
from cuewise.records import CANNOT_TELL
from cuewise.study.questions import plain_question
from cuewise.study.records import Item, Said, Study, StudyKind

STUDY: Final = "study_sha256"
"""Column with the study that a row is of, as `Study.sha256` has it."""
STEP_COLUMNS: Final = (
    *("sample", "step", "right", "rater"),
    *("item", "run", "clip", "text", "label", "label_holds", "note", "seconds", "done", STUDY),
)
"""`label` is what the answer names, `label_holds` what the rater says of it; that, `note`, `seconds` and `done` are of
the item as a whole, and stand in each of its rows."""
QUESTION_COLUMNS: Final = (
    *("sample", "rater", "item", "clip", "question"),
    *("labels", "reasons", "note", "seconds", "done", STUDY),
)
"""`labels` are what the rater answers."""

BETWEEN: Final = " | "
"""Stands between labels."""
NONE_HOLDS: Final = "none of them"
WRITTEN: Final = {"right": "1", "wrong": "0", CANNOT_TELL: CANNOT_TELL}


def columns(kind: StudyKind) -> tuple[str, ...]:
    """The columns of a study's table."""
    return QUESTION_COLUMNS if kind is StudyKind.QUESTION else STEP_COLUMNS


def write_table(study: Study, said: Iterable[Said], file: TextIO, *, run: str | None = None) -> int:
    """Write what was said of the drawn items; attention items are left out, as they are no ratings of a run.

    Args:
        run: of this run's answers alone; None for all.

    Returns:
        The number of rows under the header.
    """
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(columns(study.plan.kind))
    drawn = {item.id: item for item in study.drawn}
    written, sha256 = 0, study.sha256()
    for one in said:
        item = drawn.get(one.item)
        if item is None or (run is not None and _run(study, item) != run):
            continue
        of_item = _question_rows if study.plan.kind is StudyKind.QUESTION else _step_rows
        for row in of_item(study, item, one):
            rows.writerow((*row, sha256))
            written += 1
    return written


def labels_written(said: Said) -> str:
    """The labels that hold; empty where nothing was said.

    >>> labels_written(Said(rater="a", item="i0001", label=("Sad", "Angry")))
    'Sad | Angry'
    """
    if said.cannot_tell_label:
        return CANNOT_TELL
    return "" if said.label is None else joined(said.label) or NONE_HOLDS


def joined(labels: Sequence[str]) -> str:
    """Labels in one cell; as a JSON list where one of them would be taken for two, or for another word.

    >>> joined(["Sad", "Angry"]), joined(["calm|bored", "Sad"]), joined(["none of them"])
    ('Sad | Angry', '["calm|bored", "Sad"]', '["none of them"]')
    """
    if any(
        "|" in label or label.startswith("[") or label in ("", NONE_HOLDS, CANNOT_TELL) for label in labels
    ):
        return json.dumps(list(labels), ensure_ascii=False)
    return BETWEEN.join(labels)


def _step_rows(study: Study, item: Item, said: Said) -> Iterable[tuple[object, ...]]:
    texts = {step.index: step.text for step in item.steps}
    named = joined(item.named) or item.steps[-1].text
    rows: list[tuple[int | None, str]] = [*sorted(said.steps.items())]
    for index, value in rows or [(None, "")]:
        yield (
            as_cell(item.sample.id),
            "" if index is None else index,
            WRITTEN.get(value, ""),
            said.rater,
            item.id,
            _run(study, item),
            as_cell(item.sample.clip.id),
            "" if index is None else as_cell(texts.get(index, "")),
            as_cell(named),
            as_cell(labels_written(said)),
            *_of_item(said),
        )


def _question_rows(study: Study, item: Item, said: Said) -> Iterable[tuple[object, ...]]:
    yield (
        as_cell(item.sample.id),
        said.rater,
        item.id,
        as_cell(item.sample.clip.id),
        as_cell(plain_question(item.sample)),
        as_cell(labels_written(said)),
        as_cell(said.reasons),
        *_of_item(said),
    )


def _of_item(said: Said) -> tuple[str, str, int]:
    return as_cell(said.note), f"{said.spent_s:g}", int(said.done)


def _run(study: Study, item: Item) -> str:
    return study.plan.runs[0] if item.judged is None else item.judged.run
