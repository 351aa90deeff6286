"""What a rater may say: every click is checked against the study before it is kept.

A click is one that a page of ours could have sent, or it is refused with a reason; nothing of it is mended. What comes
twice is kept once and met with the same answer, so that a page may send again whatever it heard nothing of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from cuewise.samples.problems import printable
from cuewise.study.records import CANNOT_TELL, DONE, LABEL, NOTE, REASONS, Click, Item, Study, StudyKind
from cuewise.study.store import Kept, RatingStore, same, undone_by

MOST_CHARS: Final = 4000
"""Of a note, or of reasons."""
MOST_SPENT_S: Final = 4 * 3600.0
"""A longer time says nothing any more of how long an item took, and is kept as this."""
RATINGS: Final = ("right", "wrong", CANNOT_TELL)


class RefusedError(Exception):
    """A click that is not kept."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        """403 of an item that is not the rater's, 409 where it does not go with what was said before, 422 else."""


def read_click(body: bytes) -> Click:
    """A click as a page sends it, in JSON.

    Raises:
        RefusedError: it is not in form.
    """
    try:
        return Click.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = printable(f"{where}: {first['msg']}" if where else first["msg"], limit=200)
        raise RefusedError(422, f"this is no click: {what}") from error


class Answers:
    """Takes in what raters say of one study. Safe for several threads."""

    def __init__(self, study: Study, store: RatingStore) -> None:
        self._study, self._store = study, store
        self._items = {item.id: item for item in study.items}
        self._own = {rater: frozenset(ids) for rater, ids in study.assigned.items()}

    def take(self, rater: str, click: Click) -> Item:
        """Keep a click; returns once it is on disk, or was there already.

        Returns:
            The item that it is about.

        Raises:
            RefusedError: it is not kept.
            RunError: it cannot be written.
        """
        if click.item not in self._own.get(rater, ()):
            raise RefusedError(403, "this item is not among yours")
        item = self._items[click.item]
        # What a click is checked against must not change before it is kept.
        with self._store.at_once():
            before = self._store.find(rater, click.id)
            if before is None:
                self._check(rater, item, click)
                spent_s = min(click.spent_s, MOST_SPENT_S)
                self._store.add(rater, [click.model_copy(update={"spent_s": spent_s})])
            elif not same(before, click):
                raise RefusedError(409, "another click has this id: load the page again")
        return item

    def _check(self, rater: str, item: Item, click: Click) -> None:
        if click.undoes:
            if not undone_by(click, self._store.find(rater, click.undoes)):
                raise RefusedError(409, "there is nothing to take back: load the page again")
            if click.value is not None:
                raise RefusedError(422, "what takes a click back has no value")
        else:
            check_value(self._study, item, click.question, click.value)
        values = _values_after(self._store.counting(rater, item.id), click)
        if values.get(DONE) and (open_questions := missing(self._study, item, values)):
            raise RefusedError(409, f"an item that is done has all its answers; missing: {open_questions[0]}")


def check_value(study: Study, item: Item, question: str, value: Any) -> None:
    """See that a question of an item can be answered so.

    Raises:
        RefusedError: the item has no such question, or the question no such answer.
    """
    is_question = study.plan.kind is StudyKind.QUESTION
    if question.isdecimal():
        if int(question) not in item.rated:
            raise RefusedError(422, f"step {question} is not asked about")
        good = value is None or (isinstance(value, str) and value in RATINGS)
    elif question == LABEL:
        if not (asked := study.labels_asked(item)):
            raise RefusedError(422, "the label is not asked about")
        good = value is None or (value == CANNOT_TELL and not is_question) or _are_labels(value, asked)
        if is_question and isinstance(value, list):
            good = good and (len(value) >= 1 if item.sample.multi_label else len(value) == 1)
    elif question == DONE:
        good = isinstance(value, bool)
    else:
        if question == REASONS and not is_question:
            raise RefusedError(422, "reasons are not asked for")
        good = value is None or (isinstance(value, str) and len(value) <= MOST_CHARS and _is_text(value))
    if not good:
        raise RefusedError(422, f"this is no answer to {_name(question)}")


def values(clicks: Iterable[Kept | Click]) -> dict[str, Any]:
    """By question, what is said of it by now; of clicks that count, in their order."""
    return {click.question: click.value for click in clicks}


def missing(study: Study, item: Item, said: Mapping[str, Any]) -> list[str]:
    """Questions that must be answered before an item is done, and are not, in words. Notes and reasons need not be.

    Args:
        said: as `values` gives it.
    """
    steps = [str(index) for index in item.rated if said.get(str(index)) is None]
    label = [LABEL] if study.labels_asked(item) and said.get(LABEL) is None else []
    return [_name(question) for question in steps + label]


def _values_after(counting: Sequence[Kept], click: Click) -> dict[str, Any]:
    if click.undoes:
        return values(kept for kept in counting if kept.id != click.undoes)
    return values([*counting, click])


def _are_labels(value: Any, asked: Sequence[str]) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(label, str) and label in asked for label in value)
        and len(set(value)) == len(value)
    )


def _is_text(value: str) -> bool:
    """Whether it can be written in UTF-8, which half of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name(question: str) -> str:
    names = {LABEL: "the label", DONE: "whether the item is done", NOTE: "the note", REASONS: "the reasons"}
    return names.get(question, f"step {question}")
