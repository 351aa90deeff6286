"""Keys in a browser rate what the rater sees, of the item that is open, while the clip stays in sight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cuewise.study.records import Item
from cuewise.study.web.site import Site
from support import chromium
from support.chromium import opened, wait_until
from support.rating_app import served, site_of, token
from support.studies import demo_study_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1])]

LONG = "A long step. " * 300
PAINTS = "performance.getEntriesByType('paint').length"
NEVER_PAINTED = "performance.getEntriesByName = () => [];"
IN_SIGHT = """(() => {
  const bar = document.querySelector('.bar').getBoundingClientRect();
  const row = document.querySelector('.current')?.getBoundingClientRect();
  const clip = document.querySelector('video').getBoundingClientRect();
  const beside = row && row.left >= clip.right;
  return {
    row: !row || (row.top >= (beside ? 0 : clip.bottom) - 1 && row.bottom <= bar.top + 1),
    clip: clip.top >= 0 && clip.bottom <= bar.top && clip.height >= 90,
    beside,
  };
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A study with clips; the steps of ana's last item are long."""
    workspace = tmp_path_factory.mktemp("workspace")
    folder = demo_study_folder(workspace, n=4, raters=("ana",))
    study = folder.study()
    last = study.assigned["ana"][-1]

    def made_long(item: Item) -> Item:
        steps = tuple(step.model_copy(update={"text": LONG}) for step in item.steps)
        return item.model_copy(update={"steps": steps})

    items = tuple(made_long(item) if item.id == last else item for item in study.items)
    made = site_of(folder, workspace, study=study.model_copy(update={"items": items}))
    yield made
    made.store.close()


def item_of(site: Site, number: int) -> Item:
    return site.items[site.study.assigned["ana"][number - 1]]


def link(url: str, number: int) -> str:
    return f"{url}/r/{token('ana')}/items/{number}"


def answered(page: Page) -> int:
    return page.locator('.choices [aria-pressed="true"]').count()


def marked(page: Page) -> str | None:
    found: str | None = page.evaluate("document.querySelector('.current')?.dataset.question ?? null")
    return found


def focused(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.dataset.question ?? null")
    return found


def saved(page: Page) -> None:
    wait_until(page, "document.querySelector('.saving').dataset.state === 'saved'")


def taken(page: Page, held: list[Route]) -> Route:
    """What the page asks for next of that which is held back."""
    while not held:
        page.wait_for_timeout(20)
    return held.pop()


@pytest.mark.parametrize(
    ("width", "height", "beside"), [(375, 812, False), (820, 900, False), (1024, 768, True)]
)
def test_a_key_rates_what_is_in_sight_and_the_clip_stays_there(
    browser: Browser, site: Site, width: int, height: int, beside: bool
) -> None:
    with served(site) as url, opened(browser, link(url, 2), width=width, height=height) as page:
        seen = page.evaluate(IN_SIGHT)
        assert (seen["row"], seen["beside"]) == (beside, beside)
        if not beside:
            page.keyboard.press("r")
            assert answered(page) == 0
            assert page.evaluate(IN_SIGHT) == {"row": True, "clip": True, "beside": False}
        for count in range(1, len(item_of(site, 2).rated) + 1):
            page.keyboard.press("r")
            assert answered(page) == count
            assert page.evaluate(IN_SIGHT) == {"row": True, "clip": True, "beside": beside}
        # Undo moves the focus with the mark: what has the ring is what the next key rates.
        while answered(page):
            page.keyboard.press("z")
            assert focused(page) == marked(page)
            assert page.evaluate(IN_SIGHT)["row"]
        assert marked(page) == str(item_of(site, 2).rated[0])
        # A key that is held down rates one step.
        for _ in range(3):
            page.keyboard.down("c")
        page.keyboard.up("c")
        assert answered(page) == 1
        page.keyboard.press("z")
        saved(page)


def test_frames_stand_in_for_a_clip_that_fails_and_stay_in_sight(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 812})
    page.route("**/clip/*", lambda route: route.abort())
    with served(site) as url:
        page.goto(link(url, 3))
        wait_until(page, "document.querySelector('video') === null")
        assert page.is_visible(".player-decoded img")
        page.keyboard.press("ArrowUp")
        where = "document.querySelector('.player-decoded img').getBoundingClientRect().top"
        assert page.evaluate(where) == 0
        assert page.evaluate("document.querySelector('.current').getBoundingClientRect().top") > 150
    page.close()


def test_steps_that_are_higher_than_what_is_in_sight_are_rated_all_the_same(
    browser: Browser, site: Site
) -> None:
    number = len(site.study.assigned["ana"])
    with served(site) as url, opened(browser, link(url, number), width=375, height=420) as page:
        for count in range(1, len(item_of(site, number).rated) + 1):
            page.keyboard.press("w")
            if answered(page) < count:
                page.keyboard.press("w")
            assert answered(page) == count
        saved(page)


def test_a_key_never_rates_another_item_than_the_one_that_is_seen(browser: Browser, site: Site) -> None:
    """One that is pressed after Next says nothing of the item that is left, nor of the next one before it is there;
    from then on none is lost, also where the page's script is late."""
    first, second = item_of(site, 1), item_of(site, 2)

    held: list[Route] = []
    with served(site) as url, opened(browser, link(url, 1), width=375, height=500) as page:
        page.keyboard.press("r")
        for _ in first.rated:
            page.keyboard.press("r")
        page.keyboard.press("1")
        saved(page)
        page.keyboard.press("ArrowUp")
        before = (site.store.said("ana", first.id).steps, site.store.said("ana", first.id).label)
        page.route("**/clicks", lambda route: held.append(route))
        page.route("**/rating.js*", lambda route: held.append(route))
        page.keyboard.press("Enter")
        click = taken(page, held)
        page.keyboard.press("c")
        page.unroute("**/clicks")
        click.continue_()
        page.wait_for_url("**/items/2", wait_until="commit")
        script = taken(page, held)
        wait_until(page, "document.querySelector('.bar') !== null")
        wait_until(page, f"{PAINTS} > 0")
        page.keyboard.press("w")
        assert answered(page) == 0
        script.continue_()
        # As the page was left by a key, what is marked is in sight, and the key that came early rates it.
        wait_until(page, "document.querySelector('.choices [aria-pressed=true]') !== null")
        assert marked(page) == str(second.rated[1])
        assert page.evaluate(IN_SIGHT)["row"]
        saved(page)
    said = site.store.said("ana", first.id)
    assert (said.steps, said.label, said.done) == (*before, True)
    assert site.store.said("ana", second.id).steps == {second.rated[0]: "wrong"}


def test_a_page_that_was_opened_by_a_key_shows_what_the_next_key_rates(browser: Browser, site: Site) -> None:
    with served(site) as url, opened(browser, link(url, 3), width=375, height=812) as page:
        assert not page.evaluate(IN_SIGHT)["row"]
        page.focus("a.later")
        page.keyboard.press("Enter")
        page.wait_for_url("**/items/4")
        page.keyboard.press("ArrowDown")
        # It is the way in which the page is left that counts, not what was done on it.
        page.click("text=← Back")
        page.wait_for_url("**/items/3")
        assert page.evaluate("scrollY") == 0
        page.focus("text=← Back")
        page.keyboard.press("Enter")
        page.wait_for_url("**/items/2")
        wait_until(page, f"{IN_SIGHT}.row")


@pytest.mark.parametrize("late", ["player.css", "rating.js"])
def test_a_key_rates_nothing_before_anything_is_painted(browser: Browser, site: Site, late: str) -> None:
    """Neither where a stylesheet holds the painting up, nor where only the browser can tell that it has not begun."""
    item = item_of(site, 2)
    before = site.store.said("ana", item.id).steps
    held: list[Route] = []
    with served(site) as url, opened(browser, link(url, 1)) as page:
        if late == "rating.js":
            page.add_init_script(NEVER_PAINTED)
        page.route(f"**/{late}*", lambda route: held.append(route))
        page.goto(link(url, 2), wait_until="commit")
        asset = taken(page, held)
        page.wait_for_timeout(300)
        if late == "player.css":
            assert page.evaluate(PAINTS) == 0
        page.keyboard.press("c")
        asset.continue_()
        wait_until(page, "document.querySelector('.current') !== null")
        page.wait_for_timeout(300)
    assert site.store.said("ana", item.id).steps == before


@pytest.mark.parametrize("hand", [True, False], ids=["a hand on the page", "some seconds"])
def test_keys_are_there_again_when_the_way_to_the_next_item_comes_to_nothing(
    browser: Browser, site: Site, hand: bool
) -> None:
    """Until then they say nothing of the item that is left, and Tab goes on as ever."""
    item = item_of(site, 3)
    held: list[Route] = []
    with served(site) as url, opened(browser, link(url, 3)) as page:
        while answered(page) < len(item.rated):
            page.keyboard.press("r")
        page.keyboard.press("1")
        wait_until(page, "document.querySelector('.saving').dataset.state !== 'saving'")
        before = (site.store.said("ana", item.id).steps, site.store.said("ana", item.id).label)
        page.route("**/items/4", lambda route: held.append(route))
        page.keyboard.press("Enter")
        way = taken(page, held)
        for key in ("ArrowUp", "w", "z", "Tab"):
            page.keyboard.press(key)
        # An answer without content leaves the browser on the page, as one does who stops it.
        way.fulfill(status=204)
        assert page.evaluate("document.activeElement !== document.querySelector('[value=\"done=true\"]')")
        if hand:
            page.mouse.click(5, 300)
        else:
            page.wait_for_timeout(5200)
        assert (site.store.said("ana", item.id).steps, site.store.said("ana", item.id).label) == before
        page.keyboard.press("z")
        # What is taken back is that the item is done.
        wait_until(page, "document.querySelector('.open').textContent === 'not done yet'", limit_s=20)
        saved(page)
