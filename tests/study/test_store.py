"""Ratings: the last click counts, nothing is lost or doubled, and nothing is ever changed."""

from __future__ import annotations

import sqlite3
from itertools import count
from pathlib import Path

import pytest

from cuewise.errors import RunError
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
    store.add("ana", [click("done", False)])
    assert store.done("ana") == {"i0002"}
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


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "ratings.sqlite")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(RunError, match="upgrade Cuewise"):
        RatingStore(tmp_path / "ratings.sqlite")
