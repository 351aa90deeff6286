from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cuewise.analysis.digest_file import SETTLED_NS
from cuewise.errors import RunError
from cuewise.records import Outcome
from cuewise.runs.outcomes import OutcomeStore
from cuewise.runs.workspace import RunFolder, Workspace
from cuewise.viewer import sources
from cuewise.viewer.bodies import Body
from cuewise.viewer.filters import Disagreement, Filters, Sort
from cuewise.viewer.index import Progress, ViewIndex
from support.outcomes import make_manifest, make_outcome, make_outcomes, make_run, make_samples

SAMPLES = make_samples(30)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ViewIndex]:
    made = ViewIndex(Workspace(tmp_path))
    yield made
    made.close()


def rows(index: ViewIndex, **filters: Any) -> list[tuple[str, int]]:
    return [(row.run, row.position) for row in index.page(Filters(**filters), limit=1000).rows]


def settle(root: Path) -> None:
    """As if the runs' files had been written a minute ago."""
    for path in root.glob("runs/*/*"):
        os.utime(path, ns=(0, time.time_ns() - 60_000_000_000))


def write(folder: RunFolder, outcomes: list[Outcome]) -> OutcomeStore:
    """A run under way."""
    store = OutcomeStore(folder.outcomes_path)
    for position, outcome in enumerate(outcomes):
        store.add(position, outcome)
    store.commit()
    return store


def test_nothing_new_opens_no_run(tmp_path: Path, index: ViewIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        make_run(tmp_path, name, make_outcomes(SAMPLES, seed=name))
    settle(tmp_path)
    told: list[Progress] = []
    assert index.refresh(told.append) == []
    assert [(one.run, one.outcomes, one.runs, one.of_runs) for one in told] == [
        ("one", 0, 0, 2),
        ("one", 30, 0, 2),
        ("two", 0, 1, 2),
        ("two", 30, 1, 2),
    ]

    def opened(*_: object) -> None:
        raise AssertionError("a run was opened")

    monkeypatch.setattr(sources, "open_to_read", opened)
    monkeypatch.setattr(RunFolder, "manifest", opened)
    assert index.refresh(told.append) == []
    assert len(told) == 4


def test_a_file_changed_just_now_is_looked_at_again(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES[:1]))
    folder = Workspace(tmp_path).run("one")
    changed = max(path.stat().st_mtime_ns for path in (folder.manifest_path, folder.outcomes_path))
    assert sources.seen(folder, lambda: changed + SETTLED_NS) == ""
    assert sources.seen(folder, lambda: changed + SETTLED_NS + 1) != ""


def test_a_file_dated_in_the_future_is_not_looked_at_for_ever(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES[:1]))
    folder = Workspace(tmp_path).run("one")
    tomorrow = time.time_ns() + 86_400 * 10**9
    for path in (folder.manifest_path, folder.outcomes_path):
        os.utime(path, ns=(tomorrow, tomorrow))
    assert sources.seen(folder) != ""


def test_a_run_under_way_is_taken_in_bit_by_bit(
    tmp_path: Path, index: ViewIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, "done", [make_outcome(sample, skill=1) for sample in SAMPLES])
    folder = Workspace(tmp_path).run("going")
    folder.path.mkdir()
    make_manifest("going", SAMPLES).write(folder.manifest_path)
    assert index.refresh() == []  # no outcomes yet
    assert (index.runs()[1].outcomes, index.runs()[1].finished) == (0, False)

    read: list[bytes] = []
    parse = Body.read

    def reading(text: bytes) -> Body:
        read.append(text)
        return parse(text)

    monkeypatch.setattr(Body, "read", reading)
    first = make_outcome(SAMPLES[0], skill=0, seed="wrong")
    assert first.score is not None and first.score.recognition < 1
    with closing(write(folder, [first])) as store:
        index.refresh()
        assert rows(index, runs=("going",)) == [("going", 0)]
        # Both of the runs that now disagree are found by it.
        parted = {"disagreements": (Disagreement.RUNS,)}
        assert rows(index, **parted) == [("done", 0), ("going", 0)]

        read.clear()
        store.add(1, make_outcome(SAMPLES[1], skill=1))
        store.add(2, make_outcome(SAMPLES[2], skill=1))
        store.commit()
        index.refresh()
        assert len(read) == 2
        assert index.runs()[1].outcomes == 3

        # Judged again: the same sample's outcome takes the place of the first, and the runs agree.
        store.add(0, make_outcome(SAMPLES[0], skill=1))
        store.commit()
        index.refresh()
        assert rows(index, runs=("going",)) == [("going", 0), ("going", 1), ("going", 2)]
        assert rows(index, **parted) == []
        assert rows(index, text=f'"{SAMPLES[0].id}"') == [("done", 0), ("going", 0)]
    assert index.refresh() == []
    assert len(rows(index)) == 33


