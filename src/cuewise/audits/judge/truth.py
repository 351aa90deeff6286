"""Whether a statement is true of a clip, as far as the clip's annotated cues settle it.

Only clear cases count: what the cues show at another time than the stated one is neither true nor false here. So
what a judge is measured against does not hang on where it draws such lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cuewise.cues import channels
from cuewise.records import Cue
from cuewise.verdicts.claims import Claim, read_claims

# Statements in figures are held against the measured voice, which the cues do not settle.
_MEASURED: Final = re.compile(
    r"\d\s*(?:k?hz|hertz|db|decibels?|semitones?|st|syllables?|words?|pauses?|%|percent)\b", re.IGNORECASE
)


def known_cues(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """The cues that the vocabulary of `cues.toml` has words for."""
    known = channels()
    return tuple(cue for cue in cues if cue.channel in known and cue.value in known[cue.channel].values)


def is_true(text: str, cues: Sequence[Cue]) -> bool | None:
    """True if every claim of the text is shown, False if one is shown nowhere in the clip, else None.

    >>> smile = Cue(channel="mouth", value="smiling", start_s=0, end_s=2)
    >>> is_true("She smiles.", [smile]), is_true("The lips are pressed together.", [smile])
    (True, False)
    >>> is_true("The head is tilted.", [smile]) is None
    True
    """
    if _MEASURED.search(text):
        return None
    found = [_claim_is_true(claim, cues) for claim in _claims(text)]
    if False in found:
        return False
    return True if found and None not in found else None


@lru_cache(maxsize=10_000)
def _claims(text: str) -> tuple[Claim, ...]:
    """A step is held against many clips when evidence is swapped, and read once."""
    return read_claims(text)


def _claim_is_true(claim: Claim, cues: Sequence[Cue]) -> bool | None:
    """Of several readings one true is enough, and all must be false."""
    found = [_reading_is_true(channel, value, claim, cues) for channel, value in claim.readings]
    if True in found:
        return True
    return None if None in found else False


def _reading_is_true(channel: str, value: str, claim: Claim, cues: Sequence[Cue]) -> bool | None:
    there = [cue for cue in cues if cue.channel == channel]
    if not there:
        return None
    showing = [cue for cue in there if cue.value == value]
    if claim.negated:
        return True if not showing else False if len(showing) == len(there) else None
    if not showing:
        return False
    if claim.time_s is None:
        return True
    start_s, end_s = claim.time_s
    return True if any(cue.start_s <= end_s and start_s <= cue.end_s for cue in showing) else None
