"""The last page of a rater: what is done, what is begun or left for later, what is open, and thanks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from cuewise.study.checks import missing
from cuewise.study.web.answers import values
from cuewise.study.web.item_page import address
from cuewise.study.web.site import Visit


@dataclass(frozen=True)
class Entry:
    """An item in the list."""

    number: int
    where: str
    state: str
    """`done`, `begun`, `later` (left for later) or `open`."""
    words: str
    """The state, and of one that is begun how many answers are given."""


def show(visit: Visit) -> Response:
    """The page."""
    items = entries(visit)
    return visit.site.pages.page(
        "end.html",
        items=items,
        n_items=len(items),
        n_done=len(visit.done),
        follows=to_go_on(items),
        base=visit.base,
        queue=visit.queue,
    )


def to_go_on(items: Sequence[Entry]) -> Entry | None:
    """Where a rater who comes back goes on: the first item that is begun, else the first that is open, and only then
    what was left for later; None where all are done."""
    states = ("begun", "open", "later")
    return next((one for state in states for one in items if one.state == state), None)


def entries(visit: Visit) -> list[Entry]:
    """All items of the rater in order. One without any answer was left for later where a later one has answers."""
    found: list[Entry] = []
    beyond = False
    for number in range(len(visit.own), 0, -1):
        item = visit.own[number - 1]
        asked = len(missing(visit.site.study, item, {}))
        said = values(visit.site.store.counting(visit.rater, item.id))
        given = asked - len(missing(visit.site.study, item, said))
        if item.id in visit.done:
            state, words = "done", "done"
        elif any(value is not None for value in said.values()):
            state, words = "begun", f"begun, {given} of {asked}"
        else:
            state, words = ("later", "left for later") if beyond else ("open", "open")
        beyond = beyond or state in ("done", "begun")
        found.append(Entry(number, address(visit, number), state, words))
    return found[::-1]
