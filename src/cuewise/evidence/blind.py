"""What must be kept from a judge that is not to know the label."""

from __future__ import annotations

from typing import Final

from cuewise.labels.names import names_any
from cuewise.records import Sample

STEM_LETTERS: Final = 5
"""A gold label counts as named where so many of its first letters occur, in any case and inside any word."""


def named_labels(text: str, sample: Sample) -> tuple[str, ...]:
    """Candidates that a text names, in the label set's order; empty where it names none.

    A denied label ("not angry") is named all the same: it narrows the choice. A gold label is looked for more
    eagerly, by its first letters, so that no form of it that the label taxonomy lacks slips through.
    """
    lowered = text.lower()
    named = set(names_any(text, sample.label_set))
    named |= {label for label in sample.labels if label[:STEM_LETTERS].lower() in lowered}
    return tuple(label for label in sample.label_set if label in named)
