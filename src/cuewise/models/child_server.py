"""A server that runs as a child of this process, and ends with it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cuewise.models import guard

POLL_S: Final = 0.25
_TAIL_BYTES: Final = 64 * 1024


class ServerEndedError(Exception):
    """The server ended by itself; the argument is its exit status."""


class ChildServer:
    """One server process. It and its children end with `stop`, or with this process however it ends.

    A guard process stands between: see `guard`. POSIX only.

    Args:
        command: program and arguments.
        environment: all of it.
        log: file that its output is appended to.
        grace_s: seconds it has to end when asked to, before it is killed.

    Raises:
        OSError: the log cannot be written, or no process can be started.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, *, grace_s: float = 10.0
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            # Not asyncio's: that kills its child, here the guard, when the loop goes before the child.
            self._guard = subprocess.Popen(  # noqa: S603 - what the user asked for
                [sys.executable, "-I", "-S", guard.__file__, str(grace_s), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C at a terminal is for this process alone
            )

    @property
    def running(self) -> bool:
        """Whether it runs, ready or not."""
        return self._guard.poll() is None

    async def until(
        self,
        ready: Callable[[], Awaitable[bool]],
        limit_s: float,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask again and again whether it is ready.

        Raises:
            ServerEndedError: it ended instead.
            TimeoutError: it was not ready in time; it still runs.
        """
        async with asyncio.timeout(limit_s):
            while True:
                # Whether it runs is looked at last: another server may have taken its port and be ready.
                is_ready = await ready()
                if not self.running:
                    raise ServerEndedError(self._guard.returncode)
                if is_ready:
                    return
                await sleep(POLL_S)

    async def stop(self) -> None:
        """End it, and wait until it has ended."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        wait_s = 0.01
        while self.running:
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, POLL_S)

    def last_lines(self, count: int) -> list[str]:
        """The end of its output, without empty lines, as it wrote them: not fit to be shown."""
        with self.log.open("rb") as output:
            output.seek(max(0, os.fstat(output.fileno()).st_size - _TAIL_BYTES))
            text = output.read(_TAIL_BYTES).decode("utf-8", "replace")
        return [line for line in text.splitlines() if line.strip()][-count:]


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
