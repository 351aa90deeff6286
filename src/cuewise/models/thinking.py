"""Thinking told from answer, where a model writes both into one text.

Some servers hand thinking over apart; others return what the model wrote, with the thinking between marks at the
start of it. The rules lean to the answer: a text that merely speaks of such marks is left as it is.

1. A text that begins with an opening mark is thinking up to the first closing mark. Without one it is thinking
   to its end: the model was cut off, or stopped, before it answered.
2. A chat template may have written the opening mark into the prompt. So a closing mark alone divides a text, where
   no opening mark stands before it and it could not well be a quotation: it begins or ends its line, outside fences
   of code, and an answer follows.
"""

from __future__ import annotations

from typing import Final

_MARKS: Final = (("<think>", "</think>"), ("◁think▷", "◁/think▷"), ("[THINK]", "[/THINK]"))
"""Of most models, of Kimi-VL, and of Mistral's."""
_FENCE: Final = "```"


def split_thinking(text: str) -> tuple[str | None, str]:
    """The thinking and the answer in what a model wrote.

    Both lose the white space around the marks. A text without thinking is returned as it is, with None; one that
    never comes to an answer has the answer "".

    >>> split_thinking("<think>Her brows are raised.</think>\\n\\nSurprise.")
    ('Her brows are raised.', 'Surprise.')
    >>> split_thinking("Her brows are raised.\\n</think>\\n\\nSurprise.")
    ('Her brows are raised.', 'Surprise.')
    >>> split_thinking("<think>Her brows are")
    ('Her brows are', '')
    >>> split_thinking("The mark </think> ends the thinking.")
    (None, 'The mark </think> ends the thinking.')
    """
    begun = text.lstrip()
    for opening, closing in _MARKS:
        if begun.startswith(opening):
            thinking, _, answer = begun.removeprefix(opening).partition(closing)
            return thinking.strip() or None, answer.lstrip()
    for opening, closing in _MARKS:
        if (at := _lone_close(text, opening, closing)) is not None:
            return text[:at].strip() or None, text[at + len(closing) :].lstrip()
    return None, text


def _lone_close(text: str, opening: str, closing: str) -> int | None:
    """Where a closing mark divides a text that no opening mark began; None where none does."""
    at = text.find(closing)
    while at >= 0:
        before, after = text[:at], text[at + len(closing) :]
        if opening in before or not after.strip():
            return None
        starts_line = not before.rpartition("\n")[2].strip()
        ends_line = not after.partition("\n")[0].strip()
        if (starts_line or ends_line) and before.count(_FENCE) % 2 == 0:
            return at
        at = text.find(closing, at + 1)
    return None
