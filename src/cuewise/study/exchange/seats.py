"""Names of people who rated elsewhere, as names of raters here."""

from __future__ import annotations

import hashlib
import re

from cuewise.errors import InputError
from cuewise.study.records import SEAT


def seat(name: str) -> str:
    """A name as a rater's name: as it is where it can be; of any other, such as an address, nothing readable is kept.

    Raises:
        InputError: it is empty.

    >>> seat("rater-2"), seat("someone@example.org")
    ('rater-2', 'rater-79a6123c')
    """
    if not name.strip():
        raise InputError("has no `rater`; say who rated")
    return name if re.fullmatch(SEAT, name) else f"rater-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
