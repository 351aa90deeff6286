"""Puts the evidence agents together."""

from __future__ import annotations

from typing import NamedTuple

from cuewise.evidence.audio import audio_evidence
from cuewise.evidence.blind import named_labels
from cuewise.evidence.cues import cue_evidence
from cuewise.evidence.frames import frame_evidence
from cuewise.evidence.transcript import transcript_evidence
from cuewise.records import ClipMedia, Evidence, Sample


class Gathered(NamedTuple):
    """What a judge may rely on, and what was kept from it."""

    evidence: tuple[Evidence, ...]
    """In the order F, A, T, C, numbered from 1 within each kind."""
    withheld: tuple[str, ...]
    """What, and why, e.g. "audio clue: names Anger"."""


def gather_evidence(sample: Sample, media: ClipMedia | None, *, blind: bool) -> Gathered:
    """Everything that may be relied on in judging a sample.

    Pure: the same arguments always give the same evidence. `media` is None where the clip could not be, or need
    not be, decoded; what does not depend on it is gathered all the same.

    Args:
        blind: whether the judge must not learn the label: a supplied audio clue that names one is withheld.
    """
    withheld: tuple[str, ...] = ()
    told = sample
    if blind and (named := named_labels(sample.audio_clue or "", sample)):
        told = sample.model_copy(update={"audio_clue": None})
        withheld = (f"audio clue: names {', '.join(named)}",)
    evidence = (
        *frame_evidence(media),
        *audio_evidence(told, media),
        *transcript_evidence(sample, media),
        *cue_evidence(sample),
    )
    return Gathered(evidence, withheld)
