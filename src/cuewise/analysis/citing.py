"""Reads what a step claims to have noticed: something seen, something heard, or words that were said.

Two readings are joined: the claims of annotated channels (`verdicts.claims`: "her brows are raised"), and plain words
of `citing.toml`, in English and Chinese ("a trembling voice", "he says that"). A clause that says what is not given,
or what would show if it were, claims nothing; nor does what is only supposed. In doubt nothing is claimed, so that
shares of invented evidence are rather too low than too high.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from cuewise.cues import channels
from cuewise.prose import collapse, split_sentences
from cuewise.verdicts.claims import MAX_CHARS, read_claims
from cuewise.verdicts.lexicon import Reading, load_lexicon
from cuewise.verdicts.scope import is_supposed


class Sense(StrEnum):
    """What one must have been given to notice something."""

    SEEN = "seen"
    """The picture."""
    HEARD = "heard"
    """The sound: how something is said."""
    SAID = "said"
    """The words: the sound or the transcript."""


GIVEN_BY: Final[Mapping[Sense, frozenset[str]]] = {
    Sense.SEEN: frozenset({"video"}),
    Sense.HEARD: frozenset({"audio"}),
    Sense.SAID: frozenset({"audio", "text"}),
}
"""The modalities of which one suffices. Captions count as seen, since frames may show them."""

_CLAUSES: Final = re.compile(
    r"[;；:：，。]|,\s+(?=(?:but|so|and|however|although|while|yet|i|we|he|she|they|there|the|his|her|their)\b)"
    r"|\b(?:but|however)\b",
    re.IGNORECASE,
)


def not_given(sent: Iterable[str]) -> frozenset[Sense]:
    """What cannot have been noticed by who was sent these modalities.

    >>> sorted(not_given(["video"]))
    [<Sense.HEARD: 'heard'>, <Sense.SAID: 'said'>]
    """
    have = frozenset(sent)
    return frozenset(sense for sense, any_of in GIVEN_BY.items() if not any_of & have)


EVERY_SENSE: Final = frozenset(Sense)


@lru_cache(maxsize=4096)
def cited(step: str, wanted: frozenset[Sense] = EVERY_SENSE) -> frozenset[Sense]:
    """What a step claims to have noticed; of a text longer than 2000 characters, its first 2000.

    Args:
        wanted: other senses are not looked for, which spares time: few steps that cite what was given have a word for
            anything else.

    >>> sorted(cited("Her voice trembles as she says goodbye."))
    [<Sense.HEARD: 'heard'>, <Sense.SAID: 'said'>]
    >>> cited("I cannot hear the voice, so its tone is unknown.")
    frozenset()
    """
    found: set[Sense] = set()
    text = collapse(step)[:MAX_CHARS]
    hinted = {sense for sense in wanted if any(sign.search(text) for sign in _signs(sense))}
    if not hinted:
        return frozenset()
    for sentence in split_sentences(text):
        for clause in _CLAUSES.split(sentence):
            here = {sense for words in _words() for sense in words.find(clause, hinted - found)}
            if hinted - found - here - {Sense.SAID}:
                here |= _by_claims(clause) & hinted
            if here and not any(words.denied.search(clause) for words in _words()):
                found |= here
        if found == hinted:
            break
    return frozenset(found)


@cache
def _signs(sense: Sense) -> tuple[re.Pattern[str], ...]:
    """Of these at least one is found in every text that cites the sense: its words, and what claims are made of."""
    lexicon = load_lexicon()

    def of_sense(readings: Iterable[Reading]) -> bool:
        return any(_sense_of(channel) is sense for channel, _ in readings)

    kinds = {state.kind for state in lexicon.states if of_sense(state.readings)}
    claims = [
        *(entry.pattern for entry in lexicon.subjects if entry.kind in kinds),
        *(entry.pattern for entry in lexicon.expressions if of_sense(entry.readings)),
    ]
    whole = "|".join(f"(?:{pattern.pattern})" for pattern in claims)
    words = [words.senses[sense] for words in _words()]
    return (*words, re.compile(whole, re.IGNORECASE)) if claims else tuple(words)


def _sense_of(channel: str) -> Sense:
    return Sense.HEARD if channels()[channel].modality == "audio" else Sense.SEEN


def _by_claims(clause: str) -> set[Sense]:
    return {
        _sense_of(channel)
        for claim in read_claims(clause)
        if not claim.vacuous and not claim.negated
        for channel, _ in claim.readings
    }


@dataclass(frozen=True)
class _Words:
    """The words of one language."""

    senses: dict[Sense, re.Pattern[str]]
    ignored: re.Pattern[str]
    denied: re.Pattern[str]

    def find(self, clause: str, wanted: Iterable[Sense]) -> Iterator[Sense]:
        text = self.ignored.sub(lambda match: "_" * len(match[0]), clause)
        for sense in wanted:
            if any(not is_supposed(text, *match.span()) for match in self.senses[sense].finditer(text)):
                yield sense


@cache
def _words() -> tuple[_Words, ...]:
    table = tomllib.loads(files("cuewise.analysis").joinpath("citing.toml").read_text(encoding="utf-8"))
    return tuple(
        _Words(
            {sense: _compile(entry[sense.value], whole_words=language == "english") for sense in Sense},
            _compile(entry["ignored"], whole_words=language == "english"),
            _compile(entry["denied"], whole_words=language == "english"),
        )
        for language, entry in table.items()
    )


def _compile(patterns: Iterable[str], *, whole_words: bool) -> re.Pattern[str]:
    text = "|".join(pattern.replace(" ", r"[\s-]") if whole_words else pattern for pattern in patterns)
    return re.compile(rf"(?<!\w)(?:{text})(?!\w)" if whole_words else text, re.IGNORECASE)
