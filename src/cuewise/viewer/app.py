"""`cuewise view`: the web application over a workspace.

Handlers are plain functions, which Starlette runs in its pool of threads: nothing that reads a file or the index holds
up the loop. Requests name runs, samples and hashes, never paths.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cuewise.errors import CuewiseError
from cuewise.reports.private import scrub
from cuewise.runs.workspace import Workspace
from cuewise.viewer.list_page import list_page
from cuewise.viewer.not_found import NotFoundError
from cuewise.viewer.one_sample import calls, sample_page
from cuewise.viewer.run_page import live_json, report, run_page
from cuewise.viewer.runs_page import runs_page
from cuewise.viewer.site import Handler, Site
from cuewise.web.guard import Access, Guard
from cuewise.web.media import clip, piece

_PAGES: Final[dict[str, Handler]] = {
    "/": runs_page,
    "/samples": list_page,
    "/calls": calls,
    "/runs/{run}": run_page,
    "/runs/{run}/live.json": live_json,
    "/runs/{run}/report.html": report,
    "/runs/{run}/samples/{sample:path}": sample_page,
    "/media/{sha256}.{kind}": lambda site, request: piece(request, site.media),
    "/clip/{sha256}": lambda site, request: clip(request, site.clips),
}
_LOST: Final = "There is nothing at this address."


def make_app(workspace: Workspace, access: Access) -> Guard:
    """The application, with its guard around it.

    Args:
        access: who may ask.

    Raises:
        RunError: the index cannot be made.
    """
    site = Site(workspace)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        site.indexing.look(0)
        yield
        site.close()

    def route(path: str, handler: Handler) -> Route:
        def handle(request: Request) -> Response:
            return handler(site, request)

        return Route(path, handle, methods=["GET"])

    app = Starlette(
        routes=[site.pages.route(), *(route(path, handler) for path, handler in _PAGES.items())],
        lifespan=lifespan,
        exception_handlers={
            HTTPException: partial(_lost, site),
            CuewiseError: partial(_told, site),
            Exception: partial(_broken, site),
        },
    )
    return Guard(app, access)


def _lost(site: Site, _: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = _LOST if error.status_code == 404 else error.detail
    return _say(site, error.status_code, words)


def _told(site: Site, request: Request, error: Exception) -> Response:
    """What cannot be shown, in the words of whoever found out."""
    return _say(site, 404 if isinstance(error, NotFoundError) else 500, scrub(str(error)))


def _broken(site: Site, _: Request, error: Exception) -> Response:
    """A fault of ours; the server's log has all of it."""
    return _say(
        site, 500, f"Something went wrong that should not ({type(error).__name__}). The terminal says more."
    )


def _say(site: Site, status: int, words: str) -> Response:
    return site.page("error.html", "", status, code=status, words=words)
