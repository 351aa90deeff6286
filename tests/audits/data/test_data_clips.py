"""Clip files: found, missing, empty, broken, and the same twice."""

from __future__ import annotations

import asyncio
import shutil
import wave
from pathlib import Path

from cuewise.audits.data.clips import ClipProbe, look_at_clips, probe_clips
from cuewise.media.pool import MediaPool
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import Clip, Sample


def sample(clip: str, path: Path | None) -> Sample:
    return Sample(
        id=f"SA/{clip}",
        task="SA",
        clip=Clip(id=clip, path=None if path is None else str(path)),
        question="Which?",
        label_set=("negative", "positive"),
        labels=("positive",),
    )


def tone(path: Path, frames: int = 16000) -> Path:
    """A second of square wave."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", "not compressed"))
        file.writeframes((b"\x00\x10" * 40 + b"\x00\xf0" * 40) * (frames // 80))
    return path


def test_what_there_is_of_clips(tmp_path: Path) -> None:
    a = tone(tmp_path / "a.wav")
    empty = tmp_path / "empty.wav"
    empty.touch()
    link = tmp_path / "link.wav"
    link.symlink_to(a)
    audit = look_at_clips(
        [
            sample("a.wav", a),
            sample("A.wav", None),
            sample("gone.wav", tmp_path / "gone.wav"),
            sample("folder.wav", tmp_path),
            sample("empty.wav", empty),
            sample("link.wav", link),
            sample("a.wav", a),
        ]
    )
    assert (audit.n_clips, audit.n_found) == (6, 2)
    assert audit.missing == ("A.wav", "gone.wav", "folder.wav")
    assert audit.empty == ("empty.wav",)
    assert audit.differ_by_case == (("a.wav", "A.wav"),)
    assert audit.one_file == (("a.wav", "link.wav"),)
    assert str(tmp_path) not in repr(audit.to_json()), "no place on this machine is exported"


def probe(paths: dict[str, Path], root: Path) -> tuple[ClipProbe, list[int]]:
    told: list[int] = []

    async def go() -> ClipProbe:
        store = MediaStore(root)
        pool = MediaPool(store, FrameRule(), workers=1)
        try:
            return await probe_clips(paths, pool, store, told=told.append)
        finally:
            await pool.close()

    return asyncio.run(go()), told


def test_probing_finds_what_is_broken_and_what_is_the_same(tmp_path: Path) -> None:
    a = tone(tmp_path / "a.wav")
    copy = Path(shutil.copy(a, tmp_path / "copy.wav"))
    other = tone(tmp_path / "other.wav", frames=8000)
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"this is no video" * 100)
    link = tmp_path / "link.wav"
    link.symlink_to(other)
    found, told = probe(
        {"a": a, "copy": copy, "other": other, "link": link, "noise": noise}, tmp_path / "media"
    )
    assert set(found.broken) == {"noise"}
    assert "clip 'noise.mp4' is not a media file" in found.broken["noise"]
    assert found.identical == (("a", "copy"),), "a link is not a second file"
    assert told == [1, 2, 3, 4, 5]


def test_nothing_to_probe(tmp_path: Path) -> None:
    assert probe({}, tmp_path) == (ClipProbe({}, ()), [])
