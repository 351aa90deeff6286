"""The prompt file: the benchmark authors' own words for extractor and judge, kept on the user's machine.

Cuewise ships none of them. `cuewise import prompts` writes the file from a checkout of the authors' repository, and
`--prompts` has it used. Text, filled-in fields and frames are pieces of their own kinds, so that no wording can
be taken for a placeholder::

    {"format": "cuewise-authors-prompts", "version": 1, "tasks": {"SA": {
        "extract": {"messages": [{"role": "user", "parts": [
            {"pieces": [{"text": "Answer: "}, {"field": "model_response"}]}]}], ...},
        "judge":   {"messages": [{"role": "user", "parts": [
            {"pieces": [{"text": "Steps: "}, {"field": "step"}]}, {"frames": "all"}]}], ...}}}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from cuewise.errors import InputError
from cuewise.models.protocol import MediaPart, Message, TextPart
from cuewise.records import MediaRef, Record, Sample, Sha256
from cuewise.samples.problems import printable
from cuewise.samples.tasks import get_task
from cuewise.whole_files import write_whole

MAX_FILE_BYTES: Final = 16 * 2**20
"""A larger file is no prompt file."""
AGAIN: Final = "write it again with `cuewise import prompts`"


class EntryField(StrEnum):
    """A field of the authors' entries that a prompt quotes, by its name there."""

    MODEL_RESPONSE = "model_response"
    """The answer of the model under test, raw."""
    AUDIO_CLUE = "audio_clue"
    GROUND_TRUTH = "ground_truth"
    """The gold label, or several joined with the task's separator."""
    STEP = "step"
    """The steps, as their extractor writes them: `<step>Step 1: ...</step>`."""


EXTRACT_FIELDS: Final = frozenset({EntryField.MODEL_RESPONSE})
JUDGE_FIELDS: Final = frozenset({EntryField.AUDIO_CLUE, EntryField.GROUND_TRUTH, EntryField.STEP})


class TextPiece(Record):
    """Words that are sent as they stand."""

    text: str


class FieldPiece(Record):
    """A place that an entry's field fills."""

    field: EntryField


class TextTemplate(Record):
    """A text with places to fill."""

    pieces: tuple[TextPiece | FieldPiece, ...]


class FramesPlace(Record):
    """Where the frames of the clip stand, one image after another."""

    frames: Literal["all"]


class PromptMessage(Record):
    """One message."""

    role: Literal["system", "user", "assistant"]
    parts: Annotated[tuple[TextTemplate | FramesPlace, ...], Field(min_length=1)]


