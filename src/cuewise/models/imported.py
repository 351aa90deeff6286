"""Answers that were collected elsewhere, as a model: `imported/NAME` says what `answers/NAME.jsonl` holds.

The file lies in a workspace. Its first line tells what it is and what the answers were collected with; each other line
is one answer::

    {"format": "cuewise-answers", "version": 1, "modalities": ["video", "audio"]}
    {"sample": "SA/a.mp4", "answer": "1. She smiles. Final answer: positive"}
    {"sample": "SA/a.mp4", "epoch": 1, "answer": "Final answer: neutral", "output_tokens": 5}

It is written once and never changed: what changed would be other answers under the same name.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from pydantic import ValidationError

from cuewise.errors import InputError, PermanentModelError, UnknownModelError
from cuewise.models.local import sample_of
from cuewise.models.protocol import Completion, Modality, Request
from cuewise.records import Count, Record, Sample
from cuewise.whole_files import whole_file

PREFIX: Final = "imported/"
NAMES_TOLD: Final = 20
"""How many there are, a message lists at most."""

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,126}[A-Za-z0-9_+-])?")


class AnswersHead(Record):
    """The first line of a file."""

    format: Literal["cuewise-answers"]
    version: Literal[1]
    """Of the file's form."""
    modalities: tuple[Modality, ...] = ()
    """What of the clips the answers were collected with, as whoever imported them said."""


class ImportedAnswer(Record):
    """One answer."""

    sample: str
    """Id of its sample."""
    epoch: Count = 0
    """Which repeat of the question it answers."""
    answer: str
    thinking: str | None = None
    output_tokens: Count | None = None
    finish: Literal["stop", "length", "filter", "other"] = "stop"
    refusal: str | None = None
    """The server's own words where it marked a refusal."""


class ImportedAnswers:
    """Answers from a file. It is given nothing of a clip: whoever collected the answers gave that elsewhere."""

    reads_sample = True

    def __init__(
        self, name: str, path: Path, head: AnswersHead, sha256: str, places: dict[tuple[str, int], int]
    ) -> None:
        self.name = name
        self.takes = frozenset(head.modalities)
        self.parameters: dict[str, Any] = {"answers_sha256": sha256}
        self._path = path
        self._places = places

    async def generate(self, request: Request) -> Completion:
        """The answer to a sample and epoch.

        Raises:
            PermanentModelError: there is none, or the file has changed since it was opened.
        """
        sample = sample_of(request, self.name)
        place = self._places.get((sample.id, request.epoch))
        if place is None:
            epoch = f", epoch {request.epoch}" if request.epoch else ""
            raise PermanentModelError(
                f"{self.name} has no answer to {sample.id}{epoch}: import it with the others under a new name, or"
                " leave the sample out",
                kind="not_imported",
            )
        line = await asyncio.to_thread(_line_at, self._path, place)
        try:
            found = ImportedAnswer.model_validate_json(line)
        except ValidationError:
            found = None
        if found is None or (found.sample, found.epoch) != (sample.id, request.epoch):
            raise PermanentModelError(
                f"{self._path.name} has changed while it was read: restore it, or import the answers anew",
                kind="answers_changed",
            )
        return Completion(
            text=found.answer,
            finish=found.finish,
            refusal=found.refusal,
            thinking=found.thinking,
            output_tokens=found.output_tokens,
        )

    async def close(self) -> None:
        """Nothing is held."""


def _line_at(path: Path, place: int) -> bytes:
    with path.open("rb") as file:
        file.seek(place)
        return file.readline()


def open_imported(name: str, *, folder: Path | None, samples: Sequence[Sample]) -> ImportedAnswers:
    """Open `imported/NAME`. What is kept in memory is where the answers to `samples` stand.

    Args:
        folder: where imported answers lie; None where there is no workspace.
        samples: the samples to be evaluated.

    Raises:
        UnknownModelError: nothing was imported by that name.
        InputError: its file cannot be read.
    """
    there = {} if folder is None else imported_names(folder)
    path = there.get(name.removeprefix(PREFIX))
    if path is None:
        listed = ", ".join(f"{PREFIX}{one}" for one in list(there)[:NAMES_TOLD]) or "none"
        raise UnknownModelError(
            f"no answers were imported as {name!r} into this workspace; there are: {listed}. Import some with"
            " `cuewise import answers`"
        )
    wanted = {sample.id for sample in samples}
    places: dict[tuple[str, int], int] = {}
    with _readable(path), path.open("rb") as file:
        digest = hashlib.sha256()
        line = file.readline()
        head = AnswersHead.model_validate_json(line)
        digest.update(line)
        place = len(line)
        for line in file:
            digest.update(line)
            answer = ImportedAnswer.model_validate_json(line)
            if answer.sample in wanted:
                places[answer.sample, answer.epoch] = place
            place += len(line)
    return ImportedAnswers(name, path, head, digest.hexdigest(), places)


def imported_names(folder: Path) -> dict[str, Path]:
    """Files of imported answers in a folder, by their names."""
    try:
        files = sorted(folder.glob("*.jsonl"))
    except OSError:
        return {}
    return {file.stem: file for file in files if _NAME.fullmatch(file.stem) and file.is_file()}


def read_head(path: Path) -> AnswersHead:
    """What a file of imported answers was collected with.

    Raises:
        InputError: it cannot be read.
    """
    with _readable(path), path.open("rb") as file:
        return AnswersHead.model_validate_json(file.readline())


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"the imported answers {path.name} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise InputError(
            f"the imported answers {path.name} are damaged ({told}): remove the file and import them anew"
        ) from error


# --- writing ---------------------------------------------------------------------------------------


class AnswersFile:
    """A file of imported answers that is being written."""

    def __init__(self, file: BinaryIO, head: AnswersHead) -> None:
        self.count = 0
        self._file = file
        self._digest = hashlib.sha256()
        self._write(head)

    def add(self, answer: ImportedAnswer) -> None:
        """Write one more answer."""
        self._write(answer)
        self.count += 1

    def sha256(self) -> str:
        """Of all that has been written."""
        return self._digest.hexdigest()

    def _write(self, record: Record) -> None:
        line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
        self._digest.update(line)
        self._file.write(line)


@contextmanager
def write_answers(folder: Path, name: str, modalities: Sequence[Modality]) -> Iterator[AnswersFile]:
    """A file to add answers to; it gets its name at the end, if at least one was added and nothing went wrong.

    The same answers under the same name again are nothing new.

    Raises:
        InputError: the name is not sound, other answers have it, or the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name for answers: use letters, digits, and . _ + - inside, at most 128"
        )
    final = folder / f"{name}.jsonl"
    head = AnswersHead(format="cuewise-answers", version=1, modalities=tuple(modalities))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(_NothingNewError), whole_file(final) as file:
            answers = AnswersFile(file, head)
            yield answers
            if not answers.count or _is_there(final, answers.sha256()):
                raise _NothingNewError
    except OSError as error:
        raise InputError(
            f"the answers {final.name} cannot be written into the workspace: {error.strerror}"
        ) from error


class _NothingNewError(Exception):
    """No file is to be written."""


def _is_there(final: Path, sha256: str) -> bool:
    """Whether a file of this name and content is there.

    Raises:
        InputError: one of this name is, and holds something else.
    """
    if not final.exists():
        return False
    with final.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    if not same:
        raise InputError(
            f"other answers were imported as {final.stem} before, and runs may rest on them: choose another --as"
        )
    return True
