"""Which candidate labels a text names: whole words, longest match first, never part of a longer word.

Inflections of one word count as that word ("angry" names `Anger`); words of different families never do
("joyful" does not name `happy`). The table of families lies in `labels.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

# Scripts without spaces between words: each character is a token of its own.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN: Final = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+(?:['’](?![{_UNSPACED}])[^\W_]+)*")
# What may lie between the words of one label.
_GAP: Final = re.compile(r"[ \t\n_/\-‐‑–&>]{0,4}\Z")
_HYPHENS: Final = frozenset("-‐‑")

_FILLER: Final = (
    r"an?|the|any|very|really|particularly|especially|quite|so|too|at\s+all|purely|clearly|exactly|necessarily"
    r"|truly|overly|actually|longer|be|being|been|feel|feeling|look|looking|seem|appear|to|in|as|of|in\s+a|sense"
    r"|signs?|evidence|hints?|expressions?|indications?|trace|show|showing|express|expressing|sound|sounding|convey"
    r"|(?:think|believe)(?:\s+that)?(?:\s+(?:the|this))?\s+(?:person|speaker|man|woman|he|she|it|they|emotion)"
    r"\s+(?:is|are|feels?)"
)
# Possessive (*+), here and elsewhere: hostile text must not make a pattern try all its ways.
_NEGATED: Final = re.compile(
    r"(?:\b(?:not(?!\s+(?:only|just|merely|simply|solely)\b)|never|no|without|neither|nor|cannot|excluding|than"
    r"|instead\s+of|as\s+opposed\s+to|lack\s+of|absence\s+of)\b|n['’]t\b|\bnon-)"
    rf"(?:\s*(?:{_FILLER})\b)*+[\s\"“”'‘’*_(]*\Z|[不没非无]有?\Z",
    re.IGNORECASE,
)
_OR: Final = re.compile(r"[\s,\"'*_]*\b(?:or|nor)\b[\s\"'*_]*(?:an?\s+|the\s+|even\s+)?\Z", re.IGNORECASE)
_COMMA: Final = re.compile(r"[\"'*_]*,[\s\"'*_]*\Z")


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


@dataclass(frozen=True)
class _Mention:
    label: str
    start: int
    end: int
    negated: bool


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("cuewise").joinpath("labels.toml").read_text(encoding="utf-8"))


@cache
def _families() -> dict[str, str]:
    """Word to the first word of its family."""
    return {word: family[0] for family in _table()["families"] for word in family}


@cache
def _ordinary() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    never = r"(?!)"
    return {
        word: (
            re.compile(rf"(?:{rule.get('before', never)})\Z", re.IGNORECASE),
            re.compile(rule.get("after", never), re.IGNORECASE),
        )
        for word, rule in _table()["ordinary"].items()
    }


def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(
        _Token(re.sub(r"['’]s\Z", "", match[0].casefold()), *match.span()) for match in _TOKEN.finditer(text)
    )


def _stem(word: str) -> str:
    return _families().get(word, word)


@lru_cache(maxsize=256)
def _forms(label_set: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], bool, str], ...]:
    """(words, whether they are stems, label) of every way to name a candidate, in order of preference.

    Longer before shorter; a label's own spelling before inflections; inflections that two candidates
    share (`sad` and `sadness` in one set) name neither.
    """
    exact: dict[tuple[str, ...], str] = {}
    stems: dict[tuple[str, ...], set[str]] = {}
    for label in label_set:
        label = unicodedata.normalize("NFC", label)
        ways = [label, *(label.split("/") if "/" in label else [])]
        for way in ways:
            words = tuple(token.word for token in _tokens(way))
            if words:
                exact.setdefault(words, label)
                stems.setdefault(tuple(map(_stem, words)), set()).add(label)
    forms = [(words, False, label) for words, label in exact.items()]
    forms += [(words, True, next(iter(labels))) for words, labels in stems.items() if len(labels) == 1]
    return tuple(sorted(forms, key=lambda form: (-len(form[0]), form[1])))


def _mentions(text: str, label_set: Sequence[str]) -> Iterator[_Mention]:
    tokens = _tokens(text)
    original = {unicodedata.normalize("NFC", label): label for label in label_set}
    at = 0
    while at < len(tokens):
        for words, stemmed, label in _forms(tuple(label_set)):
            part = tokens[at : at + len(words)]
            if _reads(part, words, stemmed) and _stands_alone(text, tokens, at, len(words), label_set):
                start = part[0].start
                negated = bool(_NEGATED.search(text[max(0, start - 90) : start]))
                yield _Mention(original[label], start, part[-1].end, negated)
                at += len(words)
                break
        else:
            at += 1


def _reads(part: Sequence[_Token], words: tuple[str, ...], stemmed: bool) -> bool:
    return len(part) == len(words) and all(
        (_stem(token.word) if stemmed else token.word) == word
        for token, word in zip(part, words, strict=True)
    )


def _stands_alone(text: str, tokens: Sequence[_Token], at: int, count: int, label_set: Sequence[str]) -> bool:
    """Whether `count` words from `at` are one name: not part of a longer word, not an ordinary use."""
    part = tokens[at : at + count]
    if not all(_GAP.match(text[left.end : right.start]) for left, right in pairwise(part)):
        return False
    for left, right, outside in ((at - 1, at, at - 1), (at + count - 1, at + count, at + count)):
        if left >= 0 and right < len(tokens):
            hyphened = text[tokens[left].end : tokens[right].start] in _HYPHENS
            if hyphened and not _is_label_word(tokens[outside].word, label_set):
                return False
    start, end = part[0].start, part[-1].end
    if count == 1 and (rule := _ordinary().get(part[0].word)):
        before, after = rule
        return not before.search(text[max(0, start - 20) : start]) and not after.match(text, end)
    return True


def _is_label_word(word: str, label_set: Sequence[str]) -> bool:
    return any(_stem(word) in map(_stem, words) for words, _, _ in _forms(tuple(label_set)))


def find_labels(text: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that a text names, in order of first mention, spelled as in the label set.

    Plain negation ("not angry", "no sign of fear", "rather than sad") takes a mention back, and with it
    the rest of an "or" list ("not angry, sad or afraid").

    >>> find_labels("It is very strong negative.", ["negative", "very strong negative"])
    ('very strong negative',)
    >>> find_labels("She is not angry but surprised.", ["Anger", "Surprise"])
    ('Surprise',)
    """
    text = unicodedata.normalize("NFC", text)
    chain: list[_Mention] = []
    found: dict[str, None] = {}
    for mention in _mentions(text, label_set):
        gap = text[chain[-1].end : mention.start] if chain else ""
        if chain and not mention.negated and (_COMMA.match(gap) or _OR.match(gap)):
            if _OR.match(gap) and chain[0].negated:
                for listed in chain:
                    found.pop(listed.label, None)
                mention = replace(mention, negated=True)
            chain.append(mention)
        else:
            chain = [mention]
        if not mention.negated:
            found.setdefault(mention.label)
    return tuple(found)


def same_label(a: str, b: str) -> bool:
    """Whether two labels are the same word or words, whatever the case, spacing or inflection.

    >>> same_label("Angry", "anger"), same_label("negative", "weak negative")
    (True, False)
    """
    return [_stem(token.word) for token in _tokens(unicodedata.normalize("NFC", a))] == [
        _stem(token.word) for token in _tokens(unicodedata.normalize("NFC", b))
    ]
