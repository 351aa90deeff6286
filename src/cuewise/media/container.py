"""Opening a media file: which formats, which streams, and whether the file was cut off."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from cuewise.records import ClipFault

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

# Media containers only: the demuxers left out read play lists, which name other files and addresses, or draw
# plain text as a picture.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,flv,asf,mpegts,mpeg,mpegvideo,"
    "wav,w64,mp3,aac,ogg,flac,aiff,au,caf"
)
_TOLERANCE_S = 0.25
"""How far a stream may end before its stated duration; headers are rounded and tracks trimmed."""
_STREAMED_WAV = (0, 0x7FFFFFFF, 0xFFFFFFFF)
"""What a WAV header holds for its length when the writer could not go back to fill it in."""


class Fault(Exception):  # noqa: N818 - a finding about a file; becomes `ClipBrokenError` with the file's name
    """A clip cannot be used."""

    def __init__(self, cause: ClipFault, reason: str) -> None:
        super().__init__(cause, reason)
        self.cause = cause
        self.reason = reason
        """What is wrong and what to do; reads on after the file's name."""


def open_clip(path: Path) -> InputContainer:
    """Open a file for reading.

    Raises:
        Fault: no demuxer accepts it.
    """
    try:
        return av.open(
            f"file:{path.absolute()}",
            options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Fault(
            ClipFault.UNREADABLE,
            "is not a media file that can be read, or its beginning or index is missing"
            " (an interrupted download?); fetch or convert it again",
        ) from error


@dataclass
class Streams:
    """The picture and the sound of a file, decoded on one thread each."""

    video: VideoStream | None
    audio: AudioStream | None

    @classmethod
    def of(cls, container: InputContainer) -> Streams:
        """The streams a player would choose.

        Raises:
            Fault: there is neither picture nor sound, or one for which there is no decoder.
        """
        video, audio = container.streams.best("video"), container.streams.best("audio")
        if isinstance(video, VideoStream) and video.disposition & video.disposition.attached_pic:
            video = None  # cover art of a sound file
        chosen = [stream for stream in (video, audio) if stream is not None]
        if not chosen:
            raise Fault(ClipFault.UNREADABLE, "has neither picture nor sound; replace it")
        for stream in chosen:
            if stream.codec_context is None:
                raise Fault(
                    ClipFault.UNREADABLE, f"has a {stream.type} stream that cannot be decoded; convert it"
                )
            stream.codec_context.thread_count = 1
        return cls(
            video if isinstance(video, VideoStream) else None,
            audio if isinstance(audio, AudioStream) else None,
        )


@dataclass
class Extent:
    """From when to when the packets of one stream really go."""

    stream: Stream
    start: int | None = None
    """First presentation time that is shown or heard, in the stream's time base."""
    end: int | None = None
    """End of the last packet, in the stream's time base."""
    packets: int = 0
    cut: bool = False
    """Whether the last packet ended early."""

    def add(self, packet: Packet[Stream]) -> None:
        self.packets += 1
        self.cut = packet.is_corrupt
        time = packet.pts if packet.pts is not None else packet.dts
        if time is None:
            return
        if not packet.is_discard:
            self.start = time if self.start is None else min(self.start, time)
        end = time + (packet.duration or self._frame_ticks())
        self.end = end if self.end is None else max(self.end, end)

    def seconds(self, time: int | None) -> float:
        base = self.stream.time_base
        return float(time * base) if time is not None and base else 0.0

    @property
    def start_s(self) -> float:
        return self.seconds(self.start)

    @property
    def end_s(self) -> float:
        return max(self.seconds(self.end), self.start_s)

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    def stated_s(self) -> float | None:
        """Duration that the header states for this stream, where it does."""
        stated = self.seconds(self.stream.duration) if self.stream.duration is not None else None
        if isinstance(self.stream, VideoStream) and self.stream.container.format.name == "avi":
            # FFmpeg shortens the duration of a cut AVI; the count of frames in its header stays.
            rate = self.stream.average_rate
            if rate and self.stream.frames:
                return max(stated or 0.0, float(self.stream.frames / rate))
        return stated

    def _frame_ticks(self) -> int:
        rate = self.stream.average_rate if isinstance(self.stream, VideoStream) else None
        base = self.stream.time_base
        return max(1, round(1 / (rate * base))) if rate and base else 0


@dataclass
class CutDetector:
    """Decides whether a file ends before its header says it should: no decoder complains of that."""

    container: InputContainer
    path: Path
    extents: list[Extent] = field(default_factory=list)

    def is_cut(self) -> bool:
        """To be asked once all packets were read."""
        if any(extent.cut for extent in self.extents) and not self._end_is_open():
            return True
        stated = [(extent, extent.stated_s()) for extent in self.extents]
        if any(s is not None and s - e.length_s > _TOLERANCE_S for e, s in stated):
            return True
        if all(s is None for _, s in stated) and self.container.duration is not None:
            # Matroska and FLV count from 0, whenever their first packet comes.
            end_s = max((extent.end_s for extent in self.extents), default=0.0)
            return self.container.duration / av.time_base - end_s > _TOLERANCE_S
        return False

    def _end_is_open(self) -> bool:
        """Whether a last packet that ends early is normal: recordings of a broadcast, WAV from a pipe."""
        if self.container.format.name == "wav":
            with self.path.open("rb") as file:
                return int.from_bytes(file.read(8)[4:], "little") in _STREAMED_WAV
        return self.container.format.name == "mpegts"
