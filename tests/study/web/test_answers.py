"""What is taken from a rater, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from cuewise.study.records import Item, StudyKind
from cuewise.study.web.site import Site
from support.rating_app import OURS, click_on, client_of, site_of, token
from support.studies import make_study_folder

HOSTILE = "<script>window.hacked = 1</script> ‮evil‬ مرحبا \x00 \U0001f600"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = site_of(make_study_folder(tmp_path), tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def question_site(tmp_path: Path) -> Iterator[Site]:
    made = site_of(make_study_folder(tmp_path, n=30, kind=StudyKind.QUESTION), tmp_path)
    yield made
    made.store.close()


def post(site: Site, click: object, rater: str = "ana") -> tuple[int, dict[str, Any]]:
    answer = client_of(site).post(f"/r/{token(rater)}/clicks", content=json.dumps(click), headers=OURS)
    return answer.status_code, answer.json()


def first(site: Site, *, labels: int = 1, multi: bool | None = None) -> Item:
    """The first of ana's items with so many labels that are asked about, or of tasks with several labels or without."""
    return next(
        item
        for item in map(site.items.__getitem__, site.study.assigned["ana"])
        if (
            len(site.study.labels_asked(item)) == labels
            if multi is None
            else item.sample.multi_label is multi
        )
    )


def test_an_item_is_rated_and_done(site: Site) -> None:
    item = first(site)
    said = [(str(index), "right") for index in item.rated]
    for question, value in [*said, ("label", list(item.named)), ("note", HOSTILE), ("done", True)]:
        status, answer = post(site, click_on(item.id, question, value, spent_s=3.5))
        assert status == 200, answer
    assert answer["item"] == item.id
    assert [(one["question"], one["value"]) for one in answer["clicks"]][-1] == ("done", True)
    now = site.store.said("ana", item.id)
    assert now.steps == dict.fromkeys(item.rated, "right")
    assert (now.label, now.note, now.done, now.spent_s) == (item.named, HOSTILE, True, 3.5)


def test_what_is_sent_twice_is_kept_once_whatever_came_in_between(site: Site) -> None:
    item = first(site)
    once = click_on(item.id, "1", "right")
    assert post(site, once)[0] == 200
    assert post(site, click_on(item.id, "1", None, undoes=once["id"]))[0] == 200
    status, answer = post(site, once)
    assert (status, answer["clicks"]) == (200, [])
    assert len(list(site.store.trail())) == 2
    assert post(site, {**once, "value": "wrong"})[0] == 409


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("99999", "right"),
        ("1", "Right"),
        ("1", 1),
        ("1", True),
        ("1", ["right"]),
        ("label", ["nonsense"]),
        ("label", "right"),
        ("label", [["a"]]),
        ("label", {}),
        ("note", "a" * 4001),
        ("note", 7),
        ("reasons", "there are none to give in a study of steps"),
        ("done", 1),
        ("done", None),
    ],
)
def test_no_other_answer_is_taken(site: Site, question: str, value: object) -> None:
    status, answer = post(site, click_on(first(site).id, question, value))
    assert (status, list(answer)) == (422, ["error"])
    assert not list(site.store.trail())


def test_the_step_of_the_label_is_not_rated_as_a_step(site: Site) -> None:
    item = first(site)
    assert item.steps[-1].index not in item.rated
    assert post(site, click_on(item.id, str(item.steps[-1].index), "right"))[0] == 422


def test_a_label_is_named_once(site: Site) -> None:
    item = first(site)
    assert post(site, click_on(item.id, "label", [*item.named, *item.named]))[0] == 422
    assert post(site, click_on(item.id, "label", []))[0] == 200
    assert post(site, click_on(item.id, "label", "cannot tell"))[0] == 200
    assert site.store.said("ana", item.id).cannot_tell_label


def test_an_item_is_done_only_with_all_its_answers(site: Site) -> None:
    item = first(site)
    status, answer = post(site, click_on(item.id, "done", True))
    assert (status, answer["error"]) == (
        409,
        f"an item that is done has all its answers; missing: step {item.rated[0]}",
    )
    for index in item.rated:
        post(site, click_on(item.id, str(index), "cannot tell"))
    assert post(site, click_on(item.id, "done", True))[1]["error"].endswith("missing: the label")
    assert post(site, click_on(item.id, "label", []))[0] == 200
    assert post(site, click_on(item.id, "done", True))[0] == 200


