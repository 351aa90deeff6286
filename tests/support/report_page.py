"""A report file as an HTML parser sees it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any


def unpacked_samples(index: dict[str, Any]) -> list[list[Any]]:
    """Of each sample of the table: id, task, gold labels, candidates, question."""
    strings = index["strings"]
    ids = json.loads(zlib.decompress(base64.b64decode(index["ids"])))
    return [
        [id_, strings[task], _labels(index, gold), _labels(index, candidates), strings[question]]
        for id_, (task, gold, candidates, question) in zip(ids, _table(index["samples"]), strict=True)
    ]


def unpacked_rows(index: dict[str, Any], run: int) -> list[Any]:
    """A run's row of each sample, 0 where it has none: outcome, predicted labels, recognition, reasoning, CoT, steps,
    tokens, message, status, and a list of the answers' own rows where there are several."""
    packed = index["rows"][run]
    answers = iter(_table(packed["answers"])) if packed["answers"] else None
    rows = []
    for *row, asked in _table(packed["rows"]):
        own = None if answers is None else [_in_words(index, next(answers)) for _ in range(asked)]
        rows.append([*_in_words(index, row), *([own] if asked is not None and asked > 1 else [])])
    if packed["places"] is None:
        return rows
    placed = dict(zip(packed["places"], rows, strict=True))
    return [placed.get(place, 0) for place in range(index["samples"]["n"])]


def unpacked_details(shown: list[int], blocks: list[str], run: int) -> dict[int, Any]:
    """All details of a run by place in the table."""
    told = [one[run] for block in blocks for one in json.loads(zlib.decompress(base64.b64decode(block)))]
    return dict(zip(shown, told, strict=True))


def _in_words(index: dict[str, Any], row: list[Any]) -> list[Any]:
    kind, predicted, *numbers, message, status = row
    words = [None if at is None else index["strings"][at] for at in (kind, message, status)]
    return [words[0], None if predicted is None else _labels(index, predicted), *numbers, *words[1:]]


def _labels(index: dict[str, Any], group: int) -> tuple[str, ...]:
    return tuple(index["strings"][at] for at in index["groups"][group])


def _table(packed: dict[str, Any]) -> list[list[Any]]:
    """Rows of packed columns, byte by byte."""
    data, n = zlib.decompress(base64.b64decode(packed["codes"])), packed["n"]
    columns, start = [], 0
    for values, width in packed["columns"]:
        planes = [data[start + at * n : start + (at + 1) * n] for at in range(width)]
        codes = [sum(plane[row] << 8 * at for at, plane in enumerate(planes)) for row in range(n)]
        columns.append([values[code] for code in codes])
        start += width * n
    assert start == len(data)
    return [list(row) for row in zip(*columns, strict=True)]


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
        """The sample table, as it is packed."""
        parsed: dict[str, Any] = json.loads(self.scripts["data-index"])
        return parsed

    def samples(self) -> list[list[Any]]:
        """Of each sample of the table: id, task, gold labels, candidates, question."""
        return unpacked_samples(self.index)

    def rows(self, run: int) -> list[Any]:
        """A run's row of each sample, 0 where it has none; see `unpacked_rows`."""
        return unpacked_rows(self.index, run)

    def details(self, run: int) -> dict[int, Any]:
        """All details of a run by place in the table, unpacked."""
        return unpacked_details(self.index["shown"], json.loads(self.scripts["data-details"]), run)

    def policy(self) -> str:
        """The content security policy."""
        match = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', self.html)
        assert match
        return match[1].replace("&#39;", "'")


WriteReport = Callable[..., Page]
"""Writes a report on the runs it is given and reads it back."""
