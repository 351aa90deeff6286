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

# "that the emotion is", "whether he feels": leads from a denial to what is denied.
_CLAUSE: Final = (
    r"(?:(?:think|believe|say|that|whether|if)\s+){1,2}(?:(?:the|this|his|her|their|my)\s+)?(?:\w+\s+){0,2}?"
    r"(?:person|speaker|man|woman|he|she|it|they|this|that|emotion|feeling|mood|sentiment|intent|answer|label)"
    r"\s+(?:is|are|feels?|seems?|looks?|(?:would|could|should|might)\s+be)"
)
_FILLER: Final = (
    rf"{_CLAUSE}|an?|the|any|mere(?:ly)?|pure|very|really|particularly|especially|quite|so|too|at\s+all|purely|clearly|exactly"
    r"|necessarily|truly|overly|actually|longer|be|being|been|feel|feeling|look|looking|seem|appear|to|in|as|of|in\s+a|sense"
    r"|signs?|evidence|hints?|expressions?|indications?|trace|show|showing|express|expressing|sound|sounding|convey"
    r"|sure|certain|clear|tell|say|determine|decide|whether"
)
# Possessive (*+), here and elsewhere: hostile text must not make a pattern try all its ways.
_NEGATED: Final = re.compile(
    r"(?:\b(?:not(?!\s+(?:only|just|merely|simply|solely)\b)|never|no|without|neither|nor|cannot|excluding|than"
    r"|instead\s+of|as\s+opposed\s+to|lack\s+of|absence\s+of|hardly|scarcely|barely|less|unlikely|improbable|unclear|unsure"
    r"|uncertain|unable|(?:hard|difficult|impossible)\s+to|anything\s+but|far\s+from|rul(?:e|es|ed|ing)\s+out)\b|n['’]t\b|\bnon-)"
    rf"(?:\s*(?:{_FILLER})\b)*+[\s\"“”'‘’*_(]*\Z|[不没非无]有?\Z",
    re.IGNORECASE,
)
# In "less sad than angry" it is the second that is said.
_LESS: Final = re.compile(r"\bless\s+[^.,;:]+\Z", re.IGNORECASE)
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
    return tomllib.loads(files("cuewise.labels").joinpath("labels.toml").read_text(encoding="utf-8"))


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
        _Token(match[0].casefold().removesuffix("'s").removesuffix("’s"), *match.span())
        for match in _TOKEN.finditer(text)
    )


def _stem(word: str) -> str:
    return _families().get(word, word)


@dataclass(frozen=True)
class _Form:
    """A way to name a candidate."""

    words: tuple[str, ...]
    stemmed: bool
    """Whether the words are stems, so that any word of their families will do."""
    label: str


@lru_cache(maxsize=256)
def _forms(label_set: tuple[str, ...]) -> dict[str, tuple[_Form, ...]]:
    """All ways to name a candidate by the stem of their first word, in order of preference.

    Longer before shorter, a label's own spelling before inflections. A part of a label with a slash names
    it, unless the part is another candidate. Inflections that two candidates share (`sad` and `sadness` in
    one set) name neither.
    """
    exact: dict[tuple[str, ...], str] = {}
    stems: dict[tuple[str, ...], set[str]] = {}
    whole = [(label, label) for label in label_set]
    parts = [(part, label) for label in label_set if "/" in label for part in label.split("/")]
    for ways in (whole, parts):
        known = set(stems)
        for way, label in ways:
            words = tuple(token.word for token in _tokens(unicodedata.normalize("NFC", way)))
            stem = tuple(map(_stem, words))
            if words and stem not in known:
                exact.setdefault(words, label)
                stems.setdefault(stem, set()).add(label)
    forms = [_Form(words, False, label) for words, label in exact.items()]
    forms += [_Form(words, True, next(iter(labels))) for words, labels in stems.items() if len(labels) == 1]
    forms.sort(key=lambda form: (-len(form.words), form.stemmed))
    by_first: dict[str, list[_Form]] = {}
    for form in forms:
        by_first.setdefault(_stem(form.words[0]), []).append(form)
    return {stem: tuple(group) for stem, group in by_first.items()}


def _mentions(text: str, label_set: tuple[str, ...]) -> Iterator[_Mention]:
    forms, tokens = _forms(label_set), _tokens(text)
    at = 0
    while at < len(tokens):
        for form in forms.get(_stem(tokens[at].word), ()):
            part = tokens[at : at + len(form.words)]
            if _reads(part, form) and _stands_alone(text, tokens, at, len(part), label_set):
                start = part[0].start
                yield _Mention(form.label, start, part[-1].end, is_denied(text, start))
                at += len(part)
                break
        else:
            at += 1


def is_denied(text: str, at: int) -> bool:
    """Whether the words before a position take back what stands there: "not", "unlikely that she is"."""
    before = text[max(0, at - 90) : at]
    match = _NEGATED.search(before)
    if match is None:
        return False
    return not (match[0].casefold().startswith("than") and _LESS.search(before[: match.start()]))


def _reads(part: Sequence[_Token], form: _Form) -> bool:
    said = tuple(_stem(token.word) if form.stemmed else token.word for token in part)
    return said == form.words


def _stands_alone(
    text: str, tokens: Sequence[_Token], at: int, count: int, label_set: tuple[str, ...]
) -> bool:
    """Whether `count` words from `at` are one name: not part of a longer word, not an ordinary use."""
    part = tokens[at : at + count]
    if not all(_GAP.match(text[left.end : right.start]) for left, right in pairwise(part)):
        return False
    for left, right, outside in ((at - 1, at, at - 1), (at + count - 1, at + count, at + count)):
        if left >= 0 and right < len(tokens):
            hyphened = text[tokens[left].end : tokens[right].start] in _HYPHENS
            if hyphened and _stem(tokens[outside].word) not in _label_stems(label_set):
                return False
    start, end = part[0].start, part[-1].end
    if count == 1 and (rule := _ordinary().get(part[0].word)):
        before, after = rule
        return not before.search(text[max(0, start - 20) : start]) and not after.match(text, end)
    return True


@lru_cache(maxsize=256)
def _label_stems(label_set: tuple[str, ...]) -> frozenset[str]:
    """Stems of all words of all candidates."""
    return frozenset(
        _stem(token.word) for label in label_set for token in _tokens(unicodedata.normalize("NFC", label))
    )


def find_labels(text: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that a text names, in order of first mention, spelled as in the label set.

    Plain negation ("not angry", "no sign of fear", "rather than sad") and doubt ("unlikely that she is sad")
    take a mention back, and with it the rest of an "or" list ("not angry, sad or afraid").

    >>> find_labels("It is very strong negative.", ["negative", "very strong negative"])
    ('very strong negative',)
    >>> find_labels("She is not angry but surprised.", ["Anger", "Surprise"])
    ('Surprise',)
    """
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    chain: list[_Mention] = []
    found: dict[str, None] = {}
    for mention in _mentions(text, tuple(label_set)):
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
