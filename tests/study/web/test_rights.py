"""What a link opens, and what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cuewise.study.web.app import OPEN_PATHS, rating_app
from cuewise.study.web.site import Site
from cuewise.web.guard import Access, Guard
from support.rating_app import HOST, OURS, click_on, client_of, site_of, token
from support.studies import demo_study_folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Six items with frames and sound, each seen by one of two raters."""
    workspace = tmp_path_factory.mktemp("workspace")
    made = site_of(demo_study_folder(workspace, n=6, raters=("ana", "ben"), overlap=1), workspace)
    yield made
    made.store.close()


@pytest.fixture
def client(site: Site) -> TestClient:
    return client_of(site)


def media(site: Site, rater: str) -> set[str]:
    """Addresses of all media of a rater's items, under no link yet."""
    found = set()
    for id in site.study.assigned[rater]:
        item = site.items[id]
        found |= {f"media/{frame.image.sha256}.jpg" for frame in item.frames}
        assert item.audio is not None
        assert item.facts is not None
        found |= {f"media/{item.audio.wav.sha256}.wav", f"clip/{item.facts.sha256}"}
    return found


def test_a_link_opens_its_own_pages_and_media(site: Site, client: TestClient) -> None:
    own = media(site, "ana")
    assert len(own) > 6
    for path in ("", "/items/1", "/items/3", "/end", *(f"/{one}" for one in own)):
        assert client.get(f"/r/{token('ana')}{path}").status_code == 200, path


def test_media_of_others_are_not_there(site: Site, client: TestClient) -> None:
    others = media(site, "ben") - media(site, "ana")
    assert others
    for path in others:
        assert client.get(f"/r/{token('ana')}/{path}").status_code == 404
        assert client.get(f"/r/{token('ben')}/{path}").status_code == 200


def test_items_of_others_take_nothing(site: Site, client: TestClient) -> None:
    theirs = site.study.assigned["ben"][0]
    step = site.items[theirs].rated[0]
    answer = client.post(f"/r/{token('ana')}/clicks", json=click_on(theirs, str(step), "right"), headers=OURS)
    assert answer.status_code == 403
    assert answer.json() == {"error": "this item is not among yours"}
    assert not list(site.store.trail())


@pytest.mark.parametrize(
    "path",
    [
        "/r/wrong",
        "/r/wrong/items/1",
        "/r/wrong/end",
        f"/r/{token('ana')}/items/0",
        f"/r/{token('ana')}/items/4",
        f"/r/{token('ana')}/items/-1",
        f"/r/{token('ana')}/items/1.0",
        f"/r/{token('ana')}/items/٣",
        f"/r/{token('ana')}/items/" + "9" * 5000,
        f"/r/{token('ana')}x",
        f"/r/{token('ana')}/",
        f"/r/{token('ana')}/media/..%2f..%2fratings.sqlite",
        f"/r/{token('ana')}/clip/%2e%2e/%2e%2e/study.json",
        f"/r/{token('ana')}/clip/study.json",
        f"/r/{token('ana')}/../../study.json",
        "/r/",
        "/r",
        "/study.json",
        "/ratings.sqlite",
    ],
)
def test_everything_else_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_wrong_link_gets_no_hint(client: TestClient) -> None:
    """Neither whether there is such a study, nor whether something is wrong with the link or with what follows."""
    wrong = client.get("/r/wrong/items/1")
    assert wrong.content == client.get("/nowhere").content
    assert wrong.content == client.get(f"/r/{token('ana')}/items/99").content
    post = client.post("/r/wrong/clicks", json={}, headers=OURS)
    assert (post.status_code, post.content) == (404, wrong.content)


def test_a_link_that_was_replaced_opens_nothing(site: Site, client: TestClient) -> None:
    site.store.set_token("ben", "another")
    try:
        assert client.get(f"/r/{token('ben')}").status_code == 404
        assert client.get("/r/another").status_code == 200
    finally:
        site.store.set_token("ben", token("ben"))


@pytest.mark.parametrize("where", ["clicks", "items/1"])
@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", f"http://{HOST}.evil.example"])
def test_nothing_is_taken_from_other_sites(
    site: Site, client: TestClient, where: str, origin: str | None
) -> None:
    item = site.study.assigned["ana"][0]
    click = click_on(item, str(site.items[item].rated[0]), "right")
    headers = {} if origin is None else {"Origin": origin}
    assert client.post(f"/r/{token('ana')}/{where}", json=click, headers=headers).status_code == 403
    assert not list(site.store.trail())


def test_nothing_long_is_taken(site: Site, client: TestClient) -> None:
    body = b'{"id":"' + b"a" * 70_000 + b'"}'
    for where in ("clicks", "items/1"):
        assert client.post(f"/r/{token('ana')}/{where}", content=body, headers=OURS).status_code == 413
        # Without a length that is stated.
        cut = client.post(f"/r/{token('ana')}/{where}", content=iter([body]), headers=OURS)
        assert cut.status_code == 413
    assert not list(site.store.trail())


def test_whoever_runs_the_study_sees_how_far_raters_are_and_nothing_that_they_say(
    site: Site, client: TestClient
) -> None:
    page = client.get("/").text
    assert "ana" in page
    assert token("ana") not in page
    for said in ("right", "wrong", "cannot tell"):
        assert said not in page


def test_others_on_the_network_need_a_link_or_the_token(site: Site) -> None:
    app = Guard(rating_app(site), Access(None, "let-me-in", OPEN_PATHS))
    client = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
    assert client.get("/").status_code == 401
    page = client.get(f"/r/{token('ana')}/items/1")
    assert page.status_code == 200
    for asset in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text):
        assert client.get(asset).status_code == 200
    assert client.get("/r/wrong").status_code == 404
    assert client.get("/?token=let-me-in").status_code == 303
    assert client.get("/").status_code == 200
