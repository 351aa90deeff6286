"""What labels mean: which emotions are of one family, which are pleasant, which form a scale.

The meanings lie in `taxonomy.toml`; how a label is found in a text is told by `names`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from cuewise.labels.concepts import concepts, meaning_of
from cuewise.labels.names import concepts_named, names_any

__all__ = [
    "VERSION",
    "are_sentiments",
    "family_of",
    "feelings_named",
    "is_known",
    "names_any",
    "scale_of",
    "valence_of",
]

VERSION: Final = 3
"""To be raised, in the data file too, with every change that can change a reading."""

_SIGNS: Final = {"negative": -1, "neutral": 0, "positive": 1}


def is_known(label: str) -> bool:
    """Whether the taxonomy knows what a label means."""
    return meaning_of(label) is not None


def family_of(label: str) -> str | None:
    """The emotion family of a label, e.g. `anger` for `annoyance`; None where it has none (an intent, `other`).

    One of anger, contempt, disgust, fear, happiness, neutral, sadness, surprise. The same label may serve a
    task of another kind (`neutral` is also an intent): whether families make sense there is the caller's to say.

    >>> family_of("Excited"), family_of("wishing")
    ('happiness', None)
    """
    meaning = meaning_of(label)
    return meaning.concept.family if meaning else None


def valence_of(label: str) -> str | None:
    """`negative`, `neutral` or `positive`; None where a label has none of them (surprise, an intent).

    >>> valence_of("strong negative"), valence_of("surprise")
    ('negative', None)
    """
    meaning = meaning_of(label)
    return meaning.concept.valence if meaning else None


def are_sentiments(label_set: Sequence[str]) -> bool:
    """Whether all candidates are negative, neutral or positive, to whatever degree.

    >>> are_sentiments(["weak negative", "neutral", "positive"]), are_sentiments(["positive", "surprise"])
    (True, False)
    """
    meanings = [meaning_of(label) for label in label_set]
    return all(meaning is not None and meaning.concept.name in _SIGNS for meaning in meanings)


def feelings_named(text: str) -> tuple[str, ...]:
    """The concepts that a text mentions, denied or not, which are negative, neutral or positive.

    >>> feelings_named("An excited voice, as if surprised.")
    ('excitement',)
    """
    return tuple(name for name in concepts_named(text) if concepts()[name].valence)


def scale_of(label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates from lowest to highest where they are an ordinal scale of sentiment, else empty.

    They are one where all of them are degrees of a sentiment, no two are of the same degree, and some polarity comes
    in more than one degree: a mere negative, neutral, positive is left to the valences.

    >>> scale_of(["positive", "weak negative", "negative"])
    ('negative', 'weak negative', 'positive')
    """
    places: dict[int, str] = {}
    polarities: Counter[int] = Counter()
    for label in label_set:
        meaning = meaning_of(label)
        if meaning is None or meaning.concept.name not in _SIGNS or len(meaning.degree) > 1:
            return ()
        sign = _SIGNS[meaning.concept.name]
        place = sign * (2 + meaning.degree[0])
        if place in places:
            return ()
        places[place] = label
        polarities[sign] += 1
    if max(polarities.values(), default=0) < 2:
        return ()
    return tuple(places[place] for place in sorted(places))
