"""Real clips against OpenCV, an independent decoder."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cuewise.media.decode import decode_clip, probe
from cuewise.media.pictures import PictureDecoder
from cuewise.media.rules import FrameRule

pytestmark = pytest.mark.shared
SHA = "0" * 64
VIDEOS = [
    "ravdess_neutral_01-01-01-01-01-01-01.mp4",  # 720p, one frame cut off by its edit list
    "ravdess_sad_02-01-04-01-02-01-01_mux.mp4",
    "ravdess_surprised_variant.avi",
    "ravdess_surprised_variant.mkv",
    "ravdess_surprised_variant.flv",
    "pyfeat_single_face.mp4",
    pytest.param("pyfeat_WolfgangLanger_Pexels.mp4", marks=pytest.mark.slow),  # 20 s, of which 10 are wanted
    "hybrid/hybrid_happy_03-01-03-02-01-01-12.mp4",
]


def opencv_frames(path: Path) -> tuple[list[np.ndarray[Any, Any]], list[float], float]:
    """All frames, their times in seconds, and the frame rate."""
    capture = cv2.VideoCapture(str(path))
    frames, times = [], []
    while (read := capture.read())[0]:
        frames.append(read[1])
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
    return frames, times, capture.get(cv2.CAP_PROP_FPS)


@pytest.fixture
def clips(shared_data: Path) -> Path:
    return shared_data / "clips"


@pytest.mark.parametrize("name", VIDEOS)
def test_agrees_with_opencv(name: str, clips: Path, raw_pixels: Callable[[Any], Any]) -> None:
    frames, times, fps = opencv_frames(clips / name)

    by_index = decode_clip(clips / name, FrameRule("index"), SHA).pictures
    assert [p.index for p in by_index] == [i for i in range(len(frames)) if i % int(fps) == 0][:10]

    by_time = decode_clip(clips / name, FrameRule(), SHA).pictures
    # OpenCV counts time from the stream's start; its floating point may fall short of a whole second.
    whole = range(int(times[-1]) + 1)
    assert [p.index for p in by_time] == [
        max(i for i, time in enumerate(times) if time <= t + 1e-6) for t in whole
    ][:10]

    for picture in (*by_index, *by_time):
        assert np.array_equal(raw_pixels(picture), frames[picture.index])
        assert picture.time_s == pytest.approx(times[picture.index], abs=0.0011)  # FLV, MKV: milliseconds

    facts = probe(clips / name)
    assert (facts.height, facts.width) == frames[0].shape[:2]
    assert facts.fps == pytest.approx(fps, rel=1e-3)
    assert facts.duration_s == pytest.approx(times[-1] + 1 / fps, abs=0.1)  # sound may be a little longer


@pytest.mark.parametrize("name", VIDEOS)
def test_real_clips_need_no_frame_by_frame_decoding(
    name: str, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: PictureDecoder) -> list[Any]:
        raise AssertionError("decoded frame by frame")

    monkeypatch.setattr(PictureDecoder, "_decode_in_order", refuse)
    assert decode_clip(clips / name, FrameRule(), SHA).pictures


@pytest.mark.slow
def test_every_clip_is_whole(clips: Path) -> None:
    lines = (clips / "clips.csv").read_text(encoding="utf-8").splitlines()
    rows = {row["file"]: row for row in csv.DictReader(lines)}
    files = [*sorted(clips.glob("*.*")), *sorted((clips / "hybrid").glob("*.mp4"))]
    files = [path for path in files if path.suffix != ".csv"]
    assert len(files) == 27 + 24
    for path in files:
        decoded = decode_clip(path, FrameRule(max_frames=1, max_side=64), SHA)
        told = probe(path)
        assert not told.truncated, path.name
        assert told.duration_s == pytest.approx(decoded.facts.duration_s, abs=0.06), (
            path.name
        )  # AAC's last block
        if path.name in rows:
            assert decoded.facts.has_audio == (rows[path.name]["has_audio"] == "1"), path.name
            assert bool(decoded.pictures) == (path.suffix != ".wav"), path.name


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(
    "name",
    [
        "ravdess_neutral_01-01-01-01-01-01-01.mp4",  # index first
        "ravdess_surprised_variant.avi",
        "ravdess_surprised_variant.mkv",
        "ravdess_surprised_variant.flv",
        "voice_sad_03-01-04-02-01-01-03.wav",
    ],
)
def test_a_cut_clip_is_noticed(name: str, share: float, clips: Path, tmp_path: Path) -> None:
    content = (clips / name).read_bytes()
    cut = tmp_path / name
    cut.write_bytes(content[: int(len(content) * share)])
    assert probe(cut).truncated
