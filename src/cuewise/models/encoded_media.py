"""Stored media in base64, as requests carry it."""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from cuewise.models.protocol import MediaPart, ReadMedia, Request
from cuewise.records import MediaRef

READ_AT_ONCE_BYTES: Final = 2**20
"""Media up to this in all is read in the event loop, where it takes a few milliseconds."""

PIECE_BYTES: Final = 3 * 2**19
"""Encoded at once: some 5 ms. A multiple of three, so that the pieces' base64 is that of the whole."""


def media_in(request: Request) -> list[MediaRef]:
    """Every piece of media in a request, in order."""
    parts = (part for message in request.messages for part in message.parts)
    return [part.media for part in parts if isinstance(part, MediaPart)]


def to_base64(data: bytes) -> bytes:
    """Base64, piece by piece: the encoder lets no other thread run, and the event loop may wait meanwhile."""
    view, starts = memoryview(data), range(0, len(data), PIECE_BYTES)
    return b"".join(base64.b64encode(view[start : start + PIECE_BYTES]) for start in starts)


class EncodedMedia:
    """Base64 of stored media, the most recently used kept up to a number of bytes."""

    def __init__(self, read_media: ReadMedia, max_bytes: int) -> None:
        self._read_media = read_media
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._held_bytes = 0

    async def encode(self, refs: Iterable[MediaRef]) -> dict[str, bytes]:
        """Base64 of each by SHA-256."""
        wanted = {ref.sha256: ref for ref in refs}
        result = {sha: self._held[sha] for sha in wanted if sha in self._held}
        for sha in result:
            self._held.move_to_end(sha)
        if missing := [ref for sha, ref in wanted.items() if sha not in result]:
            # A thread costs more than it saves on some frames, but long sounds must not hold up the loop.
            small = sum(ref.size_bytes for ref in missing) <= READ_AT_ONCE_BYTES
            pieces = self._load(missing) if small else await asyncio.to_thread(self._load, missing)
            for ref, encoded in zip(missing, pieces, strict=True):
                result[ref.sha256] = encoded
                self._hold(ref.sha256, encoded)
        return result

    def _load(self, refs: Sequence[MediaRef]) -> list[bytes]:
        return [to_base64(self._read_media(ref)) for ref in refs]

    def _hold(self, sha: str, encoded: bytes) -> None:
        if sha in self._held:  # read for another call at the same time
            return
        self._held[sha] = encoded
        self._held_bytes += len(encoded)
        while self._held_bytes > self._max_bytes:
            _, dropped = self._held.popitem(last=False)
            self._held_bytes -= len(dropped)
