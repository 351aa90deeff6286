"""A served study, for tests of what raters are given and what is taken from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from starlette.testclient import TestClient

from cuewise.media.store import MediaStore
from cuewise.runs.workspace import Workspace
from cuewise.study.folder import StudyFolder
from cuewise.study.records import Study
from cuewise.study.store import RatingStore
from cuewise.study.web.app import rating_app
from cuewise.study.web.site import Site
from cuewise.web.guard import Access, Guard
from support.viewer_app import served_app

HOST = "127.0.0.1:8322"
OURS = {"Origin": f"http://{HOST}"}
"""What a browser says of a change that comes from one of our pages."""
_NUMBERS = count(1)


def token(rater: str) -> str:
    """The token in a rater's link."""
    return f"link-of-{rater}-which-nobody-guesses"


def site_of(folder: StudyFolder, workspace: Path, *, study: Study | None = None) -> Site:
    """A study as it is served, its raters with links."""
    known = study or folder.study()
    store = RatingStore(folder.ratings_path)
    for rater in known.plan.raters:
        store.set_token(rater, token(rater))
    return Site(known, store, MediaStore(Workspace(workspace).media_path))


def client_of(site: Site) -> TestClient:
    """Asks the application behind its guard; what the application throws is thrown here."""
    guarded = Guard(rating_app(site), Access(frozenset({HOST})))
    return TestClient(guarded, base_url=f"http://{HOST}", follow_redirects=False)


def click_on(item: str, question: str, value: object, **more: object) -> dict[str, object]:
    """A click as a page sends it."""
    return {"id": f"click-{next(_NUMBERS):08d}", "item": item, "question": question, "value": value, **more}


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The application on a free port of this machine, behind its guard; gives its address."""
    with served_app(lambda access: Guard(rating_app(site), access)) as url:
        yield url
