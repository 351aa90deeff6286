"""What a page shows of a clip, whatever of it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cuewise.media.clip_paths import ClipPaths
from cuewise.media.store import MediaStore
from cuewise.records import Audio, ClipFacts, Evidence, EvidenceKind, MediaRef, Prosody
from cuewise.study.records import ItemFrame
from cuewise.web.player import Form, Material, Player, clip_type, make_player

CLIP = "ab" * 32
WAV = MediaRef(sha256="cd" * 32, mime="audio/wav", size_bytes=9)
JPEG = MediaRef(sha256="ef" * 32, mime="image/jpeg", size_bytes=9)
SILENT = Prosody(
    duration_s=2.0,
    f0_median_hz=None,
    f0_p10_hz=None,
    f0_p90_hz=None,
    f0_slope_st_per_s=None,
    loudness_db=-20.0,
    loudness_range_db=3.0,
    rate_syllables_per_s=None,
    voiced_fraction=0.0,
    pauses=(),
)
AUDIO = Audio(wav=WAV, duration_s=2.0, envelope=(0.0, 0.5, 0.25), prosody=SILENT)
FRAMES = Material.of(
    [Evidence(id=f"F{at + 1}", kind=EvidenceKind.FRAME, start_s=at, end_s=at, image=JPEG) for at in range(2)]
)


def facts(**fields: Any) -> ClipFacts:
    given = {
        "sha256": CLIP,
        "size_bytes": 9,
        "duration_s": 4.0,
        "has_video": True,
        "has_audio": True,
        "fps": 25.0,
    }
    return ClipFacts(**{**given, **fields})


def made(
    probed: ClipFacts | None = None,
    file_type: str | None = "video/mp4",
    audio: Audio | None = AUDIO,
    **how: Any,
) -> Player:
    return make_player(probed or facts(), [FRAMES], audio=audio, file_type=file_type, **how)


def test_a_clip_that_plays() -> None:
    clip = made(prefix="/r/abc")
    assert (clip.form, clip.notes) == (Form.VIDEO, ())
    assert clip.clip_url == f"/r/abc/clip/{CLIP}"
    assert clip.wav_url == f"/r/abc/media/{WAV.sha256}.wav"
    assert [frame.url for frame in clip.layers[0].frames] == [f"/r/abc/media/{JPEG.sha256}.jpg"] * 2
    assert (clip.duration_s, clip.frame_s) == (4.0, 0.04)


def test_the_waveform_lies_where_its_sound_is() -> None:
    # Three slices over 2 of 4 s: the drawing is 6 slices wide. The loudest peak is drawn as high as there is room.
    waveform = made().waveform
    assert waveform is not None
    assert waveform.width == 6
    assert waveform.path == ("M0 1L0.5 1.000L1.5 0.000L2.5 0.500L3 1L2.5 1.500L1.5 2.000L0.5 1.000Z")


def test_silence_is_drawn_as_silence() -> None:
    waveform = made(audio=AUDIO.model_copy(update={"envelope": (0.00003,) * 3})).waveform
    assert waveform is not None
    assert "L0.5 0.990" in waveform.path


@pytest.mark.parametrize(
    ("probed", "file_type", "form", "says"),
    [
        (facts(has_audio=False), "video/mp4", Form.VIDEO, "This clip has no sound."),
        (facts(has_video=False), "audio/wav", Form.AUDIO, "This clip has no picture."),
        (facts(), "video/x-matroska", Form.VIDEO, ""),
        (facts(), "video/x-msvideo", Form.DECODED, "Browsers do not play AVI files."),
        (facts(), "application/octet-stream", Form.DECODED, "Browsers do not play files of this kind."),
        (facts(), None, Form.DECODED, "The clip’s file is not where it was"),
    ],
)
def test_what_is_played(probed: ClipFacts, file_type: str | None, form: Form, says: str) -> None:
    clip = made(probed, file_type)
    assert clip.form is form
    assert " ".join(clip.notes).startswith(says)
    assert (clip.clip_url is None) == (form is Form.DECODED)
    assert ("decoded" in " ".join(clip.notes)) == (form is Form.DECODED)


def test_a_clip_of_which_nothing_is_there_says_why() -> None:
    clip = make_player(None, [], audio=None, file_type=None, why="no file for clip 'a.mp4'")
    assert (clip.form, clip.notes) == (Form.NOTHING, ("no file for clip 'a.mp4'",))
    assert not clip.has_timeline
    assert clip.waveform is None


def test_a_file_that_no_browser_plays_and_nothing_decoded_of_it() -> None:
    clip = make_player(facts(), [Material()], audio=None, file_type="video/x-flv")
    assert clip.form is Form.NOTHING
    assert clip.notes == (
        "Browsers do not play FLV files.",
        "Nothing decoded from it is kept; run again to decode it anew.",
    )


def test_frames_of_a_study_are_shown_alike() -> None:
    frames = (ItemFrame(id="F2", time_s=1.0, image=JPEG),)
    clip = make_player(facts(), [Material(frames)], audio=AUDIO, file_type="video/mp4", prefix="/rate/x")
    (frame,) = clip.layers[0].frames
    assert (frame.id, frame.x, frame.url) == ("F2", 25, f"/rate/x/media/{JPEG.sha256}.jpg")
    assert clip.hint == "Choose a frame to play from there."


def test_evidence_tells_the_length_only_of_a_clip_of_which_nothing_else_does() -> None:
    late = Material((), (Evidence(id="A1", kind=EvidenceKind.AUDIO, start_s=0, end_s=9, text="x"),))
    assert make_player(facts(), [late], audio=None, file_type="video/mp4").duration_s == 4.0
    assert make_player(None, [late], audio=None, file_type=None).duration_s == 9.0


def test_a_clips_type_is_told_only_while_the_file_is_what_was_decoded(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    path = tmp_path / "A.MP4"
    path.write_bytes(b"a clip")
    mine = facts(sha256=store.clip_sha256(path))
    assert clip_type(ClipPaths(store), mine) == "video/mp4"
    assert clip_type(ClipPaths(store), None) is None
    path.write_bytes(b"another clip")
    assert clip_type(ClipPaths(store), mine) is None
