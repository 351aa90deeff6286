"""How far raters are, for themselves and for whoever runs the study; and what they are told of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuewise.study.folder import StudyFolder
from cuewise.study.progress import progress
from cuewise.study.records import Click
from cuewise.study.web import overview
from cuewise.study.web.site import Site
from cuewise.study.web.words import labels_mean
from support.rating_app import click_on, client_of, site_of, token
from support.studies import make_study_folder


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """Each item is seen by two of three raters."""
    return make_study_folder(tmp_path, overlap=2)


@pytest.fixture
def site(folder: StudyFolder, tmp_path: Path) -> Iterator[Site]:
    made = site_of(folder, tmp_path)
    yield made
    made.store.close()


def say(site: Site, rater: str, item: str, question: str, value: Any) -> None:
    """Something that is kept as it is, as what was brought in is."""
    site.store.add(rater, [Click.model_validate(click_on(item, question, value, spent_s=4))])


def test_an_item_is_begun_where_something_is_said_and_left_where_a_later_one_is_begun(site: Site) -> None:
    own = [site.items[id] for id in site.study.assigned["ana"]]
    say(site, "ana", own[1].id, str(own[1].rated[0]), "right")
    # A note that was taken away again says nothing.
    say(site, "ana", own[2].id, "note", "a note")
    say(site, "ana", own[2].id, "note", None)
    page = client_of(site).get(f"/r/{token('ana')}/end").text
    states = [state for _, state in re.findall(r'aria-label="Item (\d+), ([^"]*)"', page)]
    asked = len(own[1].rated) + bool(site.study.labels_asked(own[1]))
    assert states == ["left for later", f"begun, 1 of {asked}", *["open"] * (len(own) - 2)]


def test_only_what_a_rater_was_assigned_counts_and_imported_raters_apart(
    site: Site, folder: StudyFolder
) -> None:
    assigned = site.study.assigned["ana"]
    other = next(item.id for item in site.study.items if item.id not in assigned)
    for rater, item in (("ana", assigned[0]), ("ana", other), ("zed", other)):
        say(site, rater, item, "done", True)
    say(site, "ben", site.study.assigned["ben"][0], "note", "begun")
    assert [(one.rater, one.done, one.median_s) for one in overview.progress(site)] == [
        ("ana", 1, 4),
        ("ben", 0, None),
        ("eva", 0, None),
    ]
    page = client_of(site).get("/").text
    total = sum(map(len, site.study.assigned.values()))
    assert f"1 of {total} done. 3 raters and 1 imported." in page
    told = progress(folder)
    assert (told["done"], told["assigned"], told["imported_raters"]) == (1, total, 1)


def test_raters_are_told_of_the_labels_that_there_are_alone() -> None:
    everywhere, *none = labels_mean({"happy", "sad"})
    assert none == []
    assert everywhere.startswith("Take each label in its everyday sense")
    assert labels_mean({"happy", "Neutral"})[1:] == ("“Neutral” means that none of the others shows.",)
    assert [line.split()[0] for line in labels_mean({"others", "weak negative", "neutral"})[1:]] == [
        "“Neutral”",
        "“Other”",
        "Where",
    ]
