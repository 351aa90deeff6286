"""A report file as an HTML parser sees it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """Parsed without running anything."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        """Cells of each table, by its caption."""
        self.captions: list[str] = []
        self.scripts: dict[str, str] = {}
        """Contents of script elements by id; the code's is empty."""
        self.text = ""
        self._stack: list[tuple[str, str]] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
        if tag in ("script", "style", "caption", "td", "th"):
            self._stack.append((tag, dict(attrs).get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        if self._stack and self._stack[-1][0] == tag:
            self._stack.pop()
        if tag == "table":
            self.tables[" ".join(self._caption.split())] = [
                [" ".join(cell.split()) for cell in row] for row in self._rows
            ]

    def handle_data(self, data: str) -> None:
        inside, id_ = self._stack[-1] if self._stack else ("", "")
        if inside == "script":
            self.scripts[id_] = self.scripts.get(id_, "") + data
        elif inside != "style":
            self.text += data
        if inside == "caption":
            self._caption += data
        elif inside in ("td", "th"):
            self._rows[-1][-1] += data

    @property
    def index(self) -> dict[str, Any]:
        """The sample table."""
        parsed: dict[str, Any] = json.loads(self.scripts["data-index"])
        return parsed

    def details(self, run: int) -> list[dict[str, Any]]:
        """All details of a run, unpacked."""
        blocks = json.loads(self.scripts[f"data-details-{run}"])
        return [one for block in blocks for one in json.loads(zlib.decompress(base64.b64decode(block)))]

    def policy(self) -> str:
        """The content security policy."""
        match = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', self.html)
        assert match
        return match[1].replace("&#39;", "'")


WriteReport = Callable[..., Page]
"""Writes a report on the runs it is given and reads it back."""
