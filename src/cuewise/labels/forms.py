"""All ways to name a candidate of a label set, and the words of the taxonomy that name none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Final

from cuewise.labels.concepts import (
    Concept,
    Meaning,
    Phrase,
    concepts,
    degrees,
    is_listed,
    lists_all_forms,
    meaning_of,
    phrase,
    stem,
)
from cuewise.labels.inflections import inflections
from cuewise.labels.sets import LabelSet
from cuewise.records import LabelMeans

_FIRST_UNSPACED: Final = "\u3040"
# Between a Chinese word for a degree and the sentiment.
_CHINESE_LINKS: Final = ((), ("的",))


@dataclass(frozen=True)
class Form:
    """What a word or phrase names."""

    labels: tuple[str, ...]
    """The candidates it may mean: one, or several that it does not tell apart, or none."""
    concept: str | None
    """Its concept in the taxonomy, where it is known."""
    means: LabelMeans
    stated: bool = False
    """Whether it counts only where an answer is stated."""


@dataclass
class Forms:
    """The ways to name something, in order of preference: longer first, a spelling before stems."""

    exact: dict[Phrase, Form] = field(default_factory=dict)
    """Names as the label set spells them."""
    stems: dict[Phrase, Form] = field(default_factory=dict)
    """Names by the stems of their words, so that any inflection will do."""
    longest: dict[str, int] = field(default_factory=dict)
    """Number of words of the longest name that begins with a stem."""

    def naming_words(self) -> frozenset[str]:
        """Stems of all words that occur in names of candidates."""
        return frozenset(word for words, form in self.stems.items() if form.labels for word in words)


@lru_cache(maxsize=256)
def forms_of(label_set: LabelSet) -> Forms:
    """All ways to name something for a label set.

    A candidate's own words come first: a part of a label with a slash names it, unless the part is another
    candidate. Then other forms of it that the taxonomy does not list, the label set's own synonyms, and synonyms
    by concept. A name that two candidates share (`saddened` for `sad` and
    `sadness`) stands for both.
    """
    forms = Forms()
    _add_own_words(forms, label_set)
    _add_inflections(forms, label_set)
    _add_own_synonyms(forms, label_set)
    _add_degrees(forms, label_set)
    _add_concepts(forms, label_set)
    for words in (*forms.exact, *forms.stems):
        first = stem(words[0])
        forms.longest[first] = max(len(words), forms.longest.get(first, 0))
    return forms


def _stems(words: Phrase) -> Phrase:
    return tuple(map(stem, words))


def _add_own_words(forms: Forms, label_set: Sequence[str]) -> None:
    whole = [(label, label) for label in label_set]
    parts = [(part, label) for label in label_set if "/" in label for part in label.split("/")]
    for ways in (whole, parts):
        found: dict[Phrase, list[Form]] = {}
        for way, label in ways:
            words = phrase(way)
            if not words or _stems(words) in forms.stems:
                continue
            meaning = meaning_of(label)
            concept = meaning.concept.name if meaning else None
            form = forms.exact.setdefault(words, Form((label,), concept, LabelMeans.SPELLED))
            found.setdefault(_stems(words), []).append(form)
        for words, same in found.items():
            labels = tuple(dict.fromkeys(label for form in same for label in form.labels))
            forms.stems[words] = Form(labels, same[0].concept, LabelMeans.INFLECTED)


def _add_inflections(forms: Forms, label_set: Sequence[str]) -> None:
    """Forms that the taxonomy does not list, of labels and of parts of them that are none of its own names."""
    found: dict[Phrase, list[str]] = {}
    for label in label_set:
        for way in label.split("/"):
            if not lists_all_forms(way):
                for words in inflections(phrase(way)):
                    if not is_listed(words):
                        found.setdefault(_stems(words), []).append(label)
    for words, labels in found.items():
        forms.stems.setdefault(words, Form(tuple(dict.fromkeys(labels)), None, LabelMeans.INFLECTED))


def _add_own_synonyms(forms: Forms, label_set: LabelSet) -> None:
    """The words that come with the label set, in any form."""
    for label, synonyms in label_set.synonyms:
        for words in map(phrase, synonyms):
            translated = _is_chinese(words) != _is_chinese(phrase(label))
            form = Form((label,), None, LabelMeans.TRANSLATED if translated else LabelMeans.SYNONYM)
            for way in (words, *inflections(words)):
                forms.stems.setdefault(_stems(way), form)


def _add_degrees(forms: Forms, label_set: Sequence[str]) -> None:
    """ "Slightly negative", 强烈的负面: only for a set that tells degrees of a sentiment apart."""
    for concept in concepts().values():
        of_concept = [(label, meaning.degree) for label, meaning in _meanings(label_set, concept)]
        if len({degree for _, degree in of_concept}) < 2:
            continue
        for (degree, means), way in product(degrees().items(), concept.words):
            labels = tuple(label for label, (of_label, *_) in of_concept if of_label in means)
            chinese = _is_chinese(degree)
            if not labels or chinese != _is_chinese(way):
                continue
            kind = LabelMeans.TRANSLATED if chinese else LabelMeans.SYNONYM
            for link in _CHINESE_LINKS if chinese else ((),):
                forms.stems.setdefault(_stems((*degree, *link, *way)), Form(labels, concept.name, kind))


def _add_concepts(forms: Forms, label_set: Sequence[str]) -> None:
    for concept in concepts().values():
        labels = _candidates(concept, label_set)
        if not labels and not concept.kind:
            continue  # `other` is no answer where it is no candidate
        for ways, stated in ((concept.words, False), (concept.stated, True)):
            for way in ways:
                translated = bool(labels) and _is_chinese(way) != _is_chinese(phrase(labels[0]))
                kind = LabelMeans.TRANSLATED if translated else LabelMeans.SYNONYM
                forms.stems.setdefault(_stems(way), Form(labels, concept.name, kind, stated))


def _candidates(concept: Concept, label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates that a concept's words name: those of the concept, else the one that is near to it."""
    same = [(label, meaning.degree) for label, meaning in _meanings(label_set, concept)]
    if same:
        plain = tuple(label for label, degree in same if degree == (0,))
        return plain or tuple(label for label, _ in same)
    near = [
        label
        for label in label_set
        if (meaning := meaning_of(label)) and concept.name in meaning.concept.near
    ]
    return tuple(near) if len(near) == 1 else ()


def _meanings(label_set: Sequence[str], concept: Concept) -> Iterator[tuple[str, Meaning]]:
    for label in label_set:
        meaning = meaning_of(label)
        if meaning is not None and meaning.concept is concept:
            yield label, meaning


def _is_chinese(words: Phrase) -> bool:
    return words[0][0] >= _FIRST_UNSPACED
