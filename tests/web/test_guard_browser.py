"""What a browser says of itself, and keeps, under the guard's headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from cuewise.web.guard import Access, Guard
from support import chromium
from support.viewer_app import served_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(chromium.NEEDED[0], reason=chromium.NEEDED[1])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as made:
        yield made


async def _form(request: Request) -> Response:
    if request.method == "POST":
        return PlainTextResponse("taken: " + (await request.body()).decode())
    return HTMLResponse('<form method="post"><button name="say" value="right">Right</button></form>')


_APP = Starlette(routes=[Route("/", _form, methods=["GET", "POST"])])


def test_a_form_without_script_is_taken(browser: Browser) -> None:
    with served_app(lambda access: Guard(_APP, access)) as url:
        page = browser.new_page(java_script_enabled=False)
        page.goto(url)
        page.click("button")
        assert page.inner_text("body").strip() == "taken: say=right"
        page.close()


def test_a_link_with_its_token_opens_from_a_page_of_another_site(browser: Browser) -> None:
    """`localhost` is another site than `127.0.0.1`."""
    with served_app(lambda access: Guard(_APP, Access(access.hosts, "let-me-in"))) as url:
        mail = Starlette(
            routes=[Route("/", lambda _: HTMLResponse(f'<a href="{url}/?token=let-me-in">Rate</a>'))]
        )
        with served_app(lambda _: mail) as other:
            page = browser.new_page()
            page.goto(other.replace("127.0.0.1", "localhost"))
            page.click("a")
            page.wait_for_url(f"{url}/")
            assert page.inner_text("button") == "Right"
            page.close()
