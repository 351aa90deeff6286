"""What a rater may say: every click is checked against the study before it is kept.

A click is one that a page of ours could have sent, or it is refused with a reason; nothing of it is mended. What comes
twice is kept once and met with the same answer, so that a page may send again whatever it heard nothing of.

An item that is done has all its answers. A click that leaves one without takes back that it is done, by clicks of their
own in the audit trail: so an answer can be changed by way of none.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError

from cuewise.samples.problems import printable
from cuewise.study.checks import MOST_SPENT_S, missing, problem_of
from cuewise.study.records import DONE, Click, Item, Study
from cuewise.study.store import Kept, RatingStore, same, undone_by

TAKEN_BACK: Final = "taken-back-"
"""What ids of clicks begin with that no rater made: they take back that an item is done which lost an answer."""


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
                click = click.model_copy(update={"spent_s": min(click.spent_s, MOST_SPENT_S)})
                self._store.add(rater, [*self._taking_back(rater, item, click), click])
            elif not same(before, click):
                raise RefusedError(409, "another click has this id: load the page again")
        return item

    def _check(self, rater: str, item: Item, click: Click) -> None:
        if click.undoes:
            if not undone_by(click, self._store.find(rater, click.undoes)):
                raise RefusedError(409, "there is nothing to take back: load the page again")
            if click.value is not None:
                raise RefusedError(422, "what takes a click back has no value")
        elif problem := problem_of(self._study, item, click.question, click.value):
            raise RefusedError(422, problem)
        elif click.question == DONE and click.value:
            now = values(self._store.counting(rater, item.id))
            if open_questions := missing(self._study, item, now):
                raise RefusedError(
                    409, f"an item that is done has all its answers; missing: {open_questions[0]}"
                )

    def _taking_back(self, rater: str, item: Item, click: Click) -> list[Click]:
        """Clicks that take back that an item is done, where a click leaves it without all its answers."""
        before = [kept for kept in self._store.counting(rater, item.id) if kept.id != click.undoes]
        if not missing(self._study, item, values(before if click.undoes else [*before, click])):
            return []
        return [
            click.model_copy(
                update={
                    "id": f"{TAKEN_BACK}{uuid.uuid4()}",
                    "question": DONE,
                    "value": None,
                    "undoes": kept.id,
                }
            )
            for kept in before
            if kept.question == DONE
        ]


def values(clicks: Iterable[Kept | Click]) -> dict[str, Any]:
    """By question, what is said of it by now; of clicks that count, in their order."""
    return {click.question: click.value for click in clicks}
