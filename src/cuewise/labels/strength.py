"""Degrees of a sentiment told apart from it: "negative (weak)", "intensity: strong", "weak to strong positive"."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from cuewise.labels.concepts import Phrase, degrees, phrase

# What may stand between a sentiment and its degree.
_LINKS: Final = frozenset(
    phrase(
        "a an the and but only though just it its is with of in at so sentiment opinion feeling attitude tone"
        " strength intensity degree magnitude level 的但且而程度是为為"
    )
)
_NAMED_STRENGTH: Final = re.compile(
    r"(?:\b(?:intensity|strength|degree|magnitude)|强度|強度|程度)[\"'*_\s]*(?:[:：=]|\bis\b|是|为|為)[\"'*_\s]*"
    r"(?P<degree>(?:[^\W_]+[\s_-]?){1,3})",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


@cache
def _shared_polarity() -> re.Pattern[str]:
    """ "strong or" in "strong or very strong negative"."""
    words = "|".join(
        sorted((re.escape(" ".join(way)) for way in degrees() if way[0].isascii()), key=len)[::-1]
    )
    return re.compile(
        rf"\b(?P<degree>{words})(?P<link>\s*(?:/|,?\s+or\s+|\s+to\s+|\s+and\s+)\s*)"
        rf"(?=(?:{words})\s+(?P<polarity>positive|negative)\b)",
        re.IGNORECASE,
    )


def whole_degrees(text: str) -> str:
    """A text in which each degree has its polarity beside it, and words run together are apart.

    >>> whole_degrees("WeakPositive, or strong or very strong negative")
    'Weak Positive, or strong negative or very strong negative'
    """
    return _shared_polarity().sub(r"\g<degree> \g<polarity>\g<link>", _CAMEL.sub(" ", text))


def has_degree(name: str) -> bool:
    """Whether a name tells a degree itself.

    >>> has_degree("weakly negative"), has_degree("negative")
    (True, False)
    """
    return any(way[0] in phrase(name) for way in degrees() if len(way) == 1)


def strength_beside(before: str, after: str) -> tuple[int, ...] | None:
    """The degrees that the words right before or right after a sentiment's name can mean, if they tell one.

    >>> strength_beside("", " (weak)"), strength_beside("a strong, ", ""), strength_beside("", ", not strong")
    ((-1,), (1,), None)
    """
    for words in (phrase(after), phrase(before)):
        if means := degrees().get(tuple(word for word in words if word not in _LINKS)):
            return means
    return None


def strength_named(text: str) -> tuple[int, ...] | None:
    """The degrees that a text gives under a name of their own, if it gives the same wherever it gives one.

    >>> strength_named("Sentiment: negative. Intensity: very strong.")
    (2,)
    """
    given = {_leading_degree(phrase(match["degree"])) for match in _NAMED_STRENGTH.finditer(text)}
    return given.pop() if len(given) == 1 else None


def _leading_degree(words: Phrase) -> tuple[int, ...] | None:
    for count in range(len(words), 0, -1):
        if means := degrees().get(words[:count]):
            return means
    return None
