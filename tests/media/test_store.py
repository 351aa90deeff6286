from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import ClipBrokenError, ClipMissingError, MediaError
from cuewise.media.rules import FrameRule
from cuewise.media.store import MediaStore
from cuewise.records import Audio, ClipFacts, ClipMedia, Frame, MediaRef, Prosody

CLIP = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def media(store: MediaStore) -> ClipMedia:
    prosody = Prosody(
        duration_s=1.0,
        f0_median_hz=None,
        f0_p10_hz=None,
        f0_p90_hz=None,
        f0_slope_st_per_s=None,
        loudness_db=-20.0,
        loudness_range_db=3.0,
        rate_syllables_per_s=None,
        voiced_fraction=0.0,
        pauses=(),
    )
    return ClipMedia(
        facts=ClipFacts(sha256=CLIP, size_bytes=9, duration_s=1.0, has_video=True, has_audio=True),
        frames=(Frame(index=0, time_s=0.0, image=store.put(b"jpeg", "image/jpeg"), width=2, height=2),),
        audio=Audio(wav=store.put(b"wav", "audio/wav"), duration_s=1.0, envelope=(0.5,), prosody=prosody),
    )


@given(data=st.binary(max_size=300), mime=st.sampled_from(["image/jpeg", "audio/wav"]))
def test_what_is_put_can_be_read(data: bytes, mime: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / "round-trip"
    ref = MediaStore(root).put(data, mime)
    assert ref == MediaRef(sha256=hashlib.sha256(data).hexdigest(), mime=mime, size_bytes=len(data))
    assert MediaStore(root).read(ref) == data


def test_what_others_will_read_is_seen_to_be_what_it_was(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"happy")
    ref = MediaRef(sha256=hashlib.sha256(b"happy").hexdigest(), mime="video/mp4", size_bytes=5)
    store.put_file(clip, ref)
    assert store.checked_path(ref) == store.path(ref)
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", None)
        store.checked_path(ref)  # not read again
    before = clip.stat()
    with clip.open("r+b") as file:
        file.write(b"angry")  # in place: the stored piece is the same file
    os.utime(clip, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(MediaError, match=r"damaged: delete media/pieces/\w\w/\w+\.mp4 in") as caught:
        store.checked_path(ref)
    assert str(tmp_path) not in str(caught.value)
    store.path(ref).unlink()
    with pytest.raises(MediaError, match="cannot be read"):
        store.checked_path(ref)


def test_same_content_is_written_once(store: MediaStore) -> None:
    path = store.path(store.put(b"same", "image/jpeg"))
    before = path.stat()
    store.put(b"same", "image/jpeg")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [p.name for p in store.root.rglob("*") if p.is_file()] == [path.name]


def test_half_a_piece_is_written_anew(store: MediaStore) -> None:
    ref = store.put(b"whole piece", "image/jpeg")
    store.path(ref).write_bytes(b"whole")
    store.put(b"whole piece", "image/jpeg")
    assert store.read(ref) == b"whole piece"


def test_unknown_kind(store: MediaStore) -> None:
    with pytest.raises(ValueError, match="text/html"):
        store.put(b"", "text/html")


def test_missing_and_damaged_pieces_are_told(store: MediaStore) -> None:
    ref = store.put(b"bytes", "image/jpeg")
    store.path(ref).write_bytes(b"other")
    with pytest.raises(MediaError, match=r"damaged: delete .*\.jpg"):
        store.read(ref)
    store.path(ref).unlink()
    with pytest.raises(MediaError, match="run again"):
        store.read(ref)


def test_recent_pieces_stay_in_memory_within_the_bound(store: MediaStore) -> None:
    first, *others = [store.put(bytes([i]) * 2**20, "image/jpeg") for i in range(10)]
    store.read(first)
    store.path(first).unlink()
    assert store.read(first)[0] == 0  # from memory
    for ref in others:
        store.read(ref)
    # 9 others of 1 MB each do not leave room for it in 8 MB.
    with pytest.raises(MediaError):
        store.read(first)
    assert sum(map(len, store._recent.values())) == store._recent_bytes == 8 * 2**20


def test_a_piece_above_the_bound_is_not_kept_in_memory(store: MediaStore) -> None:
    ref = store.put(bytes(9 * 2**20), "audio/wav")
    assert len(store.read(ref)) == 9 * 2**20
    assert store._recent_bytes == 0


def test_clips_are_found_under_their_rule(store: MediaStore) -> None:
    made = media(store)
    assert store.lookup(CLIP, FrameRule()) is None
    store.save(CLIP, FrameRule(), made)
    assert MediaStore(store.root).lookup(CLIP, FrameRule()) == made
    assert store.lookup(CLIP, FrameRule(fps=2)) is None
    assert store.lookup("cd" * 32, FrameRule()) is None


@pytest.mark.parametrize("harm", ["piece gone", "piece cut", "record cut", "record of another schema"])
def test_a_clip_that_is_not_whole_is_not_found(store: MediaStore, harm: str) -> None:
    made = media(store)
    store.save(CLIP, FrameRule(), made)
    record = next(store.root.rglob("*.json"))
    piece = store.path(made.frames[0].image)
    if harm == "piece gone":
        piece.unlink()
    elif harm == "piece cut":
        piece.write_bytes(b"jp")
    elif harm == "record cut":
        record.write_text(record.read_text()[:-5])
    else:
        record.write_text(record.read_text().replace('"schema_version":1', '"schema_version":9'))
    assert store.lookup(CLIP, FrameRule()) is None


def test_clip_hash_is_computed_once(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "x.mp4"
    clip.write_bytes(b"one")
    expected = hashlib.sha256(b"one").hexdigest()
    assert store.clip_sha256(clip) == expected
    with monkeypatch.context() as patch:
        patch.setattr("cuewise.media.store.hash_file", lambda path: pytest.fail("read again"))
        assert store.clip_sha256(clip) == expected
        assert MediaStore(store.root).clip_sha256(clip) == expected

    clip.write_bytes(b"two!")  # another size
    assert MediaStore(store.root).clip_sha256(clip) == hashlib.sha256(b"two!").hexdigest()
    clip.write_bytes(b"six!")
    os.utime(clip, ns=(1, 1))  # the same size at another time
    assert store.clip_sha256(clip) == hashlib.sha256(b"six!").hexdigest()


def test_damaged_hash_lines_do_no_harm(store: MediaStore, tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    clip.write_bytes(b"one")
    sha256 = store.clip_sha256(clip)
    path = store.root / "hashes.jsonl"
    path.write_bytes(b'\xff{\n[1]\nnull\n["a", 1, 2, 3]\n' + path.read_bytes() + b'["half')
    assert MediaStore(store.root).clip_sha256(clip) == sha256


def test_names_that_are_not_utf8(store: MediaStore, tmp_path: Path) -> None:
    clip = tmp_path / os.fsdecode(b"na\xefve:clip?.mp4")
    clip.write_bytes(b"one")
    assert store.clip_sha256(clip) == MediaStore(store.root).clip_sha256(clip)


def test_hashing_what_is_not_there(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(ClipMissingError):
        store.clip_sha256(tmp_path / "gone.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ClipBrokenError):
        store.clip_sha256(tmp_path / "empty.mp4")


WRITER = """
import sys
from pathlib import Path
from cuewise.media.store import MediaStore
store = MediaStore(Path(sys.argv[1]))
for round in range(20):
    for i in range(20):
        data = bytes([i]) * 50_000
        assert store.read(store.put(data, "image/jpeg")) == data
        store.clip_sha256(Path(sys.argv[2]))
    store._recent.clear(); store._recent_bytes = 0; store._hashes = {}
"""


def test_many_writers_at_once(store: MediaStore, tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    clip.write_bytes(b"one")
    command = [sys.executable, "-c", WRITER, str(store.root), str(clip)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    files = [path for path in (store.root / "pieces").rglob("*") if path.is_file()]
    assert len(files) == 20  # no rest of a half-written one
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in files)
    assert MediaStore(store.root).clip_sha256(clip) == hashlib.sha256(b"one").hexdigest()


def test_threads_share_a_store(store: MediaStore) -> None:
    refs = [store.put(bytes([i]) * 2**20, "image/jpeg") for i in range(40)]
    wrong: list[int] = []

    def read(offset: int) -> None:
        for i in range(120):
            k = (i * 7 + offset) % 40
            if store.read(refs[k])[0] != k:
                wrong.append(k)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert store._recent_bytes <= 32 * 2**20


def test_a_clip_is_found_by_the_key_that_a_manifest_keeps(store: MediaStore) -> None:
    rule = FrameRule(fps=0.5, max_side=360)
    store.save(CLIP, rule, media(store))
    assert store.lookup_key(CLIP, "time-0.5fps-10x-s360-q95") == store.lookup(CLIP, rule)
    assert store.lookup_key(CLIP, "time-1fps-10x-q95") is None


@pytest.mark.parametrize("key", ["", "../x", "time-1fps/../../x", "time-1fps-10x-q95+blur", "a-b\n"])
def test_a_key_that_is_none_leads_nowhere(store: MediaStore, key: str) -> None:
    store.save(CLIP, FrameRule(), media(store))
    (store.root / "clips-2" / "ab" / f"{CLIP}.x.json").write_text(media(store).model_dump_json())
    assert store.lookup_key(CLIP, key) is None
