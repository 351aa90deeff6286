"""Rating in a browser: what is said is saved and comes back, by mouse or by keys, with a server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cuewise.study.folder import StudyFolder
from cuewise.study.records import Click, Item, StudyKind
from cuewise.study.web.site import Site
from support import axe, chromium
from support.chromium import opened, wait_until
from support.rating_app import click_on, served, site_of, token
from support.studies import demo_study_folder, make_study_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1])]

HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> **bold** ‮evil‬ مرحبا "


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A study without media."""
    made = site_of(make_study_folder(tmp_path), tmp_path)
    yield made
    made.store.close()


def items_of(site: Site, rater: str = "ana") -> list[Item]:
    return [site.items[id] for id in site.study.assigned[rater]]


def single(site: Site, *, steps: int = 2) -> tuple[int, Item]:
    """Number and item of ana's first item with one label that is asked about and at least so many steps."""
    return next(
        (number, item)
        for number, item in enumerate(items_of(site), 1)
        if len(site.study.labels_asked(item)) == 1 and len(item.rated) >= steps
    )


def press(page: Page, value: str) -> None:
    page.click(f'button[value="{value}"]')


def pressed(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.choices [aria-pressed=true]')].map((one) => one.value)"
    )
    return found


def saved(page: Page) -> None:
    wait_until(page, "document.querySelector('.saving').dataset.state === 'saved'")


@contextmanager
def item_page(browser: Browser, url: str, number: int, **how: Any) -> Iterator[Page]:
    with opened(browser, f"{url}/r/{token('ana')}/items/{number}", **how) as page:
        yield page


def test_clicks_are_saved_come_back_and_can_be_undone(browser: Browser, site: Site) -> None:
    number, item = single(site)
    first, second = item.rated[:2]
    with served(site) as url, item_page(browser, url, number) as page:
        assert page.is_disabled('button[value="undo="]')
        page.keyboard.press("z")
        assert page.inner_text(".saving") == "Nothing on this item is left to take back."
        press(page, f"{first}=right")
        press(page, f"{first}=wrong")
        press(page, f"{second}=cannot tell")
        press(page, "label=all")
        page.fill("textarea[name=note]", HOSTILE)
        page.locator("textarea[name=note]").blur()
        saved(page)
        page.reload()
        assert pressed(page) == [f"{first}=wrong", f"{second}=cannot tell", "label=all"]
        assert page.input_value("textarea[name=note]") == HOSTILE
        for left in (
            [f"{first}=wrong", f"{second}=cannot tell", "label=all"],
            [f"{first}=wrong", f"{second}=cannot tell"],
            [f"{first}=wrong"],
            [f"{first}=right"],
            [],
        ):
            press(page, "undo=")
            assert pressed(page) == left
        assert page.is_disabled('button[value="undo="]')
        saved(page)
        assert page.evaluate("window.hacked") is None
    said = site.store.said("ana", item.id)
    assert (said.steps, said.label, said.note) == ({}, None, "")
    assert len(list(site.store.trail())) == 10
    assert said.spent_s > 0


def marked(page: Page) -> str | None:
    """The question that keys answer."""
    found: str | None = page.evaluate(
        "document.querySelector('.current[aria-current=true]')?.dataset.question ?? null"
    )
    return found


def test_an_item_is_rated_by_keys_alone(browser: Browser, site: Site) -> None:
    number, item = single(site, steps=3)
    with served(site) as url, item_page(browser, url, number) as page:
        answers = ["1", "w", "c", *["r"] * (len(item.rated) - 3)]
        for index, key in zip(item.rated, answers, strict=True):
            assert marked(page) == str(index)
            page.keyboard.press(key)
        assert marked(page) == "label"
        page.keyboard.press("1")
        # All is answered: Enter would go on, and a key too many changes nothing.
        assert page.evaluate("document.activeElement.value") == "done=true"
        assert marked(page) is None
        page.keyboard.press("w")
        page.keyboard.press("z")
        assert marked(page) == "label"
        page.keyboard.press("2")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        assert marked(page) == str(item.rated[-1])
        page.keyboard.press("c")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/items/{number + 1}")
    words = {"1": "right", "r": "right", "w": "wrong", "c": "cannot tell"}
    said = site.store.said("ana", item.id)
    answers[-1] = "c"
    assert said.steps == {index: words[key] for index, key in zip(item.rated, answers, strict=True)}
    assert (said.label, said.done) == ((), True)


