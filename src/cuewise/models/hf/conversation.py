"""A request as the chat messages that a processor's template is rendered with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import numpy as np
from PIL import Image

from cuewise.errors import ClipBrokenError, PermanentModelError
from cuewise.media.prosody import read_wav
from cuewise.models.hf.reading import SOUND_HZ, FramesAs, Opened
from cuewise.models.protocol import MediaPart, Modality, ReadMedia, Request, TextPart

TICKS_PER_S: Final = 1000
"""Rate at which the times of frames are given to a processor: as if frames of a video of so many a second."""


@dataclass
class Conversation:
    """One call as a processor takes it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    """`role` and `content`: a text, or for a multimodal model a list of parts with their decoded media."""
    sounds: list[np.ndarray[Any, Any]] = field(default_factory=list)
    """Each sound in it, as in its part."""
    videos: list[dict[str, Any]] = field(default_factory=list)
    """What `VideoMetadata` takes of each video, in order."""
    fps: float = 1.0
    """Frames of its videos a second, as sampled."""


def media_kinds(request: Request) -> frozenset[str]:
    """`image` and `audio`, as far as a request has them."""
    return frozenset(part.media.mime.partition("/")[0] for part in _media(request))


def likeness(request: Request) -> tuple[frozenset[str], float]:
    """What calls of one batch must have in common: kinds of media, and the rate of frames, since some processors take
    one rate for all videos of a batch."""
    return media_kinds(request), _rate([part.time_s for part in _media(request) if part.time_s is not None])


def _media(request: Request) -> list[MediaPart]:
    return [part for message in request.messages for part in message.parts if isinstance(part, MediaPart)]


def check_media(request: Request, opened: Opened) -> None:
    """Refuse what the model cannot be given.

    Raises:
        PermanentModelError: the request has such media.
    """
    places = {"image": Modality.VIDEO, "audio": Modality.AUDIO}
    for kind in sorted(media_kinds(request)):
        if kind not in places:
            raise PermanentModelError(
                f"{opened.name} cannot be given {kind} files: choose a model that can",
                kind="unsupported_media",
            )
        if places[kind] not in opened.takes:
            raise PermanentModelError(
                f"{opened.name} cannot be given {places[kind].value}: leave it out with --modalities, or choose a model"
                " that can",
                kind="unsupported_media",
            )


def conversation(request: Request, opened: Opened, read_media: ReadMedia) -> Conversation:
    """Decode the media of a request and lay out its messages. Takes milliseconds per picture.

    Raises:
        PermanentModelError: a picture or a sound cannot be decoded.
        Exception: what `read_media` raises.
    """
    result = Conversation()
    for message in request.messages:
        if not opened.multimodal:
            text = "\n".join(part.text for part in message.parts if isinstance(part, TextPart))
            result.messages.append({"role": message.role, "content": text})
            continue
        content: list[dict[str, Any]] = []
        for in_video, parts in groupby(message.parts, lambda part: _in_video(part, opened)):
            if in_video:
                frames = [part for part in parts if isinstance(part, MediaPart)]
                pictures = [_picture(part, opened, read_media) for part in frames]
                content.append({"type": "video", "video": _stack(pictures, opened)})
                times_s = [float(i) if part.time_s is None else part.time_s for i, part in enumerate(frames)]
                result.fps = _rate(times_s)
                result.videos.append(_metadata(times_s, pictures[0]))
            else:
                content += _contents(parts, opened, read_media)
        result.sounds += [part["audio"] for part in content if part["type"] == "audio"]
        result.messages.append({"role": message.role, "content": content})
    return result


def _in_video(part: TextPart | MediaPart, opened: Opened) -> bool:
    """Whether a part is a frame of the clip for a model that takes it as a video.

    What a judge is shown stands picture by picture between words that name it, and has no time of its own.
    """
    if not isinstance(part, MediaPart) or not part.media.mime.startswith("image/"):
        return False
    return opened.frames_as is FramesAs.VIDEO and (part.time_s is not None or not opened.takes_images)


def _contents(
    parts: Iterable[TextPart | MediaPart], opened: Opened, read_media: ReadMedia
) -> Iterable[dict[str, Any]]:
    for part in parts:
        if isinstance(part, TextPart):
            yield {"type": "text", "text": part.text}
        elif part.media.mime.startswith("image/"):
            yield {"type": "image", "image": Image.fromarray(_picture(part, opened, read_media))}
        else:
            yield {"type": "audio", "audio": _sound(part, opened, read_media)}


def _picture(part: MediaPart, opened: Opened, read_media: ReadMedia) -> np.ndarray[Any, Any]:
    """Pixels, shape (height, width, 3), red first."""
    data = read_media(part.media)
    try:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PermanentModelError(
            f"a picture for {opened.name} cannot be decoded: {type(error).__name__}", kind="bad_media"
        ) from error


def _stack(pictures: Sequence[np.ndarray[Any, Any]], opened: Opened) -> np.ndarray[Any, Any]:
    """A video, shape (frames, height, width, 3)."""
    if len({picture.shape for picture in pictures}) > 1:
        raise PermanentModelError(
            f"the frames of one clip differ in size, and {opened.name} takes them as one video: use --model-arg"
            " frames=images",
            kind="bad_media",
        )
    return np.stack(pictures)


def _sound(part: MediaPart, opened: Opened, read_media: ReadMedia) -> np.ndarray[Any, Any]:
    """Mono, float32 in -1..1, at `SOUND_HZ`."""
    data = read_media(part.media)
    try:
        samples, rate = read_wav(data)
    except ClipBrokenError as error:
        raise PermanentModelError(
            f"a sound for {opened.name} cannot be read: {error}", kind="bad_media"
        ) from error
    if rate != SOUND_HZ:
        raise PermanentModelError(
            f"a sound for {opened.name} has {rate} Hz, and must have {SOUND_HZ}", kind="bad_media"
        )
    return samples


def _rate(times_s: Sequence[float]) -> float:
    """Frames a second; 1 where there are too few to tell."""
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return 1.0
    return round((len(times_s) - 1) / (times_s[-1] - times_s[0]), 3)


def _metadata(times_s: Sequence[float], picture: np.ndarray[Any, Any]) -> dict[str, Any]:
    """What a processor is told of a video: the true times of its frames, as ticks.

    The video is taken to last one step beyond its last frame, so that its mean rate is that of the sampled frames.
    """
    duration_s = len(times_s) / _rate(times_s)
    height, width, _ = picture.shape
    return {
        "total_num_frames": max(round(duration_s * TICKS_PER_S), 1),
        "fps": float(TICKS_PER_S),
        "duration": duration_s,
        "frames_indices": [round(time_s * TICKS_PER_S) for time_s in times_s],
        "height": height,
        "width": width,
    }
