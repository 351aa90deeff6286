"""Thinking that a model writes into its reply, between `<think>` and `</think>`."""

from __future__ import annotations

import re
from typing import Final

_OPEN: Final = re.compile(r"\s*<think>")
_CLOSE: Final = "</think>"


def split_thinking(text: str) -> tuple[str | None, str]:
    """Part a reply into thinking and answer.

    Templates that open the thinking themselves leave only its end in the reply. Thinking that was cut off before
    its end leaves no answer.

    Returns:
        The thinking, None where there is none, and the answer, both without surrounding space.

    >>> split_thinking("<think>She smiles.</think> Happy")
    ('She smiles.', 'Happy')
    >>> split_thinking("She smiles.</think>Happy"), split_thinking("<think>She"), split_thinking("Happy")
    (('She smiles.', 'Happy'), ('She', ''), (None, 'Happy'))
    """
    opened = _OPEN.match(text)
    thinking, closed, answer = text[opened.end() if opened else 0 :].partition(_CLOSE)
    if closed:
        return thinking.strip(), answer.strip()
    return (thinking.strip(), "") if opened else (None, text)
