"""Candidates that read like ratings: where 4 is a label, "Rating: 4" is the answer and no rating of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from cuewise.labels.sets import LabelSet
from cuewise.prose import tidy


def as_answers(text: str, label_set: Sequence[str]) -> str:
    """A text in which what looks like a rating, and gives a candidate, is worded as the answer that it is.

    >>> as_answers("Rating: 4", ("1", "2", "3", "4"))
    'Answer: 4'
    >>> as_answers("Rating: 4", ("happy", "sad"))
    'Rating: 4'
    """
    pattern = _rated(LabelSet.of(label_set))
    return text if pattern is None else pattern.sub("Answer: ", text)


@lru_cache(maxsize=256)
def _rated(label_set: LabelSet) -> re.Pattern[str] | None:
    left_out = [re.escape(label) for label in label_set if not tidy(f"Rating: {label}")]
    if not left_out:
        return None
    label = rf"(?=(?:{'|'.join(left_out)})(?![\w%/]))"
    return re.compile(
        rf"\b(?:(?:overall|total|final)[ ])?(?:overall|total|scores?|ratings?|grade|verdict|decision)[ ]?[:=：][ ]?"
        rf"{label}"
        rf"|^{label}(?=[\w ]{{1,60}}\.?$)",
        re.IGNORECASE | re.MULTILINE,
    )
