"""Which candidate labels a text names: whole words, longest match first, never part of a longer word.

Inflections of one word count as that word ("angry" names `Anger`), and so do words of the same meaning ("furious"),
as `taxonomy.toml` has it; a candidate's own words come before a synonym.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from cuewise.labels.concepts import Token, phrase, stem, table, tokens
from cuewise.labels.denials import denial, is_denied_after
from cuewise.labels.forms import Form, forms_of
from cuewise.labels.sets import LabelSet

# What may lie between the words of one label.
_GAP: Final = re.compile(r"[ \t\n_/\-‐‑–&>\\~]{0,4}\Z")
_HYPHENS: Final = frozenset("-‐‑")
_OR: Final = re.compile(
    r"[\s,\"'*_]*\b(?:or|nor)\b[\s\"'*_]*(?:an?\s+|the\s+|even\s+)?\Z|\s*(?:或者?|或是|还是)\s*\Z",
    re.IGNORECASE,
)
_AND: Final = re.compile(r"[\s\"'*_]*(?:,?\s*\band\b|[和与及])[\s\"'*_]*\Z", re.IGNORECASE)
_COMMA: Final = re.compile(r"[\"'*_]*[,，、][\s\"'*_]*\Z")
# Denials that go on after "and": "rather than anger and fear".
_LASTING: Final = frozenset(
    {"than", "instead of", "as opposed to", "without", "no", "excluding", "over", "except", "except for"}
)
# Stand for names in an outline: letters that no text has a use for.
HOLDS: Final = "\ue000"
TAKEN_BACK: Final = "\ue001"
# A text of at most so many words beside a name is a label, not a sentence.
_SPARE_WORDS: Final = 3


@dataclass(frozen=True)
class Mention:
    """A place where a text names a candidate, or a concept that is none."""

    form: Form
    start: int
    end: int
    denied: str | None = None
    """What takes it back, if anything."""


@cache
def _ordinary() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    never = r"(?!)"
    return {
        word: (
            re.compile(rf"(?:{rule.get('before', never)})\Z", re.IGNORECASE),
            re.compile(rule.get("after", never), re.IGNORECASE),
        )
        for word, rule in table()["ordinary"].items()
    }


@lru_cache(maxsize=256)
def _naming_words(label_set: LabelSet) -> frozenset[str]:
    return forms_of(label_set).naming_words() | {"to"}  # neutral-to-positive


@lru_cache(maxsize=64)
def _all_mentions(text: str, label_set: LabelSet) -> tuple[Mention, ...]:
    """Every place that names something, denied or not, in order and without overlap."""
    found: list[Mention] = []
    forms, words = forms_of(label_set), tokens(text)
    stems = tuple(stem(token.word) for token in words)
    at = 0
    while at < len(words):
        for count in range(min(forms.longest.get(stems[at], 0), len(words) - at), 0, -1):
            form = forms.exact.get(tuple(token.word for token in words[at : at + count])) or forms.stems.get(
                stems[at : at + count]
            )
            if form and _stands_alone(text, words, at, count, label_set):
                start, end = words[at].start, words[at + count - 1].end
                found.append(Mention(form, start, end, denial(text, start)))
                at += count
                break
        else:
            at += 1
    return tuple(found)


def _stands_alone(text: str, words: Sequence[Token], at: int, count: int, label_set: LabelSet) -> bool:
    """Whether `count` words from `at` are one name: not part of a longer word, not an ordinary use."""
    part = words[at : at + count]
    if not all(_GAP.match(text[left.end : right.start]) for left, right in pairwise(part)):
        return False
    for left, right, outside in ((at - 1, at, at - 1), (at + count - 1, at + count, at + count)):
        if left >= 0 and right < len(words):
            hyphened = text[words[left].end : words[right].start] in _HYPHENS
            if hyphened and stem(words[outside].word) not in _naming_words(label_set):
                return False
    start, end = part[0].start, part[-1].end
    if rule := _ordinary().get(" ".join(token.word for token in part)):
        before, after = rule
        return not before.search(text[max(0, start - 20) : start]) and not after.match(text, end)
    return True


def find_mentions(text: str, label_set: Sequence[str]) -> tuple[Mention, ...]:
    """The places where a text names a candidate or a concept that is none, but for those it takes back.

    Plain negation ("not angry", "no sign of fear", "rather than sad"), doubt ("unlikely that she is sad") and
    dismissal ("fear can be ruled out") take a mention back, and with it the rest of an "or" list.
    """
    return tuple(mention for mention in _weighed(text, label_set) if mention.denied is None)


def outline(text: str, label_set: Sequence[str]) -> str:
    """A text in which `HOLDS` stands for the candidates it names and `TAKEN_BACK` for those it takes back.

    Where it names no candidate, they stand for the concepts that are none.
    """
    pieces, end = [], 0
    mentions = _weighed(text, label_set)
    for mention in [mention for mention in mentions if mention.form.labels] or mentions:
        pieces += [text[end : mention.start], TAKEN_BACK if mention.denied else HOLDS]
        end = mention.end
    return "".join((*pieces, text[end:]))


def _weighed(text: str, label_set: Sequence[str]) -> list[Mention]:
    """Every place that names something, with what takes it back."""
    found: list[Mention] = []
    listed: list[int] = []  # the list that a mention may go on with, as indices of `found`
    for mention in _all_mentions(text, LabelSet.of(label_set)):
        gap = text[found[-1].end : mention.start] if found else ""
        alternative, also = _OR.match(gap), _AND.match(gap)
        first = found[listed[0]].denied if listed else None
        goes_on = mention.denied is None and bool(alternative or _COMMA.match(gap) or also)
        if goes_on and first and alternative:
            _take_back(found, listed, first)
        if goes_on and first and (alternative or also):
            mention = replace(mention, denied=first if alternative or first in _LASTING else None)
            goes_on = mention.denied is not None
        listed = listed if goes_on else []
        listed.append(len(found))
        found.append(mention)
        denied, all_of_them = is_denied_after(text, mention.end)
        if denied:
            _take_back(found, listed if all_of_them else listed[-1:], "after")
    return found


def _take_back(found: list[Mention], listed: Sequence[int], word: str) -> None:
    """Denies the last mentions of a list, back to one that is denied already."""
    for index in reversed(listed):
        if found[index].denied is not None:
            break
        found[index] = replace(found[index], denied=word)


def flat(text: str) -> str:
    """A text as it is searched: composed characters, single spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def find_labels(text: str, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that a text names, in order of first mention, spelled as in the label set.

    What it takes back is left out (see `find_mentions`), and so are words that could mean two candidates.

    >>> find_labels("It is very strong negative.", ["negative", "very strong negative"])
    ('very strong negative',)
    >>> find_labels("She is not angry but astonished.", ["Anger", "Surprise"])
    ('Surprise',)
    """
    text = flat(text)
    mentions = find_mentions(text, label_set)
    named = [mention for mention in mentions if len(mention.form.labels) == 1]
    plain = [mention for mention in named if not mention.form.stated]
    if not plain and len(text.split()) <= len(named) + _SPARE_WORDS:
        plain = named
    return tuple(dict.fromkeys(mention.form.labels[0] for mention in plain))


def names_any(text: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The labels whose meaning a text mentions at all, denied or not, in the order of `labels`.

    >>> names_any("A voice that is by no means joyful.", ["happy", "angry"])
    ('happy',)
    """
    named = {
        label
        for mention in _all_mentions(flat(text), LabelSet.of(labels))
        if not mention.form.stated
        for label in mention.form.labels
    }
    return tuple(label for label in labels if label in named)


def concepts_named(text: str) -> tuple[str, ...]:
    """The concepts of the taxonomy that a text mentions at all, denied or not, in order of first mention.

    >>> concepts_named("Furious at first, then by no means joyful.")
    ('anger', 'happiness')
    """
    mentions = (mention.form for mention in _all_mentions(flat(text), LabelSet(())))
    return tuple(dict.fromkeys(form.concept for form in mentions if form.concept and not form.stated))


def same_label(a: str, b: str) -> bool:
    """Whether two labels are the same word or words, whatever the case, spacing or inflection.

    >>> same_label("Angry", "anger"), same_label("negative", "weak negative")
    (True, False)
    """
    return list(map(stem, phrase(a))) == list(map(stem, phrase(b)))
