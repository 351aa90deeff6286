"""What a treatment may be, and frames in another order."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cuewise.media.treatments import Treatment, TreatmentKind, shuffle_frames
from cuewise.records import ClipFacts, ClipMedia, Frame, MediaRef


def media_of(n_frames: int, clip: str = "clip") -> ClipMedia:
    frames = tuple(
        Frame(
            index=30 * at,
            time_s=float(at),
            image=MediaRef(sha256=f"{at:064x}", mime="image/jpeg", size_bytes=10 + at),
            width=100 + at,
            height=50,
        )
        for at in range(n_frames)
    )
    sha256 = hashlib.sha256(clip.encode()).hexdigest()
    facts = ClipFacts(sha256=sha256, size_bytes=9, duration_s=9.0, has_video=True, has_audio=False)
    return ClipMedia(facts=facts, frames=frames, audio=None)


@given(st.integers(2, 12), st.integers(0, 50), st.text("abc", max_size=3))
def test_shuffled_frames_are_the_same_set_at_the_same_times_and_none_keeps_its_place(
    count: int, seed: int, clip: str
) -> None:
    media = media_of(count, clip)
    shuffled = shuffle_frames(media, seed)
    assert {frame.image for frame in shuffled.frames} == {frame.image for frame in media.frames}
    assert [frame.time_s for frame in shuffled.frames] == [frame.time_s for frame in media.frames]
    assert [frame.index for frame in shuffled.frames] == [frame.index for frame in media.frames]
    assert all(new.image != old.image for new, old in zip(shuffled.frames, media.frames, strict=True))
    # Each picture keeps its own size, whatever the place.
    assert {(frame.image, frame.width) for frame in shuffled.frames} == {
        (frame.image, frame.width) for frame in media.frames
    }
    assert shuffle_frames(media, seed) == shuffled


def test_the_order_depends_on_the_seed_and_on_the_clip() -> None:
    media = media_of(8)
    orders = {tuple(frame.image for frame in shuffle_frames(media, seed).frames) for seed in range(20)}
    assert len(orders) > 10
    others = {tuple(f.image for f in shuffle_frames(media_of(8, f"c{n}"), 0).frames) for n in range(20)}
    assert len(others) > 10


def test_one_frame_has_no_order() -> None:
    with pytest.raises(ValueError, match="no order"):
        shuffle_frames(media_of(1), 0)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (TreatmentKind.BLUR, None),
        (TreatmentKind.BLUR, 0.0),
        (TreatmentKind.BLUR, 0.5),
        (TreatmentKind.PICTURE_NOISE, -6.0),
        (TreatmentKind.SOUND_NOISE, 61.0),
        (TreatmentKind.SHUFFLED, 1.0),
        (TreatmentKind.CONFLICT, 0.0),
    ],
)
def test_levels_out_of_range_are_refused(kind: TreatmentKind, level: float | None) -> None:
    with pytest.raises(ValidationError, match="level"):
        Treatment(kind=kind, level=level)


def test_keys_tell_all_that_changes_the_bytes_and_no_more() -> None:
    blur = Treatment(kind=TreatmentKind.BLUR, level=0.02)
    assert blur.name == "blur-0.02"
    assert blur.key() == Treatment(kind=TreatmentKind.BLUR, level=0.02, seed=7).key()
    noise = [
        Treatment(kind=TreatmentKind.SOUND_NOISE, level=level, spectrum=spectrum, seed=seed)
        for level in (-5.0, 5.0)
        for spectrum in ("white", "speech")
        for seed in (0, 1)
    ]
    assert len({each.key() for each in noise}) == 8
    assert noise[2].name == "sound-noise-speech--5dB"
