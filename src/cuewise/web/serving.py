"""Serving a web application from this machine: on loopback, or where the user says so, with a token."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cuewise.errors import InputError
from cuewise.samples.problems import printable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from cuewise.web.guard import Access

LOOPBACK = "127.0.0.1"
_NOT_OURS = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL})
"""Of an address that is another machine's, of a family that this one has not, or of an interface that is not named."""
_HTTP = 80
"""The port that browsers leave out of a name."""
ANOTHER_PORT = "give another --port, or 0 for any that is free"


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_any(self) -> bool:
        """Whether it is every address of this machine."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """Where a browser finds it, without a slash at the end."""
        return f"http://{self.name}"

    @property
    def name(self) -> str:
        """HOST:PORT in the address that a browser is given."""
        host = socket.gethostname() if self.is_any else self.host
        return f"{_in_url(host)}:{self.port}"

    def answers_to(self, name: str) -> bool:
        """Whether it can be reached as HOST:PORT. Under which names a machine is known can only be told of loopback: of
        every address of a machine the port must be the same."""
        hosts = self.hosts()
        return name.endswith(f":{self.port}") if hosts is None else name.lower() in hosts

    def hosts(self) -> frozenset[str] | None:
        """Names by which it may be called; None for any name."""
        if self.is_any:
            return None
        names = {_in_url(self.host)} | ({"localhost", LOOPBACK} if self.is_loopback else set())
        ends = (f":{self.port}", "") if self.port == _HTTP else (f":{self.port}",)
        return frozenset(f"{name}{end}".lower() for name in names for end in ends)


def require_extra(what: str) -> None:
    """See that there is what a server is made of.

    Args:
        what: needs it, for the message.

    Raises:
        InputError: it is not installed.
    """
    try:
        import starlette  # noqa: F401 - both are of the extra
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"{what} needs Starlette and uvicorn; install them with: pip install 'cuewise[viewer]'"
        ) from error


def listen(
    host: str, port: int, *, allow_remote: bool, if_in_use: str = ANOTHER_PORT
) -> tuple[socket.socket, Address]:
    """Take a port, before anything is said of it.

    Args:
        port: 0 for any that is free.
        allow_remote: whether an address that other machines can reach is meant.
        if_in_use: what to do where another program listens on the port.

    Raises:
        InputError: the address cannot be had, or others could reach it and that is not said to be meant.
    """
    if not Address(host, port).is_loopback and not allow_remote:
        raise InputError(
            f"other machines can reach {printable(host)}, and see the clips and answers in the workspace: add"
            " --allow-remote if that is meant; a token will then be asked for"
        )
    taken: socket.socket | None = None
    try:
        family, kind, proto, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, proto)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(where)
        taken.listen(128)
    except (OSError, UnicodeError) as error:
        if taken is not None:
            taken.close()
        raise InputError(_refused(host, port, error, if_in_use)) from error
    return taken, Address(host, taken.getsockname()[1])


def _refused(host: str, port: int, error: OSError | UnicodeError, if_in_use: str) -> str:
    """Why an address cannot be had, and whether it is the host or the port that another would do for."""
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and error.errno not in _NOT_OURS:
        to_do = if_in_use if error.errno == errno.EADDRINUSE else ANOTHER_PORT
        return f"{printable(host)}, port {port} cannot be listened on ({error.strerror or error}): {to_do}"
    # Names with an empty part, or one of 64 letters, fail before anybody is asked for them.
    why = error.strerror if isinstance(error, OSError) else "no name of a machine"
    return (
        f"{printable(host)} cannot be listened on ({why}): give another --host, one that is an address of this machine;"
        f" {LOOPBACK} is for this machine alone, 0.0.0.0 is all of its addresses"
    )


def access_to(address: Address, *, open_paths: tuple[str, ...] = (), ask_token: bool = False) -> Access:
    """Who may ask a server at this address: on loopback whoever is on this machine, else who knows a new token.

    Args:
        ask_token: whether the token is asked for on loopback too.
    """
    from cuewise.web.guard import Access

    token = None if address.is_loopback and not ask_token else secrets.token_urlsafe(24)
    return Access(address.hosts(), token, open_paths)


def serve(app: ASGIApp, taken: socket.socket, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted.

    Args:
        app: with its guard around it.
        ready: called once the server answers.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # links to raters would stand in it
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=3,
    )
    Server(config).run(sockets=[taken])


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
