"""Clips whose content is known because the test made them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuewise.media.container import Fault
from cuewise.media.decode import decode_clip, probe
from cuewise.media.images import decode_jpeg
from cuewise.media.pictures import Picture, PictureDecoder
from cuewise.media.rules import FrameRule

SHA = "0" * 64


def level(picture: Picture) -> float:
    return float(decode_jpeg(picture.jpeg).mean())


def opencv_frames(path: Path) -> list[np.ndarray[Any, Any]]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames


def test_variable_frame_rate(make: Any, tmp_path: Path) -> None:
    # On screen at 0 s: the first; at 1 s: the one from 700 ms; at 2 s: the one from 1500 ms.
    frames = [(0, 20), (100, 60), (700, 100), (1500, 140), (2600, 180), (2700, 220)]
    clip = make.clip(tmp_path / "vfr.mp4", [(ms, make.grey(v)) for ms, v in frames])

    pictures = decode_clip(clip, FrameRule(max_frames=3), SHA).pictures

    assert [(p.index, round(p.time_s, 3)) for p in pictures] == [(0, 0.0), (2, 0.7), (3, 1.5)]
    assert [level(p) for p in pictures] == pytest.approx([20, 100, 140], abs=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(gaps=st.lists(st.integers(10, 1500), min_size=2, max_size=14), fps=st.sampled_from([0.7, 1.0, 3.0]))
def test_any_frame_times(gaps: list[int], fps: float, make: Any, tmp_path: Path) -> None:
    times = [sum(gaps[:i]) for i in range(len(gaps))]
    frames = [(ms, make.grey(10 + 16 * i)) for i, ms in enumerate(times)]
    clip = make.clip(tmp_path / "x.mkv", frames, options={"bf": "2", "g": "5", "qp": "10"})

    pictures = decode_clip(clip, FrameRule(fps=fps, max_frames=50), SHA).pictures

    # How long the last frame stays is the file's to say; up to it, each target shows what came last.
    targets = [Fraction(1000 * k) / Fraction(str(fps)) for k in range(50)]
    shown = [max(i for i, ms in enumerate(times) if ms <= t) for t in targets if t < times[-1]]
    indexes = [p.index for p in pictures if p.index < len(times) - 1]
    assert indexes == sorted(set(shown))
    assert [p.time_s for p in pictures] == pytest.approx([times[p.index] / 1000 for p in pictures])
    assert [level(p) for p in pictures] == pytest.approx([10 + 16 * p.index for p in pictures], abs=4)


def test_no_decoder_for_the_picture(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.mp4", [(40 * i, make.grey(i)) for i in range(30)])
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(Fault, match="video stream that cannot be decoded"):
        decode_clip(clip, FrameRule(), SHA)


def test_clocks_that_have_nothing_in_common(make: Any, tmp_path: Path) -> None:
    frames = [(40 * i, make.grey(i)) for i in range(30)]
    clip = make.clip(tmp_path / "x.mkv", frames, sound=make.tone(440, 1), sound_start_ms=100_000_000)
    facts = decode_clip(clip, FrameRule(), SHA).facts
    assert facts.duration_s == pytest.approx(1.2, abs=0.05)  # not a day of silence


def test_a_frame_that_stays_is_taken_once(make: Any, tmp_path: Path) -> None:
    # Shown at 0, 1, 2 and 3 s is the same frame; at 4 s the second.
    clip = make.clip(
        tmp_path / "still.mkv", [(0, make.grey(40)), (3900, make.grey(200)), (4100, make.grey(90))]
    )
    pictures = decode_clip(clip, FrameRule(), SHA).pictures
    assert [p.index for p in pictures] == [0, 1]
    assert [level(p) for p in pictures] == pytest.approx([40, 200], abs=3)


def test_at_most_max_frames(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "long.mp4", [(40 * i, make.grey(2 * i)) for i in range(100)])
    assert [p.index for p in decode_clip(clip, FrameRule(max_frames=3), SHA).pictures] == [0, 25, 50]
    assert [p.index for p in decode_clip(clip, FrameRule("index", max_frames=3), SHA).pictures] == [0, 25, 50]
    assert [p.index for p in decode_clip(clip, FrameRule(fps=2, max_frames=3), SHA).pictures] == [0, 12, 25]


@pytest.mark.parametrize("name", ["short.mp4", "short.mkv", "short.avi"])
@pytest.mark.parametrize("count", [1, 10])
def test_shorter_than_a_second_gives_one_frame(make: Any, tmp_path: Path, count: int, name: str) -> None:
    codec = "mjpeg" if name.endswith("avi") else "libx264"
    frames = [(i, make.grey(100)) for i in range(count)]
    clip = make.clip(tmp_path / name, frames, codec=codec, clock=25)
    for rule in (FrameRule(), FrameRule("index")):
        decoded = decode_clip(clip, rule, SHA)
        assert [p.index for p in decoded.pictures] == [0]
        assert decoded.facts.duration_s == pytest.approx(count / 25, abs=0.002)


CODINGS = [
    ("x.mp4", "libx264", {"bf": "3", "g": "12", "x264-params": "b-pyramid=normal:scenecut=0"}),
    ("x.mp4", "libx264", {"bf": "3", "g": "250"}),
    ("x.mkv", "libx264", {"bf": "2", "x264-params": "open-gop=1:keyint=10:min-keyint=10:scenecut=0"}),
    ("x.mp4", "libx264", {"bf": "2", "x264-params": "open-gop=1:keyint=10:min-keyint=10:scenecut=0"}),
    ("x.mp4", "libx264", {"tune": "zerolatency", "g": "5"}),
    ("x.ts", "libx264", {"bf": "2", "g": "12"}),
    ("x.mp4", "libx265", {"x265-params": "log-level=none:keyint=15:open-gop=1:bframes=3"}),
    ("x.mp4", "mpeg4", {"bf": "2", "g": "12"}),
    ("x.avi", "mpeg4", {"bf": "2", "g": "12"}),
    ("x.avi", "libx264", {"bf": "3", "g": "12"}),
    ("x.avi", "mjpeg", {}),
    ("x.flv", "flv1", {"g": "12"}),
    ("x.webm", "libvpx", {"g": "20", "auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "realtime"}),
    pytest.param(
        *(
            "x.webm",
            "libvpx-vp9",
            {"g": "20", "auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "realtime"},
        ),
        marks=pytest.mark.slow,
    ),
    ("x.mpg", "mpeg2video", {"bf": "2", "g": "12"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), CODINGS)
def test_what_is_skipped_changes_nothing(
    name: str, codec: str, options: dict[str, str], make: Any, tmp_path: Path, raw_pixels: Any
) -> None:
    """Whatever the coding, each picture is the one that decoding everything gives at its place."""
    frames = list(enumerate(make.moving(60)))
    clip = make.clip(tmp_path / name, frames, codec=codec, options=options, clock=25)
    everything = opencv_frames(clip)
    assert len(everything) == 60

    for rule in (FrameRule("time", fps=5, max_frames=9), FrameRule("index", fps=5, max_frames=9)):
        decoded = decode_clip(clip, rule, SHA)

        # At 25 frames per second, five per second are each fifth frame, by either rule.
        assert [p.index for p in decoded.pictures] == list(range(0, 45, 5)), rule
        assert [p.time_s for p in decoded.pictures] == pytest.approx([i / 5 for i in range(9)], abs=0.0011)
        for picture in decoded.pictures:
            assert np.array_equal(raw_pixels(picture), everything[picture.index]), rule


def test_frame_by_frame_decoding_gives_the_same(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [0, 40, 500, 960, 1000, 1040, 1900, 2300, 3100]
    clip = make.clip(tmp_path / "x.mp4", list(zip(times, make.moving(9), strict=True)), options={"bf": "2"})
    rules = [FrameRule(), FrameRule(fps=2), FrameRule("index", fps=5), FrameRule(max_frames=2)]
    fast = [decode_clip(clip, rule, SHA) for rule in rules]
    monkeypatch.setattr(PictureDecoder, "_decode_wanted", lambda self: iter(()))
    assert [decode_clip(clip, rule, SHA) for rule in rules] == fast


# Quarter turns as the display matrix of an MP4 track holds them: a, b, c, d in 16.16 fixed point.
TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_applied(
    degrees: int, make: Any, tmp_path: Path, raw_pixels: Callable[[Any], Any]
) -> None:
    pixels = make.grey(30, 96, 64)
    pixels[:32, :48] = (220, 40, 40)  # red in the upper left
    clip = make.clip(tmp_path / "turned.mp4", [(40 * i, pixels) for i in range(5)])
    content = bytearray(clip.read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 0x10000 for value in TURNS[degrees])
    content[matrix : matrix + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    clip.write_bytes(content)

    decoded = decode_clip(clip, FrameRule(), SHA)

    (picture,) = decoded.pictures
    turned = raw_pixels(picture)
    assert np.array_equal(turned, opencv_frames(clip)[0])
    # Clockwise, the upper left goes to the upper right, the lower right, the lower left.
    red = turned[:, :, 2].astype(int) > 120
    half_h, half_w = red.shape[0] // 2, red.shape[1] // 2
    corner = {90: red[:half_h, half_w:], 180: red[half_h:, half_w:], 270: red[half_h:, :half_w]}[degrees]
    assert corner.mean() > 0.95
    assert red.mean() < 0.3
    facts = decoded.facts
    assert facts.rotation_deg == degrees
    assert (facts.width, facts.height) == ((96, 64) if degrees == 180 else (64, 96))
    assert (picture.width, picture.height) == (facts.width, facts.height)


def test_max_side_scales_down_only(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.mp4", [(0, make.grey(100, 160, 90)), (40, make.grey(100, 160, 90))])
    decoded = decode_clip(clip, FrameRule(max_side=80), SHA)
    assert (decoded.pictures[0].width, decoded.pictures[0].height) == (80, 45)
    assert decode_jpeg(decoded.pictures[0].jpeg).shape == (45, 80, 3)
    assert (decoded.facts.width, decoded.facts.height) == (160, 90)
    assert decode_clip(clip, FrameRule(max_side=800), SHA).pictures[0].width == 160


def test_no_sound(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.mp4", [(40 * i, make.grey(50)) for i in range(30)])
    decoded = decode_clip(clip, FrameRule(), SHA)
    assert decoded.sound is None
    assert not decoded.facts.has_audio
    assert decoded.facts.has_video
    assert decoded.facts.duration_s == pytest.approx(1.2, abs=0.01)
    assert decoded.facts.fps == pytest.approx(25)


def test_sound_only(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.m4a", sound=make.tone(440, 1.5))
    decoded = decode_clip(clip, FrameRule(), SHA)
    assert decoded.pictures == ()
    assert not decoded.facts.has_video
    assert decoded.facts.fps is decoded.facts.width is None
    assert decoded.sound is not None
    assert decoded.facts.duration_s == pytest.approx(1.5, abs=0.03)  # AAC works in blocks of 21 ms


def test_both_starting_late_start_at_zero(make: Any, tmp_path: Path) -> None:
    frames = [(10_000 + 40 * i, make.grey(3 * i)) for i in range(60)]
    clip = make.clip(tmp_path / "x.mkv", frames, sound=make.tone(440, 2.4), sound_start_ms=10_000)
    decoded = decode_clip(clip, FrameRule(), SHA)
    assert [p.time_s for p in decoded.pictures] == pytest.approx([0, 1, 2], abs=0.03)
    assert [p.index for p in decoded.pictures] == [0, 25, 50]
    assert decoded.facts.duration_s == pytest.approx(2.4, abs=0.05)


def test_picture_that_starts_after_the_sound(make: Any, tmp_path: Path) -> None:
    frames = [(500 + 40 * i, make.grey(3 * i)) for i in range(60)]
    clip = make.clip(tmp_path / "x.mkv", frames, sound=make.tone(440, 2.9))
    decoded = decode_clip(clip, FrameRule(), SHA)
    # Half a second of sound, then 0, 1 and 2 s of picture.
    assert [p.index for p in decoded.pictures] == [0, 25, 50]
    assert [p.time_s for p in decoded.pictures] == pytest.approx([0.5, 1.5, 2.5], abs=0.03)


def test_sound_that_starts_after_the_picture(make: Any, tmp_path: Path) -> None:
    frames = [(40 * i, make.grey(3 * i)) for i in range(60)]
    clip = make.clip(tmp_path / "x.mkv", frames, sound=make.tone(440, 1.9), sound_start_ms=500)
    decoded = decode_clip(clip, FrameRule(), SHA)
    assert decoded.sound is not None
    level = np.abs(decoded.sound.waveform())
    assert level[: round(0.45 * 16_000)].max() < 0.01
    assert level[round(0.55 * 16_000) : round(0.65 * 16_000)].max() > 0.4
    assert [p.time_s for p in decoded.pictures] == pytest.approx([0, 1, 2], abs=0.001)


def test_cover_art_is_no_video(make: Any, tmp_path: Path) -> None:
    import av

    from cuewise.media.images import encode_jpeg

    sound = make.clip(tmp_path / "plain.mp3", sound=make.tone(440, 1), sound_codec="mp3")
    clip = tmp_path / "cover.mp3"
    with av.open(str(sound)) as source, av.open(str(clip), "w") as target:
        audio = target.add_stream_from_template(source.streams.audio[0])
        art = target.add_stream("mjpeg")
        art.width, art.height, art.pix_fmt = 64, 48, "yuvj420p"
        art.disposition = av.stream.Disposition.attached_pic
        packet = av.Packet(encode_jpeg(make.grey(9), 90))
        packet.stream, packet.pts, packet.dts = art, 0, 0
        target.mux(packet)
        for chunk in source.demux():
            if chunk.dts is not None:
                chunk.stream = audio
                target.mux(chunk)
    facts = probe(clip)
    assert facts.has_audio
    assert not facts.has_video


def test_probe_agrees_with_decoding(make: Any, tmp_path: Path) -> None:
    frames = [(40 * i, make.grey(3 * i)) for i in range(60)]
    clip = make.clip(tmp_path / "x.mkv", frames, sound=make.tone(440, 2.4))
    told = probe(clip)
    decoded = decode_clip(clip, FrameRule(), told.sha256).facts
    assert told.model_copy(update={"duration_s": decoded.duration_s}) == decoded
    assert told.duration_s == pytest.approx(decoded.duration_s, abs=0.03)
