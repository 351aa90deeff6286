"""A clip as one file: its own bytes where that may be, else the same packets in another wrapping."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from cuewise.errors import ClipBrokenError
from cuewise.media.clip_file import pack_clip
from cuewise.media.container import Fault
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import ClipFault, ClipFile, MediaRef


@pytest.fixture
def make_clip(make: Any, tmp_path: Path) -> Callable[..., Path]:
    """Makes a clip of one second of that name, with sound where it is asked for."""

    def clip(name: str, *, sound: bool = True, **settings: Any) -> Path:
        pictures = [(40 * at, image) for at, image in enumerate(make.moving(25))]
        heard = make.tone(300, 1.0) if sound else None
        path: Path = make.clip(tmp_path / name, pictures, sound=heard, **settings)
        return path

    return clip


def packets(source: Path | bytes, kind: str) -> list[bytes]:
    """The packets of one kind of stream, in the order of the file."""
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as container:
        return [bytes(packet) for packet in container.demux() if packet.size and packet.stream.type == kind]


def times(source: Path | bytes) -> list[float]:
    """When each picture is shown, seconds."""
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("name", "settings", "mime"),
    [
        ("a.mp4", {}, "video/mp4"),
        ("a.mov", {}, "video/quicktime"),
        ("a.avi", {"codec": "mjpeg", "sound_codec": "pcm_s16le"}, "video/x-msvideo"),
        ("a.flv", {}, "video/x-flv"),
        ("a.webm", {"codec": "libvpx", "sound_codec": "libopus"}, "video/webm"),
    ],
)
def test_the_clip_itself_where_models_take_it(
    make_clip: Callable[..., Path], name: str, settings: dict[str, str], mime: str
) -> None:
    clip = make_clip(name, **settings)
    heard = pack_clip(clip, with_sound=True)
    assert (heard.mime, heard.has_sound, heard.data) == (mime, True, None)
    mute = pack_clip(clip, with_sound=False)
    assert (mute.mime, mute.has_sound) == (mime, False)
    assert mute.data is not None
    assert packets(mute.data, "audio") == []
    assert packets(mute.data, "video") == packets(clip, "video")


def test_a_silent_clip_needs_no_rewrapping(make_clip: Callable[..., Path]) -> None:
    clip = make_clip("a.mp4", sound=False)
    for with_sound in (True, False):
        packed = pack_clip(clip, with_sound=with_sound)
        assert (packed.has_sound, packed.data) == (False, None)


def test_what_models_do_not_take_is_rewrapped_as_mp4(make_clip: Callable[..., Path]) -> None:
    clip = make_clip("a.mkv")
    packed = pack_clip(clip, with_sound=True)
    assert (packed.mime, packed.has_sound) == ("video/mp4", True)
    assert packed.data is not None
    assert packets(packed.data, "video") == packets(clip, "video")
    assert packets(packed.data, "audio") == packets(clip, "audio")
    assert times(packed.data) == pytest.approx(times(clip), abs=0.001)
    assert pack_clip(clip, with_sound=True).data == packed.data  # or every try would be another call


def test_times_and_rotation_survive(make_clip: Callable[..., Path]) -> None:
    clip = make_clip("a.mp4")
    turned = clip.read_bytes()
    # The display matrix in the track header: a quarter turn, in 16.16 fixed point.
    plain = b"".join(value.to_bytes(4, "big") for value in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
    turn = b"".join(
        (value & 0xFFFFFFFF).to_bytes(4, "big") for value in (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    )
    head, tail = turned.split(b"trak", 1)
    clip.write_bytes(head + b"trak" + tail.replace(plain, turn, 1))
    mute = pack_clip(clip, with_sound=False).data
    assert mute is not None
    with av.open(str(clip)) as before, av.open(io.BytesIO(mute), "r") as after:
        one, two = list(before.decode(video=0)), list(after.decode(video=0))
    assert [frame.rotation for frame in one] == [frame.rotation for frame in two] != [0] * 25
    assert [frame.time for frame in one] == [frame.time for frame in two]
    assert all(
        np.array_equal(a.to_ndarray(format="rgb24"), b.to_ndarray(format="rgb24"))
        for a, b in zip(one, two, strict=True)
    )


def test_what_cannot_be_sent_is_the_clips_own_failure(
    make_clip: Callable[..., Path], make: Any, tmp_path: Path
) -> None:
    sound = make.clip(tmp_path / "a.wav", sound=make.tone(300, 0.5), sound_codec="pcm_s16le")
    with pytest.raises(Fault) as caught:
        pack_clip(sound, with_sound=True)
    assert caught.value.cause is ClipFault.NO_VIDEO
    # MP4 has no place for pictures of this kind.
    odd = make_clip("b.mkv", codec="msmpeg4")
    with pytest.raises(Fault, match="--video frames"):
        pack_clip(odd, with_sound=True)


def test_the_pool_keeps_a_file_once_and_finds_it_again(
    make_clip: Callable[..., Path], tmp_path: Path
) -> None:
    clip = make_clip("a.mp4")
    store = MediaStore(tmp_path / "store")

    async def both() -> tuple[list[ClipFile], list[ClipFile]]:
        pool = MediaPool(store, FrameRule())
        try:
            heard = await asyncio.gather(*(pool.file(clip, with_sound=True) for _ in range(3)))
            mute = await asyncio.gather(*(pool.file(clip, with_sound=False) for _ in range(3)))
            return heard, mute
        finally:
            await pool.close()

    heard, mute = asyncio.run(both())
    assert (
        len(set(map(ClipFile.model_dump_json, heard))) == len(set(map(ClipFile.model_dump_json, mute))) == 1
    )
    assert heard[0].media.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert store.read(heard[0].media) == clip.read_bytes()
    assert store.path(heard[0].media).samefile(clip)  # a link, not a second copy
    assert (heard[0].has_sound, mute[0].has_sound) == (True, False)
    assert packets(store.read(mute[0].media), "video") == packets(clip, "video")
    # What is found is not made again: no process is started for it.
    assert store.lookup_file(heard[0].media.sha256, False) == mute[0]
    store.path(mute[0].media).unlink()
    assert store.lookup_file(heard[0].media.sha256, False) is None


def test_a_disk_without_links_gets_a_copy(
    make_clip: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip("a.mp4")
    data = clip.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    store = MediaStore(tmp_path / "store")
    ref = MediaRef(sha256=hashlib.sha256(data).hexdigest(), mime="video/mp4", size_bytes=len(data))
    store.put_file(clip, ref)
    clip.write_bytes(b"changed")
    assert store.read(ref) == data
    assert [path.name for path in store.root.rglob("*") if path.is_file()] == [f"{ref.sha256}.mp4"]


def test_the_pool_says_what_is_wrong_with_a_clip(make: Any, tmp_path: Path) -> None:
    sound = make.clip(tmp_path / "a.wav", sound=make.tone(300, 0.5), sound_codec="pcm_s16le")

    async def ask() -> None:
        pool = MediaPool(MediaStore(tmp_path / "store"), FrameRule())
        try:
            await pool.file(sound, with_sound=False)
        finally:
            await pool.close()

    with pytest.raises(ClipBrokenError, match=r"'a\.wav' has no picture") as caught:
        asyncio.run(ask())
    assert caught.value.cause is ClipFault.NO_VIDEO
