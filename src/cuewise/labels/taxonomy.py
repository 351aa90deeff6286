"""What labels mean: which words mean the same, which emotions are of one family, which are pleasant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

VERSION: Final = 1
"""To be raised with every change of the data file that can change a reading."""


def family_of(label: str) -> str | None:
    """The emotion family of a label, e.g. `anger` for `annoyance`; None where it has none (an intent, `other`)."""
    raise NotImplementedError


def valence_of(label: str) -> str | None:
    """`negative`, `neutral` or `positive`; None where a label has none of them (surprise, an intent)."""
    raise NotImplementedError


def scale_of(label_set: Sequence[str]) -> tuple[str, ...]:
    """The candidates from lowest to highest where they are an ordinal scale, else empty."""
    raise NotImplementedError
