"""The viewer's index over twenty runs of the whole benchmark: taking them in, and every kind of list.

The index is used in a process of its own, as the server uses it. The reference answers the same questions in the same
process, afterwards, from the runs' own files: it counts what is asked for in each run's table of outcomes, by its
columns where they tell, else by parsing the bodies (four runs of the twenty, times five, as that takes long).

What was found is kept until a run changes. So each list is asked for twice over: the first time after a change, for
which a small run is taken in each time, and again. Bars hold the first times.

They hold the processor's time: all of it is one thread's work on what lies in memory, so that on a quiet machine the
clock says the same, and other work on a shared one does not count.
"""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cuewise.records import OutcomeKind
from cuewise.runs.workspace import Workspace
from cuewise.viewer.filters import Disagreement, Filters, Range, Rightness, Sort
from cuewise.viewer.index import ViewIndex

RUNS = 20
REPEATS = 15
CHANGES = 5
BAR_FIRST_S = 30.0
BAR_REFRESH_MS = 20.0
BAR_LIST_MS = 50.0
BAR_WORST_MS = 150.0
BAR_MB = 300.0


@dataclass(frozen=True)
class Took:
    """Several times the same, milliseconds."""

    median: float
    worst: float
    cpu: float
    """Median of the processor's time."""


def timed(
    ask: Callable[[], object], repeats: int = REPEATS, before: Callable[[], object] = lambda: None
) -> Took:
    """Ask several times.

    Args:
        before: what happens before each time, and does not count.
    """
    walls, cpus = [], []
    for _ in range(repeats):
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return Took(statistics.median(walls), max(walls), statistics.median(cpus))


def scan(workspace: Path, where: str, *values: object) -> int:
    """The reference where columns tell: outcomes that a condition lets through."""
    query = f"SELECT count(*) FROM outcomes WHERE {where}"
    return sum(next(rows)[0] for rows in _each(workspace, query, *values))


def parse(workspace: Path, passes: Callable[[dict[str, Any]], bool]) -> int:
    """The reference where they do not: parse bodies; of every fifth run only."""
    bodies = list(_each(workspace, "SELECT body FROM outcomes"))[::5]
    return sum(passes(json.loads(body)) for rows in bodies for (body,) in rows)


def _each(workspace: Path, query: str, *values: object) -> Iterable[Any]:
    for path in sorted(workspace.glob("runs/*/outcomes.sqlite")):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            yield iter(db.execute(query, values).fetchall())


def _said(outcome: dict[str, Any]) -> str:
    return str((outcome.get("answer") or {}).get("text", ""))