def test_keys_are_told_of_where_there_are_some(browser: Browser, site: Site) -> None:
    number, _ = single(site)
    phone = browser.new_context(viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True)
    with served(site) as url:
        with item_page(browser, url, number) as page:
            assert page.is_visible(".by-keys")
            assert page.is_visible(".keys")
        page = phone.new_page()
        page.goto(f"{url}/r/{token('ana')}/items/{number}")
        assert page.is_hidden(".by-keys")
        assert page.is_hidden(".keys")
    phone.close()


def test_a_click_marks_the_next_step_for_the_keys(browser: Browser, site: Site) -> None:
    number, item = single(site, steps=3)
    first, second, third = item.rated[:3]
    with served(site) as url, item_page(browser, url, number) as page:
        press(page, f"{second}=right")
        assert marked(page) == str(third)
        page.keyboard.press("w")
        press(page, f"{first}=right")
        saved(page)
        assert pressed(page) == [f"{first}=right", f"{second}=right", f"{third}=wrong"]
        page.reload()
        # What is marked first is what is still open.
        assert marked(page) == (str(item.rated[3]) if len(item.rated) > 3 else "label")


def hold(page: Page, key: str, times: int = 5) -> None:
    """Keep a key down until the keyboard has repeated it so often."""
    for _ in range(times):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_a_key_that_is_held_says_nothing_twice(browser: Browser, site: Site) -> None:
    number, item = single(site, steps=3)
    first, second = item.rated[:2]
    with served(site) as url, item_page(browser, url, number) as page:
        hold(page, "1")
        assert pressed(page) == [f"{first}=right"]
        assert marked(page) == str(second)
        for key in "ww":
            page.keyboard.press(key)
        hold(page, "z")
        assert pressed(page) == [f"{first}=right", f"{second}=wrong"]
        # On a button too, which the browser presses again at every repeat.
        page.focus('button[value="undo="]')
        hold(page, "Enter")
        assert pressed(page) == [f"{first}=right"]
        page.focus(f'[data-question="{second}"]')
        # Arrows say nothing, and go on.
        hold(page, "ArrowUp")
        assert marked(page) == str(first)
        hold(page, "ArrowDown", len(item.rated))
        assert marked(page) == "label"
        saved(page)
    assert site.store.said("ana", item.id).steps == {first: "right"}


def test_after_the_last_one_the_first_open_one_is_marked_and_enter_on_a_choice_goes_on(
    browser: Browser, site: Site
) -> None:
    number, item = single(site)
    first, *others = item.rated
    with served(site) as url, item_page(browser, url, number) as page:
        for question in (*others, "label"):
            page.locator(f'button[value^="{question}="]').first.click()
        assert marked(page) == str(first)
        page.keyboard.press("w")
        # A choice that is made has nothing more to say.
        page.focus('button[value="label=all"]')
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/items/{number + 1}")
    said = site.store.said("ana", item.id)
    assert (said.steps[first], said.label, said.done) == ("wrong", site.study.labels_asked(item), True)


def test_enter_leads_to_what_is_missing(browser: Browser, site: Site) -> None:
    number, item = single(site)
    with served(site) as url, item_page(browser, url, number) as page:
        page.keyboard.press("ArrowDown")
        page.keyboard.press("r")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.dataset.question") == str(item.rated[0])


