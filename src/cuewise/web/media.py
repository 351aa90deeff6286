"""Clips and decoded media, given out by hash alone: no path ever comes from a request, and none goes out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.records import MediaRef
from cuewise.web.player import CLIP_TYPES, OTHER_TYPE

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LASTING: Final = {"Cache-Control": "private, max-age=86400"}
_PIECES: Final = {"jpg": "image/jpeg", "wav": "audio/wav"}


def piece(request: Request, store: MediaStore, may: Callable[[str], bool] = lambda _: True) -> Response:
    """A frame or a sound, by `sha256` and `kind` (`jpg`, `wav`) of the route's path.

    Args:
        may: whether whoever asks may have what has this hash.
    """
    sha256, mime = request.path_params["sha256"], _PIECES.get(request.path_params["kind"])
    if mime is None or not _SHA256.fullmatch(sha256) or not may(sha256):
        return _missing()
    path = store.path(MediaRef(sha256=sha256, mime=mime, size_bytes=0))
    return FileResponse(path, media_type=mime, headers=_LASTING) if path.is_file() else _missing()


def clip(request: Request, paths: ClipPaths, may: Callable[[str], bool] = lambda _: True) -> Response:
    """A clip's own file, by `sha256` of the route's path; parts of it where the browser asks for a range.

    Args:
        may: whether whoever asks may have what has this hash.
    """
    sha256 = request.path_params["sha256"]
    path = paths.find(sha256) if _SHA256.fullmatch(sha256) and may(sha256) else None
    if path is None:
        return _missing()
    mime = CLIP_TYPES.get(path.suffix.lower(), OTHER_TYPE)
    return FileResponse(path, media_type=mime, headers=_LASTING)


def _missing() -> Response:
    return PlainTextResponse("There is no such media here.\n", status_code=404)
