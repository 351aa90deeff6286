"""The engine against a bare aiohttp loop: calls per second and peak memory.

600 samples x 3 calls, the third with ten 20 KB images, a server with a fixed latency, 64 connections. The
reference is a loop of 64 workers that posts bodies of the same size and form and reads the replies: no
store, no records, no parsing, no retry. Both run as processes of their own, in turn, against one server.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONNECTIONS = 64
CALLS = 3
IMAGES = 10
IMAGE_BYTES = 20_000
REPEATS = 3


# --- the data --------------------------------------------------------------------------------------


def make_dataset(folder: Path, samples: int, image_bytes: int = IMAGE_BYTES) -> None:
    """A manifest, and a workspace in which the frames of its clips lie decoded.

    The clips are small files that are never decoded: what is measured is the engine. Every sample has
    frames of its own, so that no cache helps.
    """
    from cuewise.media.rules import FrameRule
    from cuewise.media.store import MediaStore
    from cuewise.records import ClipFacts, ClipMedia, Frame

    clips = folder / "clips"
    clips.mkdir(parents=True)
    store = MediaStore(folder / "workspace" / "media")
    noise = random.Random(1)
    with (folder / "manifest.jsonl").open("w") as manifest:
        for n in range(samples):
            clip = clips / f"clip{n:05}.mp4"
            clip.write_text(f"clip {n}")
            frames = tuple(
                Frame(
                    index=second,
                    time_s=second,
                    image=store.put(noise.randbytes(image_bytes), "image/jpeg"),
                    width=320,
                    height=240,
                )
                for second in range(IMAGES)
            )
            sha256 = hashlib.sha256(clip.read_bytes()).hexdigest()
            facts = ClipFacts(
                sha256=sha256, size_bytes=clip.stat().st_size, duration_s=10, has_video=True, has_audio=False
            )
            store.save(sha256, FrameRule(), ClipMedia(facts=facts, frames=frames, audio=None))
            manifest.write(
                json.dumps({"clip": clip.name, "task": "SA", "label": "positive", "transcript": f"Take {n}."})
                + "\n"
            )


# --- what is timed, each in a process of its own ---------------------------------------------------


def run_cuewise(folder: Path, base_url: str) -> dict[str, Any]:
    """All three agents through `evaluate`, with the store on, in a workspace without calls."""
    import cuewise.models.openai_compatible  # noqa: F401 - loads aiohttp before the clock starts, as below
    from cuewise import Conditions, Options, evaluate

    options = Options(
        data=str(folder / "manifest.jsonl"),
        clips=str(folder / "clips"),
        model="bench/model",
        model_base_url=base_url,
        judge="bench/model",
        judge_base_url=base_url,
        modalities=("text",),
    )
    workspace = folder / "workspace"
    for old in workspace.glob("calls.sqlite*"):
        old.unlink()
    run = f"bench-{os.getpid()}"
    started = time.perf_counter()
    result = evaluate(options, Conditions(workspace=workspace, run=run, concurrency=CONNECTIONS))
    wall = time.perf_counter() - started
    figures = result.summary.overall()
    if figures.coverage != 100:
        raise RuntimeError(f"not everything was scored: {figures.outcomes}")
    return {"calls": result.tally.made, "wall_s": wall}


def run_reference(folder: Path, base_url: str) -> dict[str, Any]:
    """The bare loop."""
    import aiohttp

    samples = sum(1 for _ in (folder / "manifest.jsonl").open())
    text = "x" * 1500
    images = [random.Random(2).randbytes(IMAGE_BYTES) for _ in range(IMAGES)]

    def body(call: int) -> bytes:
        parts: list[dict[str, Any]] = [{"type": "text", "text": text + ('"steps"' if call == 1 else "")}]
        if call == 2:
            parts += [
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/jpeg;base64," + base64.b64encode(image).decode()},
                }
                for image in images
            ]
        return json.dumps({"model": "m", "messages": [{"role": "user", "content": parts}]}).encode()

    async def work(session: aiohttp.ClientSession, waiting: Iterator[int]) -> None:
        for _ in waiting:
            for call in range(CALLS):
                async with session.post(f"{base_url}/chat/completions", data=body(call)) as response:
                    json.loads(await response.read())

    async def go() -> float:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as session:
            started = time.perf_counter()
            waiting = iter(range(samples))
            await asyncio.gather(*(work(session, waiting) for _ in range(CONNECTIONS)))
            return time.perf_counter() - started

    return {"calls": samples * CALLS, "wall_s": asyncio.run(go())}


RUNNERS = {"cuewise": run_cuewise, "reference": run_reference}


# --- the comparison --------------------------------------------------------------------------------


@contextlib.contextmanager
def server(latency_s: float) -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", str(latency_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def timed(runner: str, folder: Path, base_url: str) -> dict[str, Any]:
    """One run in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine", runner, str(folder), base_url],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(samples: int, latency_s: float, repeats: int) -> dict[str, float]:
    """Both in turn; medians of calls per second, their ratio pair by pair, and the share of the floor.

    The floor is the shortest time in which the calls fit through the connections: every connection makes
    one call after another, the fullest one ceil(calls / connections) of them.
    """
    with tempfile.TemporaryDirectory() as name, server(latency_s) as base_url:
        make_dataset(Path(name), samples)
        pairs = [
            (timed("cuewise", Path(name), base_url), timed("reference", Path(name), base_url))
            for _ in range(repeats)
        ]
    rate = [ours["calls"] / ours["wall_s"] for ours, _ in pairs]
    reference = [theirs["calls"] / theirs["wall_s"] for _, theirs in pairs]
    calls = samples * CALLS
    floor_s = math.ceil(calls / CONNECTIONS) * latency_s
    return {
        "samples": samples,
        "latency_s": latency_s,
        "calls_per_s": statistics.median(rate),
        "reference_calls_per_s": statistics.median(reference),
        "ratio": statistics.median(a / b for a, b in zip(rate, reference, strict=True)),
        "share_of_floor": statistics.median(floor_s / ours["wall_s"] for ours, _ in pairs),
        "reference_share_of_floor": statistics.median(floor_s / theirs["wall_s"] for _, theirs in pairs),
        "cpu_s": statistics.median(ours["cpu_s"] for ours, _ in pairs),
        "reference_cpu_s": statistics.median(theirs["cpu_s"] for _, theirs in pairs),
        "peak_mb": max(ours["peak_mb"] for ours, _ in pairs),
        "reference_peak_mb": max(theirs["peak_mb"] for _, theirs in pairs),
    }


