"""Without script: every button is a form, and an item can be rated from start to end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cuewise.samples.tasks import get_task
from cuewise.study.records import Click, Item, StudyKind
from cuewise.study.web.site import Site
from support.rating_app import OURS, click_on, client_of, site_of, token
from support.studies import make_study_folder


class Reader:
    """What a browser without script makes of an item's page."""

    def __init__(self, site: Site, number: int) -> None:
        self.client: TestClient = client_of(site)
        self.url = f"/r/{token('ana')}/items/{number}"
        self.text = self.client.get(self.url).text

    @property
    def buttons(self) -> list[str]:
        return [unescape(value) for value in re.findall(r'<button name="say" value="([^"]*)"', self.text)]

    @property
    def pressed(self) -> set[str]:
        found = re.findall(r'value="([^"]*)" data-key="." aria-pressed="true"', self.text)
        return {unescape(value) for value in found}

    def press(self, button: str, **fields: str | list[str]) -> tuple[int, str]:
        """Send the form of a button; status, and where it leads."""
        assert button in self.buttons
        form = next(
            part
            for part in self.text.split("<form ")[1:]
            if f'value="{button}"' in unescape(part.split("</form>")[0])
        )
        found = re.search(r'name="id" value="([^"]*)"', form)
        assert found is not None
        answer = self.client.post(self.url, data={"id": found[1], "say": button, **fields}, headers=OURS)
        self.text = self.client.get(self.url).text if answer.status_code == 303 else answer.text
        return answer.status_code, answer.headers.get("Location", "")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = site_of(make_study_folder(tmp_path, n=30), tmp_path)
    yield made
    made.store.close()


def number_of(site: Site, *, labels: int) -> tuple[int, Item]:
    """Number and item of the first of ana's with so many labels that are asked about."""
    return next(
        (number, site.items[id])
        for number, id in enumerate(site.study.assigned["ana"], 1)
        if len(site.study.labels_asked(site.items[id])) == labels
    )


def test_an_item_is_rated_by_forms_alone(site: Site) -> None:
    number, item = number_of(site, labels=1)
    reader = Reader(site, number)
    assert f"{len(item.rated) + 1} to answer" in reader.text
    for index in item.rated:
        assert reader.press(f"{index}=cannot tell") == (303, f"{reader.url}#q-{index}")
    assert reader.press("label=all")[0] == 303
    assert reader.press("note=text", note="one line\r\nand another")[0] == 303
    assert reader.pressed == {"label=all", *(f"{index}=cannot tell" for index in item.rated)}
    assert "one line\nand another</textarea>" in reader.text
    status, where = reader.press("done=true")
    assert (status, where) == (303, f"/r/{token('ana')}/items/{number + 1}")
    said = site.store.said("ana", item.id)
    assert said.steps == dict.fromkeys(item.rated, "cannot tell")
    assert (said.label, said.note, said.done) == (item.named, "one line\nand another", True)


def test_too_early_an_end_is_told_and_nothing_is_lost(site: Site) -> None:
    number, item = number_of(site, labels=1)
    reader = Reader(site, number)
    reader.press(f"{item.rated[0]}=right")
    status, _ = reader.press("done=true")
    assert status == 409
    assert "Not saved: an item that is done has all its answers" in reader.text
    assert reader.pressed == {f"{item.rated[0]}=right"}


def test_undo_by_forms_takes_back_one_after_another(site: Site) -> None:
    number, item = number_of(site, labels=1)
    reader = Reader(site, number)
    can_be_pressed = 'value="undo=">'
    assert can_be_pressed not in reader.text
    step = item.rated[0]
    reader.press(f"{step}=right")
    assert can_be_pressed in reader.text
    reader.press(f"{step}=wrong")
    reader.press("undo=")
    assert reader.pressed == {f"{step}=right"}
    reader.press("undo=")
    assert reader.pressed == set()
    assert can_be_pressed not in reader.text
    # A page that is out of date may send it all the same.
    assert reader.press("undo=") == (303, reader.url)
    assert len(list(site.store.trail())) == 4


