"""Which page is where. Everything of a rater lies under `/r/TOKEN`; whoever runs the study has `/`.

What goes wrong is told in full to whoever runs the study alone, see `troubles`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cuewise.errors import CuewiseError, RunError
from cuewise.study.web import end, item_page, overview, welcome
from cuewise.study.web.answers import RefusedError, read_click
from cuewise.study.web.forms import read_form
from cuewise.study.web.site import Site, Visit
from cuewise.web import media

OPEN_PATHS: Final = ("/r/", "/assets/")
"""What needs no token but a rater's own."""
_AWAY: Final = 503
"""What could not be done may be possible later: pages send again what they sent."""
_OVERVIEW: Final = "/"
_NOT_KEPT: Final = (
    "Not saved: the server can keep nothing at the moment. What was saved before is kept. Try again in a few minutes;"
    " if it stays so, tell those who run the study."
)

ForRater = Callable[[Request, Visit], Awaitable[Response]]


def rating_app(site: Site) -> Starlette:
    """The application, without its guard."""

    def missing(request: Request, error: Exception) -> Response:
        return site.pages.page("missing.html", status=404)

    def away(request: Request, error: Exception) -> Response:
        """Tell in full whoever runs the study, and raters that something is wrong."""
        ours = not isinstance(error, CuewiseError)
        words = f"Something went wrong that should not ({type(error).__name__})." if ours else str(error)
        site.troubles.note(words)
        status = 500 if ours else _AWAY
        if request.url.path.endswith("/clicks"):
            return JSONResponse({"error": _NOT_KEPT}, status_code=status)
        for_owner = words if request.url.path == _OVERVIEW else ""
        return site.pages.page("error.html", status=status, words=for_owner)

    def of_rater(answer: ForRater) -> Callable[[Request], Awaitable[Response]]:
        async def found(request: Request) -> Response:
            token = request.path_params["token"]
            rater = await run_in_threadpool(site.rater_of, token)
            if rater is None:
                return missing(request, KeyError())
            return await answer(request, Visit(site, rater, token))

        return found

    def page(make: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request, visit: Visit) -> Response:
            return await run_in_threadpool(make, visit)

        return of_rater(answer)

    async def item(request: Request, visit: Visit) -> Response:
        number = request.path_params["number"]
        # Not one number more than there are, however it is written.
        numbers = {str(place): place for place in range(1, len(visit.own) + 1)}
        if number not in numbers:
            return missing(request, KeyError())
        if request.method != "POST":
            return await run_in_threadpool(item_page.show, visit, numbers[number])
        return await run_in_threadpool(_take_form, visit, numbers[number], await request.body())

    async def click(request: Request, visit: Visit) -> Response:
        return await run_in_threadpool(_take_click, visit, await request.body())

    async def piece(request: Request, visit: Visit) -> Response:
        return media.piece(request, site.media, lambda sha256: site.owns(visit.rater, sha256))

    async def clip(request: Request, visit: Visit) -> Response:
        return await run_in_threadpool(
            media.clip, request, site.paths, lambda sha256: site.owns(visit.rater, sha256)
        )

    app = Starlette(
        routes=[
            site.pages.route(),
            Route(_OVERVIEW, lambda _: overview.show(site)),
            Route("/r/{token}", page(welcome.show)),
            Route("/r/{token}/items/{number}", of_rater(item), methods=["GET", "POST"]),
            Route("/r/{token}/clicks", of_rater(click), methods=["POST"]),
            Route("/r/{token}/end", page(end.show)),
            Route("/r/{token}/media/{sha256}.{kind}", of_rater(piece)),
            Route("/r/{token}/clip/{sha256}", of_rater(clip)),
        ],
        exception_handlers={404: missing, CuewiseError: away, Exception: away},
    )
    app.router.redirect_slashes = False
    return app


def _take_click(visit: Visit, body: bytes) -> Response:
    """Keep a click and tell what is said of its item by now."""
    try:
        item = visit.site.answers.take(visit.rater, read_click(body))
    except RefusedError as error:
        return JSONResponse({"error": str(error)}, status_code=error.status)
    return JSONResponse({"item": item.id, "clicks": item_page.clicks_of(visit, item)})


def _take_form(visit: Visit, number: int, body: bytes) -> Response:
    """Keep what a form says, and show the item again, or the next one."""
    site, item = visit.site, visit.own[number - 1]
    try:
        click = read_form(body, site.study, item, site.store, visit.rater)
        if click is not None:
            site.answers.take(visit.rater, click)
    except RefusedError as error:
        return item_page.show(visit, number, said=f"Not saved: {error}.", status=error.status)
    except RunError as error:
        site.troubles.note(str(error))
        return item_page.show(visit, number, said=_NOT_KEPT, status=_AWAY)
    here = item_page.address(visit, number)
    if click is not None and not click.undoes and click.question == "done":
        here = item_page.after(visit, number)
    elif click is not None:
        here += f"#q-{click.question}"
    return RedirectResponse(here, status_code=303)
