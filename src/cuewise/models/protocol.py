"""The one protocol that every model speaks: `generate(request) -> completion`.

A request is plain data. Media stands in it by hash, so that the call store can key and keep it without a
copy of the bytes; an adapter reads the bytes when it builds its wire format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, field_validator

from cuewise.records import Count, MediaRef, Record, Sample, Seconds


class Modality(StrEnum):
    """What a model can be given of a clip."""

    VIDEO = "video"
    """The picture, in one of its forms."""
    AUDIO = "audio"
    TEXT = "text"
    """The transcript."""


class VideoForm(StrEnum):
    """How a model is given the picture of a clip."""

    FRAMES = "frames"
    """Pictures sampled from it, as the judge is shown them."""
    FILE = "file"
    """The clip's own file, of which the model samples what it likes."""


class TextPart(Record):
    """Words."""

    text: str


class MediaPart(Record):
    """An image, a sound or a video file."""

    media: MediaRef
    time_s: Seconds | None = None
    """When a frame was taken, for models that take frames as a video; None for what is no frame of the clip that is
    asked about. No part of a call's key: the question's words tell it too."""


class Message(Record):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[TextPart | MediaPart, ...]


class Sampling(Record):
    """How a completion is drawn."""

    temperature: Annotated[float, Field(ge=0)] | None = 0.0
    """None leaves it to the server (some models take no temperature)."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """Upper bound of output tokens; None leaves it to the server."""
    seed: int | None = None


class Request(Record):
    """One call, before it is made."""

    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    json_schema: dict[str, Any] | None = None
    """The shape the reply must have, for servers that can hold a model to it."""
    attempt: Count = 0
    """Rises by one each time a well-delivered but malformed reply is asked for again."""
    epoch: Count = 0
    """Which repeat of the same question this is."""
    sample: Sample | None = None
    """What models that run without a server read instead of pixels: the task, the candidates, and for
    simulated ones the annotations. Adapters never put it on a wire, and it is left out of the key of
    models that have one."""


class Completion(Record):
    """What a call gave."""

    text: str
    finish: Literal["stop", "length", "filter", "other"] = "stop"
    refusal: str | None = None
    """The server's own words where it marks a refusal."""
    thinking: str | None = None
    model: str | None = None
    """The exact model version that the server says answered."""
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    """All that were written, thinking included."""
    thinking_tokens: Count | None = None
    """How many of the output tokens went into thinking, where the server tells."""

    @field_validator("text", "refusal", "thinking", "model")
    @classmethod
    def _storable(cls, text: str | None) -> str | None:
        # Half of a surrogate pair, which JSON can spell, is no text that could be stored or shown.
        return text and text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


ReadMedia = Callable[[MediaRef], bytes]
"""Gives the bytes of a stored piece of media."""


MediaPath = Callable[[MediaRef], Path]
"""Tells where a stored piece of media lies on this machine, having seen that it is what it was."""


class Model(Protocol):
    """A system that can be asked. Implementations hold no per-call state and may be asked concurrently."""

    name: str
    """`provider/model`, as the user wrote it."""
    takes: frozenset[Modality]
    """What it can be given."""
    reads_sample: bool
    """True for models that run without a server and look at `Request.sample`."""
    parameters: dict[str, Any]
    """Everything beyond the name that changes its answers; part of each call's key. No secrets."""

    async def generate(self, request: Request) -> Completion:
        """Make one call.

        Raises:
            TransientModelError: another try may succeed.
            PermanentModelError: another try cannot help.
        """
        ...

    async def close(self) -> None:
        """Give connections and processes back."""
        ...


def video_forms(model: Model) -> frozenset[VideoForm]:
    """How a model can be given pictures: its attribute `video_forms`; one without it is given frames."""
    forms: frozenset[VideoForm] = getattr(model, "video_forms", frozenset({VideoForm.FRAMES}))
    return forms


def hears_files(model: Model) -> bool:
    """Whether a model hears the sound that is in a video file: its attribute `hears_files`; by default it does not,
    and is sent the sound apart."""
    return bool(getattr(model, "hears_files", False))


def one_medium(model: Model) -> bool:
    """Whether a message to a model can have media of one kind alone, pictures or sounds or a video file, beside words:
    its attribute `one_medium`; by default it can have any."""
    return bool(getattr(model, "one_medium", False))


class Ask(Protocol):
    """Asks one model through the call store; what the stages are handed instead of a model."""

    async def __call__(self, request: Request) -> Completion: ...


def canonical_call(model: Model, request: Request) -> str:
    """Everything that determines a completion, as one canonical JSON text: what the call store keeps.

    Fields at their defaults are left out, so that a field added by a later version leaves the keys of
    earlier calls as they are; for the same reason a default of a request's field may never change. The
    server's address is not part of it: a model that moves to another port keeps its answers.
    """
    # Where the clip lies on this machine must not matter.
    left_out: dict[str, Any] = {"sample": {"clip": {"path"}} if model.reads_sample else True}
    left_out["messages"] = {"__all__": {"parts": {"__all__": {"time_s"}}}}
    body = request.model_dump_json(exclude=left_out, exclude_defaults=True)
    head = json.dumps({"model": model.name, "parameters": model.parameters}, sort_keys=True)
    return f'{head[:-1]}, "request": {body}}}'


def call_key(canonical: str) -> str:
    """SHA-256 of a canonical call: the unit of payment and of memory."""
    return hashlib.sha256(canonical.encode()).hexdigest()
