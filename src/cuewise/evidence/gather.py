"""Puts the evidence together: what the clip and the dataset give, and what agents tell of the clip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cuewise.evidence.audio import audio_evidence
from cuewise.evidence.blind import named_labels
from cuewise.evidence.cues import cue_evidence
from cuewise.evidence.description import description_evidence
from cuewise.evidence.frames import frame_evidence
from cuewise.evidence.told import Told
from cuewise.evidence.transcript import transcript_evidence
from cuewise.records import ClipMedia, Evidence, EvidenceKind, Sample

VERSION: Final = 2
"""To be raised whenever the same clip and replies would give other evidence."""


class Gathered(NamedTuple):
    """What a judge may rely on, and what was kept from it."""

    evidence: tuple[Evidence, ...]
    """In the order F, A, T, D, C, numbered from 1 within each kind."""
    withheld: tuple[str, ...]
    """What, and why, e.g. "audio clue: names Anger"."""


def gather_evidence(
    sample: Sample,
    media: ClipMedia | None,
    *,
    blind: bool,
    told: Mapping[EvidenceKind, Sequence[Told]] | None = None,
) -> Gathered:
    """Everything that may be relied on in judging a sample.

    Pure: the same arguments always give the same evidence. `media` is None where the clip could not be, or need
    not be, decoded; what does not depend on it is gathered all the same.

    Args:
        blind: whether the judge must not learn the label: a clue or a description that names one is withheld. The
            words spoken are not: they are of the clip, not about it.
        told: what agents told of the clip, by kind; an audio clue or a transcript takes the place of the dataset's.
    """
    told = told or {}
    clue = told.get(EvidenceKind.AUDIO, _supplied(sample.audio_clue, media))
    described = told.get(EvidenceKind.DESCRIPTION, ())
    withheld: tuple[str, ...] = ()
    if blind:
        withheld = (*_leaks("audio clue", clue, sample), *_leaks("description", described, sample))
        clue, described = (
            [piece for piece in pieces if not named_labels(piece.text, sample)]
            for pieces in (clue, described)
        )
    evidence = (
        *frame_evidence(media),
        *audio_evidence(clue, media),
        *transcript_evidence(told.get(EvidenceKind.TRANSCRIPT, _supplied(sample.transcript, media))),
        *description_evidence(described),
        *cue_evidence(sample),
    )
    return Gathered(evidence, withheld)


def _supplied(text: str | None, media: ClipMedia | None) -> tuple[Told, ...]:
    """What the dataset says, over the whole clip as far as its length is known."""
    if text is None or not text.strip():
        return ()
    return (Told(0, media.facts.duration_s if media else 0, text.strip()),)


def _leaks(what: str, pieces: Sequence[Told], sample: Sample) -> Iterator[str]:
    """Why each piece that gives a label away is withheld, with its time where there are several pieces."""
    for piece in pieces:
        if named := named_labels(piece.text, sample):
            when = f" ({piece.start_s:.1f} to {piece.end_s:.1f} s)" if len(pieces) > 1 else ""
            yield f"{what}: names {', '.join(named)}{when}"
