"""What keeps the pages up to date: whether runs are held, their pace, the index's own thread, addresses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.errors import RunError
from cuewise.runs.workspace import Workspace
from cuewise.viewer.addresses import SIZES, Listing, pairs
from cuewise.viewer.filters import Filters, Rightness, Sort
from cuewise.viewer.index import ViewIndex
from cuewise.viewer.indexing import Indexing
from cuewise.viewer.live import duration
from cuewise.viewer.rows import RunRow
from cuewise.viewer.run_state import Pace, RunState, state_of
from support.outcomes import make_outcomes, make_run, make_samples


def test_a_run_is_held_only_while_it_is_written(tmp_path: Path) -> None:
    folder = Workspace(tmp_path).run("r")
    assert not folder.is_held()  # there is none yet, and none is made by looking
    assert not folder.path.exists()
    with folder.locked():
        assert folder.is_held()
        with pytest.raises(RunError, match="being written by another process"), folder.locked():
            pass
    assert not folder.is_held()


def test_a_lock_that_is_no_lock_holds_nothing(tmp_path: Path) -> None:
    folder = Workspace(tmp_path).run("r")
    folder.path.mkdir(parents=True)
    folder.lock_path.write_bytes(b"garbage" * 500)
    assert not folder.is_held()
    folder.lock_path.unlink()
    folder.lock_path.mkdir()
    assert not folder.is_held()


def test_looking_whether_a_run_is_held_never_keeps_one_from_beginning(tmp_path: Path) -> None:
    folder = Workspace(tmp_path).run("r")
    with folder.locked():
        pass
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            folder.is_held()

    watchers = [threading.Thread(target=look) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(100):
            with folder.locked():
                pass
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join()


def _rows(root: Path) -> dict[str, RunRow]:
    index = ViewIndex(Workspace(root))
    index.refresh()
    try:
        return {row.name: row for row in index.runs()}
    finally:
        index.close()


def test_how_runs_stand(tmp_path: Path) -> None:
    outcomes = make_outcomes(make_samples(4))
    make_run(tmp_path, "whole", outcomes)
    make_run(tmp_path, "part", outcomes)
    part = Workspace(tmp_path).run("part")
    manifest = part.manifest()
    settings = manifest.settings.model_copy(update={"n_samples": 9})
    manifest.model_copy(update={"settings": settings}).write(part.manifest_path)
    rows = _rows(tmp_path)
    assert state_of(Workspace(tmp_path).run("whole"), rows["whole"]) is RunState.FINISHED
    assert state_of(part, rows["part"]) is RunState.INTERRUPTED
    with part.locked():
        assert state_of(part, rows["part"]) is RunState.UNDER_WAY


def test_the_pace_is_that_of_the_last_minute() -> None:
    now = 0.0
    pace = Pace(clock=lambda: now)
    assert pace.per_s("r", 100) is None
    now = 2.0
    assert pace.per_s("r", 110) is None  # not watched for long enough
    now = 10.0
    assert pace.per_s("r", 150) == 5.0
    now = 65.0
    # Of what was seen at 10 s: (260 - 150) / 55.
    assert pace.per_s("r", 260) == 2.0
    now = 70.0
    assert pace.per_s("r", 20) is None  # it began again
    now = 80.0
    assert pace.per_s("r", 40) == 2.0
    assert pace.per_s("other", 5) is None
    now = 300.0
    assert pace.per_s("r", 400) is None  # nobody watched meanwhile


def test_time_left_in_words() -> None:
    assert [duration(s) for s in (0, 89, 91, 5399, 7200, 172_700, 172_800)] == [
        "0 s",
        "89 s",
        "2 min",
        "1 h 30 min",
        "2 h 0 min",
        "47 h 58 min",
        "2 d 0 h",
    ]


class _Stubborn:
    """An index whose refresh waits until it is let go, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.error = error
        self.refreshed = 0

    def refresh(self, progress: Any) -> list[Any]:
        self.begun.set()
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error
        self.refreshed += 1
        return []


def _indexing(index: _Stubborn) -> Indexing:
    return Indexing(index)  # type: ignore[arg-type]


def test_nobody_waits_long_for_the_index() -> None:
    index = _Stubborn()
    indexing = _indexing(index)
    assert not indexing.look(0.01)
    assert index.begun.wait(10)
    index.go.set()
    assert indexing.look(10)
    # The first refresh had begun before the second look, and may have missed what was new by then.
    assert index.refreshed == 2
    indexing.close()


@pytest.mark.parametrize("error", [RunError("the disk is full"), ZeroDivisionError("no reason")])
def test_an_index_that_cannot_be_written_is_told_and_tried_again(error: Exception) -> None:
    index = _Stubborn(error)
    index.go.set()
    indexing = _indexing(index)
    assert indexing.look(10)
    assert str(error) in indexing.error
    index.error = None
    assert indexing.look(10)
    assert indexing.error == ""
    indexing.close()


def test_a_viewer_that_ends_does_not_wait_for_all_runs(tmp_path: Path) -> None:
    index = ViewIndex(Workspace(tmp_path))
    make_run(tmp_path, "r", make_outcomes(make_samples(30)))
    indexing = Indexing(index)
    indexing.look(0)
    indexing.close()
    index.close()
    assert not indexing._thread.is_alive()


LISTINGS = st.builds(
    Listing,
    filters=st.builds(
        Filters,
        runs=st.lists(st.text("ab&=+% ;#é", min_size=1).filter(str.strip), unique=True).map(tuple),
        rightness=st.sampled_from([(), (Rightness.WRONG,), (Rightness.RIGHT, Rightness.PARTLY)]),
        epoch=st.none() | st.integers(0, 99),
    ),
    sort=st.sampled_from(Sort),
    descending=st.booleans(),
    offset=st.integers(0, 10**9),
    size=st.sampled_from(SIZES),
)


@given(LISTINGS)
def test_a_list_is_read_from_its_address(listing: Listing) -> None:
    assert Listing.from_query(pairs(listing.query)) == (listing, ())
    assert Listing.from_text(listing.query) == listing


def test_the_address_of_everything_is_short() -> None:
    assert Listing().url == "/samples"
    assert Listing(offset=50).around(49).url == "/samples"
    assert Listing().around(50).url == "/samples?from=50"
    assert Listing(sort=Sort.COT, descending=True).sorted_by(Sort.COT).descending is False
    assert Listing().sorted_by(Sort.COT).descending is True
