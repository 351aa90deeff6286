"""Puts the evidence agents together."""

from __future__ import annotations

from cuewise.evidence.audio import audio_evidence
from cuewise.evidence.cues import cue_evidence
from cuewise.evidence.frames import frame_evidence
from cuewise.evidence.transcript import transcript_evidence
from cuewise.records import ClipMedia, Evidence, Sample


def gather_evidence(sample: Sample, media: ClipMedia | None) -> tuple[Evidence, ...]:
    """Everything a judge may rely on, in the order F, A, T, C, numbered from 1 within each kind.

    Pure: the same sample and media always give the same evidence. `media` is None where the clip could not
    be, or need not be, decoded; what does not depend on it is gathered all the same.
    """
    return (
        *frame_evidence(media),
        *audio_evidence(sample, media),
        *transcript_evidence(sample, media),
        *cue_evidence(sample),
    )
