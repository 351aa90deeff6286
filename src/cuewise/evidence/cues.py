"""Agent: what the dataset's makers annotated."""

from __future__ import annotations

from cuewise.cues import channels
from cuewise.records import Cue, Evidence, EvidenceKind, Sample


def cue_evidence(sample: Sample) -> tuple[Evidence, ...]:
    """C1, C2, ...: the annotated cues in the dataset's order, with their times and words."""
    return tuple(
        Evidence(
            id=f"C{number}",
            kind=EvidenceKind.CUE,
            start_s=cue.start_s,
            end_s=cue.end_s,
            text=_words(cue),
            cue=cue,
        )
        for number, cue in enumerate(sample.cues, 1)
    )


def _words(cue: Cue) -> str:
    """The vocabulary's words for a cue; a cue outside the vocabulary keeps its own."""
    channel = channels().get(cue.channel)
    return (channel.values.get(cue.value) if channel else None) or f"{cue.channel}: {cue.value}"
