"""Files of clips are found by hash, as long as they are what was hashed."""

from __future__ import annotations

import os
from pathlib import Path

from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore


def clip(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_that_has_changed_since_is_another_clip(tmp_path: Path) -> None:
    """Also where it is as long as it was, as one that was encoded anew may be."""
    store, path = MediaStore(tmp_path / "media"), clip(tmp_path, "a.mp4", b"happy")
    sha256 = store.clip_sha256(path)
    paths = ClipPaths(store)
    assert paths.find(sha256) == path
    hashed = path.stat()
    path.write_bytes(b"angry")
    os.utime(path, ns=(hashed.st_atime_ns, hashed.st_mtime_ns + 1_000_000))
    assert paths.find(sha256) is None
    path.write_bytes(b"much longer")
    os.utime(path, ns=(hashed.st_atime_ns, hashed.st_mtime_ns))
    assert paths.find(sha256) is None
    path.unlink()
    assert paths.find(sha256) is None


def test_what_is_decoded_meanwhile_is_found(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    paths = ClipPaths(store)
    assert paths.find("ab" * 32) is None
    first, second = (clip(tmp_path, f"{name}.mp4", name.encode()) for name in ("first", "second"))
    of_first = store.clip_sha256(first)
    assert paths.find(of_first) == first
    of_second = store.clip_sha256(second)
    assert paths.find(of_second) == second
    assert paths.find(of_first) == first


def test_of_two_files_with_one_content_any_that_is_there_is_found(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    first, second = (clip(tmp_path, f"{name}.mp4", b"the same") for name in ("first", "second"))
    sha256 = store.clip_sha256(first)
    assert store.clip_sha256(second) == sha256
    first.unlink()
    assert ClipPaths(store).find(sha256) == second
