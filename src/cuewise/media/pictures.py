"""The pictures of a clip: which frames a rule asks for, and decoding those with as little else as can be.

A frame can be decoded once the key frame before it and all frames it is built from are. So packets are held
back while the file is read; then only groups of pictures with a wanted frame are decoded, from the key frame to
the last wanted frame, and within them frames that no other frame is built from are skipped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from cuewise.media.container import Extent, Streams, open_clip
from cuewise.media.images import encode_jpeg, fit
from cuewise.media.rules import FrameRule

if TYPE_CHECKING:
    import numpy.typing as npt
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    VideoPacket = Packet[VideoStream]

_MAX_REORDER = 32
"""Packets by which display order may lag behind decoding order; 16 is the most that a standard allows."""
_FRAME_PER_PACKET = frozenset({"h264", "hevc", "mjpeg", "mpeg4", "flv1", "vp9", "av1"})
"""Codecs whose packets give one frame each in the containers they come in, so that packets count frames."""


@dataclass(frozen=True)
class Picture:
    """One sampled frame."""

    index: int
    """Position in display order, from 0."""
    time_s: float
    """Presentation time, seconds from the start of the video stream."""
    jpeg: bytes
    width: int
    height: int
    rotation_deg: int
    """Clockwise rotation that was applied."""
    source_size: tuple[int, int]
    """Width and height after rotation, before scaling."""


@dataclass(frozen=True)
class _Pick:
    index: int
    time: Fraction
    """Seconds from the start of the video stream."""
    frame: VideoFrame


@dataclass
class PictureDecoder:
    """Takes the packets of one video stream, then gives the pictures that `rule` asks for."""

    path: Path
    stream: VideoStream
    rule: FrameRule
    extent: Extent
    _held: list[VideoPacket] = field(default_factory=list)
    _timed: bool = True
    _last_ticks: int = 0
    """From the first frame to the last target time of the `time` rule, in the stream's time base."""

    def __post_init__(self) -> None:
        self._last_ticks = self._ticks(self.rule.targets_s()[-1])

    def feed(self, packet: VideoPacket) -> None:
        """Hold a packet back if a wanted frame may need it."""
        if packet.pts is None:
            self._timed = False
            self._held.clear()
        elif self._timed and not self._beyond_targets(packet):
            self._held.append(packet)

    def finish(self) -> list[Picture]:
        """The pictures, in time order; empty where nothing decodes."""
        picks = list(self._decode_wanted()) or self._decode_in_order()
        converter = _Converter(self.rule)
        return [converter.convert(pick) for pick in picks]

    # --- by groups of pictures ---

    def _beyond_targets(self, packet: VideoPacket) -> bool:
        """Whether this packet and all after it are shown later than the last wanted frame."""
        if self.rule.kind == "index":
            last = (self.rule.max_frames - 1) * self.rule.stride(self._fps())
            return len(self._held) > last + _MAX_REORDER
        if packet.dts is None or self.extent.start is None:
            return False
        return packet.dts > self.extent.start + self._last_ticks

    def _decode_wanted(self) -> Iterator[_Pick]:
        """Decode what is wanted and no more. Gives nothing where timestamps cannot be relied on."""
        shown = sorted(
            packet.pts for packet in self._held if packet.pts is not None and not packet.is_discard
        )
        groups = _closed_groups(self._held)
        if not shown or groups is None or any(a == b for a, b in pairwise(shown)) or not self._trusted():
            return
        wanted = {shown[index]: index for index in self._wanted(shown)}
        frames = {frame.pts: frame for group in groups for frame in _decode_group(self.stream, group, wanted)}
        if frames.keys() >= wanted.keys():
            for pts, index in wanted.items():
                yield _Pick(index, (pts - shown[0]) * _base(self.stream), frames[pts])

    def _trusted(self) -> bool:
        if self.stream.container.format.name == "avi" and not all(p.is_keyframe for p in self._held):
            return False  # its timestamps are those of decoding
        return self.rule.kind == "time" or self.stream.codec_context.codec.canonical_name in _FRAME_PER_PACKET

    def _wanted(self, shown: list[int]) -> Iterable[int]:
        """Positions in `shown` (presentation times in order) of the frames asked for."""
        if self.rule.kind == "index":
            return range(0, len(shown), self.rule.stride(self._fps()))[: self.rule.max_frames]
        end = self.extent.end if self.extent.end is not None else shown[-1] + 1
        times = (shown[0] + self._ticks(target) for target in self.rule.targets_s())
        # A dictionary keeps the order and drops what is shown at several of the times.
        return dict.fromkeys(bisect_right(shown, time) - 1 for time in times if time < end)

    def _ticks(self, time_s: Fraction) -> int:
        return int(time_s / _base(self.stream))

    def _fps(self) -> float:
        return float(self.stream.guessed_rate or self.stream.average_rate or 0)

    # --- frame by frame ---

    def _decode_in_order(self) -> list[_Pick]:
        """Decode from the start up to the last wanted frame."""
        with open_clip(self.path) as container:
            video = Streams.of(container).video
            assert video is not None
            frames = _timed_frames(video, _frames(video))
            if self.rule.kind == "index":
                return list(_every(frames, self.rule.stride(self._fps()), self.rule.max_frames))
            length = Fraction(self.extent.end_s - self.extent.start_s)
            targets = [target for target in self.rule.targets_s() if target < length or target == 0]
            return list(_shown_at(frames, targets))


