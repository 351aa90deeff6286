"""Reads what models write: thinking and markup away, lists into items, running text into sentences.

Shared by the reading of labels and of steps, so that both see the same sentences. Text enters through `tidy` or
`collapse`: patterns never meet long runs of white space, nor more of an answer than its two ends.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cuewise.foreign import unwrap_json, without_foreign

MAX_CHARS: Final = 8000
"""Characters that are read of an answer: half from its start, half from its end."""
_RAW_CHARS: Final = 20 * MAX_CHARS  # white space is collapsed in so many, so that a huge answer costs no more

_THINKING: Final = re.compile(r"<(?P<closing>/?)think(?:ing)?>", re.IGNORECASE)
_WHOLE: Final = re.compile(r"\n|[.!?…](?=\s)|[。！？]")


def tidy(text: str) -> str:
    """What an answer says of the clip: white space collapsed, at most 8000 characters.

    Thinking blocks, markup, ratings of itself and orders to its reader are left out, JSON is unwrapped into its texts
    (see `foreign`): whoever reads an answer reads this, so that none of them changes a score.

    Of a longer answer the start and the end are kept, where it names cues and commits itself; what is left
    out ends and begins with a whole sentence where there is one, so that half of "not happy" is never read.
    """
    text = _without_thinking(text).strip()
    if len(text) > _RAW_CHARS:
        text = f"{text[: _RAW_CHARS // 2]}\n\n{text[-_RAW_CHARS // 2 :]}"
    return _tidied(text)


@lru_cache(maxsize=64)  # an answer is read for its steps, its label and a refusal, each time as a whole
def _tidied(text: str) -> str:
    text = without_foreign(collapse(unwrap_json(text)))
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2 - 1
    head, tail = text[:half], text[-half:]
    breaks = [match.end() for match in _WHOLE.finditer(head)] or [head.rfind(" ") % half]
    first = _WHOLE.search(tail)
    start = first.end() if first else tail.find(" ") + 1
    return f"{head[: breaks[-1]].rstrip()}\n\n{tail[start:].lstrip()}"


def collapse(text: str) -> str:
    """A text with single spaces, lines stripped, and no more than one empty line at a time."""
    lines = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _without_thinking(text: str) -> str:
    """Leaves out `<think>...</think>`, up to the end if it is never closed.

    Some servers give the opening tag in the prompt: a first tag that closes ends thinking that began the text.
    """
    kept: list[str] = []
    start, thinking, opened = 0, False, False
    for tag in _THINKING.finditer(text):
        if tag["closing"]:
            if thinking or not opened:
                start, thinking, opened = tag.end(), False, True
        elif not thinking:
            kept.append(text[start : tag.start()])
            thinking = opened = True
    if not thinking:
        kept.append(text[start:])
    return "\n".join(kept)


# --- sentences -------------------------------------------------------------------------------------

# Abbreviations whose full stop does not end a sentence, whatever follows.
_NEVER_LAST: Final = frozenset(
    {"e.g", "i.e", "cf", "vs", "mr", "mrs", "ms", "dr", "prof", "approx", "fig", "resp", "ca", "esp"}
)
# Those that may end one: they do unless a lower-case word follows.
_MAYBE_LAST: Final = frozenset({"etc", "al", "a.m", "p.m", "sec", "min", "no", "u.s", "u.k"})

_CLOSERS: Final = "\"'”’)\\]»」』】*_"
_STOP: Final = re.compile(
    rf"(?<![.!?…])(?P<latin>[.!?…]++)(?P<closed>[{_CLOSERS}]*+)(?=\s|$)|[。！？；]+[{_CLOSERS}]*"
    r"|(?P<line>\n[ \t]*\n)"
)
_WORD_BEFORE: Final = re.compile(r"([A-Za-z][A-Za-z.]*)$")
# "1. " opens a list item.
_LIST_NUMBER: Final = re.compile(r"(?:\A|\n)[ (]{0,3}\d{1,2}\Z")
_QUOTED: Final = re.compile(r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|「[^」\n]{1,300}」|\([^()\n]{1,300}\)")


@lru_cache(maxsize=1024)
def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, stripped, in order; concatenated they hold every non-space character.

    Full stops inside numbers (1.2 s), after abbreviations (e.g.), and inside a quotation or bracket that
    the sentence goes on after do not end one. Chinese 。！？； end one without a space. An empty line
    always ends one.
    """
    shielded = [match.span() for match in _QUOTED.finditer(text)]
    pieces: list[str] = []
    start = 0
    for match in _STOP.finditer(text):
        if not _ends_sentence(text, match, shielded):
            continue
        pieces.append(text[start : match.end()])
        start = match.end()
    pieces.append(text[start:])
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _ends_sentence(text: str, match: re.Match[str], shielded: list[tuple[int, int]]) -> bool:
    if match["line"] is not None:
        return True
    following = text[match.end() : match.end() + 40].lstrip()
    goes_on = following[:1].islower() or following[:1] in {",", ";"}
    nearest = bisect_left(shielded, match.start(), key=lambda span: span[0]) - 1
    if nearest >= 0 and match.start() < shielded[nearest][1]:
        # At the very end of a quotation the sentence may end with it: He says "Stop." Then he leaves.
        return shielded[nearest][1] <= match.end() and not goes_on
    stop = match["latin"]
    if stop is None:
        return True
    if goes_on and (match["closed"] or stop in {"...", "…"}):
        return False
    if stop == ".":
        # A bounded look-back keeps the scan linear whatever the text.
        before = _WORD_BEFORE.search(text[max(0, match.start() - 12) : match.start()])
        word = before[1].lower() if before else ""
        if word in _NEVER_LAST or (goes_on and word in _MAYBE_LAST):
            return False
        if _LIST_NUMBER.search(text[max(0, match.start() - 6) : match.start()]):
            return False
    return True


