"""What is gathered as evidence, piece by piece."""

from __future__ import annotations

import pytest

from cuewise.cues import channels
from cuewise.evidence.gather import gather_evidence
from cuewise.evidence.told import Told
from cuewise.records import (
    Audio,
    Clip,
    ClipFacts,
    ClipMedia,
    Cue,
    EvidenceKind,
    Frame,
    LoudStretch,
    MediaRef,
    PitchMove,
    Prosody,
    Sample,
    Span,
    SpokenRate,
    SpokenWord,
)

IMAGE = MediaRef(sha256="a" * 64, mime="image/jpeg", size_bytes=9)
WAV = MediaRef(sha256="b" * 64, mime="audio/wav", size_bytes=9)
PROSODY = Prosody(
    duration_s=3.0,
    f0_median_hz=210.4,
    f0_p10_hz=150.0,
    f0_p90_hz=300.0,
    f0_slope_st_per_s=-1.25,
    loudness_db=-21.5,
    loudness_range_db=12.0,
    rate_syllables_per_s=4.2,
    voiced_fraction=0.625,
    pauses=(Span(start_s=0.5, end_s=0.9), Span(start_s=2.0, end_s=2.5)),
)
SILENCE = PROSODY.model_copy(
    update={
        "f0_median_hz": None,
        "f0_p10_hz": None,
        "f0_p90_hz": None,
        "f0_slope_st_per_s": None,
        "rate_syllables_per_s": None,
        "voiced_fraction": 0.0,
        "pauses": (),
    }
)


def media(prosody: Prosody | None = PROSODY, n_frames: int = 2) -> ClipMedia:
    return ClipMedia(
        facts=ClipFacts(
            sha256="c" * 64,
            size_bytes=9,
            duration_s=3.2,
            has_video=bool(n_frames),
            has_audio=prosody is not None,
        ),
        frames=tuple(
            Frame(index=25 * second, time_s=second + 0.04, image=IMAGE, width=2, height=2)
            for second in range(n_frames)
        ),
        audio=Audio(wav=WAV, duration_s=3.0, envelope=(0.5,), prosody=prosody) if prosody else None,
    )


def sample(**more: object) -> Sample:
    fields: dict[str, object] = {
        "id": "T/a",
        "task": "T",
        "clip": Clip(id="a"),
        "question": "?",
        "label_set": ("x", "y"),
        "labels": ("x",),
    }
    return Sample.model_validate({**fields, **more})


FULL = sample(
    audio_clue=" A trembling voice. ",
    transcript="Who is there?",
    cues=(
        Cue(channel="eyes", value="wide", start_s=1, end_s=2),
        Cue(channel="pitch", value="high", start_s=0, end_s=3),
        Cue(channel="hands", value="raised", start_s=0, end_s=1),
    ),
)


def test_everything_is_numbered_within_its_kind_and_in_order() -> None:
    evidence = gather_evidence(FULL, media(), blind=False).evidence
    ids = [piece.id for piece in evidence]
    assert ids == ["F1", "F2", *(f"A{number}" for number in range(1, 12)), "T1", "C1", "C2", "C3"]
    letters = {
        "F": EvidenceKind.FRAME,
        "A": EvidenceKind.AUDIO,
        "T": EvidenceKind.TRANSCRIPT,
        "C": EvidenceKind.CUE,
    }
    assert all(piece.kind is letters[piece.id[0]] for piece in evidence)
    assert gather_evidence(FULL, media(), blind=False).evidence == evidence


def test_a_frame_is_an_instant_with_its_picture() -> None:
    first, second = gather_evidence(sample(), media(None), blind=False).evidence
    assert (first.start_s, first.end_s, first.image, first.text) == (0.04, 0.04, IMAGE, None)
    assert second.start_s == 1.04


def test_the_measured_voice() -> None:
    audio = [
        piece
        for piece in gather_evidence(FULL, media(), blind=False).evidence
        if piece.kind is EvidenceKind.AUDIO
    ]
    clue, *measured = audio
    assert (clue.start_s, clue.end_s, clue.text, clue.measure) == (0, 3.2, "A trembling voice.", None)
    shown = [(m.measure.name, m.measure.value, m.measure.unit) for m in measured if m.measure]
    # 300 Hz over 150 Hz is one octave: 12 semitones.
    assert shown == [
        ("f0_median", 210.4, "Hz"),
        ("f0_range", pytest.approx(12.0), "semitones"),
        ("f0_slope", -1.25, "semitones/s"),
        ("loudness", -21.5, "dBFS"),
        ("loudness_range", 12.0, "dB"),
        ("rate", 4.2, "syllables/s"),
        ("voiced_fraction", 0.625, "1"),
        ("pauses", 2, "count"),
        ("pause", pytest.approx(0.4), "s"),
        ("pause", pytest.approx(0.5), "s"),
    ]
    assert [piece.text for piece in measured] == [
        "median pitch 210 Hz",
        "pitch range 150 to 300 Hz (12.0 semitones, 10th to 90th percentile)",
        "pitch trend -1.2 semitones per second",
        "loudness -21.5 dB relative to full scale",
        "loudness range 12.0 dB (10th to 90th percentile)",
        "speech rate about 4.2 syllables per second",
        "voiced for 62 % of the time",
        "2 pauses of at least 0.2 s",
        "pause from 0.5 to 0.9 s",
        "pause from 2.0 to 2.5 s",
    ]
    assert [(piece.start_s, piece.end_s) for piece in measured] == [(0, 3.0)] * 8 + [(0.5, 0.9), (2.0, 2.5)]


