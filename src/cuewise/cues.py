"""The vocabulary of annotated cues, read from `cues.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from cuewise.records import Evidence, EvidenceKind

EvidenceModality = Literal["face", "voice", "words"]
"""What a piece of evidence shows of a person."""

_BY_KIND: Final[dict[EvidenceKind, EvidenceModality]] = {
    EvidenceKind.FRAME: "face",
    EvidenceKind.AUDIO: "voice",
    EvidenceKind.TRANSCRIPT: "words",
    EvidenceKind.DESCRIPTION: "face",
}


@dataclass(frozen=True)
class Channel:
    """A place where something shows; its values exclude each other at any one moment."""

    name: str
    modality: str
    """`video` or `audio`: what one must be given to notice it."""
    resting: str
    """The value that it has in a person whom nothing moves; it holds in most clips."""
    values: dict[str, str]
    """Value to the words that state it, e.g. `raised` to "the eyebrows are raised"."""


@cache
def channels() -> dict[str, Channel]:
    """All channels by name, in the order of the file."""
    table = tomllib.loads(files("cuewise").joinpath("cues.toml").read_text(encoding="utf-8"))
    return {
        name: Channel(name, entry["modality"], entry["resting"], dict(entry["values"]))
        for name, entry in table.items()
    }


def modality_of(piece: Evidence) -> EvidenceModality:
    """What a piece of evidence shows: frames and their description the face, sound the voice, the transcript the words.

    An annotated cue shows the face or the voice, as its channel does; one outside the vocabulary counts as seen.
    """
    if piece.cue is not None and (channel := channels().get(piece.cue.channel)):
        return "voice" if channel.modality == "audio" else "face"
    return _BY_KIND.get(piece.kind, "face")
