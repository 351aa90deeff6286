"""Other forms of English words, for labels of one's own and words for them: the taxonomy lists those it knows.

A rule per ending gives the forms that a word of that kind usually has. Forms that are no words do no harm, as no text
has them; a bare base is given only where it is long enough to mean the same ("persuade" for `persuading`, and not
"long" for `longing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from cuewise.labels.concepts import Phrase

_SHORTEST: Final = 4
"""Letters from which on a word is inflected: "in", "no" and "out" have no forms that are names."""
_SHORTEST_BASE: Final = 5

# Ending: what stands in its place. The longest ending that fits holds. `+` marks a bare base.
_ENDINGS: Final[dict[str, str]] = {
    "istic": "istically ism ist",
    "astic": "astically asm",
    "athetic": "athetically athy athic",
    "etic": "etically y",
    "ical": "ically icism +ic",
    "ic": "ically ia icism icity",
    "ism": "istic istically ist",
    "asm": "astic astically",
    "athy": "athetic athetically athic",
    "ated": "atedly ating ation ates",
    "sed": "sedly sedness sing sion sement ses",
    "ted": "tedly tedness ting tion tment tement ts",
    "ed": "edly edness ing ement ment es",
    "ating": "ated ates ation +ate",
    "ied": "y ies ying iedly",
    "ing": "ed es +s ingly + +e",
    "ement": "ed ing es",
    "ment": "ed ing s",
    "ation": "ated ating ates ative",
    "tion": "ted ting tive",
    "sion": "sed sing sive",
    "iness": "y ily",
    "ness": " ly",
    "ful": "fully fulness",
    "less": "lessly lessness",
    "ious": "iously iousness iosity",
    "ous": "ously ousness osity",
    "osity": "ous ously",
    "ent": "ently ence ency",
    "ant": "antly ance ancy",
    "ence": "ent ently",
    "ency": "ent ently",
    "ance": "ant antly",
    "ancy": "ant antly",
    "able": "ably ability",
    "ible": "ibly ibility",
    "ive": "ively iveness",
    "al": "ally ality",
    "ate": "ately ated ates ating ation",
    "ly": "liness",
    "ies": "y",
    "ss": "ssing ssed",
    "s": " ",
    "y": "ily iness ies",
    "e": "es ed ing ingly ely eness ity eful efully",
    "": "s ed ing ly ness th ity ful fully",
}
_LONGEST: Final = max(map(len, _ENDINGS))


@lru_cache(maxsize=4096)
def inflections(words: Phrase) -> tuple[Phrase, ...]:
    """A name with one of its words in another form, in all ways; the name itself is not among them.

    >>> [" ".join(name) for name in inflections(("self", "confident"))]
    ['self confidently', 'self confidence', 'self confidency']
    """
    return tuple(
        (*words[:at], form, *words[at + 1 :]) for at, word in enumerate(words) for form in _forms(word)
    )


def _forms(word: str) -> Iterator[str]:
    if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
        return
    for length in range(min(_LONGEST, len(word) - 2), -1, -1):
        ending = word[len(word) - length :]
        if ending in _ENDINGS:
            stem = word[: len(word) - length]
            for other in _ENDINGS[ending].split(" "):
                form = stem + other.removeprefix("+")
                shortest = _SHORTEST_BASE if other.startswith("+") else _SHORTEST
                if len(form) >= shortest and form != word:
                    yield form
            return
