"""What a rater may say of an item, on our pages or anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cuewise.records import CANNOT_TELL
from cuewise.samples.files import is_encodable
from cuewise.samples.problems import printable
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Item, Study, StudyKind

RATINGS: Final = ("right", "wrong", CANNOT_TELL)
"""Of a step."""
MOST_CHARS: Final = 4000
"""Of a note, or of reasons."""
MOST_SPENT_S: Final = 4 * 3600.0
"""A longer time says nothing any more of how long an item took, and is kept as this."""


def problem_of(study: Study, item: Item, question: str, value: Any) -> str:
    """Why a question of an item cannot be answered so; empty where it can.

    Args:
        question: as in `Click`.
        value: as in `Click`, of any type; None, to say nothing any more, answers all questions but `done`.
    """
    if question == LABEL:
        return _of_label(study, item, value)
    if question == DONE:
        return "" if isinstance(value, bool) else "an item is done or not: true or false is meant"
    if question == REASONS and study.plan.kind is not StudyKind.QUESTION:
        return "reasons are not asked for"
    if question in (NOTE, REASONS):
        return _of_text(question, value)
    return _of_step(item, question, value)


def called(question: str) -> str:
    """A question, in words."""
    names = {LABEL: "the label", DONE: "whether the item is done", NOTE: "the note", REASONS: "the reasons"}
    return names.get(question, f"step {question}")


def missing(study: Study, item: Item, said: Mapping[str, Any]) -> list[str]:
    """Questions that must be answered before an item is done, and are not, in words. Notes and reasons need not be.

    Args:
        said: what is said by now, by question.
    """
    steps = [str(index) for index in item.rated if said.get(str(index)) is None]
    label = [LABEL] if study.labels_asked(item) and said.get(LABEL) is None else []
    return [called(question) for question in steps + label]


def _of_step(item: Item, index: str, value: Any) -> str:
    rated = [str(each) for each in item.rated]
    if index not in rated:
        return f"step {printable(index)} is not rated; these are: {', '.join(rated) or 'none'}"
    if value is None or (isinstance(value, str) and value in RATINGS):
        return ""
    return f"a step is {_shown(value)}; say {', '.join(RATINGS)}"


def _of_label(study: Study, item: Item, value: Any) -> str:
    asked, names_one = study.labels_asked(item), study.plan.kind is StudyKind.QUESTION
    if not asked:
        return "the label is not asked about"
    if value is None or (value == CANNOT_TELL and isinstance(value, str) and not names_one):
        return ""
    if not isinstance(value, list):
        return f"the label is {_shown(value)}; a list of labels is meant"
    for label in value:
        if not isinstance(label, str) or label not in asked:
            return f"{_shown(label)} is no label of the item; there are: {', '.join(map(printable, asked))}"
    if len(set(value)) < len(value):
        return "a label is named twice"
    if names_one and not value:
        return "no label is named"
    if names_one and len(value) > 1 and not item.sample.multi_label:
        return f"{len(value)} labels are named, and one is asked for"
    return ""


def _of_text(question: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not is_encodable(value):
        return f"{called(question)} must be Unicode text"
    return (
        f"{called(question)} must have at most {MOST_CHARS:,} characters" if len(value) > MOST_CHARS else ""
    )


def _shown(value: Any) -> str:
    return printable(repr(value), limit=80)
