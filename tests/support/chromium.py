"""Chromium driven by playwright, for tests of pages that a server gives out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from support.browser import CHROMIUM
from support.browser import FLAGS as COMMON

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NEEDED = CHROMIUM is None or find_spec("playwright") is None, "chromium or playwright is not there"
"""Condition and reason for `pytest.mark.skipif`."""
LIMIT_S = 120.0
"""For whatever a page is waited for; a busy machine has drawn seconds out to more than thirty."""
FLAGS = (*COMMON, "--autoplay-policy=no-user-gesture-required", "--mute-audio")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield made
        finally:
            made.close()


@contextmanager
def opened(
    browser: Browser, url: str, *, width: int = 1600, height: int = 1000, dark: bool = False
) -> Iterator[Page]:
    """A page in a window of that size. Whatever it complains of in its console, or throws, fails the test."""
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    page.set_default_timeout(1000 * LIMIT_S)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    try:
        page.goto(url)
        yield page
        assert said == []
    finally:
        page.close()


def wait_until(page: Page, expression: str, *, limit_s: float = LIMIT_S) -> None:
    """Wait until an expression holds, on whatever page the browser is by then.

    Playwright's own way to wait for one is forbidden by our pages' policy.
    """
    from playwright.sync_api import Error

    end = time.monotonic() + limit_s
    while True:
        try:
            if page.evaluate(expression):
                return
        except Error as error:
            if "Execution context was destroyed" not in str(error):
                raise
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(20)
