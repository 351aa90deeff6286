"""Agent: what a vision model saw in the frames."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.evidence.told import Told
from cuewise.records import Evidence, EvidenceKind


def description_evidence(described: Sequence[Told]) -> tuple[Evidence, ...]:
    """D1, D2, ...: one piece per observation, in time order."""
    return tuple(
        Evidence(
            id=f"D{number}",
            kind=EvidenceKind.DESCRIPTION,
            start_s=told.start_s,
            end_s=told.end_s,
            text=told.text,
        )
        for number, told in enumerate(described, 1)
    )
