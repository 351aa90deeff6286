"""Who may ask, and what a page may load: the outermost layer of every web application here.

A request passes if its `Host` is one that the server was started for (a page elsewhere cannot have a name of its own
point here, which is known as DNS rebinding), if it is small enough, if it carries the access token where there is
one, and, where it would change something, if it comes from a page of ours. Every response forbids the browser to load
or run anything from elsewhere, inline scripts included, and to tell other sites its address.

Bodies are short, and are read here before the application hears of the request, so that one that is too long is
answered as such whatever the application is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 64 * 1024
"""Of a request's body; a rating with its notes is far below."""
READING: Final = frozenset({"GET", "HEAD"})

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page may load: what this server gives, and nothing that stands in the page itself."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`, under which browsers do not say where a plain form comes from (`Origin: null`).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Access:
    """Who may ask."""

    hosts: frozenset[str] | None
    """Names by which the server may be called, as in `Host`, with the port; None for any, where a token protects it."""
    token: str | None = None
    """What whoever asks must know; None where anybody on this machine may."""
    open_paths: tuple[str, ...] = ()
    """Beginnings of paths that need no token, as their own links cannot be guessed."""


class Guard:
    """ASGI middleware that lets pass what `Access` allows."""

    def __init__(self, app: ASGIApp, access: Access, *, most_bytes: int = MOST_BYTES) -> None:
        self._app, self._access, self._most_bytes = app, access, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        body = await _body(receive, self._most_bytes)
        if body is None:
            await self._too_long()(scope, receive, send_guarded)
        elif body.get("type") == "http.request":
            await self._app(scope, _Again(body, receive), send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """What to say instead of passing the request on; None if it may pass."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if self._access.hosts is not None and host not in self._access.hosts:
            return _say(421, "This server is not called by that name; use the address that it printed.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most_bytes:
            return self._too_long()
        if scope["method"] not in READING and not _is_ours(headers, host):
            return _say(403, "This can only be changed from this server's own pages.")
        return self._without_token(scope, headers)

    def _too_long(self) -> Response:
        # What is left of the body is not read.
        close = {"Connection": "close"}
        return _say(413, f"At most {self._most_bytes:,} bytes can be sent at once.", close)

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        token, path = self._access.token, scope["path"]
        if token is None or any(path.startswith(start) for start in self._access.open_paths):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token", "")
        if scope["method"] not in READING or not hmac.compare_digest(given.encode(), token.encode()):
            if hmac.compare_digest(_cookie(headers, cookie_name(token)).encode(), _kept(token).encode()):
                return None
            return _say(401, "This needs the link with its token that the server printed when it started.")
        # The token moves from the address, where it would stay in the history, to a cookie.
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        answer = RedirectResponse(quote(_local(path)) + (f"?{rest}" if rest else ""), status_code=303)
        # Lax, as a link in a mail is on another site, and a strict cookie is not sent on from there. It is no proof
        # of where a change comes from; that is asked of `Origin`.
        answer.set_cookie(cookie_name(token), _kept(token), httponly=True, samesite="lax", path="/")
        return answer


class _Again:
    """Receives a body that was read before, and then whatever comes."""

    def __init__(self, body: Message, receive: Receive) -> None:
        self._body: Message | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._body = self._body, None
        return await self._receive() if body is None else body


async def _body(receive: Receive, most_bytes: int) -> Message | None:
    """The whole body as one message, or that whoever sends it has gone; None where it is longer than allowed."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return message
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most_bytes:
            return None
        more = message.get("more_body", False)
    return {"type": "http.request", "body": b"".join(parts), "more_body": False}


def cookie_name(token: str) -> str:
    """The access cookie of one server: browsers send cookies to all servers of a host, whatever their ports."""
    return f"cuewise-{hashlib.sha256(f'name {token}'.encode()).hexdigest()[:12]}"


def _is_ours(headers: Headers, host: str) -> bool:
    """Whether a browser says that one of our own pages asks. Every browser says where a change comes from."""
    origin = headers.get("origin", "").partition("://")[2].lower()
    site = headers.get("sec-fetch-site", "same-origin")
    return origin != "" and origin == host and site in ("same-origin", "none")


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _kept(token: str) -> str:
    """What the cookie holds: it proves that the token was known, and does not tell it."""
    return hashlib.sha256(f"cookie {token}".encode()).hexdigest()


def _local(path: str) -> str:
    """A path of this server, also where it begins with two slashes, which would name another one."""
    return "/" + path.lstrip("/\\")


def _say(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(text + "\n", status_code=status, headers=headers)
