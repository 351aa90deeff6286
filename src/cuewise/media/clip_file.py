"""A clip as one file that a model may be sent: as it is, or rewrapped without its sound or its container.

Nothing is encoded anew. Imports av: to be imported where decoding happens.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import av

from cuewise.media.container import Fault, Streams, open_clip
from cuewise.records import ClipFault

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream


class _Wrapping(NamedTuple):
    mime: str
    muxer: str


_MP4: Final = _Wrapping("video/mp4", "mp4")
_QUICKTIME: Final = _Wrapping("video/quicktime", "mov")
_WEBM: Final = _Wrapping("video/webm", "webm")
_OTHERS: Final = {"avi": _Wrapping("video/x-msvideo", "avi"), "flv": _Wrapping("video/x-flv", "flv")}
_WEBM_CODECS: Final = {"vp8", "vp9", "av1", "opus", "vorbis"}


@dataclass(frozen=True)
class PackedClip:
    """A clip as one file."""

    mime: str
    has_sound: bool
    data: bytes | None
    """None where the clip's own file is it."""


def pack_clip(path: Path, *, with_sound: bool) -> PackedClip:
    """A clip as a file with its picture, and with its sound only where that is wanted.

    The clip's own file is taken wherever it is in a container that models take (MP4, QuickTime, WebM, AVI, FLV) and
    holds no sound that must not be sent. Otherwise its packets go, as they are, into a new file.

    Raises:
        Fault: it cannot be read or rewrapped, or has no picture.
    """
    with open_clip(path) as container:
        streams = Streams.of(container)
        if streams.video is None:
            raise Fault(ClipFault.NO_VIDEO, "has no picture that could be sent; leave it out")
        has_sound = with_sound and streams.audio is not None
        wrapping = _wrapping(container)
        if wrapping is not None and (has_sound or streams.audio is None):
            return PackedClip(wrapping.mime, has_sound, None)
        kept: list[Stream] = [streams.video]
        if has_sound and streams.audio is not None:
            kept.append(streams.audio)
        wrapping = wrapping or _MP4
        return PackedClip(wrapping.mime, has_sound, _rewrap(container, kept, wrapping.muxer))


def _wrapping(container: InputContainer) -> _Wrapping | None:
    """How a file is wrapped; None where models do not take it so."""
    name = container.format.name
    if name.startswith("mov,"):
        return _QUICKTIME if container.metadata.get("major_brand") == "qt  " else _MP4
    if name.startswith("matroska,"):
        codecs = {stream.codec_context.name for stream in container.streams}
        return _WEBM if codecs <= _WEBM_CODECS else None
    return _OTHERS.get(name)


def _rewrap(container: InputContainer, kept: list[Stream], muxer: str) -> bytes:
    """The packets of some streams in a new file, which is the same each time: no date, no name of a tool in it."""
    written = io.BytesIO()
    try:
        with av.open(written, "w", format=muxer, options={"fflags": "+bitexact"}) as out:
            places = {stream.index: out.add_stream_from_template(stream) for stream in kept}
            for packet in container.demux(kept):
                if packet.size:
                    packet.stream = places[packet.stream_index]
                    out.mux(packet)
    except (av.FFmpegError, ValueError) as error:
        raise Fault(
            ClipFault.UNREADABLE,
            "cannot be rewrapped to be sent as a file; convert it to MP4, or send its frames with --video frames",
        ) from error
    return written.getvalue()
