"""Five raters at once, and a server that is killed under them: nothing that was saved is lost, and nothing doubled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from cuewise.study.folder import StudyFolder
from cuewise.study.records import Item, Study
from cuewise.study.store import Kept, RatingStore
from support import chromium
from support.browser import CHROMIUM
from support.chromium import FLAGS
from support.cli import CUEWISE, environment
from support.rating_app import token
from support.studies import make_study_folder

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Request, Response

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1]),
]

RATERS = ("ana", "ben", "eva", "ida", "jan")
ITEMS = 20
KILLED_AFTER = (30, 65)
"""Items that all raters together are done with when the server is killed."""
LIMIT_S = 300.0


class Server:
    """The server process, always on the same port."""

    def __init__(self, place: Path, workspace: Path, study: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port: int = free.getsockname()[1]
        self._place, self._workspace, self._study = place, workspace, study
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._spawn()
        assert self._process is not None
        while self._process.poll() is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)
        pytest.fail((self._place / "server.log").read_text())

    def _spawn(self) -> None:
        with (self._place / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*CUEWISE, "study", "serve", self._study),
                    *("--workspace", str(self._workspace), "--port", str(self.port)),
                ],
                env=environment(),
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL


@dataclass
class Robot:
    """Rates as people do: changes its mind, takes clicks back, writes notes. What it means to say is its seed's."""

    rater: str
    url: str
    study: Study
    page: Page
    made: dict[str, dict[str, object]] = field(default_factory=dict)
    """By id, every click that the page ever tried to send."""
    told: set[str] = field(default_factory=set)
    """Ids of clicks that the page was told are saved."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the page has gone elsewhere."""
    meant: dict[str, dict[str, object]] = field(default_factory=dict)
    """By item, what it means to have said in the end."""

    def watch(self) -> None:
        def sent(request: Request) -> None:
            if request.method == "POST":
                click = json.loads(request.post_data or "{}")
                self.made[click["id"]] = click

        def answered(response: Response) -> None:
            if response.request.method == "POST" and response.status == 200:
                self.told.add(json.loads(response.request.post_data or "{}")["id"])

        self.page.on("request", sent)
        self.page.on("response", answered)
        self.page.on("framenavigated", lambda _: self.left.set())

    async def rate_all(self, done: Callable[[], None]) -> None:
        for number, id in enumerate(self.study.assigned[self.rater], 1):
            item = self.study.item(id)
            assert item is not None
            await self._arrive(number)
            await self._rate(item, Random(f"{self.rater}/{id}"))
            self.left.clear()
            await self._press("done=true")
            await self.left.wait()
            done()

    async def _arrive(self, number: int) -> None:
        """Be on an item's page: led there by the last one, or, where the server was away just then, by trying again."""
        where = f"{self.url}/r/{token(self.rater)}/items/{number}"
        while self.page.url != where or not await self._quietly(self._is_ready):
            if self.page.url != where:
                await self._quietly(lambda: self.page.goto(where))
            await asyncio.sleep(0.03)

    async def _is_ready(self) -> bool:
        return bool(
            await self.page.evaluate("document.readyState === 'complete' && 'cuewiseQueue' in window")
        )

    async def _quietly(self, act: Callable[[], Awaitable[object]]) -> bool:
        from playwright.async_api import Error

        try:
            return bool(await act())
        except Error:  # nobody answers, or the page is just being left
            return False

    async def _rate(self, item: Item, lot: Random) -> None:
        answers: dict[str, object] = {}
        for index in item.rated:
            words = lot.sample(["right", "wrong", "cannot tell"], 3)
            answers[str(index)] = words[0]
            if lot.random() < 0.2:
                await self._press(f"{index}={words[1]}")
            await self._press(f"{index}={words[0]}")
            if lot.random() < 0.15:
                await self._press(f"{index}={words[2]}")
                await self._press("undo=")
        asked = self.study.labels_asked(item)
        word = lot.choice(["all", "none", "cannot tell"] if len(asked) == 1 else ["none", "cannot tell"])
        await self._press(f"label={word}")
        answers["label"] = {"all": list(asked), "none": []}.get(word, word)
        if lot.random() < 0.25:
            answers["note"] = f"a note of {self.rater}’s, {lot.randrange(1000)}"
            await self.page.fill("textarea[name=note]", str(answers["note"]))
        self.meant[item.id] = {**answers, "done": True}

    async def _press(self, value: str) -> None:
        # A mouse that is moved about takes a browser twenty times as long.
        await self.page.eval_on_selector(f'button[value="{value}"]', "button => button.click()")


def kept_in(folder: StudyFolder) -> list[Kept]:
    with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
        return list(store.trail())


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield made
        finally:
            await made.close()


async def rate_all_at_once(server: Server, folder: StudyFolder, study: Study) -> list[Robot]:
    await server.start()
    n_done = 0
    due = {after: asyncio.Event() for after in KILLED_AFTER}

    def one_more() -> None:
        nonlocal n_done
        n_done += 1
        if n_done in due:
            due[n_done].set()

    async with browser() as made:
        robots = []
        for rater in study.plan.raters:
            context = await made.new_context(viewport={"width": 600, "height": 400})
            robots.append(Robot(rater, server.url, study, await context.new_page()))
            robots[-1].watch()

        async def kill_now_and_then() -> None:
            for reached in due.values():
                await reached.wait()
                told = {(robot.rater, id) for robot in robots for id in robot.told}
                server.kill()
                assert told <= {(kept.rater, kept.id) for kept in kept_in(folder)}
                await asyncio.sleep(0.5)
                await server.start()

        async with asyncio.TaskGroup() as group:
            for robot in robots:
                group.create_task(robot.rate_all(one_more))
            group.create_task(kill_now_and_then())
        for robot in robots:
            # Each has come to the end, and reads there that all is done.
            assert robot.page.url == f"{server.url}/r/{token(robot.rater)}/end"
    return robots


def test_every_click_that_was_shown_as_saved_is_kept_once(tmp_path: Path) -> None:
    folder = make_study_folder(tmp_path / "workspace", n=ITEMS, raters=RATERS, attention=0)
    study = folder.study()
    with closing(RatingStore(folder.ratings_path)) as store:
        for rater in RATERS:
            store.set_token(rater, token(rater))
    server = Server(tmp_path, tmp_path / "workspace", "study")
    try:
        robots = asyncio.run(asyncio.wait_for(rate_all_at_once(server, folder, study), LIMIT_S))
    finally:
        server.kill()
    kept = kept_in(folder)
    for robot in robots:
        own = [click for click in kept if click.rater == robot.rater]
        assert len({click.id for click in own}) == len(own)
        assert {click.id for click in own} == robot.made.keys() == robot.told
        for click in own:
            made = robot.made[click.id]
            assert (click.item, click.question, click.value) == (
                made["item"],
                made["question"],
                made["value"],
            )
    with closing(RatingStore(folder.ratings_path, read_only=True)) as store:
        for robot in robots:
            assert len(robot.meant) == ITEMS
            for item, meant in robot.meant.items():
                assert {one.question: one.value for one in store.counting(robot.rater, item)} == meant
                said = store.said(robot.rater, item)
                assert {str(step): word for step, word in said.steps.items()} == {
                    question: word for question, word in meant.items() if question.isdecimal()
                }
                assert said.done
                assert said.note == meant.get("note", "")
                assert (said.cannot_tell_label, list(said.label or ())) == (
                    meant["label"] == "cannot tell",
                    meant["label"] if isinstance(meant["label"], list) else [],
                )