class AgentPrompt(Record):
    """What one agent is sent, and where it was read."""

    messages: Annotated[tuple[PromptMessage, ...], Field(min_length=1)]
    source: str
    """File in the checkout, with forward slashes."""
    source_sha256: Sha256
    model: str | None = None
    """What the authors' script asks, as far as its call says; for information, as the next two."""
    temperature: Annotated[float, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None

    def fields(self) -> frozenset[EntryField]:
        """The fields that the messages quote."""
        return frozenset(
            piece.field
            for message in self.messages
            for part in message.parts
            if isinstance(part, TextTemplate)
            for piece in part.pieces
            if isinstance(piece, FieldPiece)
        )

    def shows_frames(self) -> bool:
        """Whether the messages have a place for frames."""
        return any(isinstance(part, FramesPlace) for message in self.messages for part in message.parts)

    def fill(self, texts: Mapping[EntryField, str], frames: Sequence[MediaRef] = ()) -> tuple[Message, ...]:
        """The messages with every place filled; a filled-in text is never looked at for places.

        Args:
            texts: a text for each of `fields()`.
            frames: in time order.
        """
        return tuple(
            Message(role=message.role, parts=tuple(_filled(message.parts, texts, frames)))
            for message in self.messages
        )


def _filled(
    parts: Iterable[TextTemplate | FramesPlace], texts: Mapping[EntryField, str], frames: Sequence[MediaRef]
) -> Iterator[TextPart | MediaPart]:
    for part in parts:
        if isinstance(part, FramesPlace):
            yield from (MediaPart(media=frame) for frame in frames)
        else:
            yield TextPart(
                text="".join(
                    piece.text if isinstance(piece, TextPiece) else texts[piece.field]
                    for piece in part.pieces
                )
            )


class TaskPrompts(Record):
    """The prompts of one task."""

    extract: AgentPrompt
    judge: AgentPrompt

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        _check_places("extract", self.extract, EXTRACT_FIELDS, EntryField.MODEL_RESPONSE, frames=False)
        _check_places("judge", self.judge, JUDGE_FIELDS, EntryField.STEP, frames=True)
        return self


def _check_places(
    agent: str, prompt: AgentPrompt, known: frozenset[EntryField], needed: EntryField, *, frames: bool
) -> None:
    """Make sure that an agent is asked about what it is to read, and about nothing that it has not got."""
    if unknown := sorted(prompt.fields() - known):
        raise ValueError(f"`{agent}` quotes {unknown[0]}, which is not there to be quoted")
    if needed not in prompt.fields():
        raise ValueError(f"`{agent}` does not quote {needed}")
    if prompt.shows_frames() != frames:
        raise ValueError(f"`{agent}` must have {'a' if frames else 'no'} place for frames")


class PromptFile(Record):
    """The authors' prompts, by task."""

    format: Literal["cuewise-authors-prompts"]
    version: Literal[1]
    """Of this file's form."""
    tasks: Annotated[dict[str, TaskPrompts], Field(min_length=1)]
    """By the task's name as published, e.g. `ER-Lab`."""

    def task(self, name: str) -> TaskPrompts:
        """The prompts of a task.

        Raises:
            InputError: the file has none for it.
        """
        self.require([name])
        return self.tasks[name]

    def require(self, names: Iterable[str]) -> None:
        """Make sure, before anything is paid for, that there are prompts for all of these tasks.

        Raises:
            InputError: there are none for some.
        """
        if missing := [name for name in dict.fromkeys(names) if name not in self.tasks]:
            raise InputError(
                f"the prompt file has no prompts for {printable(', '.join(missing))}, only for"
                f" {printable(', '.join(self.tasks))}: import them from a checkout that has them, choose other"
                " --task, or leave --prompts out"
            )

    def sha256(self) -> str:
        """Hash of all that is sent, for a run's manifest.

        Where the prompts were read, and what else those files held, is no part of it.
        """
        sent = {
            name: {
                agent: [message.model_dump(mode="json") for message in prompt.messages]
                for agent, prompt in (("extract", prompts.extract), ("judge", prompts.judge))
            }
            for name, prompts in self.tasks.items()
        }
        return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def ground_truth(sample: Sample) -> str:
    """The gold labels as the authors' files write them: one, or several joined with the task's separator."""
    if not sample.multi_label:
        return sample.labels[0]
    return (get_task(sample.task).separator or ", ").join(sample.labels)


def read_prompt_file(path: Path) -> PromptFile:
    """Read a prompt file.

    Raises:
        InputError: it is missing, unreadable, damaged, or no prompt file.
    """
    name = printable(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        told = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"prompt file {name} cannot be read: {told}; {AGAIN}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(
            f"prompt file {name} is larger than {MAX_FILE_BYTES // 2**20} MiB: is it another file?"
        )
    try:
        return PromptFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = printable(".".join(str(part) for part in first["loc"]), limit=200)
        told = printable(first["msg"], limit=200)
        raise InputError(
            f"prompt file {name} is damaged at {where or 'its start'}: {told}; {AGAIN}"
        ) from error


def write_prompt_file(prompts: PromptFile, path: Path) -> None:
    """Write a prompt file, replacing an earlier one in one step.

    Raises:
        InputError: the file cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{printable(path)} is a folder: name the prompt file to write with -o")
    text = prompts.model_dump_json(indent=1, exclude_defaults=True)
    try:
        write_whole(path, text.encode() + b"\n")
    except OSError as error:
        told = (
            f"prompt file {printable(path)} cannot be written: {error.strerror}; choose another place with -o"
        )
        raise InputError(told) from error
