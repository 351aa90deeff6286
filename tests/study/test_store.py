"""Ratings: the last click counts, nothing is lost or doubled, and nothing is ever changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from cuewise.errors import InputError, RunError
from cuewise.study.records import Click
from cuewise.study.store import RatingStore

_NUMBERS = count(1)


def click(question: str, value: object, *, item: str = "i0001", **more: object) -> Click:
    return Click.model_validate(
        {"id": f"click-{next(_NUMBERS):06d}", "item": item, "question": question, "value": value, **more}
    )


@pytest.fixture
def store(tmp_path: Path) -> RatingStore:
    return RatingStore(tmp_path / "ratings.sqlite", now=lambda: "2026-01-01T00:00:00.000+00:00")


def test_the_last_click_on_each_question_counts(store: RatingStore) -> None:
    store.add("ana", [click("1", "right"), click("2", "wrong"), click("label", ["Sad"], spent_s=4.5)])
    store.add("ana", [click("1", "cannot tell", spent_s=9.0), click("note", "the voice is hard to hear")])
    said = store.said("ana", "i0001")
    assert said.steps == {1: "cannot tell", 2: "wrong"}
    assert said.label == ("Sad",)
    assert said.note == "the voice is hard to hear"
    assert said.spent_s == 9.0
    assert not said.done


def test_a_click_that_is_sent_twice_counts_once(store: RatingStore) -> None:
    once = click("1", "right")
    assert store.add("ana", [once]) == 1
    assert store.add("ana", [once, click("2", "right")]) == 1
    assert [kept.question for kept in store.trail()] == ["1", "2"]


def test_one_id_is_not_used_for_two_clicks(store: RatingStore) -> None:
    once = click("1", "right")
    store.add("ana", [once])
    for change in ({"value": "wrong"}, {"question": "2"}, {"item": "i0002"}):
        with pytest.raises(InputError, match=f"another click of ana has the id {once.id}"):
            store.add("ana", [click("3", "right"), once.model_copy(update=change)])
    assert [kept.question for kept in store.trail()] == ["1"]
    # A page that sends a click again may tell more time.
    assert store.add("ana", [once.model_copy(update={"spent_s": 9.0})]) == 0
    assert store.add("ben", [once]) == 1


def test_undo_takes_back_an_answer_of_this_rater_to_this_question(store: RatingStore) -> None:
    mine, others = click("1", "right"), click("1", "right")
    undo = click("1", None, undoes=mine.id)
    store.add("ana", [mine, click("done", True)])
    store.add("ben", [others])
    for bad in (
        click("1", None, undoes=others.id),
        click("1", None, undoes="click-nowhere"),
        click("2", None, undoes=mine.id),
        click("1", None, undoes=mine.id, item="i0002"),
    ):
        with pytest.raises(InputError, match="takes back"):
            store.add("ana", [bad])
    store.add("ana", [undo])
    with pytest.raises(InputError, match="takes back"):
        store.add("ana", [click("1", None, undoes=undo.id)])
    assert store.said("ana", "i0001").steps == {}
    assert store.done("ana") == {"i0001"}


def test_undo_takes_back_one_click_after_another(store: RatingStore) -> None:
    first, second = click("1", "right"), click("1", "wrong")
    store.add("ana", [first, second])
    assert store.last("ana", "i0001") == second.id
    store.add("ana", [click("1", None, undoes=second.id)])
    assert store.said("ana", "i0001").steps == {1: "right"}
    assert store.last("ana", "i0001") == first.id
    store.add("ana", [click("1", None, undoes=first.id)])
    assert store.said("ana", "i0001").steps == {}
    assert store.last("ana", "i0001") is None
    assert len(list(store.trail())) == 4


def test_what_is_done_can_be_opened_again(store: RatingStore) -> None:
    store.add("ana", [click("done", True), click("done", True, item="i0002")])
    assert store.done("ana") == {"i0001", "i0002"}
    again = click("done", False)
    store.add("ana", [again])
    assert store.done("ana") == {"i0002"}
    store.add("ana", [click("done", None, undoes=again.id)])
    assert store.done("ana") == {"i0001", "i0002"}
    assert all(said.done for said in store.all_said())
    assert store.done("ben") == set()


def test_raters_are_apart(store: RatingStore) -> None:
    store.add("ana", [click("1", "right")])
    store.add("ben", [click("1", "wrong"), click("label", "cannot tell")])
    assert {said.rater: said.steps for said in store.all_said()} == {"ana": {1: "right"}, "ben": {1: "wrong"}}
    assert store.said("ben", "i0001").cannot_tell_label


def test_clicks_cannot_be_deleted_or_changed(store: RatingStore, tmp_path: Path) -> None:
    store.add("ana", [click("1", "right")])
    with sqlite3.connect(tmp_path / "ratings.sqlite") as db:
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            db.execute("DELETE FROM clicks")
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            db.execute("UPDATE clicks SET value = '\"wrong\"'")
    db.close()


def test_links_are_known_by_their_hash_alone(store: RatingStore, tmp_path: Path) -> None:
    store.set_token("ana", "secret-one")
    store.set_token("ben", "secret-two")
    assert store.rater_of("secret-two") == "ben"
    store.set_token("ana", "secret-three")
    assert store.rater_of("secret-one") is None
    store.close()
    assert b"secret-t" not in (tmp_path / "ratings.sqlite").read_bytes()


def test_links_made_before_their_places_were_kept_go_on_working(tmp_path: Path) -> None:
    """A file of format 1 lacks a table; read alone it is left as it is."""
    path = tmp_path / "ratings.sqlite"
    with closing(RatingStore(path)) as store:
        store.set_token("ana", "old")
        store.add("ana", [click("1", "right")])
    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE link_hosts; PRAGMA user_version=1;")
    with closing(RatingStore(path, read_only=True)) as store:
        assert (store.rater_of("old"), len(list(store.trail()))) == ("ana", 1)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(RatingStore(path)) as store:
        assert (store.rater_of("old"), len(list(store.trail())), store.link_hosts()) == ("ana", 1, set())
        store.set_token("ana", "new", "lab.example:8322")
        assert store.link_hosts() == {"lab.example:8322"}
        store.set_token("ana", "newer", "127.0.0.1:9000")
        assert store.link_hosts() == {"127.0.0.1:9000"}


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "ratings.sqlite")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(RunError, match="upgrade Cuewise"):
        RatingStore(tmp_path / "ratings.sqlite")


def test_a_file_that_was_only_begun_has_no_ratings(tmp_path: Path) -> None:
    """As after a kill between opening and the first table."""
    path = tmp_path / "ratings.sqlite"
    sqlite3.connect(path).execute("PRAGMA journal_mode=WAL").close()
    with closing(RatingStore(path, read_only=True)) as store:
        assert not list(store.trail())
        assert store.done("ana") == set()
        assert store.linked() == set()
    with closing(RatingStore(path)) as store:
        assert store.add("ana", [click("1", "right")]) == 1


def test_what_sqlite_says_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pilot" / "ratings.sqlite"
    path.parent.mkdir()
    monkeypatch.setattr("cuewise.study.ratings_file.WAIT_S", 0.01)
    with closing(RatingStore(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (lambda: store.add("ana", [click("1", "right")]), lambda: store.set_token("ana", "x")):
            with pytest.raises(RunError, match=r"study pilot cannot .*locked.* another program"):
                write()
        other.execute("ROLLBACK")
        # So many pages as there are: the next one finds the disk full.
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(RunError, match="the disk is full: make room"):
            store.add("ana", [click("note", "x" * 20_000)])
        store._db.execute("PRAGMA max_page_count=1000000")
        assert store.add("ana", [click("1", "right")]) == 1
    with closing(RatingStore(path, read_only=True)) as store:
        with pytest.raises(RunError, match=r"readonly.* it may not be written"):
            store.add("ana", [click("1", "right")])
        assert len(list(store.trail())) == 1
    for read_only in (True, False):
        path.write_bytes(b"no database" * 1000)
        with pytest.raises(RunError, match="damaged: restore it"):
            RatingStore(path, read_only=read_only)
    closed = RatingStore(tmp_path / "closed.sqlite")
    closed.close()
    with pytest.raises(RunError, match="closed database"):
        closed.said("ana", "i0001")


_WRITER = """
import sys, threading
from pathlib import Path
from cuewise.study.records import Click
from cuewise.study.store import RatingStore

