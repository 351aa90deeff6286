"""The request to the model under test."""

from __future__ import annotations

from cuewise.answers.ask import build_request
from cuewise.models.protocol import MediaPart, Modality, Sampling
from cuewise.records import Clip, ClipFacts, ClipMedia, Frame, MediaRef, Sample

SAMPLE = Sample(
    id="ER-Lab/a",
    task="ER-Lab",
    clip=Clip(id="a"),
    question="Which emotion?",
    label_set=("happy", "sad"),
    labels=("sad",),
)


def test_frames_carry_the_times_at_which_they_were_taken() -> None:
    images = [MediaRef(sha256=digit * 64, mime="image/jpeg", size_bytes=1) for digit in "ab"]
    media = ClipMedia(
        facts=ClipFacts(sha256="c" * 64, size_bytes=1, duration_s=2, has_video=True, has_audio=False),
        frames=tuple(
            Frame(index=i, time_s=0.48 * i, image=image, width=8, height=8) for i, image in enumerate(images)
        ),
        audio=None,
    )
    request, sent = build_request(SAMPLE, media, {Modality.VIDEO}, Sampling())
    frames = [part for part in request.messages[0].parts if isinstance(part, MediaPart)]
    assert [(part.media, part.time_s) for part in frames] == [(images[0], 0), (images[1], 0.48)]
    assert sent == (Modality.VIDEO,)


def test_what_was_sent_is_what_is_in_the_request_and_not_what_was_asked_for() -> None:
    silent = ClipMedia(
        facts=ClipFacts(sha256="c" * 64, size_bytes=1, duration_s=2, has_video=False, has_audio=False),
        frames=(),
        audio=None,
    )
    request, sent = build_request(SAMPLE, silent, set(Modality), Sampling())
    assert sent == ()
    assert not [part for part in request.messages[0].parts if isinstance(part, MediaPart)]
