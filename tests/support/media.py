"""Small pictures and sounds, and a shelf to read them from."""

from __future__ import annotations

import hashlib
import io
import wave

import numpy as np
import simplejpeg

from cuewise.models.protocol import MediaPart
from cuewise.records import MediaRef


def jpeg(seed: int, side: int = 16) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return bytes(simplejpeg.encode_jpeg(pixels, quality=95))


def wav(n_samples: int = 160) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(2 * n_samples))
    return buffer.getvalue()


class Shelf:
    """Media in memory, with a count of reads."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.reads = 0

    def put(self, data: bytes, mime: str) -> MediaPart:
        sha = hashlib.sha256(data).hexdigest()
        self.data[sha] = data
        return MediaPart(media=MediaRef(sha256=sha, mime=mime, size_bytes=len(data)))

    def read(self, ref: MediaRef) -> bytes:
        self.reads += 1
        return self.data[ref.sha256]
