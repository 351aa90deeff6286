"""Searching what was said: words of most scripts whole, those of scripts without spaces by character.

A text is searched for word by word. All words must occur, in any order and in any case; a word also finds longer ones
that begin with it. `"In quotes"`, words must follow one another, and are taken whole. Chinese, Japanese, Korean, Thai,
Lao, Burmese and Khmer are taken character by character, so that any part of a sentence is found, a single character
too. Marks (`-`, `*`, `(`) only part words: nothing in a search is a command.

An index by groups of three characters would also find the middle of a word. It was seven times as slow to make and six
times as large, and finds no Chinese word of two characters.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Final

COLUMNS: Final = ("sample", "said", "reasons")
"""What is searched, apart: the sample's id; the answer and those of its steps that are no part of it; the reasons of
verdicts."""

_ALONE: Final = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
)
_PART: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')


def has_full_text(db: sqlite3.Connection) -> bool:
    """Whether this SQLite has FTS5; without it every text is read through for what is searched."""
    return any(option == "ENABLE_FTS5" for (option,) in db.execute("PRAGMA compile_options"))


def make_table(db: sqlite3.Connection, name: str, *, full_text: bool) -> None:
    """Make an empty table of texts: `rowid` and `COLUMNS`. The texts themselves are not kept where FTS5 is there."""
    columns = ", ".join(COLUMNS)
    if full_text:
        db.execute(f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, content='', tokenize='unicode61')")
    else:
        db.execute(f"CREATE TABLE {name} ({columns})")


def searchable(text: str) -> str:
    """A text as it is put into a table: with characters apart that are words of their own."""
    return text if text.isascii() else _ALONE.sub(r" \1 ", text)


def search(table: str, text: str, *, full_text: bool) -> tuple[str, tuple[str, ...]]:
    """A SELECT of the `rowid` of each text of a table with all words, and its values.

    Args:
        text: with a letter or a digit at least.
    """
    words = _words(text)
    if full_text:
        phrases = " AND ".join(_phrase(*word) for word in words)
        return f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (phrases,)  # noqa: S608
    everything = " || char(10) || ".join(COLUMNS)
    condition = " AND ".join([f"{everything} LIKE ? ESCAPE '\\'"] * len(words))
    return f"SELECT rowid FROM {table} WHERE {condition}", tuple(_pattern(word) for word, _ in words)  # noqa: S608


def has_words(text: str) -> bool:
    """Whether there is anything in it to be searched for: a letter or a digit."""
    return any(map(str.isalnum, text))


def _words(text: str) -> list[tuple[str, bool]]:
    """Words, and phrases in quotes, with whether longer words that begin so are meant as well."""
    parts = [(quoted or plain, bool(plain)) for quoted, plain in _PART.findall(text.replace("\0", " "))]
    return [(searchable(part), open_) for part, open_ in parts if has_words(part)]


def _phrase(words: str, open_: bool) -> str:
    """Its words in a row; quoted, so that nothing in it is FTS5's syntax."""
    last = next(sign for sign in reversed(words) if sign.isalnum())
    # A single letter begins too many words.
    begins = open_ and not _ALONE.match(last) and sum(map(str.isalnum, words)) > 1
    return f'"{words}"' + ("*" if begins else "")


def _pattern(words: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", words) + "%"
