"""Every way a clip can be unusable, through the pool as callers meet it and through `probe`."""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cuewise.errors import ClipBrokenError, ClipMissingError
from cuewise.media.container import Fault
from cuewise.media.decode import decode_clip, probe
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import ClipFault

SHA = "0" * 64


def cause_of(path: Path) -> ClipFault:
    with pytest.raises(Fault) as caught:
        decode_clip(path, FrameRule(), SHA)
    assert caught.value.reason
    return caught.value.cause


@pytest.mark.parametrize("size", [1, 10, 100, 5_000, 200_000])
def test_random_bytes(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    for seed in range(10):
        path.write_bytes(random.Random(seed).randbytes(size))
        assert cause_of(path) is ClipFault.UNREADABLE


@pytest.mark.parametrize("name", ["x.mp4", "x.txt", "x.m3u8", "x.srt", "x.wav", "x.mp3"])
@pytest.mark.parametrize(
    "text",
    [
        "This is a text, and no clip.\n" * 40,
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/hostname\n",
        "<!DOCTYPE html><html><body>404</body></html>",
        "1\n00:00:00,000 --> 00:00:09,000\nHello\n",
    ],
)
def test_text(name: str, text: str, tmp_path: Path) -> None:
    """Play lists, which name other files, above all."""
    path = tmp_path / name
    path.write_text(text)
    assert cause_of(path) is ClipFault.UNREADABLE


@pytest.mark.parametrize("share", [0.005, 0.05, 0.2, 0.5, 0.8, 0.97])
def test_mp4_cut_anywhere(share: float, make: Any, tmp_path: Path) -> None:
    frames = [(40 * i, pixels) for i, pixels in enumerate(make.moving(50))]
    for flags, cause in (("faststart", ClipFault.TRUNCATED), ("", ClipFault.UNREADABLE)):
        clip = make.clip(
            tmp_path / f"x{flags}.mp4",
            frames,
            sound=make.tone(440, 2),
            options={"qp": "20"},
            container_options={"movflags": flags} if flags else {},
        )
        content = clip.read_bytes()
        cut = int(len(content) * share)
        clip.write_bytes(content[:cut])
        # The index stands first under `faststart` and last else; without it nothing can be read.
        expected = cause if cut > content.index(b"mdat") else ClipFault.UNREADABLE
        assert cause_of(clip) is expected


def test_cut_between_two_packets_of_an_avi(make: Any, tmp_path: Path) -> None:
    clip = make.clip(
        tmp_path / "x.avi", list(enumerate(make.moving(50))), codec="mjpeg", options={"qmin": "2"}, clock=25
    )
    content = clip.read_bytes()
    clip.write_bytes(content[: content.index(b"00dc", len(content) // 2)])
    assert cause_of(clip) is ClipFault.TRUNCATED


def test_wav_from_a_pipe_is_whole(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.wav", sound=make.tone(440, 1), sound_codec="pcm_s16le")
    content = bytearray(clip.read_bytes())
    data = content.index(b"data")
    content[4:8] = content[data + 4 : data + 8] = struct.pack("<I", 0xFFFFFFFF)
    clip.write_bytes(content)
    decoded = decode_clip(clip, FrameRule(), SHA)
    assert decoded.sound is not None
    assert decoded.sound.duration_s == pytest.approx(1)


def test_damage_in_the_middle_stops_nothing_else(make: Any, tmp_path: Path) -> None:
    clip = make.clip(tmp_path / "x.mp4", [(40 * i, p) for i, p in enumerate(make.moving(50))])
    content = bytearray(clip.read_bytes())
    for seed in range(20):
        spoiled = bytearray(content)
        for _ in range(30):
            spoiled[random.Random(seed).randrange(len(spoiled))] ^= 0xFF
        clip.write_bytes(spoiled)
        try:
            decode_clip(clip, FrameRule(), SHA)
        except Fault as fault:
            assert fault.cause in (ClipFault.UNREADABLE, ClipFault.TRUNCATED)


def folder(path: Path) -> None:
    path.mkdir()


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("gone.mp4"))


def loop(path: Path) -> None:
    path.symlink_to(path)


def nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize("lay", [nothing, folder, dangling, loop, os.mkfifo])
def test_missing(lay: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "clips" / "who_1.mp4"
    path.parent.mkdir()
    lay(path)
    with pytest.raises(ClipMissingError, match=r"'who_1\.mp4'") as caught:
        probe(path)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ClipMissingError):
        asyncio.run(MediaPool(MediaStore(tmp_path / "store"), FrameRule()).prepare(path))


def test_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(ClipMissingError):
        probe(tmp_path / "a\0b.mp4")


def test_broken_clips_are_told_apart(make: Any, tmp_path: Path) -> None:
    """One pool meets them all, and goes on."""
    whole = make.clip(tmp_path / "whole.mp4", [(40 * i, make.grey(i)) for i in range(30)])
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a clip")
    cut = make.clip(
        tmp_path / "cut.mp4",
        [(40 * i, pixels) for i, pixels in enumerate(make.moving(50))],
        container_options={"movflags": "faststart"},
    )
    cut.write_bytes(cut.read_bytes()[:-3000])

    async def run() -> list[Any]:
        pool = MediaPool(MediaStore(tmp_path / "store"), FrameRule(), workers=1)
        try:
            names = ["empty.mp4", "text.mp4", "cut.mp4", "whole.mp4"]
            return await asyncio.gather(*(pool.prepare(tmp_path / n) for n in names), return_exceptions=True)
        finally:
            await pool.close()

    *broken, media = asyncio.run(run())
    causes = [ClipFault.ZERO_BYTES, ClipFault.UNREADABLE, ClipFault.TRUNCATED]
    for error, name, cause in zip(broken, ["empty", "text", "cut"], causes, strict=True):
        assert isinstance(error, ClipBrokenError)
        assert error.cause is cause
        assert f"clip '{name}.mp4'" in str(error)
        assert str(tmp_path) not in str(error)
    assert [frame.index for frame in media.frames] == [0, 25]
    assert probe(cut).truncated
    assert not probe(whole).truncated
