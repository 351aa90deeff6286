"""Templates and assets of a web application, with what all of them share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from cuewise.reports.templates import new_environment, own_templates

_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_SHARED: Final = {
    "base.css": ("cuewise.reports", "report.css"),
    "icon.svg": ("cuewise.web", "icon.svg"),
    "web.css": ("cuewise.web", "web.css"),
    "player.css": ("cuewise.web", "player.css"),
    "player.js": ("cuewise.web", "player.js"),
}
"""Assets of every application: name, and where it lies (package, file in its `assets/`)."""


class Pages:
    """Renders templates of a package's `pages/`, which may use those of this one and parts of the reports', and gives
    out its `assets/`.

    Templates escape whatever they are given, and fail on a name that they were not given. In them `asset(name)` is the
    address of an asset, with a hash of its content, so that a browser keeps it until it changes.
    """

    def __init__(self, package: str, assets: tuple[str, ...]) -> None:
        self._package = package
        self._files = {**_SHARED, **{name: (package, name) for name in assets}}

    @cached_property
    def _environment(self) -> Environment:
        here = [PackageLoader(package, "pages") for package in (self._package, "cuewise.web")]
        made = new_environment(ChoiceLoader([*here, own_templates()]))
        made.globals["asset"] = self._address
        return made

    @cached_property
    def _assets(self) -> Mapping[str, tuple[bytes, str]]:
        """By name: content, and the beginning of its hash."""
        found = {}
        for name, (package, file) in self._files.items():
            data = files(package).joinpath("assets", file).read_bytes()
            found[name] = data, hashlib.sha256(data).hexdigest()[:12]
        return found

    def _address(self, name: str) -> str:
        return f"/assets/{name}?v={self._assets[name][1]}"

    def text(self, template: str, **values: object) -> str:
        """A template as HTML."""
        return self._environment.get_template(template).render(**values)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A template as a response."""
        return HTMLResponse(self.text(template, **values), status_code=status)

    def route(self) -> Route:
        """Where the assets are given out."""
        return Route("/assets/{name}", self._give)

    def _give(self, request: Request) -> Response:
        found = self._assets.get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("There is no such asset.\n", status_code=404)
        data, version = found
        suffix = "." + request.path_params["name"].rpartition(".")[2]
        lasting = "public, max-age=31536000, immutable"
        headers = {"Cache-Control": lasting if request.query_params.get("v") == version else "no-cache"}
        return Response(data, media_type=_TYPES[suffix], headers=headers)