# --- an answer's layout ----------------------------------------------------------------------------

_ITEM: Final = re.compile(
    r"^\s*(?:[-*+•‣▪●–—]\s+|(?:\(?\d{1,2}[.)、:]|\d{1,2}\s-|[（(]?[a-hA-H][)）]|[①-⑩])\s*(?=\D)"
    r"|step\s*\d{1,2}\s*[:：.)-]\s*|第[一二三四五六七八九十\d]{1,3}步?[：:、，]\s*)",
    re.IGNORECASE,
)
_EMPTY: Final = re.compile(r"^[\W_]*$")
_HEADING: Final = re.compile(r"^\s*#{1,6}\s")
_WHOLLY_BOLD: Final = re.compile(r"^\s*(?:\*\*|__)[^*]{1,80}?[:：]?\s*(?:\*\*|__)\s*[:：]?\s*$")
_EMPHASIS: Final = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)|`+")

# A line shorter than this was not wrapped because it was full.
_WRAPPED_CHARS: Final = 60


@dataclass(frozen=True)
class Unit:
    """A sentence or list item of an answer, without its markup."""

    text: str
    heading: bool = False
    """A title or an announcement ("Visual cues:"): it structures the answer and claims nothing."""


def read_units(text: str) -> tuple[Unit, ...]:
    """The sentences of an answer in order: thinking, list markers and emphasis removed, and all that `tidy` leaves out.

    Of an answer longer than 8000 characters only the two ends are read (see `tidy`).
    Wrapped lines of one paragraph or list item are joined before they are cut into sentences; a short line
    before a capital letter stands for itself.
    """
    return _units_of(tidy(text))


@lru_cache(maxsize=64)
def _units_of(text: str) -> tuple[Unit, ...]:
    units: list[Unit] = []
    block: list[str] = []

    def close_block() -> None:
        units.extend(
            Unit(sentence, heading=sentence.endswith((":", "：")))
            for sentence in split_sentences(" ".join(block))
            if not _EMPTY.match(sentence)
        )
        block.clear()

    for line in text.splitlines():
        if _EMPTY.match(line):
            close_block()
            continue
        titled = bool(_HEADING.match(line))
        content = _HEADING.sub("", line)
        item = _ITEM.match(content)
        body = content[item.end() :] if item else content
        titled = titled or bool(_WHOLLY_BOLD.match(body))
        plain = " ".join(_EMPHASIS.sub("", body).split())
        starts_anew = bool(block) and len(block[-1]) < _WRAPPED_CHARS and plain[:1].isupper()
        if item or starts_anew or titled:
            close_block()
        if _EMPTY.match(plain):
            continue
        if titled:
            units.append(Unit(plain, heading=True))
            continue
        block.append(plain)
        if plain.endswith((":", "：")):
            close_block()
    close_block()
    return tuple(units)
