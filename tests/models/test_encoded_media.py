"""Media in base64."""

from __future__ import annotations

import asyncio
import base64

import pytest

from cuewise.models.encoded_media import PIECE_BYTES, EncodedMedia
from support.media import Shelf


@pytest.mark.parametrize("size", [0, 5, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 1])
def test_a_large_file_is_encoded_in_pieces_that_others_can_run_between(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The encoder holds Python's lock: 30 MB at once would keep the loop 60 ms and more, thread or no thread."""
    shelf, encode = Shelf(), base64.b64encode
    sizes: list[int] = []

    def noted(data: memoryview) -> bytes:
        sizes.append(len(data))
        return encode(data)

    monkeypatch.setattr(base64, "b64encode", noted)
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    part = shelf.put(data, "video/mp4")
    encoded = asyncio.run(EncodedMedia(shelf.read, 0).encode([part.media]))
    assert encoded[part.media.sha256] == encode(data)
    assert max(sizes, default=0) <= PIECE_BYTES <= 2 * 2**20
