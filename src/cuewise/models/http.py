"""Requests to one server over aiohttp, with bounds on time and size, and no key in any error.

One request is one attempt: what may be worth another try is raised as such, and the caller tries again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp

from cuewise import __version__
from cuewise.errors import InputError, TransientModelError
from cuewise.models.addresses import check_base_url, is_local, proxy_for

MAX_REPLY_BYTES: Final = 32 * 2**20
"""A longer body is given up on."""
CONNECT_TIMEOUT_S: Final = 30.0
WRITE_AT_ONCE_BYTES: Final = 2**20


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
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": f"cuewise/{__version__}",
            **headers,
        }
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
    ) -> Reply:
        """Make one request. Redirects are not followed: a key must not travel.

        Raises:
            TransientModelError: of kind `timeout`, `connection` or `bad_body`; no reply came whole.
        """
        session = self._open()
        # A large body goes as a file: aiohttp writes it in pieces and lets others run in between.
        data = io.BytesIO(body) if body is not None and len(body) > WRITE_AT_ONCE_BYTES else body
        try:
            async with session.request(
                method,
                f"{self.base_url}{path}",
                data=data,
                headers=headers,
                allow_redirects=False,
                # Not aiohttp's own reading of the environment: that would take passwords from ~/.netrc too.
                proxy=self._proxy,
            ) as response:
                payload = bytearray()
                async for piece in response.content.iter_any():
                    payload += piece
                    if len(payload) > MAX_REPLY_BYTES:
                        break
                else:
                    return Reply(response.status, response.headers, bytes(payload))
                failure = self._failure("bad_body", f"a reply of more than {MAX_REPLY_BYTES} bytes")
        except TimeoutError:
            failure = self._failure("timeout", f"no full reply within {self.timeout_s:g} s")
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
                timeout=aiohttp.ClientTimeout(
                    total=self.timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, self.timeout_s)
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


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
