"""What a browser without script sends: the same clicks, as fields of a form.

The button that was pressed is the field `say`, as QUESTION=VALUE; `label=chosen` and `note=text` refer to fields of the
same form. The page's script reads the same buttons.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import ValidationError

from cuewise.records import CANNOT_TELL
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Click, Item, Study
from cuewise.study.store import RatingStore
from cuewise.study.web.answers import RefusedError

UNDO: Final = "undo"
_MOST_FIELDS: Final = 200


def read_form(body: bytes, study: Study, item: Item, store: RatingStore, rater: str) -> Click | None:
    """The click that a form stands for; None where there is nothing to take back.

    Raises:
        RefusedError: it is not in form.
    """
    try:
        fields = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise RefusedError(422, "there are too many fields") from error
    only = dict(fields)
    question, _, word = only.get("say", "").partition("=")
    given: dict[str, Any] = {"id": only.get("id", ""), "item": item.id, "question": question}
    if question == UNDO:
        counting = store.counting(rater, item.id)
        if not counting:
            return None
        given |= {"question": counting[-1].question, "undoes": counting[-1].id}
    elif question == LABEL:
        chosen = [value for name, value in fields if name == LABEL]
        given["value"] = _labels(word, chosen, study.labels_asked(item))
    elif question == DONE:
        given["value"] = word == "true"
    elif question in (NOTE, REASONS):
        # Forms send line ends as networks do.
        given["value"] = only.get(question, "").replace("\r\n", "\n") or None
    else:
        given["value"] = word
    try:
        return Click(**given)
    except ValidationError as error:
        raise RefusedError(422, "this is no click of a page of ours") from error


def _labels(word: str, chosen: list[str], asked: tuple[str, ...]) -> list[str] | str | None:
    """What is said of the labels: `all` and `none` of those that are asked about, or those of these places."""
    if word == CANNOT_TELL:
        return CANNOT_TELL
    if word in ("all", "none"):
        return list(asked) if word == "all" else []
    places = [int(place) for place in chosen if place.isdecimal() and len(place) < 6]
    if any(place >= len(asked) for place in places) or len(places) < len(chosen):
        raise RefusedError(422, "there is no such label")
    return [asked[place] for place in places] or None