def _closed_groups(packets: list[VideoPacket]) -> list[list[VideoPacket]] | None:
    """Split at key frames that nothing shown earlier depends on; None where the stream starts with no such."""
    groups: list[list[VideoPacket]] = []
    for packet in packets:
        if packet.is_keyframe:
            groups.append([packet])
        elif not groups:
            return None
        else:
            groups[-1].append(packet)
    closed: list[list[VideoPacket]] = []
    for group in groups:
        leading = any((packet.pts or 0) < (group[0].pts or 0) for packet in group)
        if not leading:
            closed.append(group)
        elif closed:
            closed[-1].extend(group)  # frames shown before its key frame need the group before
        else:
            return None
    return closed


def _decode_group(
    stream: VideoStream, group: list[VideoPacket], wanted: dict[int, int]
) -> Iterator[VideoFrame]:
    """The frames of `group` that are wanted."""
    last = max((i for i, packet in enumerate(group) if packet.pts in wanted), default=None)
    if last is None:
        return
    codec = stream.codec_context
    frames: list[VideoFrame] = []
    for packet in group[: last + 1]:
        codec.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
        frames += _decode(stream, packet)
        yield from (frame for frame in frames if frame.pts in wanted)
        frames.clear()
    yield from (frame for frame in _decode(stream, None) if frame.pts in wanted)
    codec.flush_buffers()


def _decode(stream: VideoStream, packet: VideoPacket | None) -> list[VideoFrame]:
    """Frames that become ready; none where the packet is damaged, as players do."""
    try:
        return stream.codec_context.decode(packet)
    except (av.FFmpegError, EOFError):
        return []


def _frames(stream: VideoStream) -> Iterator[VideoFrame]:
    try:
        for packet in stream.container.demux(stream):  # type: ignore[attr-defined]  # open for reading
            if packet.size:
                yield from _decode(stream, packet)
    except av.FFmpegError:
        pass  # the rest of the file cannot be read; what came before can be used
    yield from _decode(stream, None)


def _timed_frames(stream: VideoStream, frames: Iterable[VideoFrame]) -> Iterator[_Pick]:
    """Number frames and time them from the first; by count where there are no timestamps to rely on."""
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    counted = stream.container.format.name == "avi"  # one rate for the whole file
    first: int | None = None
    for index, frame in enumerate(frames):
        first = frame.pts if first is None else first
        if counted or frame.pts is None or first is None:
            yield _Pick(index, index / rate, frame)
        else:
            yield _Pick(index, (frame.pts - first) * _base(stream), frame)


def _every(frames: Iterable[_Pick], stride: int, count: int) -> Iterator[_Pick]:
    for pick in frames:
        if pick.index % stride == 0:
            yield pick
            if pick.index >= (count - 1) * stride:
                return


def _shown_at(frames: Iterable[_Pick], targets: list[Fraction]) -> Iterator[_Pick]:
    """For each target time the last frame at or before it; a frame is given once."""
    waiting = list(targets)
    previous: _Pick | None = None
    for pick in frames:
        due = [target for target in waiting if target < pick.time]
        if due and previous is not None:
            yield previous
        waiting = waiting[len(due) :]
        if not waiting:
            return
        previous = pick
    if waiting and previous is not None:
        yield previous


def _base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, av.time_base)


class _Converter:
    """Turns decoded frames into pictures: upright, scaled, JPEG."""

    def __init__(self, rule: FrameRule) -> None:
        self._rule = rule
        self._reformatter = VideoReformatter()  # keeps its tables from frame to frame

    def convert(self, pick: _Pick) -> Picture:
        frame = pick.frame
        width, height = fit(frame.width, frame.height, self._rule.max_side)
        scaled = (width, height) != (frame.width, frame.height)
        bgr = self._reformatter.reformat(
            frame, width, height, format="bgr24", interpolation="AREA" if scaled else None
        )
        # FFmpeg tells the rotation counter-clockwise and leaves it to be applied.
        quarter_turns = round(frame.rotation / 90) % 4
        upright: npt.NDArray[np.uint8] = np.rot90(bgr.to_ndarray(), quarter_turns).astype(
            np.uint8, copy=False
        )
        swap = quarter_turns % 2 == 1
        return Picture(
            index=pick.index,
            time_s=float(pick.time),
            jpeg=encode_jpeg(upright, self._rule.jpeg_quality),
            width=upright.shape[1],
            height=upright.shape[0],
            rotation_deg=-90 * quarter_turns % 360,
            source_size=(frame.height, frame.width) if swap else (frame.width, frame.height),
        )