@pytest.mark.parametrize("several", [False, True])
def test_labels_of_a_question_are_chosen_by_number(browser: Browser, tmp_path: Path, several: bool) -> None:
    site = site_of(make_study_folder(tmp_path, n=30, kind=StudyKind.QUESTION), tmp_path)
    number, item = next(
        (number, item) for number, item in enumerate(items_of(site), 1) if item.sample.multi_label == several
    )
    labels = item.sample.label_set
    with served(site) as url, item_page(browser, url, number) as page:
        for key in "212" if several else "2":
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/items/{number + 1}" if number < len(items_of(site)) else "**/end")
    said = site.store.said("ana", item.id)
    assert (said.label, said.done) == ((labels[0],) if several else (labels[1],), True)
    site.store.close()


def test_labels_of_an_answer_are_chosen_by_number_and_buttons_by_their_letters(
    browser: Browser, tmp_path: Path
) -> None:
    site = site_of(make_study_folder(tmp_path, n=30), tmp_path)
    number, item = next(
        (number, item)
        for number, item in enumerate(items_of(site), 1)
        if len(site.study.labels_asked(item)) == 2
    )
    one, two = site.study.labels_asked(item)
    with served(site) as url, item_page(browser, url, number) as page:
        for _ in item.rated:
            page.keyboard.press("r")
        buttons = page.locator(".row.label .choices button")
        assert buttons.all_inner_texts() == ["None of these n", "Cannot tell c"]
        told = "Among labels 1 to 9 choose the one of that place, or take it back, n none of these, c cannot tell."
        assert told in (page.locator("details.keys").text_content() or "")
        for keys, label in (
            ("1", (one,)),
            ("2", (one, two)),
            # No such place, no such letter, and what no selector may hold.
            ('39rw"\\', (one, two)),
            ("1", (two,)),
            ("n", ()),
            ("2", (two,)),
        ):
            assert marked(page) in ("label", None)
            page.focus("#q-label")
            for key in keys:
                page.keyboard.press(key)
            saved(page)
            assert site.store.said("ana", item.id).label == label, keys
        page.keyboard.press("c")
        saved(page)
        assert site.store.said("ana", item.id).cannot_tell_label
        assert page.evaluate("document.activeElement.value") == "done=true"
    site.store.close()


def test_what_is_said_while_the_server_is_away_is_kept_and_sent_once(browser: Browser, site: Site) -> None:
    number, item = single(site)
    first, second = item.rated[:2]
    page = browser.new_page()
    lost: list[bool] = []

    def away(route: Route) -> None:
        route.abort()

    def answer_lost(route: Route) -> None:
        """The server keeps the click, and the page never hears of it."""
        route.fetch()
        lost.append(True)
        route.abort()

    with served(site) as url:
        page.goto(f"{url}/r/{token('ana')}/items/{number}")
        page.route("**/clicks", away)
        press(page, f"{first}=right")
        wait_until(page, "document.querySelector('.saving').dataset.state === 'retrying'")
        assert page.inner_text(".saving") == (
            "Not saved: the server does not answer. Your clicks are kept on this device and will be sent;"
            " trying again …"
        )
        press(page, f"{first}=wrong")
        press(page, "undo=")
        press(page, f"{second}=wrong")
        assert not list(site.store.trail())
        page.reload()
        assert pressed(page) == [f"{first}=right", f"{second}=wrong"]
        page.unroute("**/clicks")
        page.route("**/clicks", answer_lost)
        wait_until(page, "true" if lost else "document.querySelector('.saving').dataset.state === 'retrying'")
        while len(lost) < 2:
            page.wait_for_timeout(50)
        page.unroute("**/clicks")
        saved(page)
        assert page.evaluate("localStorage.length") == 0
    page.close()
    kept = [(click.question, click.value) for click in site.store.trail()]
    assert kept == [(str(first), "right"), (str(first), "wrong"), (str(first), None), (str(second), "wrong")]
    assert site.store.said("ana", item.id).steps == {first: "right", second: "wrong"}