def test_labels_are_chosen_by_their_places(site: Site) -> None:
    number, item = number_of(site, labels=2)
    reader = Reader(site, number)
    labels = site.study.labels_asked(item)
    reader.press("label=chosen", label=["1"])
    assert site.store.said("ana", item.id).label == (labels[1],)
    reader.press("label=chosen", label=["0", "1"])
    assert site.store.said("ana", item.id).label == labels
    assert reader.text.count(" checked>") == 2
    reader.press("label=none")
    assert site.store.said("ana", item.id).label == ()
    assert reader.pressed == {"label=none"}
    reader.press("label=chosen")
    assert site.store.said("ana", item.id).label is None
    assert reader.press("label=chosen", label=["2"])[0] == 422
    reader.text = reader.client.get(reader.url).text
    assert reader.press("label=chosen", label=["-1"])[0] == 422


def test_a_form_that_is_sent_twice_counts_once(site: Site) -> None:
    number, item = number_of(site, labels=1)
    reader = Reader(site, number)
    before = reader.text
    reader.press(f"{item.rated[0]}=right")
    reader.text = before
    assert reader.press(f"{item.rated[0]}=right")[0] == 303
    assert len(list(site.store.trail())) == 1


def test_all_items_tells_what_is_begun_and_what_was_left(site: Site) -> None:
    number, item = number_of(site, labels=1)
    own = site.study.assigned["ana"]
    assert number < len(own)
    Reader(site, number).press(f"{item.rated[0]}=right")
    page = client_of(site).get(f"/r/{token('ana')}/end").text
    states = re.findall(r'aria-label="Item (\d+), ([^"]*)"', page)
    assert states == [
        *((str(before), "left for later") for before in range(1, number)),
        # A rating of all steps and the label.
        (str(number), f"begun, 1 of {len(item.rated) + 1}"),
        *((str(after), "open") for after in range(number + 1, len(own) + 1)),
    ]


def test_going_on_leads_to_what_is_begun_then_to_what_is_open_then_to_what_was_left(site: Site) -> None:
    """Item 1 is left for later, 2 is begun and then done; at last all but the first are done."""
    link, own = f"/r/{token('ana')}", [site.items[id] for id in site.study.assigned["ana"]]

    def follows() -> list[str]:
        pages = [client_of(site).get(address).text for address in (link, f"{link}/end")]
        return [found[1] for page in pages if (found := re.search(r'class="go" href="([^"]*)"', page))]

    def rate(number: int) -> None:
        item = own[number - 1]
        label = [click_on(item.id, "label", "cannot tell")] if site.study.labels_asked(item) else []
        steps = [click_on(item.id, str(step), "right") for step in item.rated]
        for click in (*steps, *label, click_on(item.id, "done", True)):
            site.answers.take("ana", Click.model_validate(click))

    assert follows() == [f"{link}/items/1"] * 2
    Reader(site, 2).press(f"{own[1].rated[0]}=right")
    assert follows() == [f"{link}/items/2"] * 2
    rate(2)
    assert follows() == [f"{link}/items/3"] * 2
    for number in range(3, len(own) + 1):
        rate(number)
    assert follows() == [f"{link}/items/1"] * 2
    assert "Go on with the first that was left for later" in client_of(site).get(f"{link}/end").text


def test_a_question_is_answered_by_forms(tmp_path: Path) -> None:
    site = site_of(make_study_folder(tmp_path, n=12, kind=StudyKind.QUESTION), tmp_path)
    number, item = next(
        (number, site.items[id])
        for number, id in enumerate(site.study.assigned["ana"], 1)
        if not site.items[id].sample.multi_label
    )
    reader = Reader(site, number)
    assert reader.buttons == ["label=chosen", "reasons=text", "note=text", "undo=", "done=true"]
    # People are not told to think step by step.
    assert get_task(item.sample.task).plain in reader.text
    assert item.sample.question not in reader.text
    assert "(optional)" in reader.text
    assert reader.text.count('type="radio"') == len(item.sample.label_set)
    reader.press("label=chosen", label=["2"])
    reader.press("reasons=text", reasons="the voice")
    reader.press("done=true")
    said = site.store.said("ana", item.id)
    assert (said.label, said.reasons, said.done) == ((item.sample.label_set[2],), "the voice", True)
    site.store.close()
