"""What must be kept from a judge that is not to know the label."""

from __future__ import annotations

from typing import Final

from cuewise.labels import candidates_of
from cuewise.labels.taxonomy import are_sentiments, feelings_named, is_known, names_any
from cuewise.records import Sample

STEM_LETTERS: Final = 5
"""A gold label counts as named where so many of its first letters occur, in any case and inside any word."""


def named_labels(text: str, sample: Sample) -> tuple[str, ...]:
    """Candidates that a text names, in the label set's order, and what else gives them away; empty if nothing does.

    A denied label ("not angry") is named all the same: it narrows the choice. A gold label is looked for more
    eagerly, by its first letters, so that no form of it that the label taxonomy lacks slips through. Where the
    candidates are sentiments, a word for any feeling that is negative, neutral or positive gives one away too: who
    reads "happiness" need not listen.

    So strict a rule leaves 53 of the 6,500 clues published with the benchmark: most are written around the label.
    """
    lowered = text.lower()
    named = set(names_any(text, candidates_of(sample)))
    named |= {
        label for label in sample.labels if _has_stem(label) and label[:STEM_LETTERS].lower() in lowered
    }
    feelings = feelings_named(text) if are_sentiments(sample.label_set) else ()
    return (
        *(label for label in sample.label_set if label in named),
        *(feeling for feeling in feelings if feeling not in named),
    )


def _has_stem(label: str) -> bool:
    """Whether a label's first letters tell anything: `Yes` stands in "eyes", those of `Not tired` in "not to"."""
    stem = label[:STEM_LETTERS]
    return is_known(label) or (len(stem) == STEM_LETTERS and stem.isalpha())
