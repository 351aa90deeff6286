"""The question to the model under test, and the reading of what it sent back."""

from __future__ import annotations

from collections.abc import Collection

from cuewise.models.protocol import (
    Completion,
    MediaPart,
    Message,
    Modality,
    Request,
    Sampling,
    TextPart,
)
from cuewise.prompting import load_prompt
from cuewise.records import Answer, ClipFile, ClipMedia, Sample


def build_request(
    sample: Sample,
    media: ClipMedia | None,
    modalities: Collection[Modality],
    sampling: Sampling,
    file: ClipFile | None = None,
    *,
    epoch: int = 0,
) -> tuple[Request, tuple[Modality, ...]]:
    """The request for one sample: media first, then the question with its candidate labels.

    Args:
        file: the clip as one file, to be sent in place of its frames; its sound too, if that is in it.
        epoch: which of several times it is asked. A seed is raised by it: with one seed throughout, a server that
            minds it would give one answer again and again.

    Returns:
        The request, and the modalities that are really in it, in the order video, audio, text.
    """
    parts: list[MediaPart] = []
    given: list[str] = []
    sent: list[Modality] = []
    if file is not None:
        parts.append(MediaPart(media=file.media))
        given.append(
            f"The video is the clip, from start to end{', with its sound' if file.has_sound else ''}."
        )
        sent.append(Modality.VIDEO)
    elif media and media.frames and Modality.VIDEO in modalities:
        parts += [MediaPart(media=frame.image, time_s=frame.time_s) for frame in media.frames]
        times = ", ".join(f"{frame.time_s:.1f}" for frame in media.frames)
        given.append(f"The pictures are frames of one video clip, taken at these seconds: {times}.")
        sent.append(Modality.VIDEO)
    if file is not None and file.has_sound:
        sent.append(Modality.AUDIO)
    elif media and media.audio and Modality.AUDIO in modalities:
        parts.append(MediaPart(media=media.audio.wav))
        given.append("The sound is that of the clip, from start to end.")
        sent.append(Modality.AUDIO)
    if sample.transcript and Modality.TEXT in modalities:
        given.append(f"These words are spoken in the clip: {sample.transcript}")
        sent.append(Modality.TEXT)
    text = load_prompt("cuewise.answers", "ask").substitute(
        given="\n".join([*given, *_withheld(sent)]),
        question=sample.question,
        candidates=", ".join(sample.label_set),
        form="the labels that hold, separated by semicolons" if sample.multi_label else "the one label",
    )
    message = Message(role="user", parts=(*parts, TextPart(text=text)))
    if sampling.seed is not None:
        sampling = sampling.model_copy(update={"seed": sampling.seed + epoch})
    return Request(messages=(message,), sampling=sampling, epoch=epoch, sample=sample), tuple(sent)


def _withheld(sent: Collection[Modality]) -> list[str]:
    """Says what is not there, so that nobody is invited to invent it."""
    lines = []
    if Modality.VIDEO not in sent:
        lines.append("You are given no picture of the clip.")
    if Modality.AUDIO not in sent:
        lines.append("You are given no sound of the clip.")
    return lines


def read_answer(completion: Completion) -> Answer:
    """The model's answer as a record."""
    return Answer(text=completion.text, thinking=completion.thinking, output_tokens=completion.output_tokens)
