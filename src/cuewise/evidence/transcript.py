"""Agent: the words spoken."""

from __future__ import annotations

from cuewise.records import ClipMedia, Evidence, EvidenceKind, Sample


def transcript_evidence(sample: Sample, media: ClipMedia | None) -> tuple[Evidence, ...]:
    """T1: the transcript, over the whole clip as far as its length is known; nothing where there is none."""
    if sample.transcript is None or not sample.transcript.strip():
        return ()
    return (
        Evidence(
            id="T1",
            kind=EvidenceKind.TRANSCRIPT,
            start_s=0,
            end_s=media.facts.duration_s if media else 0,
            text=sample.transcript.strip(),
        ),
    )