def test_what_could_not_be_measured_is_left_out() -> None:
    evidence = gather_evidence(sample(), media(SILENCE, n_frames=0), blind=False).evidence
    assert [piece.measure.name for piece in evidence if piece.measure] == [
        "loudness",
        "loudness_range",
        "voiced_fraction",
        "pauses",
    ]
    assert evidence[-1].text == "no pauses of at least 0.2 s"


def test_annotated_cues_keep_their_times_and_get_the_vocabularys_words() -> None:
    cues = [
        piece for piece in gather_evidence(FULL, None, blind=False).evidence if piece.kind is EvidenceKind.CUE
    ]
    assert [(piece.start_s, piece.end_s, piece.text) for piece in cues] == [
        (1, 2, channels()["eyes"].values["wide"]),
        (0, 3, channels()["pitch"].values["high"]),
        (0, 1, "hands: raised"),
    ]
    assert tuple(piece.cue for piece in cues) == FULL.cues


def test_without_a_clip_what_the_dataset_gives_remains() -> None:
    evidence = gather_evidence(FULL, None, blind=False).evidence
    assert [piece.id for piece in evidence] == ["A1", "T1", "C1", "C2", "C3"]
    assert (evidence[0].start_s, evidence[0].end_s) == (0, 0)


def test_nothing_gives_nothing() -> None:
    assert gather_evidence(sample(audio_clue=" ", transcript=""), None, blind=False).evidence == ()


def test_what_agents_tell_takes_the_place_of_what_the_dataset_supplies() -> None:
    told = {
        EvidenceKind.AUDIO: (Told(0, 3, "A low voice."), Told(1, 2, "A laugh.")),
        EvidenceKind.TRANSCRIPT: (
            Told(0.2, 0.9, "Who?", (SpokenWord(text="Who?", start_s=0.2, end_s=0.9),)),
            Told(1.4, 1.9, "Out!"),
        ),
        EvidenceKind.DESCRIPTION: (Told(0, 1, "The brows move up."),),
    }
    evidence = gather_evidence(FULL, media(), blind=True, told=told).evidence
    # Ten measures follow the two pieces of the clue.
    ids = [*(f"A{number}" for number in range(1, 13)), "T1", "T2", "D1", "C1", "C2", "C3"]
    assert [piece.id for piece in evidence] == ["F1", "F2", *ids]
    by_id = {piece.id: piece for piece in evidence}
    assert [(by_id[i].text, by_id[i].start_s, by_id[i].end_s) for i in ("A2", "T2", "D1")] == [
        ("A laugh.", 1, 2),
        ("Out!", 1.4, 1.9),
        ("The brows move up.", 0, 1),
    ]
    assert by_id["T1"].words == told[EvidenceKind.TRANSCRIPT][0].words
    assert by_id["D1"].kind is EvidenceKind.DESCRIPTION
    assert "A trembling voice." not in {piece.text for piece in evidence}


def test_an_agent_that_heard_nothing_is_believed() -> None:
    told: dict[EvidenceKind, tuple[Told, ...]] = {EvidenceKind.AUDIO: (), EvidenceKind.TRANSCRIPT: ()}
    evidence = gather_evidence(FULL, None, blind=False, told=told).evidence
    assert [piece.id for piece in evidence] == ["C1", "C2", "C3"]


def test_how_the_voice_moves_within_the_clip() -> None:
    moving = PROSODY.model_copy(
        update={
            "pauses": (),
            # 12 log2(300/200) = 7.02, 12 log2(190/200) = -0.89, 12 log2(100/200) = -12
            "pitch_moves": (
                PitchMove(start_s=0, end_s=1, start_hz=200, end_hz=300),
                PitchMove(start_s=1, end_s=1.5, start_hz=200, end_hz=190),
                PitchMove(start_s=2, end_s=3, start_hz=200, end_hz=100),
            ),
            "loud_stretches": (LoudStretch(start_s=0.5, end_s=0.8, above_median_db=9.5),),
            "rates": (SpokenRate(start_s=0, end_s=1.5, syllables_per_s=3.26),),
        }
    )
    evidence = gather_evidence(sample(), media(moving), blind=False).evidence[-5:]
    assert [(piece.start_s, piece.end_s, piece.text) for piece in evidence] == [
        (0, 1, "pitch rising, from 200 to 300 Hz (+7.0 semitones)"),
        (1, 1.5, "pitch level, from 200 to 190 Hz (-0.9 semitones)"),
        (2, 3, "pitch falling, from 200 to 100 Hz (-12.0 semitones)"),
        (0.5, 0.8, "loudness stands out, up to 9.5 dB above the median"),
        (0, 1.5, "speech rate here about 3.3 syllables per second"),
    ]
    assert [piece.measure and (piece.measure.name, piece.measure.unit) for piece in evidence] == [
        *[("pitch_move", "semitones")] * 3,
        ("loud_stretch", "dB"),
        ("local_rate", "syllables/s"),
    ]
