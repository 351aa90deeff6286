"""CPU time to get one frame per second, ten at most, and the sound out of a clip.

Beside it the loop that benchmark scripts commonly use: OpenCV decodes every frame and writes each
`int(fps)`-th as JPEG; it gives no sound. Every measurement is a process of its own, on one thread, and counts
user and system time of reading the clip only (imports and the first, warming run are left out).

    python benchmarks/decode.py [CLIP] [--repeats N]

Without CLIP: the 720p clip of the shared data, or one made with x264. Ends with 1 where the ratio is below the bar.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

BAR = 2.5
"""Least ratio of OpenCV's CPU time to ours."""
SHARED_CLIP = (
    Path(__file__).resolve().parents[2] / "shared/data/clips/ravdess_neutral_01-01-01-01-01-01-01.mp4"
)
METHODS = ("opencv", "time", "index", "time, no sound")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=7, help="processes per method (default 7)")
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.method:
        print(_cpu_seconds(_method(arguments.method, arguments.clip)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        clip = arguments.clip or (SHARED_CLIP if SHARED_CLIP.is_file() else _make_clip(Path(folder)))
        result = _measure(clip, _without_sound(clip, Path(folder)), arguments.repeats)
    _show(result)
    print(json.dumps(result))
    return 0 if result["ratio"] >= BAR else 1


def _measure(clip: Path, silent: Path, repeats: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {method: [] for method in METHODS}
    for _ in range(repeats):
        for method in METHODS:  # in turn, so that a noisy moment falls on all of them
            source = silent if method.endswith("no sound") else clip
            command = [sys.executable, __file__, str(source), "--method", method]
            times[method].append(float(subprocess.run(command, capture_output=True, check=True).stdout))
    cpu_s = {method: statistics.median(values) for method, values in times.items()}
    return {
        "clip": clip.name,
        "repeats": repeats,
        "cpu_s": cpu_s,
        "spread_s": {method: [min(values), max(values)] for method, values in times.items()},
        "ratio": cpu_s["opencv"] / cpu_s["time"],
        "ratio_index": cpu_s["opencv"] / cpu_s["index"],
        "identical_frames": _assert_identical(clip),
        "bar": BAR,
    }


def _cpu_seconds(work: Callable[[], object]) -> float:
    work()
    start = time.process_time()
    work()
    return time.process_time() - start


def _method(name: str, clip: Path) -> Callable[[], object]:
    if name == "opencv":
        return lambda: _opencv(clip)
    from cuewise.media.decode import decode_clip
    from cuewise.media.rules import FrameRule

    rule = FrameRule(kind="index" if name == "index" else "time")

    def work() -> None:
        decoded = decode_clip(clip, rule, "0" * 64)
        if decoded.sound is not None:
            decoded.sound.wav()

    return work


def _opencv(clip: Path, keep: Callable[[Any], object] | None = None) -> None:
    """Decode every frame; encode each `int(fps)`-th, ten at most."""
    import cv2

    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    stride, index, taken = int(capture.get(cv2.CAP_PROP_FPS)), 0, 0
    while True:
        good, frame = capture.read()
        if not good:
            return
        if index % stride == 0 and taken < 10:
            taken += 1
            if keep is None:
                cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])
            else:
                keep(frame)
        index += 1


def _assert_identical(clip: Path) -> int:
    """Frames under the `index` rule, each the same as OpenCV's in every pixel."""
    from cuewise.media.decode import decode_clip
    from cuewise.media.rules import FrameRule

    theirs: list[bytes] = []
    _opencv(clip, keep=lambda frame: theirs.append(frame.tobytes()))
    with patch("cuewise.media.pictures.encode_jpeg", lambda bgr, quality: bgr.tobytes()):
        ours = [picture.jpeg for picture in decode_clip(clip, FrameRule("index"), "0" * 64).pictures]
    assert ours == theirs, "the index rule does not give OpenCV's frames"
    return len(ours)


def _without_sound(clip: Path, folder: Path) -> Path:
    """The same video packets in a file of their own."""
    import av

    target = folder / f"silent{clip.suffix}"
    with av.open(str(clip)) as source, av.open(str(target), "w") as silent:
        video = silent.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                silent.mux(packet)
    return target


def _make_clip(folder: Path) -> Path:
    """Five seconds of moving texture with grain at 720p, a key frame each second as cameras set them, a tone."""
    import av
    import numpy as np

    path = folder / "made-720p.mp4"
    rng = np.random.default_rng(1)
    small = rng.integers(0, 255, (45, 160, 3), dtype=np.uint8)
    scene = small.repeat(16, axis=0).repeat(16, axis=1)
    scene = scene // 2 + 60
    grain = rng.integers(0, 12, (5, 720, 1280, 3), dtype=np.uint8)
    time_s = np.arange(5 * 48_000) / 48_000
    tone = (0.3 * np.sin(2 * np.pi * 220 * time_s)).astype(np.float32)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"g": "30", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="mono")
        for start in range(0, len(tone), 1024):
            block = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], "fltp", "mono")
            block.sample_rate, block.pts = 48_000, start
            container.mux(audio.encode(block))
        for i in range(150):
            picture = np.roll(scene, 4 * i, axis=1)[:, :1280] + grain[i % len(grain)]
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def _show(result: dict[str, Any]) -> None:
    print(f"{result['clip']}: CPU seconds, median of {result['repeats']} processes")
    for method, seconds in result["cpu_s"].items():
        low, high = result["spread_s"][method]
        ratio = result["cpu_s"]["opencv"] / seconds
        print(f"  {method:<16} {seconds:.3f}   {low:.3f} to {high:.3f}   OpenCV / this = {ratio:.2f}")
    print(f"  {result['identical_frames']} frames of the index rule are OpenCV's, pixel for pixel")


if __name__ == "__main__":
    sys.exit(main())
