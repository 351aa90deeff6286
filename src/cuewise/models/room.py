"""How many bytes of large bodies are in memory at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

_PIECE_BYTES: Final = 2**20


class Room:
    """Room for so many bytes, given out in the order in which it is asked for. Belongs to one event loop."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._queue = asyncio.Lock()
        self._given_back = asyncio.Event()

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[Callable[[], None]]:
        """Wait for room, which is given back at the end, or before it by calling what this gives.

        Args:
            size: in bytes. What is larger than the room is let in alone.
        """
        size = min(size, self._size)
        async with self._queue:
            while self._free < size:
                self._given_back.clear()
                await self._given_back.wait()
            self._free -= size

        def give_back() -> None:
            nonlocal size
            self._free += size
            size = 0
            self._given_back.set()

        try:
            yield give_back
        finally:
            give_back()


class Outgoing:
    """A body in pieces, let go of when the last of them has been sent: a reply may be waited for long.

    Args:
        sent: called then.
    """

    def __init__(self, body: bytes, sent: Callable[[], None]) -> None:
        self.size: Final = len(body)
        self._body = body
        self._sent = sent

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body, self._body = self._body, b""
        for start in range(0, self.size, _PIECE_BYTES):
            yield body[start : start + _PIECE_BYTES]
        del body
        self._sent()
