"""Frames in the report: which, how large, and what happens without them."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from cuewise.errors import MediaError
from cuewise.media.images import encode_jpeg
from cuewise.media.store import MediaStore
from cuewise.records import MediaRef
from cuewise.reports.thumbnails import MAX_SIDE, make_thumbnails
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import WriteReport


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def _frame(store: MediaStore, shade: int) -> MediaRef:
    pixels = np.full((360, 640, 3), shade, np.uint8)
    return store.put(encode_jpeg(pixels, 95), "image/jpeg")


def test_pictures_are_small_and_shared(store: MediaStore) -> None:
    first, second = _frame(store, 10), _frame(store, 200)
    frames = [{0: [("F1", first), ("F2", second)]}, {0: [("F1", first)], 1: [("F1", second)]}]
    made = make_thumbnails([0, 1], frames, store.read)
    assert len(made.jpegs) == 2
    assert made.frames == [{"0": {"F1": 0, "F2": 1}}, {"0": {"F1": 0}, "1": {"F1": 1}}]
    assert made.samples == 2
    height, width, _, _ = simplejpeg.decode_jpeg_header(base64.b64decode(made.jpegs[0]))
    assert (width, height) == (MAX_SIDE, 90)


def test_whole_clips_until_the_budget_is_used_up(store: MediaStore) -> None:
    frames = [
        {
            place: [("F1", _frame(store, 20 * place)), ("F2", _frame(store, 20 * place + 10))]
            for place in range(5)
        }
    ]
    one_clip = sum(map(len, make_thumbnails([0], frames, store.read).jpegs))
    made = make_thumbnails([4, 2, 0, 1, 3], frames, store.read, budget=one_clip * 5 // 2)
    assert list(made.frames[0]) == ["4", "2"]
    assert sum(map(len, made.jpegs)) <= one_clip * 5 // 2


def test_a_lost_or_broken_picture_is_a_gap(store: MediaStore) -> None:
    kept, lost = _frame(store, 10), _frame(store, 90)
    store.path(lost).unlink()
    broken = store.put(b"no jpeg", "image/jpeg")
    made = make_thumbnails(
        [0], [{0: [("F1", kept), ("F2", lost), ("F3", broken)]}], MediaStore(store.root).read
    )
    assert made.frames == [{"0": {"F1": 0}}]
    assert made.unreadable == 2


def test_the_report_says_how_many_clips_show(tmp_path: Path, store: MediaStore, report: WriteReport) -> None:
    frames = [_frame(store, 10), _frame(store, 90)]
    run = make_run(tmp_path, "seen", make_outcomes(make_samples(20), frames=frames, fail_every=0))
    assert "Frames of 20 of 20 samples with frames are embedded." in report(run, read_media=store.read).text
    assert "No frames are embedded." in report(run).text

    def gone(ref: MediaRef) -> bytes:
        raise MediaError(f"{ref.sha256[:8]} is not in the store")

    assert "No frames are embedded." in report(run, read_media=gone).text