def measure(workspace: Path, small: Path) -> int:
    """Print the tables; returns how many bars are missed.

    Args:
        small: a run of a few samples, copies of which are what is new.
    """
    started, cpu = time.perf_counter(), time.process_time()
    index = ViewIndex(Workspace(workspace))
    problems = index.refresh()
    first_s, first_cpu = time.perf_counter() - started, time.process_time() - cpu
    assert problems == []
    time.sleep(0.2)
    index.refresh()  # what was written less than a tenth of a second ago is looked at again
    refresh = timed(index.refresh)
    size = sum(path.stat().st_size for path in workspace.glob("viewer.sqlite*"))
    copies = iter(range(10**6))

    def change() -> None:
        shutil.copytree(small, workspace / "runs" / f"new-{next(copies)}")
        index.refresh()

    everything = index.page(Filters())
    row = everything.rows[20]
    anger = Filters(labels=row.labels)
    lists: dict[str, tuple[Filters, dict[str, Any]]] = {
        "no filter": (Filters(), {}),
        "no filter, in the middle": (Filters(), {"offset": 65_000}),
        "by sample, in the middle": (Filters(), {"sort": Sort.SAMPLE, "offset": 65_000}),
        "by CoT score, the lowest": (Filters(), {"sort": Sort.COT}),
        "by CoT score, in the middle": (Filters(), {"sort": Sort.COT, "offset": 65_000}),
        "one run, by reasoning": (
            Filters(runs=("model-03",)),
            {"sort": Sort.REASONING, "descending": True},
        ),
        "one task": (Filters(tasks=(row.task,)), {}),
        "one gold label, by CoT score": (anger, {"sort": Sort.COT}),
        "one prediction": (Filters(predictions=row.labels), {}),
        "refused": (Filters(kinds=(OutcomeKind.REFUSED,)), {}),
        "wrong, by reasoning": (Filters(rightness=(Rightness.WRONG,)), {"sort": Sort.REASONING}),
        "reasoning 20 to 50": (Filters(reasoning=Range(20, 50)), {}),
        "runs disagree, by CoT score": (
            Filters(disagreements=(Disagreement.RUNS,)),
            {"sort": Sort.COT},
        ),
        "two runs differ from each other": (
            Filters(("model-03", "model-07"), disagreements=(Disagreement.RUNS,)),
            {},
        ),
        "all runs differ, by CoT score": (
            Filters(
                tuple(f"model-{number:02d}" for number in range(RUNS)), disagreements=(Disagreement.RUNS,)
            ),
            {"sort": Sort.COT},
        ),
        "epoch 0, by CoT score": (Filters(epoch=0), {"sort": Sort.COT}),
        "a word of a third": (Filters(text="breathless"), {}),
        "the commonest word": (Filters(text="the"), {}),
        "a phrase, wrong, one task": (
            Filters(text='"rather than playful"', rightness=(Rightness.WRONG,), tasks=(row.task,)),
            {"sort": Sort.COT},
        ),
        "a sample's id": (Filters(text=row.sample), {}),
    }
    totals = {name: index.page(asked).total for name, (asked, _) in lists.items()}
    taken_in = timed(change, CHANGES)
    first = {
        name: timed(partial(index.page, asked, **how), CHANGES, change)
        for name, (asked, how) in lists.items()
    }
    again = {name: timed(partial(index.page, asked, **how)) for name, (asked, how) in lists.items()}
    others = {
        "choices, no filter": timed(lambda: index.choices(Filters())),
        "choices, one task, wrong": timed(
            lambda: index.choices(Filters(tasks=(row.task,), rightness=(Rightness.WRONG,)))
        ),
        "choices, two runs that differ": timed(
            lambda: index.choices(
                Filters(("model-03", "model-07"), disagreements=(Disagreement.RUNS,)),
            )
        ),
        "choices, the commonest word": timed(lambda: index.choices(Filters(text="the"))),
        "neighbours, wrong, by CoT score": timed(
            lambda: index.around(Filters(rightness=(Rightness.WRONG,)), Sort.COT, row)
        ),
        "a sample in all runs": timed(lambda: index.runs_with(row.sample)),
        "one outcome, whole": timed(lambda: index.outcome(row.run, row.sample)),
        "all runs": timed(index.runs),
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    index.close()

    print(f"{everything.total:,} outcomes of {RUNS} runs")
    print(f"first taken in: {first_s:.1f} s, {first_cpu:.1f} s CPU; the index is {size / 1e6:.0f} MB")
    print(f"peak memory: {peak:.0f} MB")
    print(f"{'':34}{'outcomes':>9}{'median ms':>11}{'worst ms':>10}{'CPU ms':>8}")
    _line("refresh, nothing new", refresh)
    _line("refresh, a small new run", taken_in)
    print("the first time after a change")
    for name, took in first.items():
        _line(name, took, totals[name])
    print("again")
    for name, took in again.items():
        _line(name, took, totals[name])
    for name, took in others.items():
        _line(name, took)
    print("the same counts without the index")
    wrong = timed(lambda: scan(workspace, "recognition <= 0"), 3)
    task = timed(lambda: scan(workspace, "task = ?", row.task), 3)
    label = timed(lambda: parse(workspace, lambda one: row.labels[0] in one["sample"]["labels"]), 1)
    word = timed(lambda: parse(workspace, lambda one: "breathless" in _said(one)), 1)
    _line("wrong, by column", wrong)
    _line("one task, by column", task)
    _line("one gold label, by bodies, x 5", Took(5 * label.median, 5 * label.worst, 5 * label.cpu))
    _line("a word of a third, by bodies, x 5", Took(5 * word.median, 5 * word.worst, 5 * word.cpu))
    cpus = [took.cpu for took in first.values()]
    quick = sum(cpu < BAR_LIST_MS for cpu in cpus)
    bars = {
        f"{everything.total:,} outcomes taken in with under {BAR_FIRST_S:g} s CPU": first_cpu < BAR_FIRST_S,
        f"nothing new: refresh under {BAR_REFRESH_MS:g} ms": refresh.median < BAR_REFRESH_MS,
        f"nine of ten lists under {BAR_LIST_MS:g} ms CPU the first time": quick >= 0.9 * len(cpus),
        f"every list under {BAR_WORST_MS:g} ms CPU the first time": max(cpus) < BAR_WORST_MS,
        f"peak memory under {BAR_MB:g} MB": peak < BAR_MB,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return sum(not met for met in bars.values())


def _line(what: str, took: Took, total: int | None = None) -> None:
    count = "" if total is None else f"{total:,}"
    print(f"{what:34}{count:>9}{took.median:11.1f}{took.worst:10.1f}{took.cpu:8.1f}")


def main() -> int:
    """Make the runs, then measure; returns how many bars are missed."""
    from benchmarks.made_runs import make_runs

    with tempfile.TemporaryDirectory() as name:
        workspace, small = Path(name) / "large", Path(name) / "small"
        make_runs(workspace, RUNS)
        (run,) = make_runs(small, 1, 0.005)
        command = [sys.executable, "-m", "benchmarks.viewer_list", str(workspace), str(small / "runs" / run)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(measure(*map(Path, sys.argv[1:])) if len(sys.argv) > 1 else main())
