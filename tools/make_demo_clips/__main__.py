"""`python -m tools.make_demo_clips`: make the shipped clips and their manifest anew."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tools.make_demo_clips.manifest import line, make_clip
from tools.make_demo_clips.planning import plan_clips

_OUT = Path(__file__).resolve().parents[2] / "src" / "cuewise" / "demo" / "demo-clips"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.make_demo_clips", description=__doc__)
    parser.add_argument("--out", type=Path, default=_OUT, help="folder for clips/ and manifest.jsonl")
    parser.add_argument(
        "--only", metavar="CLIP", help="make one clip, e.g. demo_017, and leave the manifest alone"
    )
    options = parser.parse_args()
    plans = [plan for plan in plan_clips() if options.only in (None, plan.name)]
    if not plans:
        parser.error(f"there is no clip {options.only}; the first is {plan_clips()[0].name}")

    folder: Path = options.out / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    workers = min(len(plans), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(partial(make_clip, folder), plans))
    if options.only is None:
        text = "".join(line(entry) for clip in made for entry in clip)
        (options.out / "manifest.jsonl").write_text(text, encoding="utf-8")
    size = sum(file.stat().st_size for file in folder.glob("*.mp4"))
    seconds = time.monotonic() - began
    print(f"{len(plans)} clips in {seconds:.0f} s; {size / 1e6:.2f} MB of clips in {folder}")


if __name__ == "__main__":
    main()
