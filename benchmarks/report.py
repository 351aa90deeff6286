"""The report on twenty runs over the whole benchmark: how long it takes, how large it is, how much memory it needs.

Everything is a process of its own, started as from the command line, imports included. The reference reads all bodies
of the same outcomes with the standard library's JSON parser and keeps nothing: what a report cost at the least if it
read them all. Runs keep a digest of themselves when they end, so only runs of an earlier version, and copies that
lost it, are read anew by the first report on them: `first` is that, `again` is every other.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RUNS = 20
REPEATS = 5
BAR_S = 5.0
BAR_BYTES = 5_000_000

_REPORT = "from cuewise.cli import main; main()"

_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As that of a user, who has the modules compiled: where none may be kept, each process would compile them all anew."""


@dataclass(frozen=True)
class Took:
    """One process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def timed(*command: str) -> Took:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, env=_ENVIRONMENT)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{command} ended with status {status}")
    return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def report(workspace: Path, names: list[str], output: Path) -> Took:
    """`cuewise report` on these runs."""
    return timed("-c", _REPORT, "report", *names, "--workspace", str(workspace), "--output", str(output))


def read_bodies(workspace: Path) -> None:
    """The reference: parse every outcome of every run."""
    for path in sorted((workspace / "runs").glob("*/outcomes.sqlite")):
        with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as db:
            for (body,) in db.execute("SELECT body FROM outcomes ORDER BY position, epoch"):
                json.loads(body)


def forget(workspace: Path) -> None:
    """As if the runs were of a version that kept no digest."""
    for path in workspace.glob("runs/*/digest.json"):
        path.unlink()


def main() -> int:
    """Print the table; returns how many bars are missed."""
    from benchmarks.made_runs import make_runs

    with tempfile.TemporaryDirectory() as name:
        workspace, page = Path(name), Path(name) / "report.html"
        names = make_runs(workspace, RUNS)
        timed("-c", "import cuewise.cli, cuewise.reports.html")  # compiled before the clock starts
        first = report(workspace, names, page)
        again, reference = [], []
        for _ in range(REPEATS):
            again.append(report(workspace, names, page))
            reference.append(timed("-m", "benchmarks.report", str(workspace)))
        size = page.stat().st_size
        forget(workspace)
        one_first = report(workspace, names[:1], page)
        one_again = report(workspace, names[:1], page)
        one_size = page.stat().st_size
    print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'page MB':>9}")
    _line("json.loads of all outcomes", _median(reference))
    _line(f"report on {RUNS} runs, first", first, size)
    _line(f"report on {RUNS} runs, again", _median(again), size)
    _line("report on one run, first", one_first, one_size)
    _line("report on one run, again", one_again, one_size)
    ratio = statistics.median(
        ours.cpu_s / theirs.cpu_s for ours, theirs in zip(again, reference, strict=True)
    )
    print(f"again / json.loads, CPU: {ratio:.2f}   first, CPU per run: {first.cpu_s / RUNS:.2f} s")
    wall = _median(again).wall_s
    bars = {
        f"report on {RUNS} runs again under {BAR_S:g} s": wall < BAR_S,
        f"report on {RUNS} runs under {BAR_BYTES / 1e6:g} MB": size < BAR_BYTES,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return sum(not met for met in bars.values())


def _median(runs: list[Took]) -> Took:
    columns = zip(*((took.wall_s, took.cpu_s, took.peak_mb) for took in runs), strict=True)
    return Took(*(statistics.median(column) for column in columns))


def _line(what: str, took: Took, size: int | None = None) -> None:
    page = "" if size is None else f"{size / 1e6:9.2f}"
    print(f"{what:34}{took.wall_s:8.2f}{took.cpu_s:8.2f}{took.peak_mb:9.0f}{page}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read_bodies(Path(sys.argv[1]))
    else:
        sys.exit(main())
