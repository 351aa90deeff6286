"""Media too large for the body of a call: uploaded to Gemini's Files API and waited for.

Three requests: start an upload, which tells where the bytes go; send them; and ask for the file's state until
it is active. The server forgets files after some two days by itself; nothing is deleted here.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cuewise.errors import PermanentModelError, TransientModelError
from cuewise.models.google_wire import MEDIA
from cuewise.models.http import Reply, Transport
from cuewise.models.json_wire import Reader, mapping, string
from cuewise.models.protocol import ReadMedia
from cuewise.records import MediaRef

POLL_S: Final = 2.0
"""Pause between two questions for a file's state."""
MARGIN_S: Final = 600.0
"""A file that lives no longer than this is uploaded anew: the call that names it must still find it."""
UNKNOWN_LIFETIME_S: Final = 3600.0
"""How long a file is taken to live where the server does not say."""

_NAME: Final = re.compile(r"files/[a-z0-9-]{1,64}")


@dataclass(frozen=True)
class _File:
    name: str
    uri: str
    state: str
    expires_s: float
    """Seconds since 1970."""


class UploadedFiles:
    """What has been uploaded, by content: the same bytes go up once while the server keeps them.

    Args:
        require: raises what a reply with another status than 200 means.
        clock: seconds since 1970.
        sleep: waits so many seconds without holding up the event loop.
    """

    def __init__(
        self,
        http: Transport,
        read_media: ReadMedia,
        reader: Reader,
        require: Callable[[Reply], Reply],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._http = http
        self._read_media = read_media
        self._reader = reader
        self._require = require
        self._clock = clock
        self._sleep = sleep
        self._held: dict[str, _File] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def uri(self, ref: MediaRef) -> str:
        """Address of the file with that content, uploaded now if the server has it not.

        Raises:
            TransientModelError: it did not arrive, or was not ready in time.
            PermanentModelError: the server does not take it.
        """
        async with self._locks[ref.sha256]:
            held = self._held.get(ref.sha256)
            if held is None or held.expires_s - MARGIN_S <= self._clock():
                held = await self._await_active(await self._upload(ref))
                self._held[ref.sha256] = held
            return held.uri

    def release(self) -> None:
        """Forget the locks, which belong to an event loop; what was uploaded stays known."""
        self._locks.clear()

    async def _upload(self, ref: MediaRef) -> _File:
        started = self._require(
            await self._http.send(
                "POST",
                "/upload/v1beta/files",
                b'{"file":{"displayName":"%s"}}' % ref.sha256.encode(),
                {
                    "X-Goog-Upload-Protocol": "resumable",
                    "X-Goog-Upload-Command": "start",
                    "X-Goog-Upload-Header-Content-Length": str(ref.size_bytes),
                    "X-Goog-Upload-Header-Content-Type": MEDIA[ref.mime],
                },
            )
        )
        where = _path_of(started.headers.get("X-Goog-Upload-URL", ""))
        if where is None:
            raise self._reader.broken("bad_body", "no address for an upload")
        data = await asyncio.to_thread(self._read_media, ref)
        sent = self._require(
            await self._http.send(
                "POST",
                where,
                data,
                {
                    "Content-Type": MEDIA[ref.mime],
                    "X-Goog-Upload-Offset": "0",
                    "X-Goog-Upload-Command": "upload, finalize",
                },
                file_bytes=len(data),
            )
        )
        if sent.headers.get("X-Goog-Upload-Status") != "final":
            raise self._reader.broken("bad_body", "no word that an upload arrived whole")
        return self._file(mapping(self._reader.object(sent.payload).get("file")))

    async def _await_active(self, file: _File) -> _File:
        waited_s = 0.0
        while file.state != "ACTIVE":
            if file.state == "FAILED":
                told = f"{self._reader.model_id}: the server could not process an uploaded file"
                raise PermanentModelError(told, kind="unsupported_media")
            if waited_s >= self._http.timeout_s:
                told = f"{self._reader.model_id}: an uploaded file was not ready within {waited_s:g} s"
                raise TransientModelError(told, kind="timeout")
            await self._sleep(POLL_S)
            waited_s += POLL_S
            reply = self._require(await self._http.send("GET", f"/v1beta/{file.name}"))
            # A file that failed carries an error of its own, which is no error of this reply.
            file = self._file(self._reader.parsed(reply.payload))
        return file

    def _file(self, told: Mapping[str, Any]) -> _File:
        name, uri, state = string(told.get("name")), string(told.get("uri")), string(told.get("state"))
        if not name or not uri or not state or not _NAME.fullmatch(name):
            raise self._reader.broken("bad_body", "a file without name, address and state")
        expires_s = _seconds(told.get("expirationTime"))
        return _File(name, uri, state, expires_s or self._clock() + UNKNOWN_LIFETIME_S)


def _path_of(url: str) -> str | None:
    """Path and query of where an upload goes.

    The host is left out: the bytes and the key go to the server that was named, and nowhere else.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if not parts.path.startswith("/") or re.search(r"[^!-~]", url):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _seconds(time: object) -> float | None:
    """Seconds since 1970 of a time in RFC 3339."""
    try:
        return datetime.fromisoformat(time).timestamp() if isinstance(time, str) else None
    except (ValueError, OverflowError):
        return None