def test_an_item_is_rated_without_script(browser: Browser, site: Site) -> None:
    """Browsers say where a form comes from only if the page lets them tell its own server."""
    number, item = single(site)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    with served(site) as url:
        page.goto(f"{url}/r/{token('ana')}/items/{number}")
        for index in item.rated:
            press(page, f"{index}=right")
            assert page.url.endswith(f"/items/{number}#q-{index}")
        press(page, "label=none")
        page.fill("textarea[name=note]", HOSTILE)
        press(page, "note=text")
        assert page.input_value("textarea[name=note]") == HOSTILE
        press(page, "done=true")
        assert page.url.endswith(f"/items/{number + 1}")
    context.close()
    said = site.store.said("ana", item.id)
    assert said.steps == dict.fromkeys(item.rated, "right")
    assert (said.label, said.note, said.done) == ((), HOSTILE, True)


def test_next_waits_until_all_is_saved(browser: Browser, site: Site) -> None:
    number, item = single(site)
    with served(site) as url:
        page = browser.new_page()
        page.goto(f"{url}/r/{token('ana')}/items/{number}")
        page.route("**/clicks", lambda route: route.abort())
        for question in (*item.rated, "label"):
            page.locator(f'button[value^="{question}="]').first.click()
        press(page, "done=true")
        wait_until(page, "document.querySelector('.saving').dataset.state === 'retrying'")
        press(page, "undo=")
        page.unroute("**/clicks")
        # Each failure has doubled the wait for the next try; a browser that is back in its network waits no more.
        page.evaluate("window.dispatchEvent(new Event('online'))")
        saved(page)
        # It was taken back that the item is done, so that there is no reason to go on.
        assert page.url.endswith(f"/items/{number}")
        assert not site.store.said("ana", item.id).done
        page.route("**/clicks", lambda route: route.abort())
        press(page, "done=true")
        wait_until(page, "document.querySelector('.saving').dataset.state === 'retrying'")
        page.unroute("**/clicks")
        page.wait_for_url(f"**/items/{number + 1}")
        page.close()
    assert site.store.said("ana", item.id).done


def test_what_waits_is_sent_from_any_page_under_the_same_link_or_a_new_one(
    browser: Browser, site: Site
) -> None:
    number, item = single(site)
    page = browser.new_page()
    with served(site) as url:
        page.goto(f"{url}/r/{token('ana')}/items/{number}")
        page.route("**/clicks", lambda route: route.abort())
        press(page, f"{item.rated[0]}=right")
        wait_until(page, "document.querySelector('.saving').dataset.state === 'retrying'")
        page.unroute("**/clicks")
        site.store.set_token("ana", "another")
        page.goto(f"{url}/r/another/end")
        while not site.store.said("ana", item.id).steps:
            page.wait_for_timeout(20)
        # The page shows how far the rater is with that.
        page.wait_for_load_state("networkidle")
        assert page.evaluate("localStorage.length") == 0
    page.close()
    assert site.store.said("ana", item.id).steps == {item.rated[0]: "right"}


def test_of_two_windows_the_last_click_counts(browser: Browser, site: Site) -> None:
    number, item = single(site)
    step = item.rated[0]
    context = browser.new_context()
    one, two = context.new_page(), context.new_page()
    with served(site) as url:
        for page in (one, two):
            page.goto(f"{url}/r/{token('ana')}/items/{number}")
        # Brought to the front: in a window that lies behind, a click waits a second for the next picture.
        one.bring_to_front()
        press(one, f"{step}=right")
        saved(one)
        wait_until(two, f"""document.querySelector('[value="{step}=right"]').ariaPressed === 'true'""")
        two.bring_to_front()
        press(two, f"{step}=wrong")
        saved(two)
        wait_until(one, f"""document.querySelector('[value="{step}=wrong"]').ariaPressed === 'true'""")
        for page in (one, two):
            page.bring_to_front()
            press(page, "undo=")
        for page in (one, two):
            saved(page)
            page.reload()
        assert pressed(one) == pressed(two)
    context.close()
    assert pressed_in(site, item) in ({}, {step: "right"})