def test_a_replaced_run_is_read_anew(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "done", [make_outcome(sample, skill=1) for sample in SAMPLES])
    make_run(tmp_path, "again", [make_outcome(sample, skill=0, seed="w") for sample in SAMPLES[:20]])
    index.refresh()
    assert rows(index, disagreements=(Disagreement.RUNS,))
    write(
        Workspace(tmp_path).run("again"), [make_outcome(sample, skill=1) for sample in SAMPLES[:10]]
    ).close()
    index.refresh()
    assert len(rows(index, runs=("again",))) == 10
    assert rows(index, disagreements=(Disagreement.RUNS,)) == []
    assert index.runs()[0].recognition == 1


def test_another_file_of_the_same_size_and_time_is_told_from_the_first(
    tmp_path: Path, index: ViewIndex
) -> None:
    def write_wrong(seed: str) -> None:
        write(Workspace(tmp_path).run("one"), [make_outcome(SAMPLES[0], skill=0, seed=seed)]).close()

    make_run(tmp_path, "one", [make_outcome(SAMPLES[0], skill=1)])
    settle(tmp_path)
    path = Workspace(tmp_path).run("one").outcomes_path
    before = path.stat()
    index.refresh()
    write_wrong("w")
    os.utime(path, ns=(0, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    index.refresh()
    (row,) = index.page(Filters()).rows
    assert row.recognition == 0


def test_readers_never_see_half_of_a_run(tmp_path: Path, index: ViewIndex) -> None:
    folder = Workspace(tmp_path).run("one")
    many = make_samples(600)
    both = [make_outcomes(many), make_outcomes(many[:520], seed="other")]
    make_run(tmp_path, "one", both[0])
    index.refresh()
    stop = threading.Event()
    totals: set[tuple[int, int]] = set()

    def look() -> None:
        while not stop.is_set():
            page = index.page(Filters(epoch=0), limit=1000)
            totals.add((page.total, len(page.rows)))
            index.choices(Filters())
            index.page(Filters(text="brows"))

    with ThreadPoolExecutor(6) as pool:
        looking = [pool.submit(look) for _ in range(6)]
        try:
            for turn in (1, 0, 1):
                with closing(OutcomeStore(folder.outcomes_path)) as store:
                    for position, outcome in enumerate(both[turn]):
                        store.add(position, outcome)
                index.refresh()
        finally:
            stop.set()
        for one in looking:
            one.result()
    assert totals <= {(600, 600), (520, 520)}
    assert index.page(Filters(epoch=0)).total == 520


_HALF = """
import sys, time
from pathlib import Path
from cuewise.runs.workspace import Workspace
from cuewise.viewer.index import ViewIndex

def stop(progress):
    if progress.run == "two" and progress.outcomes:
        print("half", flush=True)
        time.sleep(60)

ViewIndex(Workspace(Path(sys.argv[1]))).refresh(stop)
"""


def test_a_killed_viewer_leaves_whole_runs(tmp_path: Path) -> None:
    many = make_samples(510)
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    make_run(tmp_path, "two", make_outcomes(many))
    process = subprocess.Popen(
        [sys.executable, "-c", _HALF, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "half\n"
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        assert index.path == tmp_path / "viewer.sqlite"
        assert [run.name for run in index.runs()] == ["one"]
        assert len(rows(index)) == 30
        assert index.refresh() == []
        assert len(rows(index)) == 540
        assert index.page(Filters(text=f'"{many[-1].id}"')).total == 1


def test_a_refresh_that_is_broken_off_leaves_whole_runs(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))

    def break_off(progress: Progress) -> None:
        if progress.outcomes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.refresh(break_off)
    assert rows(index) == []
    assert index.refresh() == []
    assert len(rows(index)) == 30


def test_viewers_that_start_at_once_share_an_index(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        make_run(tmp_path, name, make_outcomes(SAMPLES, seed=name))
    settle(tmp_path)
    script = (
        "import sys; from pathlib import Path; from cuewise.runs.workspace import Workspace\n"
        "from cuewise.viewer.index import ViewIndex; from cuewise.viewer.filters import Filters\n"
        "root = Path(sys.argv[1]); index = ViewIndex(Workspace(root)); print(index.refresh(),"
        " index.page(Filters()).total, index.path == root / 'viewer.sqlite')"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    viewers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [viewer.communicate()[0] for viewer in viewers] == ["[] 90 True\n"] * 4
    with closing(sqlite3.connect(tmp_path / "viewer.sqlite")) as db:
        assert db.execute("SELECT n FROM changes").fetchone() == (3,)  # each run was taken in once
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _garbage(folder: RunFolder) -> None:
    folder.outcomes_path.write_bytes(b"no database" * 1000)


def _torn(folder: RunFolder) -> None:
    data = bytearray(folder.outcomes_path.read_bytes())
    data[4096 * 3 :] = b"\xff" * (len(data) - 4096 * 3)
    folder.outcomes_path.write_bytes(data)


def _newer(folder: RunFolder) -> None:
    with closing(sqlite3.connect(folder.outcomes_path)) as db:
        db.execute("PRAGMA user_version=99")


def _no_table(folder: RunFolder) -> None:
    with closing(sqlite3.connect(folder.outcomes_path)) as db:
        db.execute("DROP TABLE outcomes")


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (_garbage, "its outcomes cannot be read (file is not a database)"),
        (_torn, "its outcomes cannot be read ("),
        (_newer, "its outcomes have format 99, and this version of Cuewise reads up to 2"),
        (_no_table, "its outcomes cannot be read (no such table: outcomes)"),
    ],
)
def test_a_run_that_cannot_be_read_is_told(
    tmp_path: Path, index: ViewIndex, harm: Callable[[RunFolder], None], what: str
) -> None:
    make_run(tmp_path, "bad", make_outcomes(SAMPLES))
    make_run(tmp_path, "good", make_outcomes(SAMPLES))
    harm(Workspace(tmp_path).run("bad"))
    settle(tmp_path)
    for _ in range(2):  # told as often as it is asked
        (problem,) = index.refresh()
        assert problem.where == "runs/bad"
        assert problem.what.startswith(what)
        assert problem.hint.endswith("shown as it was last read")
        assert len(rows(index)) == 30
    write(Workspace(tmp_path).run("bad"), make_outcomes(SAMPLES)).close()
    assert index.refresh() == []
    assert len(rows(index)) == 60


def test_a_damaged_run_is_shown_as_it_was(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    index.refresh()
    _garbage(Workspace(tmp_path).run("one"))
    assert len(index.refresh()) == 1
    assert len(rows(index)) == 30
    with pytest.raises(RunError, match="cannot be read: run its command again"):
        index.outcome("one", SAMPLES[0].id)


@pytest.mark.parametrize("body", ["{}", "no json", '{"sample": "\\ud800"}', b"\xff", "torn", None, "far"])
def test_one_outcome_that_cannot_be_read_harms_no_other(
    tmp_path: Path, index: ViewIndex, body: object
) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    with closing(sqlite3.connect(tmp_path / "runs/one/outcomes.sqlite")) as db:
        if body is None:
            body = db.execute("SELECT body FROM outcomes WHERE position = 4").fetchone()[0]  # another's
        if body == "far":
            kept: str = db.execute("SELECT body FROM outcomes WHERE position = 3").fetchone()[0]
            body = kept.replace('"protocol"', f'"epoch":{2**53},"protocol"')
        if body == "torn":
            db.execute("UPDATE outcomes SET body = cast(x'7bff7d' AS TEXT) WHERE position = 3")
        else:
            db.execute("UPDATE outcomes SET body = ? WHERE position = 3", (body,))
        db.commit()
    for _ in range(2):
        (problem,) = index.refresh()
        assert problem.what == f"1 of its outcomes cannot be read, the first of {SAMPLES[3].id}"
        assert len(rows(index)) == 29


def test_a_damaged_manifest_is_told(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    path = tmp_path / "runs/one/manifest.json"
    kept = path.read_text(encoding="utf-8")
    path.write_text("{", encoding="utf-8")
    (problem,) = index.refresh()
    assert "manifest of run one is damaged" in problem.what
    assert index.runs() == []
    path.write_text(kept, encoding="utf-8")
    assert index.refresh() == []
    assert [run.name for run in index.runs()] == ["one"]


def test_a_run_of_the_first_format_has_one_epoch(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    path = tmp_path / "runs/one/outcomes.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE old (position INTEGER PRIMARY KEY, sample TEXT UNIQUE, task, kind, recognition, reasoning,"
            " cot, body TEXT); INSERT INTO old SELECT position, sample, task, kind, recognition, reasoning, cot, body"
            " FROM outcomes; DROP TABLE outcomes; ALTER TABLE old RENAME TO outcomes; PRAGMA user_version=1;"
            " PRAGMA application_id=0"
        )
    assert index.refresh() == []
    assert len(rows(index, epoch=0)) == 30
    outcome = index.outcome("one", SAMPLES[0].id)
    assert outcome is not None and outcome.sample == SAMPLES[0]
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM outcomes WHERE position > 9")  # nothing tells that but the file's time
        db.commit()
    index.refresh()
    assert len(rows(index)) == 10


def test_a_run_that_was_deleted_is_forgotten(tmp_path: Path, index: ViewIndex) -> None:
    make_run(tmp_path, "one", [make_outcome(sample, skill=1) for sample in SAMPLES])
    make_run(tmp_path, "two", [make_outcome(sample, skill=0, seed="w") for sample in SAMPLES])
    index.refresh()
    assert rows(index, disagreements=(Disagreement.RUNS,))
    (tmp_path / "runs/two").rename(tmp_path / "two")
    index.refresh()
    assert {run for run, _ in rows(index)} == {"one"}
    assert rows(index, disagreements=(Disagreement.RUNS,)) == []
    assert rows(index, text="brows")


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    (tmp_path / "viewer.sqlite").write_bytes(b"no database" * 1000)
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        assert index.path == tmp_path / "viewer.sqlite"
        assert len(rows(index)) == 30


def test_an_index_that_goes_away_is_not_made_empty(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES[:3]))
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        assert len(rows(index)) == 3
        for path in tmp_path.glob("viewer.sqlite*"):
            path.unlink()
        for use in (index.runs, index.refresh, lambda: index.page(Filters())):
            with pytest.raises(
                RunError,
                match=r"was deleted or replaced.*stop all viewers of this workspace, delete the file, and start again",
            ):
                use()
        assert not index.path.exists()
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        assert len(rows(index)) == 3


def test_an_index_of_another_version_is_made_anew(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        with closing(sqlite3.connect(tmp_path / "viewer.sqlite")) as db:
            db.execute("CREATE TABLE of_another_version (x)")
            db.execute("PRAGMA user_version=999")
        # One that is open meanwhile says so, and does not fight over it.
        with pytest.raises(RunError, match="another version of Cuewise made it anew"):
            index.page(Filters())
        with pytest.raises(RunError, match="another version of Cuewise made it anew"):
            index.refresh()
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        assert rows(index) == []
        index.refresh()
        assert len(rows(index)) == 30
        with closing(sqlite3.connect(tmp_path / "viewer.sqlite")) as db:
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        assert "of_another_version" not in names


def test_an_index_that_took_the_place_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    """Both counted one change of one run of three outcomes: what was kept of the first is of no use."""
    make_run(tmp_path, "one", make_outcomes(SAMPLES[:3]))
    with closing(ViewIndex(Workspace(tmp_path))) as index:
        index.refresh()
        assert [row.sample for row in index.page(Filters()).rows] == [one.id for one in SAMPLES[:3]]
        shutil.rmtree(tmp_path / "runs" / "one")
        make_run(tmp_path, "one", make_outcomes(SAMPLES[3:6]))
        with closing(sqlite3.connect(tmp_path / "viewer.sqlite")) as db:
            db.execute("PRAGMA user_version=999")
        with closing(ViewIndex(Workspace(tmp_path))) as other:
            other.refresh()
        assert [row.sample for row in index.page(Filters()).rows] == [one.id for one in SAMPLES[3:6]]


def test_runs_keep_their_outcomes_when_others_come_and_go(tmp_path: Path, index: ViewIndex) -> None:
    for name in ("one", "two"):
        make_run(tmp_path, name, make_outcomes(SAMPLES[:5], seed=name))
    settle(tmp_path)
    index.refresh()
    before = [index.page(Filters(runs=(name,)), limit=9).rows for name in ("one", "two")]
    make_run(tmp_path, "alpha", make_outcomes(SAMPLES[20:22]))  # before the others by name, of other samples
    index.refresh()
    assert [index.page(Filters(runs=(name,)), limit=9).rows for name in ("one", "two")] == before
    shutil.rmtree(tmp_path / "runs" / "one")
    index.refresh()
    assert rows(index) == [
        ("alpha", 0),
        ("two", 0),
        ("alpha", 1),
        ("two", 1),
        ("two", 2),
        ("two", 3),
        ("two", 4),
    ]
    (gone, *_), (still, *_) = before
    assert index.around(Filters(), Sort.POSITION, gone) == (None, None)
    assert index.place(Filters(), Sort.POSITION, gone) == (None, 7)
    assert index.place(Filters(), Sort.POSITION, still) == (1, 7)


def test_where_the_workspace_cannot_be_written_the_index_lies_elsewhere(tmp_path: Path) -> None:
    make_run(tmp_path, "one", make_outcomes(SAMPLES))
    (tmp_path / "viewer.sqlite").mkdir()  # also root cannot write a file there
    index = ViewIndex(Workspace(tmp_path))
    index.refresh()
    assert len(rows(index)) == 30
    assert tmp_path not in index.path.parents
    index.close()
    assert not index.path.exists()


def test_an_empty_workspace(tmp_path: Path) -> None:
    with closing(ViewIndex(Workspace(tmp_path / "not there"))) as index:
        assert index.refresh() == []
        assert index.runs() == []
        assert index.page(Filters(text="anything")).total == 0
        assert index.choices(Filters(tasks=("ER-Lab",))).tasks[0].count == 0
    assert not (tmp_path / "not there").exists()
