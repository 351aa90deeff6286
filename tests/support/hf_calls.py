"""Questions about made-up frames and tones, for models of `hf/`."""

from __future__ import annotations

import io
import wave

import numpy as np

from cuewise.models.protocol import MediaPart, Message, Request, Sampling, TextPart
from support.media import Shelf, jpeg


class Clips:
    """Made-up media, and the shelf that it is read from."""

    def __init__(self) -> None:
        self.shelf = Shelf()

    def frames(self, seed: int, n: int = 4, step_s: float = 1.0) -> list[MediaPart]:
        """Frames of noise, of 64 x 64 pixels, so many seconds apart."""
        parts = [self.shelf.put(jpeg(100 * seed + i, side=64), "image/jpeg") for i in range(n)]
        return [part.model_copy(update={"time_s": i * step_s}) for i, part in enumerate(parts)]

    def tone(self, hertz: float, seconds: float = 2.0) -> MediaPart:
        """A tone at 16 kHz."""
        times = np.arange(round(16_000 * seconds)) / 16_000
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16_000)
            sound.writeframes((8000 * np.sin(2 * np.pi * hertz * times)).astype("<i2").tobytes())
        return self.shelf.put(buffer.getvalue(), "audio/wav")


def ask(*parts: MediaPart | TextPart | str, max_tokens: int = 8, **settings: object) -> Request:
    """A question of these parts, by default decoded greedily."""
    made = tuple(TextPart(text=part) if isinstance(part, str) else part for part in parts)
    sampling = {key: settings.pop(key) for key in ("temperature", "seed") if key in settings}
    return Request.model_validate(
        {
            "messages": (Message(role="user", parts=made),),
            "sampling": Sampling.model_validate({"max_tokens": max_tokens, **sampling}),
            **settings,
        }
    )
