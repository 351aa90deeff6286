"""Requests to one server over aiohttp, with bounds on time and size, and no key in any error.

One request is one attempt: what may be worth another try is raised as such, and the caller tries again.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import aiohttp

from cuewise import __version__
from cuewise.errors import InputError, TransientModelError
from cuewise.models.addresses import check_base_url, is_local, proxy_for

MAX_REPLY_BYTES: Final = 32 * 2**20
"""A longer body is given up on."""
CONNECT_TIMEOUT_S: Final = 30.0
WRITE_AT_ONCE_BYTES: Final = 2**20
FILE_BYTES_PER_S: Final = 50_000
"""The slowest pace at which a file may come or go: so much longer than a call it may take."""
MAX_FILE_BYTES: Final = 4 * 2**30
"""A longer download is given up on."""

T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    payload: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Transport:
    """A way to one server.

    Args:
        label: what its errors begin with.
        base_url: what the paths of requests are appended to.
        headers: sent with every request; may hold the key.
        scrub: makes the words of errors fit to be shown.
        connections: connections that may be open at once.
        timeout_s: seconds from sending a request to the end of its reply.
    """

    def __init__(
        self,
        label: str,
        base_url: str,
        headers: Mapping[str, str],
        scrub: Callable[[str], str],
        connections: int,
        timeout_s: float,
    ) -> None:
        self.base_url = base_url
        self.timeout_s = timeout_s
        self._label = label
        self._headers = {"User-Agent": f"cuewise/{__version__}", **headers}
        self._scrub = scrub
        self._connections = connections
        self._proxy = proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        file_bytes: int = 0,
    ) -> Reply:
        """Make one request. Redirects are not followed: a key must not travel.

        Args:
            file_bytes: size of a file that the body is, which may take so much longer than a call.

        Raises:
            TransientModelError: of kind `timeout`, `connection` or `bad_body`; no reply came whole.
        """
        # A large body goes as a file: aiohttp writes it in pieces and lets others run in between.
        data = io.BytesIO(body) if body is not None and len(body) > WRITE_AT_ONCE_BYTES else body
        headers = {"Content-Type": "application/json", **(headers or {})}
        limit_s = self._limit_s(file_bytes)

        async def exchange() -> Reply:
            async with self._request(method, path, data=data, headers=headers, timeout_s=limit_s) as response:
                return await self._whole(response)

        return await self._told(exchange, limit_s)

    async def send_pieces(self, path: str, pieces: AsyncIterable[bytes], size: int) -> Reply:
        """Post a body of so many bytes that is not held in memory.

        Raises:
            TransientModelError: as for `send`.
        """
        limit_s = self._limit_s(size)
        headers = {"Content-Type": "application/json", "Content-Length": str(size)}

        async def exchange() -> Reply:
            async with self._request(
                "POST", path, data=pieces, headers=headers, timeout_s=limit_s
            ) as response:
                return await self._whole(response)

        return await self._told(exchange, limit_s)

    async def upload(self, path: str, fields: Mapping[str, str], file: Path, mime: str) -> Reply:
        """Post a form whose last part is a file, read from disk piece by piece.

        Args:
            fields: the form's other parts, before the file.
            file: becomes the part `file`, under its own name.

        Raises:
            TransientModelError: as for `send`.
        """
        limit_s = self._limit_s(file.stat().st_size)

        async def exchange() -> Reply:
            with file.open("rb") as opened:
                form = aiohttp.FormData(fields)
                form.add_field("file", opened, filename=file.name, content_type=mime)
                async with self._request("POST", path, data=form, timeout_s=limit_s) as response:
                    return await self._whole(response)

        return await self._told(exchange, limit_s)

    async def download(self, path: str, to: Path) -> Reply:
        """Get a file of any size, written to disk as it comes; a reply that is no good one is returned whole.

        Raises:
            TransientModelError: as for `send`; what has been written is not the file.
        """
        limit_s = self._limit_s(MAX_FILE_BYTES)

        async def exchange() -> Reply:
            async with self._request("GET", path, timeout_s=limit_s, idle_s=self.timeout_s) as response:
                if response.status != 200:
                    return await self._whole(response)
                written = 0
                with to.open("wb") as file:
                    async for piece in response.content.iter_chunked(2**20):
                        written += len(piece)
                        if written > MAX_FILE_BYTES:
                            raise self._failure("bad_body", f"a file of more than {MAX_FILE_BYTES} bytes")
                        await asyncio.to_thread(file.write, piece)
                return Reply(response.status, response.headers, b"")

        return await self._told(exchange, self.timeout_s)

    def _limit_s(self, file_bytes: int) -> float:
        """Seconds for a request with so many bytes of a file, and its reply."""
        return self.timeout_s + file_bytes / FILE_BYTES_PER_S

    def _request(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float,
        idle_s: float | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._open().request(
            method,
            f"{self.base_url}{path}",
            data=data,
            headers=headers,
            allow_redirects=False,
            # Not aiohttp's own reading of the environment: that would take passwords from ~/.netrc too.
            proxy=self._proxy,
            timeout=_timeout(timeout_s, idle_s),
        )

    async def _whole(self, response: aiohttp.ClientResponse) -> Reply:
        payload = bytearray()
        async for piece in response.content.iter_any():
            payload += piece
            if len(payload) > MAX_REPLY_BYTES:
                raise self._failure("bad_body", f"a reply of more than {MAX_REPLY_BYTES} bytes")
        return Reply(response.status, response.headers, bytes(payload))

    async def _told(self, exchange: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """What an exchange gives; what goes wrong in it, in words that are fit to be shown."""
        try:
            return await exchange()
        except TimeoutError:
            failure = self._failure("timeout", f"no full reply within {limit_s:g} s")
        except aiohttp.ClientPayloadError:
            failure = self._failure("bad_body", "the reply was cut off")
        except aiohttp.ClientResponseError as error:
            failure = self._failure("bad_body", f"not an HTTP reply: {error.message}")
        except (aiohttp.ClientError, OSError) as error:
            failure = self._failure("connection", f"{type(error).__name__}: {error}")
        # Out here, so that it is not chained to one of aiohttp's errors: they hold the headers with the key.
        raise failure

    async def close(self) -> None:
        """Close all connections. A later request opens new ones, in whatever event loop it runs."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _failure(self, kind: str, what: str) -> TransientModelError:
        return TransientModelError(f"{self._label}: {self.base_url}: {self._scrub(what)}", kind=kind)

    def _open(self) -> aiohttp.ClientSession:
        """The session, made on the first request, because it belongs to the loop that is running then."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _timeout(total_s: float, idle_s: float | None = None) -> aiohttp.ClientTimeout:
    """So long for a request in all, and for a pause in its reply."""
    return aiohttp.ClientTimeout(
        total=total_s, sock_connect=min(CONNECT_TIMEOUT_S, total_s), sock_read=idle_s
    )


def check_server(base_url: str, api_key: str | None, key_variable: str) -> tuple[str, str | None]:
    """Address and key of a server, made regular.

    Raises:
        InputError: the base URL is no plain http(s) address, or the key cannot be one, or it would be
            sent unencrypted over a public network.
    """
    base_url = check_base_url(base_url)
    key = (api_key or "").strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise InputError(f"what {key_variable} holds cannot be a key: it has spaces or odd characters in it")
    if key and base_url.lower().startswith("http:") and not is_local(base_url):
        raise InputError(f"{base_url} would get the key in {key_variable} unencrypted: use https")
    return base_url, key or None
