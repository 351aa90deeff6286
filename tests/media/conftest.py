"""Clips made on the spot, so that what must come out of them is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

Image = npt.NDArray[np.uint8]


def write_clip(
    path: Path,
    frames: Sequence[tuple[int, Image]] = (),
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    sound: npt.NDArray[np.int16] | None = None,
    sound_rate: int = 48_000,
    sound_codec: str = "aac",
    sound_start_ms: int = 0,
    rate: int = 25,
    clock: int = 1000,
) -> Path:
    """Write frames (time in 1/`clock` seconds, RGB pixels) and mono sound to a file."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        video: VideoStream | None = None
        audio: AudioStream | None = None
        if frames:
            stream = container.add_stream(codec, rate=rate, options=options or {})
            assert isinstance(stream, VideoStream)
            video = stream
            video.height, video.width = frames[0][1].shape[:2]
            video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            video.codec_context.time_base = Fraction(1, clock)
        if sound is not None:
            added = container.add_stream(sound_codec, rate=sound_rate, layout="mono")
            assert isinstance(added, AudioStream)
            audio = added
        if audio is not None and sound is not None:
            form = audio.format.name
            scaled = {"s16": sound, "s32": sound.astype(np.int32) << 16}
            samples = scaled.get(form.rstrip("p"), (sound / np.float32(32768)).astype(np.float32))
            for start in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], form, "mono")
                block.sample_rate = sound_rate
                block.time_base = Fraction(1, sound_rate)
                block.pts = start + sound_start_ms * sound_rate // 1000
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
        if video is not None:
            for time, pixels in frames:
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = time, Fraction(1, clock)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
    return path


def grey(level: int, width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), level, dtype=np.uint8)


def moving(count: int, width: int = 160, height: int = 96) -> list[Image]:
    """Pictures in which everything moves, so that predicted frames matter."""
    rng = np.random.default_rng(7)
    texture = rng.integers(0, 255, (height, width * 2, 3), dtype=np.uint8)
    texture = texture // 2 + np.linspace(0, 127, width * 2).astype(np.uint8)[None, :, None]
    return [np.ascontiguousarray(np.roll(texture, 3 * i, axis=1)[:, :width]) for i in range(count)]


def tone(hertz: float, seconds: float, rate: int = 48_000, level: float = 0.5) -> npt.NDArray[np.int16]:
    time = np.arange(round(seconds * rate)) / rate
    return np.round(32767 * level * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


@pytest.fixture
def make() -> Any:
    """The makers above, as attributes."""

    class Makers:
        clip: Callable[..., Path] = staticmethod(write_clip)
        grey = staticmethod(grey)
        moving = staticmethod(moving)
        tone = staticmethod(tone)

    return Makers


@pytest.fixture
def raw_pixels(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Image]:
    """Makes the decoder keep bare pixels; the function returned reads a picture back, blue first."""
    monkeypatch.setattr("cuewise.media.pictures.encode_jpeg", lambda bgr, quality: bgr.tobytes())
    return lambda picture: np.frombuffer(picture.jpeg, np.uint8).reshape(picture.height, picture.width, 3)
