"""Answers that go through the candidates one by one: "happy: yes, sad: no", `{"happy": 1, "sad": 0}`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cuewise.labels.names import find_labels

_CELL: Final = re.compile(r"[^\n,，;；{}]+")
_TICK: Final = re.compile(
    r"\W*+(?P<label>[^:：=|\n]{1,40}?)[\"'*_\s]*[:：=|][\"'*_\s]*"
    r"(?:(?P<yes>yes|true|1(?:\.0+)?|present|✓|✔|✅|☑|是|有)|(?:no|not\s+present|false|0(?:\.0+)?|absent|✗|✘|❌|×|否|无|無))"
    r"[\ufe0f\"'*_.|\s]*(?:(?:[(（]|[-–—]\s).*)?",
    re.IGNORECASE,
)
_FEWEST: Final = 2


def read_checklist(text: str, label_set: Sequence[str]) -> str:
    """A text in which the labels that are ticked off stand alone, and those that are not are left out.

    >>> read_checklist('{"happy": 1, "sad": 0}', ["happy", "sad"])
    '{happy,}'
    """
    ticks = [match for cell in _CELL.findall(text) if (match := _TICK.fullmatch(cell))]
    entries = {tick[0]: tick for tick in ticks if len(find_labels(tick["label"], label_set)) == 1}
    if len(entries) < _FEWEST:
        return text

    def ticked(cell: re.Match[str]) -> str:
        entry = entries.get(cell[0])
        return cell[0] if entry is None else entry["label"] if entry["yes"] else ""

    return _CELL.sub(ticked, text)
