"""Read a clip once: its facts, the frames a rule asks for, its sound. Holds no more than it needs.

Imports av and numpy: to be imported where decoding happens, not in the process that waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import av

from cuewise.errors import ClipBrokenError
from cuewise.media.container import CutDetector, Extent, Fault, Streams, open_clip
from cuewise.media.files import check_file, hash_file
from cuewise.media.pictures import Picture, PictureDecoder
from cuewise.media.rules import FrameRule
from cuewise.media.sound import Sound, SoundDecoder
from cuewise.records import ClipFacts, ClipFault

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

_SYNC_SLACK_S = 0.045
"""Offsets between picture and sound below what viewers notice (ITU-R BT.1359); codec delays, taken as none."""
_MAX_OFFSET_S = 60.0
"""Offsets above it are no offsets: the streams' clocks have nothing to do with each other."""


@dataclass(frozen=True)
class Decoded:
    """What a clip gave: plain bytes and numbers, ready to cross a process boundary."""

    facts: ClipFacts
    pictures: tuple[Picture, ...]
    """In time order; their times are seconds from the start of the clip."""
    sound: Sound | None
    """From the start of the clip."""


def decode_clip(path: Path, rule: FrameRule, sha256: str) -> Decoded:
    """Decode a clip.

    Args:
        path: a regular file that is not empty.
        rule: which frames to take.
        sha256: hash of the file.

    Raises:
        Fault: the clip is unreadable or truncated.
    """
    with open_clip(path) as container:
        reading = _Reading(path, container, rule)
        reading.read()
        if reading.cut.is_cut():
            raise Fault(ClipFault.TRUNCATED, "ends before the duration its header states; fetch it again")
        return reading.decoded(sha256)


def probe(path: Path) -> ClipFacts:
    """What can be told of a clip without decoding more than its first frame. A truncated clip is told of.

    Raises:
        ClipMissingError: there is no such regular file.
        ClipBrokenError: it is empty or unreadable.
    """
    check_file(path)
    try:
        with open_clip(path) as container:
            reading = _Reading(path, container, FrameRule(max_frames=1, jpeg_quality=50), with_sound=False)
            reading.read()
            return reading.facts(hash_file(path), reading.pictures(), None)
    except Fault as fault:
        raise ClipBrokenError(f"clip {path.name!r} {fault.reason}", fault.cause) from fault


class _Reading:
    """One pass over the packets of a file."""

    def __init__(
        self, path: Path, container: InputContainer, rule: FrameRule, *, with_sound: bool = True
    ) -> None:
        streams = Streams.of(container)
        self._path = path
        self._container = container
        self._extents: dict[int, Extent] = {}
        self._video: PictureDecoder | None = None
        self._audio: SoundDecoder | None = None
        self._audio_extent: Extent | None = None
        if streams.video is not None:
            self._video = PictureDecoder(path, streams.video, rule, self._extent(streams.video))
        if streams.audio is not None:
            self._audio_extent = self._extent(streams.audio)
            self._audio = SoundDecoder(streams.audio) if with_sound else None
        self.cut = CutDetector(container, path, list(self._extents.values()))

    def _extent(self, stream: Stream) -> Extent:
        return self._extents.setdefault(stream.index, Extent(stream))

    def read(self) -> None:
        """Decode sound as it comes, hold pictures back."""
        streams = [extent.stream for extent in self._extents.values()]
        try:
            for packet in self._container.demux(streams):
                if not packet.size:
                    continue
                self._extents[packet.stream_index].add(packet)
                if self._video is not None and packet.stream_index == self._video.stream.index:
                    self._video.feed(packet)  # type: ignore[arg-type]  # told apart by the stream's index
                elif self._audio is not None:
                    self._audio.feed(packet)  # type: ignore[arg-type]
        except av.FFmpegError:
            pass  # what cannot be read is missing at the end, which the cut detector sees
        if self._audio is not None:
            self._audio.feed(None)

    def decoded(self, sha256: str) -> Decoded:
        """Everything, on the clip's own clock, which starts with its first picture or sound."""
        pictures = self.pictures()
        picture_lead_s, sound_lead_s = self._leads()
        sound = self._audio.finish(sound_lead_s) if self._audio is not None else None
        if sound is None and self._audio_extent is not None and self._audio_extent.packets:
            raise Fault(ClipFault.UNREADABLE, "has sound that cannot be decoded; convert or replace it")
        moved = tuple(replace(picture, time_s=picture.time_s + picture_lead_s) for picture in pictures)
        return Decoded(self.facts(sha256, pictures, sound), moved, sound)

    def pictures(self) -> list[Picture]:
        """The frames asked for.

        Raises:
            Fault: there are video packets and none decodes, or there is nothing at all in the file.
        """
        pictures = self._video.finish() if self._video is not None else []
        if not pictures and self._video is not None and self._video.extent.packets:
            raise Fault(ClipFault.UNREADABLE, "has a picture that cannot be decoded; convert or replace it")
        if not any(extent.packets for extent in self._extents.values()):
            raise Fault(ClipFault.UNREADABLE, "has no picture and no sound in it; fetch it again")
        return pictures

    def facts(self, sha256: str, pictures: list[Picture], sound: Sound | None) -> ClipFacts:
        first = pictures[0] if pictures else None
        rate = self._video.stream.average_rate if self._video is not None else None
        picture_lead_s, sound_lead_s = self._leads()
        ends = [0.0]
        if self._video is not None:
            ends.append(picture_lead_s + self._video.extent.length_s)
        if sound is not None:
            ends.append(sound.duration_s)
        elif self._audio_extent is not None:
            ends.append(sound_lead_s + self._audio_extent.length_s)
        return ClipFacts(
            sha256=sha256,
            size_bytes=self._path.stat().st_size,
            duration_s=max(ends),
            has_video=first is not None,
            has_audio=self._audio_extent is not None and self._audio_extent.packets > 0,
            fps=float(rate) if first is not None and rate else None,
            width=first.source_size[0] if first else None,
            height=first.source_size[1] if first else None,
            rotation_deg=first.rotation_deg if first else 0,
            truncated=self.cut.is_cut(),
        )

    def _leads(self) -> tuple[float, float]:
        """Seconds by which picture and sound start after the clip does; one of them is 0."""
        if self._video is None or self._audio_extent is None:
            return 0.0, 0.0
        sound_start_s = self._audio_extent.start_s
        if self._audio is not None and self._audio.start_s is not None:
            sound_start_s = self._audio.start_s
        offset_s = self._video.extent.start_s - sound_start_s
        if not _SYNC_SLACK_S < abs(offset_s) < _MAX_OFFSET_S:
            return 0.0, 0.0
        return max(offset_s, 0.0), max(-offset_s, 0.0)