def test_only_ones_own_clicks_on_the_item_are_taken_back(site: Site) -> None:
    item = first(site)
    mine = click_on(item.id, "1", "right")
    assert post(site, mine)[0] == 200
    assert post(site, click_on(item.id, "1", None, undoes="no-such-click"))[0] == 409
    assert post(site, click_on(item.id, "1", None, undoes=mine["id"]), rater="ben")[0] == 409
    other = next(id for id in site.study.assigned["ana"] if id != item.id)
    assert post(site, click_on(other, "1", None, undoes=mine["id"]))[0] == 409
    assert post(site, click_on(item.id, "2", None, undoes=mine["id"]))[0] == 409
    assert post(site, click_on(item.id, "1", "wrong", undoes=mine["id"]))[0] == 422
    assert post(site, click_on(item.id, "1", None, undoes=mine["id"]))[0] == 200


def test_times_beyond_reason_are_bounded(site: Site) -> None:
    item = first(site)
    assert post(site, click_on(item.id, "1", "right", spent_s=1e300))[0] == 200
    assert site.store.said("ana", item.id).spent_s == 4 * 3600
    assert post(site, click_on(item.id, "1", "right", spent_s=-1))[0] == 422


def test_a_question_is_answered_by_one_candidate_or_by_several_where_several_may_hold(
    question_site: Site,
) -> None:
    site = question_site
    one, several = first(site, multi=False), first(site, multi=True)
    names = one.sample.label_set
    assert post(site, click_on(one.id, "label", [names[0], names[1]]))[0] == 422
    for item in (one, several):
        assert post(site, click_on(item.id, "label", []))[0] == 422
        assert post(site, click_on(item.id, "label", "cannot tell"))[0] == 422
        assert post(site, click_on(item.id, "1", "right"))[0] == 422
        assert post(site, click_on(item.id, "done", True))[0] == 409
    assert post(site, click_on(one.id, "label", [names[1]]))[0] == 200
    assert post(site, click_on(several.id, "label", list(several.sample.label_set[:2])))[0] == 200
    assert post(site, click_on(one.id, "reasons", HOSTILE))[0] == 200
    assert post(site, click_on(one.id, "done", True))[0] == 200
    assert site.store.said("ana", one.id).reasons == HOSTILE


@pytest.fixture(scope="module")
def hunted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, TestClient]]:
    workspace = tmp_path_factory.mktemp("workspace")
    site = site_of(make_study_folder(workspace, n=3), workspace)
    yield site, client_of(site)
    site.store.close()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["right", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
CLICKS = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z0-9-]{8,12}", fullmatch=True) | JSON,
        "item": st.sampled_from(["FIRST", "i9999"]) | JSON,
        "question": st.sampled_from(["1", "2", "label", "note", "reasons", "done", "0", "999999", "²"])
        | JSON,
        "value": st.sampled_from(["right", "wrong", "cannot tell", [], True]) | JSON,
    },
    optional={"spent_s": st.floats() | JSON, "undoes": st.text() | JSON, "more": JSON},
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(json.dumps).map(str.encode),
    CLICKS.map(json.dumps).map(str.encode),
    st.integers(1, 3000).map(lambda depth: b'{"value":' + b"[" * depth),
)


@given(body=BODIES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered_and_never_by_a_fault_of_ours(
    hunted: tuple[Site, TestClient], body: bytes
) -> None:
    """A fault would be raised here, as the client passes it on."""
    site, client = hunted
    body = body.replace(b'"FIRST"', json.dumps(site.study.assigned["ana"][0]).encode())
    answer = client.post(f"/r/{token('ana')}/clicks", content=body, headers=OURS)
    assert answer.status_code in (200, 403, 409, 422)
    assert answer.json().keys() == ({"item", "clicks"} if answer.status_code == 200 else {"error"})
    form = client.post(f"/r/{token('ana')}/items/1", content=body, headers=OURS)
    assert form.status_code in (303, 409, 422)
    assert client.get(f"/r/{token('ana')}/items/1").status_code == 200
