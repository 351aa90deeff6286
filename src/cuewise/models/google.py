"""Gemini by its own interface, `POST {base}/v1beta/models/MODEL:generateContent`: frames, sound and video files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from cuewise.errors import PermanentModelError
from cuewise.models.encoded_media import media_in
from cuewise.models.google_files import UploadedFiles
from cuewise.models.google_wire import encode_request, read_content
from cuewise.models.http import Reply
from cuewise.models.protocol import Completion, Request
from cuewise.models.served import ServedModel
from cuewise.records import MediaRef

MAX_INLINE_BYTES: Final = 18_000_000
"""Base64 that goes into one body. The interface takes requests of 20 MB in all; words need room too."""


class Google(ServedModel):
    """A model behind the Gemini API; see `ServedModel` for its arguments.

    The base URL goes up to, and without, `/v1beta`. `parameters` may hold `top_p`, `reasoning_effort` (the
    thinking level) and `show_thinking` (thoughts in the reply).

    Args:
        sleep: waits for uploaded files.
    """

    key_variable = "GEMINI_API_KEY"
    carries_files = True
    hears_files = True

    def __init__(
        self,
        name: str,
        model_id: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **settings: Any,
    ) -> None:
        super().__init__(name, model_id, **settings)
        self._files = UploadedFiles(
            self.http, self._read_media, self.reader, self._require, self._clock, sleep
        )

    @property
    def path(self) -> str:
        return f"/v1beta/models/{quote(self.model_id, safe='')}:generateContent"

    def headers(self, api_key: str | None) -> dict[str, str]:
        return {"x-goog-api-key": api_key} if api_key else {}

    def encode(self, request: Request, media: Mapping[str, bytes]) -> bytes:
        return encode_request(request, self.card, self.settings, media, {})

    def read(self, payload: bytes) -> Completion:
        return read_content(payload, self.reader)

    async def close(self) -> None:
        self._files.release()
        await super().close()

    async def body(self, request: Request) -> bytes:
        refs = media_in(request)
        large = too_large(refs, MAX_INLINE_BYTES)
        if not large:
            return await super().body(request)
        files = {ref.sha256: await self._files.uri(ref) for ref in large}
        media = await self._media.encode(ref for ref in refs if ref.sha256 not in files)
        return await self._in_turn(
            lambda: encode_request(request, self.card, self.settings, media, files), media.values()
        )

    def _require(self, reply: Reply) -> Reply:
        """The reply to a request for a file, if it is a good one."""
        if not reply.ok:
            words = self._refusal(reply).refusal
            raise PermanentModelError(f"{self.model_id}: {words}", status=reply.status, kind="bad_request")
        return reply


def too_large(refs: Sequence[MediaRef], max_bytes: int) -> list[MediaRef]:
    """The largest pieces, so many that the base64 of the others stays within a number of bytes.

    >>> refs = [MediaRef(sha256=letter * 64, mime="image/png", size_bytes=size) for letter, size in
    ...         (("a", 30), ("b", 60), ("a", 30), ("c", 90))]  # 40, 80, 40 and 120 bytes of base64
    >>> [ref.sha256[0] for ref in too_large(refs, 160)]
    ['c']
    >>> [ref.sha256[0] for ref in too_large(refs, 100)]
    ['c', 'b']
    """
    inline = sum(_base64_bytes(ref) for ref in refs)
    chosen: dict[str, MediaRef] = {}
    for ref in sorted(refs, key=lambda ref: ref.size_bytes, reverse=True):
        if inline <= max_bytes:
            break
        if ref.sha256 not in chosen:
            chosen[ref.sha256] = ref
            inline -= _base64_bytes(ref) * sum(other.sha256 == ref.sha256 for other in refs)
    return list(chosen.values())


def _base64_bytes(ref: MediaRef) -> int:
    return 4 * ((ref.size_bytes + 2) // 3)