def test_what_is_refused_in_one_window_is_not_shown_as_said_in_another(browser: Browser, site: Site) -> None:
    number, item = single(site)
    first, second = item.rated[:2]
    context = browser.new_context()
    one, two = context.new_page(), context.new_page()
    with served(site) as url:
        for page in (one, two):
            page.goto(f"{url}/r/{token('ana')}/items/{number}")
        one.route("**/clicks", lambda route: route.fulfill(status=409, json={"error": "it does not fit"}))
        press(one, f"{first}=right")
        wait_until(one, "document.querySelector('.saving').dataset.state === 'refused'")
        one.unroute("**/clicks")
        press(one, f"{second}=wrong")
        saved(one)
        # Windows hear of each other in order.
        wait_until(two, f"""document.querySelector('[value="{second}=wrong"]').ariaPressed === 'true'""")
        wait_until(two, "localStorage.length === 0")
        assert pressed(one) == pressed(two) == [f"{second}=wrong"]
    context.close()
    assert pressed_in(site, item) == {second: "wrong"}


def pressed_in(site: Site, item: Item) -> dict[int, str]:
    return site.store.said("ana", item.id).steps


def of_two_labels(tmp_path: Path) -> tuple[Site, int, Item, tuple[str, ...]]:
    """A study, and the place, item and labels of an answer in it that names two."""
    site = site_of(make_study_folder(tmp_path, n=30), tmp_path)
    number, item = next(
        (number, item)
        for number, item in enumerate(items_of(site), 1)
        if len(site.study.labels_asked(item)) == 2
    )
    return site, number, item, site.study.labels_asked(item)


def test_several_labels_are_chosen_with_boxes(browser: Browser, tmp_path: Path) -> None:
    site, number, item, labels = of_two_labels(tmp_path)
    with served(site) as url, item_page(browser, url, number) as page:
        page.check("input[name=label] >> nth=1")
        page.check("input[name=label] >> nth=0")
        page.uncheck("input[name=label] >> nth=1")
        saved(page)
        assert site.store.said("ana", item.id).label == (labels[0],)
        press(page, "label=none")
        assert page.locator("input[name=label]:checked").count() == 0
        saved(page)
        assert site.store.said("ana", item.id).label == ()
    site.store.close()


def test_the_label_of_an_item_that_is_done_is_changed_box_by_box(browser: Browser, tmp_path: Path) -> None:
    site, number, item, labels = of_two_labels(tmp_path)

    def told() -> tuple[str, str, bool]:
        way, open = page.inner_text(".way .fine"), page.inner_text(".bar .open")
        return way, open, page.is_disabled('button[value="done=true"]')

    answers = [*((str(index), "right") for index in item.rated), ("label", [labels[0]]), ("done", True)]
    for question, value in answers:
        click = Click.model_validate(click_on(item.id, question, value))
        site.answers.take("ana", click)
    with served(site) as url, item_page(browser, url, number) as page:
        assert told() == ("1 done, this one too", "", False)
        page.uncheck("input[name=label] >> nth=0")
        saved(page)
        assert told() == ("0 done", "1 to answer", True)
        assert not site.store.said("ana", item.id).done
        page.reload()
        assert told() == ("0 done", "1 to answer", True)
        page.check("input[name=label] >> nth=1")
        assert told() == ("0 done", "not done yet", False)
        saved(page)
        press(page, "undo=")
        assert told() == ("0 done", "1 to answer", True)
        page.check("input[name=label] >> nth=1")
        press(page, "done=true")
        page.wait_for_url(f"**/items/{number + 1}")
        said = site.store.said("ana", item.id)
        assert (said.label, said.done) == ((labels[1],), True)
        # Faster than the server answers.
        page.go_back()
        hands = ("input[name=label][value='1']", "input[name=label][value='0']", "button[value='done=true']")
        page.evaluate("hands => hands.forEach((one) => document.querySelector(one).click())", hands)
        page.wait_for_url(f"**/items/{number + 1}")
    said = site.store.said("ana", item.id)
    assert (said.label, said.done) == ((labels[0],), True)
    site.store.close()


