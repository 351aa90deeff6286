"""The data file `taxonomy.toml`: concepts, the words that name them, and degrees of a sentiment."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

# Scripts without spaces between words: each character is a token of its own.
UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN: Final = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+(?:['’](?![{UNSPACED}])[^\W_]+)*")

Phrase = tuple[str, ...]
"""The words of a name, casefolded; a Chinese word is one token per character."""


class Token(NamedTuple):
    """A word of a text."""

    word: str
    """Casefolded, without a possessive ending."""
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in order; a Chinese or Japanese character is a word of its own."""
    return tuple(
        Token(match[0].casefold().removesuffix("'s").removesuffix("’s"), *match.span())
        for match in _TOKEN.finditer(text)
    )


def phrase(text: str) -> Phrase:
    """A label or another name as its words."""
    return tuple(token.word for token in tokens(unicodedata.normalize("NFC", text)))


@dataclass(frozen=True)
class Concept:
    """A meaning that a label can have."""

    name: str
    kind: str
    """`emotion`, `sentiment`, `intent`, or empty for a residual class."""
    family: str | None
    valence: str | None
    words: tuple[Phrase, ...]
    """All ways to name it, in English and Chinese, but for those of `stated`."""
    stated: tuple[Phrase, ...]
    """Words that name it only where an answer is stated."""
    near: tuple[str, ...]
    """Concepts whose words may stand for a candidate of this one."""


@cache
def table() -> dict[str, Any]:
    """The data file as it stands."""
    return tomllib.loads(files("cuewise.labels").joinpath("taxonomy.toml").read_text(encoding="utf-8"))


def _inflections(group: str) -> list[Phrase]:
    return [phrase(word) for word in group.split(",")]


def _all_forms(groups: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(word for group in groups for word in _inflections(group))


@cache
def concepts() -> dict[str, Concept]:
    """All concepts by name."""
    return {
        name: Concept(
            name=name,
            kind=entry["kind"],
            family=entry.get("family"),
            valence=entry.get("valence"),
            words=_all_forms([entry["words"], *entry.get("synonyms", ()), *entry.get("chinese", ())]),
            stated=_all_forms(entry.get("stated", ())),
            near=tuple(entry.get("near", ())),
        )
        for name, entry in table()["concepts"].items()
    }


@cache
def _stems() -> dict[str, str]:
    """Single words to the first form of their inflections."""
    return {
        word[0]: group[0][0]
        for entry in table()["concepts"].values()
        for group in map(_inflections, (entry["words"], *entry.get("synonyms", ()), *entry.get("stated", ())))
        if len(group[0]) == 1
        for word in group
        if len(word) == 1
    }


def stem(word: str) -> str:
    """The first form of a word's inflections, or the word itself where the taxonomy has none."""
    return _stems().get(word, word)


@cache
def _concepts_by_stems() -> dict[Phrase, Concept]:
    return {
        tuple(map(stem, way)): concept
        for concept in concepts().values()
        for way in (*concept.words, *concept.stated)
    }


def is_listed(words: Phrase) -> bool:
    """Whether the taxonomy has a name, or another form of it."""
    return tuple(map(stem, words)) in _concepts_by_stems()


@cache
def _own_names() -> frozenset[Phrase]:
    return frozenset(word for entry in table()["concepts"].values() for word in _inflections(entry["words"]))


def lists_all_forms(label: str) -> bool:
    """Whether a label is a concept's own name, with or without a degree: the taxonomy then has every form of it."""
    meaning = meaning_of(label)
    return meaning is not None and (meaning.degree != (0,) or phrase(label) in _own_names())


@cache
def degrees() -> dict[Phrase, tuple[int, ...]]:
    """Words for a degree to the degrees they can mean: -1 weak, 0 plain, 1 strong, 2 very strong."""
    return {phrase(word): tuple(entry["means"]) for entry in table()["degrees"] for word in entry["words"]}


@dataclass(frozen=True)
class Meaning:
    """What a label means."""

    concept: Concept
    degree: tuple[int, ...] = (0,)
    """Of a sentiment."""


@lru_cache(maxsize=4096)
def meaning_of(label: str) -> Meaning | None:
    """What a label means, or for a label with slashes its first part that is known; None where it is not known.

    >>> meaning_of("Doubt/Confusion").concept.name, meaning_of("very strong negative").degree
    ('doubt', (2,))
    """
    for part in (label, *label.split("/")):
        words = phrase(part)
        if concept := _concepts_by_stems().get(tuple(map(stem, words))):
            return Meaning(concept)
        for count in range(1, len(words)):
            concept = _concepts_by_stems().get(tuple(map(stem, words[count:])))
            degree = degrees().get(words[:count])
            if concept and degree and concept.kind == "sentiment":
                return Meaning(concept, degree)
    return None
