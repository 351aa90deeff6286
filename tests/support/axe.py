"""axe-core, the accessibility rules that pages are held against, run inside the tests' browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

AXE = Path(__file__).parents[2] / ".venv" / "axe-core" / "package" / "axe.min.js"
"""Where `make test` unpacks it; it stays away where there is no npm."""

NEEDED = not AXE.is_file(), "axe-core is not there: `make axe` fetches it with npm"
"""Condition and reason for `pytest.mark.skipif`."""


class Evaluates(Protocol):
    """A browser's page, whoever drives it."""

    def evaluate(self, expression: str) -> Any: ...


COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that another set of colours can break: all that differs between a page by day and by night."""


def complaints(browser: Evaluates, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong with the open page: rule, what it asks, and up to three places.

    All rules for WCAG 2 at the levels A and AA, and axe's own best practices.

    Args:
        rules: those alone; none: all.
    """
    chosen: dict[str, Any] = {"resultTypes": ["violations"], "selectors": False}
    if rules:
        chosen["runOnly"] = list(rules)
    if not browser.evaluate("typeof window.axe?.run === 'function'"):
        browser.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    if not browser.evaluate(f"axe.run('html', {json.dumps(chosen)}).then(found => found.violations.length)"):
        return []
    # Only what is wrong needs to be told where it stands: a selector for every element takes a third of axe's time.
    found: list[dict[str, Any]] = browser.evaluate(
        f"axe.run('html', {json.dumps({**chosen, 'selectors': True})}).then(found => found.violations.map(one =>"
        " ({rule: one.id, help: one.help, places: one.nodes.map(node => node.target.join(' ') + ' ' +"
        " (node.any.concat(node.all, node.none)[0]?.message ?? ''))})))"
    )
    assert found, "axe found something, and then nothing"
    return [f"{one['rule']}: {one['help']}: {'; '.join(one['places'][:3])}" for one in found]


def overflowing(browser: Evaluates) -> list[str]:
    """Elements that stand out of the open page's width and that no scrolling box of their own holds."""
    found: list[str] = browser.evaluate(
        """(() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const held = (node) => {
                for (let at = node.parentElement; at && at !== document.body; at = at.parentElement) {
                    if (getComputedStyle(at).overflowX !== "visible") return true;
                }
                return false;
            };
            return [...document.querySelectorAll("body *")]
                .filter((node) => node.getBoundingClientRect().right > width + 1 && !held(node))
                .map((node) => `${node.tagName} ${node.id} ${node.className}`)
                .concat("the page is wider than its window").slice(0, 5);
        })()"""
    )
    return found