def growth(small: int, large: int) -> dict[str, float]:
    """Peak memory for few and for many samples, without latency.

    The images are a tenth of the size, to spare the disk; what of them is in memory at once depends on the
    connections, not on the number of samples.
    """
    peaks = {}
    for samples in (small, large):
        with tempfile.TemporaryDirectory() as name, server(0.0) as base_url:
            make_dataset(Path(name), samples, IMAGE_BYTES // 10)
            peaks[samples] = timed("cuewise", Path(name), base_url)["peak_mb"]
    return {
        f"peak_mb_{small}": peaks[small],
        f"peak_mb_{large}": peaks[large],
        "growth": peaks[large] / peaks[small],
    }


def main() -> int:
    """Print all figures; returns the number of bars that are missed."""
    quick, slow, grown = compare(600, 0.1, REPEATS), compare(600, 2.0, 1), growth(650, 6500)
    for figures in (quick, slow, grown):
        print("  ".join(f"{name} {value:.4g}" for name, value in figures.items()), flush=True)
    bars = {
        "0.75 x the bare loop's calls per second": quick["ratio"] >= 0.75,
        "0.97 x the floor at 2 s": slow["share_of_floor"] >= 0.97,
        "peak memory under 150 MB": quick["peak_mb"] < 150,
        "memory within 1.2 x from 650 to 6,500 samples": grown["growth"] <= 1.2,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}", flush=True)
    return sum(not met for met in bars.values())


if __name__ == "__main__":
    if len(sys.argv) == 4:
        result = RUNNERS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
        usage = resource.getrusage(resource.RUSAGE_SELF)
        result["cpu_s"] = usage.ru_utime + usage.ru_stime
        result["peak_mb"] = usage.ru_maxrss / 1024
        print(json.dumps(result))
    else:
        sys.exit(main())
