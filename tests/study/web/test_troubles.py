"""Where the store fails, raters learn that it does, and not the study's name; its owner learns all of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cuewise.study.folder import StudyFolder
from cuewise.study.web import end, overview
from cuewise.study.web.app import rating_app
from cuewise.study.web.site import Site
from cuewise.study.web.troubles import AGAIN_S, Troubles
from cuewise.web.guard import Access, Guard
from support.rating_app import HOST, OURS, click_on, client_of, site_of, token
from support.studies import make_study_folder

NAME = "gpt-4o-audit"
BASE = f"/r/{token('ana')}"


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return make_study_folder(tmp_path, NAME, n=12)


@pytest.fixture
def site(tmp_path: Path, folder: StudyFolder) -> Iterator[Site]:
    made = site_of(folder, tmp_path)
    yield made
    made.store.close()


def fill_the_disk(site: Site, folder: StudyFolder) -> None:
    """Nothing more can be written, and all can be read."""
    site.store._db.execute("PRAGMA max_page_count=1")


def damage(site: Site, folder: StudyFolder) -> None:
    site.store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with folder.ratings_path.open("r+b") as file:
        file.write(bytes(8192))
    site.store._db.execute("PRAGMA cache_size=0")


def close(site: Site, folder: StudyFolder) -> None:
    site.store.close()


def click_until_it_fails(site: Site, client: TestClient) -> str:
    """What the page hears of the first click that cannot be kept."""
    item = site.study.assigned["ana"][0]
    for _ in range(300):
        answer = client.post(f"{BASE}/clicks", json=click_on(item, "note", "x" * 3900), headers=OURS)
        if answer.status_code != 200:
            assert answer.status_code == 503
            assert answer.json()["error"].startswith("Not saved: the server can keep nothing at the moment.")
            return answer.text
    raise AssertionError("everything was kept")


def test_a_full_disk(site: Site, folder: StudyFolder, caplog: pytest.LogCaptureFixture) -> None:
    fill_the_disk(site, folder)
    client = client_of(site)
    told = [click_until_it_fails(site, client)]
    form = {"id": "form-00001", "say": "note=text", "note": "y" * 3900}
    page = client.post(f"{BASE}/items/1", data=form, headers=OURS)
    assert page.status_code == 503
    # The item itself can be shown, with what was said before.
    assert "Not saved: the server can keep nothing at the moment. What was saved before is kept." in page.text
    assert "Item 1 of 12" in page.text
    told.append(page.text)
    assert not any(NAME in text for text in told)
    assert [record.message for record in caplog.records] == [site.troubles.last.words]  # type: ignore[union-attr]
    overview_page = client.get("/").text
    assert f"the ratings of study {NAME} cannot be read or written" in overview_page
    assert "the disk is full: make room; what was rated before is kept" in overview_page
    assert "The last thing that could not be done, at 20" in overview_page


@pytest.mark.parametrize("fault", [damage, close])
def test_a_store_that_cannot_be_read(
    site: Site,
    folder: StudyFolder,
    fault: Callable[[Site, StudyFolder], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    item = site.study.assigned["ana"][0]
    fault(site, folder)
    client = client_of(site)
    for path in ("", "/items/1", "/items/99", "/end", f"/media/{'0' * 64}.jpg", f"/clip/{'0' * 64}"):
        page = client.get(f"{BASE}{path}")
        assert (path, page.status_code) == (path, 503)
        assert "What was saved is kept; what you said since then waits in this browser" in page.text
        assert NAME not in page.text
    form = client.post(f"{BASE}/items/1", data={"id": "form-00001", "say": "1=right"}, headers=OURS)
    click = client.post(f"{BASE}/clicks", json=click_on(item, "1", "right"), headers=OURS)
    for answer in (form, click):
        assert answer.status_code == 503
        assert NAME not in answer.text
    assert click.json()["error"].startswith("Not saved")
    page = client.get("/")
    assert page.status_code == 503
    assert f"the ratings of study {NAME} cannot be read or written" in page.text
    # Once, not once for each of all these.
    assert len(caplog.records) == 1
    assert NAME in caplog.text


def test_a_fault_of_ours_is_told_without_its_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError(f"something of {NAME}")

    monkeypatch.setattr(end, "entries", fail)
    monkeypatch.setattr(overview, "progress", fail)
    guarded = Guard(rating_app(site), Access(frozenset({HOST})))
    client = TestClient(guarded, base_url=f"http://{HOST}", raise_server_exceptions=False)
    for path in (f"{BASE}/end", "/"):
        page = client.get(path)
        assert page.status_code == 500
        assert "This cannot be shown now" in page.text
        assert NAME not in page.text
        assert page.headers["Content-Security-Policy"]
    assert "Something went wrong that should not (ValueError)." in page.text


def test_the_same_words_are_written_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    time_s = 1000.0
    troubles = Troubles(clock=lambda: time_s, now=lambda: "2026-01-02T03:04:05.678+00:00")
    for after_s, words in ((0, "full"), (1, "full"), (2, "away"), (3, "away"), (2 + AGAIN_S, "away")):
        time_s = 1000 + after_s
        troubles.note(words)
    assert [record.message for record in caplog.records] == ["full", "away", "away"]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert troubles.last is not None
    assert (troubles.last.words, troubles.last.at) == ("away", "2026-01-02 03:04")
