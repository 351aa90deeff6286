"""Which part of a person a piece of evidence shows."""

from __future__ import annotations

import pytest

from cuewise.cues import channels, modality_of
from cuewise.records import Cue, Evidence, EvidenceKind


@pytest.mark.parametrize(
    ("kind", "modality"),
    [(EvidenceKind.FRAME, "face"), (EvidenceKind.AUDIO, "voice"), (EvidenceKind.TRANSCRIPT, "words")],
)
def test_frames_show_the_face_sound_the_voice_and_a_transcript_the_words(
    kind: EvidenceKind, modality: str
) -> None:
    assert modality_of(Evidence(id=f"{kind.value[0].upper()}1", kind=kind, start_s=0, end_s=1)) == modality


def of_channel(channel: str) -> str:
    cue = Cue(channel=channel, value="x", start_s=0, end_s=1)
    return modality_of(Evidence(id="C1", kind=EvidenceKind.CUE, start_s=0, end_s=1, cue=cue))


def test_a_cue_shows_what_its_channel_does() -> None:
    shown = {channel: of_channel(channel) for channel in channels()}
    assert shown == {
        "brows": "face",
        "eyes": "face",
        "mouth": "face",
        "head": "face",
        "pitch": "voice",
        "rate": "voice",
        "loudness": "voice",
    }
    assert of_channel("hands") == "face"