store, out, process = RatingStore(Path(sys.argv[1])), threading.Lock(), sys.argv[2]

def write(thread):
    for number in range(10_000):
        id = f"click-{process}-{thread}-{number:05d}"
        click = Click(id=id, item="i0001", question="1", value="right")
        store.add("ana", [click])
        with out:
            print(id, flush=True)

for thread in range(4):
    threading.Thread(target=write, args=(thread,)).start()
"""


def test_what_was_acknowledged_is_there_once_after_a_kill(tmp_path: Path) -> None:
    """Two processes of four threads each write at once, and are killed while they do."""
    path = tmp_path / "ratings.sqlite"
    RatingStore(path).close()
    command = [sys.executable, "-c", _WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "ab"]
    told = []
    for writer in writers:
        assert writer.stdout is not None
        told += [writer.stdout.readline().strip() for _ in range(40)]
    for writer in writers:
        writer.kill()
        # The last line may be cut off; what stands before it was acknowledged.
        told += [line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if "\n" in line]
    with closing(RatingStore(path)) as store:
        kept = [click.id for click in store.trail()]
        assert len(set(kept)) == len(kept)
        assert len(told) >= 80
        assert set(told) <= set(kept)
        # Each thread may have been stopped between the disk and its line.
        assert len(kept) <= len(told) + 8
        assert store._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
