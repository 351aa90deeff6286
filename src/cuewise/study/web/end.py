"""The last page of a rater: what is done, what is open, and thanks."""

from __future__ import annotations

from starlette.responses import Response

from cuewise.study.web.item_page import address
from cuewise.study.web.site import Visit


def show(visit: Visit) -> Response:
    """The page."""
    items = [
        (number, address(visit, number), item.id in visit.done) for number, item in enumerate(visit.own, 1)
    ]
    return visit.site.pages.page(
        "end.html",
        items=items,
        n_items=len(items),
        n_done=len(visit.done),
        next_open=next((where for _, where, is_done in items if not is_done), None),
        base=visit.base,
        queue=visit.queue,
    )