def test_a_question_is_answered(browser: Browser, tmp_path: Path) -> None:
    site = site_of(make_study_folder(tmp_path, kind=StudyKind.QUESTION), tmp_path)
    number, item = next(
        (number, item) for number, item in enumerate(items_of(site), 1) if not item.sample.multi_label
    )
    with served(site) as url, item_page(browser, url, number) as page:
        assert page.is_disabled('button[value="done=true"]')
        page.check("input[name=label] >> nth=1")
        page.fill("textarea[name=reasons]", "the voice")
        # Next keeps what is still being written.
        press(page, "done=true")
        page.wait_for_url(f"**/items/{number + 1}")
    said = site.store.said("ana", item.id)
    assert (said.label, said.reasons, said.done) == ((item.sample.label_set[1],), "the voice", True)
    site.store.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A study with media, two items of which are hostile."""
    workspace = tmp_path_factory.mktemp("workspace")
    folder: StudyFolder = demo_study_folder(workspace, n=4, raters=("ana",))
    study = folder.study()

    def hostile(item: Item) -> Item:
        steps = [
            step.model_copy(
                update={"text": HOSTILE + ("a" * 100_000 if step.index == item.rated[0] else "b " * 5000)}
            )
            if step.index in item.rated
            else step
            for step in item.steps
        ]
        sample = item.sample.model_copy(
            update={
                "question": HOSTILE + "q" * 100_000,
                "label_set": (HOSTILE * 4, "l" * 300, *item.sample.label_set),
            }
        )
        return item.model_copy(update={"steps": tuple(steps), "sample": sample})

    first = study.assigned["ana"][0]
    items = tuple(hostile(item) if item.id == first else item for item in study.items)
    made = site_of(folder, workspace, study=study.model_copy(update={"items": items}))
    yield made
    made.store.close()


@pytest.mark.skipif(axe.NEEDED[0], reason=axe.NEEDED[1])
def test_pages_can_be_used_by_everybody(browser: Browser, demo: Site) -> None:
    with served(demo) as url:
        link = f"{url}/r/{token('ana')}"
        for path in (link, f"{link}/items/1", f"{link}/items/2", f"{link}/end", f"{url}/"):
            with opened(browser, path, width=1024) as page:
                assert axe.complaints(page) == [], path
                page.emulate_media(color_scheme="dark")
                assert axe.complaints(page, rules=axe.COLOURS) == [], path
                assert page.evaluate("window.hacked") is None


def test_nothing_stands_out_of_the_page(browser: Browser, demo: Site) -> None:
    with served(demo) as url:
        link = f"{url}/r/{token('ana')}"
        for path in (link, f"{link}/items/1", f"{link}/items/2", f"{link}/end", f"{url}/"):
            with opened(browser, path, width=375) as page:
                for width in (375, 1024, 1600):
                    page.set_viewport_size({"width": width, "height": 1000})
                    assert axe.overflowing(page) == [], (path, width)


def test_the_clip_plays_beside_its_steps(browser: Browser, demo: Site) -> None:
    with served(demo) as url, item_page(browser, url, 2) as page:
        wait_until(page, "document.querySelector('video').readyState >= 1")
        page.keyboard.press("Space")
        wait_until(page, "document.querySelector('video').currentTime > 0.05")
        assert page.locator(".player-mark").count() == 0
        assert page.locator(".player-frame img").count() > 1
