"""Agent: the words spoken."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.evidence.told import Told
from cuewise.records import Evidence, EvidenceKind


def transcript_evidence(utterances: Sequence[Told]) -> tuple[Evidence, ...]:
    """T1, T2, ...: one piece per utterance; the dataset's transcript is one, over the whole clip."""
    return tuple(
        Evidence(
            id=f"T{number}",
            kind=EvidenceKind.TRANSCRIPT,
            start_s=told.start_s,
            end_s=told.end_s,
            text=told.text,
            words=told.words,
        )
        for number, told in enumerate(utterances, 1)
    )
