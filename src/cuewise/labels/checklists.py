"""Answers that go through the candidates one by one: "happy: yes, sad: no", `{"happy": 1, "sad": 0}`, "happy 5 %"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cuewise.labels.names import find_labels, find_mentions
from cuewise.prose import MAX_CHARS

_CELL: Final = re.compile(r"[^\n,，;；{}]+")
_TICK: Final = re.compile(
    r"\W*+(?P<label>[^:：=|\n]{1,40}?)[\"'*_\s]*[:：=|][\"'*_\s]*"
    r"(?:(?P<yes>yes|true|1(?:\.0+)?|present|✓|✔|✅|☑|是|有)|(?:no|not\s+present|false|0(?:\.0+)?|absent|✗|✘|❌|×|否|无|無))"
    r"[\ufe0f\"'*_.|\s]*(?:(?:[(（]|[-–—]\s).*)?",
    re.IGNORECASE,
)
_FEWEST: Final = 2
STRUCK_OUT: Final = re.compile(r"~~[^~\n]{1,200}~~|<(s|del|strike)>[^<]{1,200}</\1>", re.IGNORECASE)
_CROSSED: Final = re.compile(
    r"[\"'*_\s]{0,3}(?:[(（]\s*(?:incorrect|wrong|false|错误?|錯誤?|[×✗✘❌]\ufe0f?)\s*[)）]|[×✗✘❌]\ufe0f?)",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(
    r"[^.!?\d]{0,40}?(?:(?P<percent>\d{1,3}(?:\.\d+)?)\s*[%％]|(?P<share>\b[01]?\.\d+))"
)
_ANY_FIGURE: Final = re.compile(r"[%％×✗✘❌]|\.\d|incorrect|wrong|false|[错錯]", re.IGNORECASE)
_SMALL: Final = 0.1


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


def without_rejected(text: str, label_set: Sequence[str], *, multi_label: bool) -> str:
    """A text without the labels that it crosses out or gives a lesser share.

    Where every label has a share ("happy 5 %, sad 95 %"), the greatest is kept, or with `multi_label` all but the
    smallest ones.

    >>> without_rejected("happy 5%, sad 95%", ["happy", "sad"], multi_label=False)
    'sad'
    """
    if not _ANY_FIGURE.search(text) or len(text) > MAX_CHARS:
        return text
    kept, end = [], 0
    for mention in find_mentions(text, label_set):
        if crossed := _CROSSED.match(text, mention.end):
            kept.append(text[end : mention.start])
            end = crossed.end()
    text = "".join((*kept, text[end:]))
    shares = _shares(text, label_set)
    if len(shares) < _FEWEST:
        return text
    greatest = max(shares.values())
    return ", ".join(
        label for label, share in shares.items() if (share >= _SMALL if multi_label else share == greatest)
    )


def _shares(text: str, label_set: Sequence[str]) -> dict[str, float]:
    """The share that a text gives each label it names; empty if it gives one of them none."""
    shares: dict[str, float] = {}
    mentions = find_mentions(text, label_set)
    for mention, following in zip(mentions, (*mentions[1:], None), strict=False):
        figure = _SHARE.match(text, mention.end, following.start if following else len(text))
        if figure is None or len(mention.form.labels) != 1:
            return {}
        share = float(figure["percent"]) / 100 if figure["percent"] else float(figure["share"])
        shares[mention.form.labels[0]] = share
    return shares
