"""`cuewise view` over twenty runs of the whole benchmark: every page through the real server, and its memory.

The command runs as a process of its own; pages are asked for over HTTP, one after the other. Told are the time from
the request to the last byte, and the server's CPU meanwhile, to which the bars hold: on a shared machine the clock says
how busy others are. The floor is the same server giving out a style sheet.
"""

from __future__ import annotations

import http.client
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import psutil

RUNS = 20
REPEATS = 9
BAR_LIST_MS = 200.0
BAR_SAMPLE_MS = 300.0
BAR_RSS_MB = 300.0

_COMMAND = "from cuewise.cli import main; main()"

LISTS = {
    "no filter": "",
    "no filter, 250 rows": "size=250",
    "in the middle, by CoT score": "sort=cot&from=65000",
    "in the middle, by sample": "sort=sample&from=65000",
    "one run, by reasoning": "run=model-03&sort=reasoning&order=desc",
    "one gold label, by CoT score": "label=Anger&sort=cot",
    "refused": "kind=refused",
    "wrong, by reasoning": "right=wrong&sort=reasoning",
    "reasoning 20 to 50": "reasoning-min=20&reasoning-max=50",
    "runs disagree, by CoT score": "disagree=runs&sort=cot",
    "two runs that differ": "run=model-03&run=model-07&disagree=runs",
    "all runs, where they differ": "&".join(f"run=model-{n:02d}" for n in range(RUNS))
    + "&disagree=runs&sort=cot",
    "a word of a third": "q=breathless",
    "a phrase, wrong": "q=%22rather+than+playful%22&right=wrong&sort=cot",
}


@dataclass(frozen=True)
class Took:
    """A page, asked for several times; milliseconds."""

    first: float
    """CPU of the first time, with what is kept from then on."""
    median: float
    worst: float
    cpu: float
    """Median of the server's CPU."""
    size: int
    """Bytes."""


class Server:
    """`cuewise view` on a free port."""

    def __init__(self, workspace: Path) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _COMMAND,
                "view",
                "--workspace",
                str(workspace),
                "--port",
                "0",
                "--no-open",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        found = re.search(r"is shown at (\S+)", self._process.stderr.readline())
        assert found
        self._address = urlsplit(found[1]).netloc
        self._usage = psutil.Process(self._process.pid)

    def get(self, path: str) -> str:
        connection = http.client.HTTPConnection(self._address, timeout=120)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, f"{path}: {answer.status}"
        return text

    def cpu_ms(self) -> float:
        used = self._usage.cpu_times()
        return 1000 * (used.user + used.system)

    def rss_mb(self) -> float:
        return self._usage.memory_info().rss / 2**20

    def timed(self, path: str, before: Callable[[], object] = lambda: None) -> Took:
        """Ask several times.

        Args:
            before: what happens before each time.
        """
        walls, cpus, size = [], [], 0
        for _ in range(REPEATS):
            before()
            cpu, wall = self.cpu_ms(), time.perf_counter()
            size = len(self.get(path).encode())
            walls.append(1000 * (time.perf_counter() - wall))
            cpus.append(self.cpu_ms() - cpu)
        return Took(cpus[0], statistics.median(walls[1:]), max(walls[1:]), statistics.median(cpus[1:]), size)

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)


def measure(workspace: Path, small: Path) -> int:
    """Print the table; returns how many bars are missed.

    Args:
        small: a run of a few samples, copies of which are what is new.
    """
    for path in workspace.glob("viewer.sqlite*"):
        path.unlink()
    server = Server(workspace)
    try:
        started = time.perf_counter()
        while f"{RUNS} runs in" not in (page := server.get("/")) or "Reading run" in page:
            time.sleep(0.2)
        print(
            f"all runs are there after {time.perf_counter() - started:.1f} s, {server.cpu_ms() / 1000:.1f} s CPU"
        )
        row = re.search(r'id="n21" href="([^"]*)"', server.get("/samples"))
        assert row
        sample = unescape(row[1])
        beside = "&".join(f"with=model-{number:02d}" for number in range(RUNS))
        copies = iter(range(10**6))

        def new_run() -> None:
            shutil.copytree(small, workspace / "runs" / f"new-{next(copies)}")

        lists = {name: server.timed(f"/samples?{query}") for name, query in LISTS.items()}
        samples = {
            "a sample in one run": server.timed(f"{sample}"),
            f"a sample in {RUNS} runs": server.timed(f"{sample}{'&' if '?' in sample else '?'}{beside}"),
            "a sample, its place by CoT score": server.timed(f"{sample}?list=sort%3Dcot%26right%3Dwrong"),
        }
        others = {
            "runs": server.timed("/"),
            "a run": server.timed("/runs/model-03"),
            "progress of a run": server.timed("/runs/model-03/live.json"),
            "floor: a style sheet": server.timed("/assets/base.css"),
        }
        changed = {
            f"{name}, a new run each time": server.timed(f"/samples?{LISTS[name]}", new_run)
            for name in ("no filter", "all runs, where they differ")
        }
        rss = server.rss_mb()
    finally:
        server.close()
    print(f"{'':46}{'first CPU':>10}{'median ms':>11}{'worst ms':>10}{'CPU ms':>8}{'KB':>6}")
    for name, took in {**lists, **changed, **samples, **others}.items():
        print(
            f"{name:46}{took.first:10.0f}{took.median:11.0f}{took.worst:10.0f}{took.cpu:8.0f}{took.size / 1000:6.0f}"
        )
    print(f"memory of the server: {rss:.0f} MB")
    slowest = max(max(took.first, took.cpu) for took in (*lists.values(), *changed.values()))
    bars = {
        f"every list under {BAR_LIST_MS:g} ms CPU, the first time too": slowest < BAR_LIST_MS,
        f"every sample under {BAR_SAMPLE_MS:g} ms CPU": max(one.cpu for one in samples.values())
        < BAR_SAMPLE_MS,
        f"memory under {BAR_RSS_MB:g} MB": rss < BAR_RSS_MB,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return sum(not met for met in bars.values())


def main() -> int:
    """Make the runs, then measure; returns how many bars are missed."""
    from benchmarks.made_runs import make_runs

    with tempfile.TemporaryDirectory() as name:
        workspace, small = Path(name) / "large", Path(name) / "small"
        make_runs(workspace, RUNS)
        (run,) = make_runs(small, 1, 0.005)
        return measure(workspace, small / "runs" / run)


if __name__ == "__main__":
    sys.exit(main())
