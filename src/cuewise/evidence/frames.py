"""Agent: the sampled pictures."""

from __future__ import annotations

from cuewise.records import ClipMedia, Evidence, EvidenceKind


def frame_evidence(media: ClipMedia | None) -> tuple[Evidence, ...]:
    """F1, F2, ...: one piece per sampled frame, in time order; each is an instant, so start and end agree."""
    if media is None:
        return ()
    return tuple(
        Evidence(
            id=f"F{number}",
            kind=EvidenceKind.FRAME,
            start_s=frame.time_s,
            end_s=frame.time_s,
            image=frame.image,
        )
        for number, frame in enumerate(media.frames, 1)
    )
