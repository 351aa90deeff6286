"""The workspace's application on a port of this machine, for tests in a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from cuewise.web.guard import Access


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
