"""A small application around a sample's page, as a workspace's own would serve it, for tests in a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.records import Outcome
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.store import CallStore
from cuewise.runs.workspace import Workspace
from cuewise.viewer.calls_page import calls_view
from cuewise.viewer.sample_page import Around, InRun, Links, SamplePage, find_clip, sample_view
from cuewise.web.guard import Access, Guard
from cuewise.web.media import clip, piece
from cuewise.web.pages import Pages


class SampleSite:
    """The pages of a workspace's samples."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = Workspace(workspace)
        self.media = MediaStore(self.workspace.media_path)
        self.paths = ClipPaths(self.media)
        self.pages = Pages("cuewise.viewer", ("sample.css", "sample.js"))

    def asked(self, runs: Sequence[str], sample: str) -> list[InRun]:
        """The sample in those of the runs that have it."""
        found = []
        for name in runs:
            folder = self.workspace.existing_run(name)
            with closing(OutcomeStore(folder.outcomes_path, read_only=True)) as store:
                outcomes = tuple(store.of([sample]))
            if outcomes:
                found.append(InRun(name, folder.manifest(), outcomes))
        return found

    def view(self, runs: Sequence[str], sample: str, epoch: int = 0) -> SamplePage:
        """The page's model, with the samples beside it in the first run."""
        asked = self.asked(runs, sample)
        with closing(
            OutcomeStore(self.workspace.existing_run(runs[0]).outcomes_path, read_only=True)
        ) as store:
            names = list(dict.fromkeys(outcome.sample.id for outcome in store))
        at = names.index(sample)
        around = Around(
            back="/",
            previous=self.url(runs[0], names[at - 1]) if at else None,
            next=self.url(runs[0], names[at + 1]) if at + 1 < len(names) else None,
            place=f"{at + 1} of {len(names)}",
        )
        links = Links(
            calls=lambda run, epoch: f"{self.url(run, sample)}/calls?epoch={epoch}",
            epoch=lambda epoch: f"{self.url(runs[0], sample)}?epoch={epoch}",
            run=lambda run: f"/runs/{run}",
        )
        return sample_view(
            asked, find_clip(asked, self.media, self.paths), around=around, links=links, epoch=epoch
        )

    def html(self, runs: Sequence[str], sample: str, epoch: int = 0) -> str:
        return self.pages.text("sample.html", view=self.view(runs, sample, epoch))

    @staticmethod
    def url(run: str, sample: str) -> str:
        return f"/runs/{run}/samples/{quote(sample)}"

    def app(self) -> Starlette:
        def page(request: Request) -> Response:
            run, sample = request.path_params["run"], request.path_params["sample"]
            others = [name for name in request.query_params.get("with", "").split(",") if name]
            epoch = int(request.query_params.get("epoch", "0"))
            return Response(self.html([run, *others], sample, epoch), media_type="text/html")

        def calls(request: Request) -> Response:
            run, sample = request.path_params["run"], request.path_params["sample"]
            (one,) = self.asked([run], sample)
            outcome: Outcome = one.outcomes[int(request.query_params["epoch"])]
            with closing(CallStore(self.workspace.calls_path, read_only=True)) as store:
                return self.pages.page("calls.html", view=calls_view(outcome, one.manifest, store))

        return Starlette(
            routes=[
                self.pages.route(),
                Route("/clip/{sha256}", lambda request: clip(request, self.paths)),
                Route("/media/{sha256}.{kind}", lambda request: piece(request, self.media)),
                Route("/runs/{run}/samples/{sample:path}/calls", calls),
                Route("/runs/{run}/samples/{sample:path}", page),
                Route("/", lambda _: PlainTextResponse("the list")),
            ]
        )


@contextmanager
def served(site: SampleSite) -> Iterator[str]:
    """The application on a free port of this machine, behind the guard; gives its address."""
    with served_app(lambda access: Guard(site.app(), access)) as address:
        yield address


@contextmanager
def served_app(make: Callable[[Access], ASGIApp]) -> Iterator[str]:
    """An application on a free port of this machine; gives its address.

    Args:
        make: the application with its guard, for those who may ask.
    """
    taken = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{taken.getsockname()[1]}"
    config = uvicorn.Config(make(Access(frozenset({host}))), log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://{host}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
