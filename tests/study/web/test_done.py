"""An item that is done has all its answers; one that loses an answer is not done any more, and counts as such."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuewise.study.exchange.bringing_in import bring_in
from cuewise.study.exchange.checks import Read
from cuewise.study.progress import progress
from cuewise.study.records import Item, Said
from cuewise.study.report.table import RatedStudy
from cuewise.study.web import overview
from cuewise.study.web.answers import TAKEN_BACK
from cuewise.study.web.site import Site
from support.rating_app import OURS, click_on, client_of, site_of, token
from support.studies import make_study_folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = site_of(make_study_folder(tmp_path), tmp_path)
    yield made
    made.store.close()


def post(site: Site, click: object) -> tuple[int, dict[str, Any]]:
    answer = client_of(site).post(f"/r/{token('ana')}/clicks", json=click, headers=OURS)
    return answer.status_code, answer.json()


def first(site: Site) -> Item:
    """The first of ana's items that was drawn, with a label that is asked about and several steps."""
    return next(
        item
        for item in map(site.items.__getitem__, site.study.assigned["ana"])
        if not item.is_check and len(site.study.labels_asked(item)) == 1 and len(item.rated) > 2
    )


def make_done(site: Site, item: Item) -> list[dict[str, Any]]:
    """Ana answers all of an item, and says that it is done; her clicks."""
    said = [*((str(index), "right") for index in item.rated), ("label", []), ("done", True)]
    clicks: list[dict[str, Any]] = [click_on(item.id, question, value) for question, value in said]
    for click in clicks:
        assert post(site, click)[0] == 200
    return clicks


@pytest.mark.parametrize("undone", [False, True])
def test_an_item_that_loses_an_answer_is_not_done_any_more(site: Site, undone: bool) -> None:
    """An answer is changed by way of none where labels have boxes."""
    item = first(site)
    *_, label, done = make_done(site, item)
    # Twice, as a page without script says it where the item is looked at again.
    again = click_on(item.id, "done", True)
    assert post(site, again)[0] == 200
    before = len(list(site.store.trail()))
    gone = click_on(item.id, "label", None, undoes=label["id"] if undone else "", spent_s=7)
    status, answer = post(site, gone)
    assert (status, {one["question"] for one in answer["clicks"]} & {"done"}) == (200, set())
    assert not site.store.said("ana", item.id).done
    # The trail tells what was taken back, and that no rater did it; once, however often the click is sent.
    assert post(site, gone)[0] == 200
    *taken_back, last = list(site.store.trail())[before:]
    assert [(one.question, one.value, one.undoes, one.spent_s) for one in taken_back] == [
        ("done", None, done["id"], 7),
        ("done", None, again["id"], 7),
    ]
    assert all(one.id.startswith(TAKEN_BACK) for one in taken_back)
    assert last.id == gone["id"]
    assert post(site, click_on(item.id, "done", True))[0] == 409
    # Done again is it only where the rater says so.
    assert post(site, click_on(item.id, "label", list(item.named)))[0] == 200
    assert not site.store.said("ana", item.id).done
    assert post(site, click_on(item.id, "done", True))[0] == 200
    assert site.store.said("ana", item.id).done


def test_what_does_not_take_an_answer_away_leaves_an_item_done(site: Site) -> None:
    item = first(site)
    clicks = make_done(site, item)
    for question, value in ((clicks[0]["question"], "wrong"), ("label", "cannot tell"), ("note", "late")):
        assert post(site, click_on(item.id, question, value))[0] == 200
    # What was said before counts again.
    changed = click_on(item.id, "label", list(item.named))
    assert post(site, changed)[0] == 200
    assert post(site, click_on(item.id, "label", None, undoes=changed["id"]))[0] == 200
    assert site.store.said("ana", item.id).done
    assert len(list(site.store.trail())) == len(clicks) + 5


def test_an_item_that_is_not_done_any_more_counts_as_such_everywhere(tmp_path: Path) -> None:
    folder = make_study_folder(tmp_path)
    site = site_of(folder, tmp_path)
    item = first(site)
    make_done(site, item)

    def told() -> tuple[object, ...]:
        rated = RatedStudy.of(site.study, site.store.all_said())
        page = client_of(site).get(f"/r/{token('ana')}/end").text
        return progress(folder)["done"], overview.progress(site)[0].done, len(rated.said), " ✓</a>" in page

    assert told() == (1, 1, 1, True)
    assert post(site, click_on(item.id, "label", None))[0] == 200
    assert told() == (0, 0, 0, False)
    site.store.close()


def test_an_item_that_was_brought_in_as_done_without_all_answers_can_be_answered(site: Site) -> None:
    item = first(site)
    said = Said(rater="ana", item=item.id, steps={item.rated[0]: "right"}, done=True)
    bring_in(site.study, site.store, [Read(said, "row 2")])
    for index in item.rated[1:]:
        assert post(site, click_on(item.id, str(index), "wrong"))[0] == 200
        assert not site.store.said("ana", item.id).done
    assert post(site, click_on(item.id, "label", []))[0] == 200
    assert post(site, click_on(item.id, "done", True))[0] == 200
    assert site.store.said("ana", item.id).done
