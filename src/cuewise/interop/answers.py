"""Answers that were collected elsewhere, matched to the samples of a dataset.

Read are JSON lists, JSON Lines and CSV. A row says which sample it answers: by `sample`, its id, or by the clip
(`video_id`, `clip` or `file`) and, where the clip serves several tasks, the `task`. What was said stands in `answer`;
beside it there may be `thinking`, `output_tokens`, `finish` (stop, length, filter, other), `refusal` and `epoch` (which
repeat of the question it answers, from 0).

The benchmark authors' own files (`video_id`, `ground_truth`, `label_set`, `model_response`, one file per task) are
read as they are; their token counts are left aside, since in judged files they are the judge's. A row whose
`ground_truth` or `label_set` is not the dataset's is told, for then it may answer another question, and is taken all
the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cuewise.errors import InputError, UnknownTaskError
from cuewise.models.imported import AnswersFile, ImportedAnswer
from cuewise.records import Sample
from cuewise.samples.dataset import Dataset
from cuewise.samples.entries import clip_id_of, problem
from cuewise.samples.files import Entry, is_encodable, read_csv, read_json_lines, read_json_list
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task, task_from_file_name, tasks

MAX_ANSWER: Final = 1_000_000
"""Characters of an answer, or of its thinking."""
MAX_KEPT: Final = 1000
"""Problems that are kept to be told; all are counted."""

_READERS: Final = {".json": read_json_list, ".jsonl": read_json_lines, ".csv": read_csv}
_FINISHES: Final = ("stop", "length", "filter", "other")


class _RowError(Exception):
    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


@dataclass
class Collected:
    """What some files gave."""

    answers: int = 0
    samples: int = 0
    """Samples of the dataset with at least one answer."""
    of: int = 0
    """Samples of the dataset."""
    problems: list[Problem] = field(default_factory=list)
    """The first of them."""
    n_problems: int = 0

    def tell(self, found: Problem) -> None:
        """Count a problem, and keep it if it is one of the first."""
        self.n_problems += 1
        if len(self.problems) < MAX_KEPT:
            self.problems.append(found)


def collect_answers(
    paths: Sequence[Path], dataset: Dataset, out: AnswersFile, *, task: str | None = None
) -> Collected:
    """Read files of answers and add those that answer a sample to `out`, in the files' order.

    Args:
        task: of rows that name none; where it is None the file's name may tell it.

    Raises:
        InputError: a file cannot be read, is of another kind, or `task` is unknown.
    """
    known = {**tasks(), **{one.name: one for one in dataset.own_tasks}}
    default = None if task is None else get_task(task, known)
    matcher = _Matcher(dataset.samples, known)
    collected = Collected(of=len(dataset.samples))
    answered: dict[str, set[int]] = {}
    for path in paths:
        told = default or task_from_file_name(path, known)
        for entry in _entries(path):
            if isinstance(entry, Problem):
                collected.tell(entry)
                continue
            try:
                sample = matcher.sample_of(entry.values, told)
                answer = _answer(entry.values, sample)
                if answer.epoch in answered.setdefault(sample.id, set()):
                    raise _RowError(
                        f"is a second answer to {printable(sample.id)}",
                        "remove one, or number them by `epoch`; the first is kept",
                    )
            except _RowError as error:
                collected.tell(problem(entry.where, clip_id_of(entry), error.what, error.hint))
                continue
            for what in _disagreements(entry.values, sample, known.get(sample.task)):
                hint = "make sure that it answers this dataset's question; it is taken"
                collected.tell(problem(entry.where, clip_id_of(entry), what, hint))
            answered[sample.id].add(answer.epoch)
            out.add(answer)
    collected.answers = out.count
    collected.samples = sum(1 for epochs in answered.values() if epochs)
    return collected


def _entries(path: Path) -> Iterator[Entry | Problem]:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(f"{printable(path)} is no file of answers: name a .json, .jsonl or .csv file")
    try:
        yield from read(path, printable(path.name, 200))
    except OSError as error:
        raise InputError(f"{printable(path)} cannot be read: {error.strerror}; check the path") from error


class _Matcher:
    """Finds the sample that a row answers."""

    def __init__(self, samples: Sequence[Sample], known: Mapping[str, Task]) -> None:
        self._known = known
        self._by_id = {sample.id: sample for sample in samples}
        self._by_clip: dict[str, list[Sample]] = {}
        for sample in samples:
            self._by_clip.setdefault(sample.clip.id, []).append(sample)

    def sample_of(self, values: Mapping[str, Any], default: Task | None) -> Sample:
        """The one sample that a row is about.

        Raises:
            _RowError: it is about none or several.
        """
        identifier = _text(values, "sample")
        if identifier is not None:
            if (sample := self._by_id.get(identifier)) is None:
                raise _RowError(
                    f"names the sample {printable(identifier)!r}, which the dataset has not",
                    "write its id as the dataset has it: TASK/clip",
                )
            return sample
        clip = clip_id_of(Entry("", dict(values)))
        if not clip:
            raise _RowError("names no sample", "give a `sample`, or a `clip` and its `task`")
        found = self._by_clip.get(clip) or self._by_clip.get(clip.replace("\\", "/"), [])
        if not found:
            raise _RowError(
                "is about a clip that the dataset has not", "write the clip's id as the dataset has it"
            )
        task = self._task(values) or default
        if task is not None:
            found = [sample for sample in found if sample.task == task.name]
            if not found:
                raise _RowError(f"is about a clip that {task.name} has not in the dataset", "mend its `task`")
        if len(found) > 1:
            such = printable(" and ".join(sample.id for sample in found[:2]))
            hint = "give its `task`" if task is None else "give the `sample`"
            raise _RowError(f"may answer {len(found)} samples, such as {such}", hint)
        return found[0]

    def _task(self, values: Mapping[str, Any]) -> Task | None:
        name = _text(values, "task")
        if name is None:
            return None
        try:
            return get_task(name, self._known)
        except UnknownTaskError as error:
            raise _RowError(printable(error, 200), "mend its `task`") from None


def _answer(values: Mapping[str, Any], sample: Sample) -> ImportedAnswer:
    """What a row says was answered.

    Raises:
        _RowError: nothing, or one of its parts is malformed.
    """
    own = "answer" in values or "model_response" not in values
    finish, refusal, tokens = None, None, None
    if own:  # other columns of the authors' files may be of another model
        finish, refusal = _text(values, "finish"), _text(values, "refusal")
        tokens = _number(values, "output_tokens")
    text = _text(values, "answer" if own else "model_response", blank=True)
    if text is None and refusal is None and finish not in ("length", "filter"):
        raise _RowError(
            "has no answer",
            "give an `answer`, or remove the row; where the model said nothing, say why by `refusal` or `finish`",
        )
    if finish is not None and finish not in _FINISHES:
        raise _RowError(f"`finish` is {printable(finish)!r}", f"write one of {', '.join(_FINISHES)}")
    return ImportedAnswer(
        sample=sample.id,
        epoch=_number(values, "epoch") or 0,
        answer=text or "",
        thinking=_text(values, "thinking", blank=True) if own else None,
        output_tokens=tokens,
        finish=finish or "stop",
        refusal=refusal,
    )


def _text(values: Mapping[str, Any], key: str, *, blank: bool = False) -> str | None:
    """A text, or None where there is none; its edges are kept only with `blank`."""
    value = values.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _RowError(f"`{key}` is not text", "write it as text or leave it out")
    if len(value) > MAX_ANSWER:
        raise _RowError(f"`{key}` has {len(value):,} characters", f"{MAX_ANSWER:,} are the most")
    if not is_encodable(value):
        raise _RowError(f"`{key}` has halves of characters in it", "write it as UTF-8")
    return (value if blank else value.strip()) if value.strip() else None


def _number(values: Mapping[str, Any], key: str) -> int | None:
    value = values.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
        raise _RowError(f"`{key}` is {printable(value)!r}", "write it as a whole number from 0")
    return value


def _disagreements(values: Mapping[str, Any], sample: Sample, task: Task | None) -> Iterator[str]:
    """In what a row does not fit the sample that it answers."""
    separator = task.separator if task else None
    gold = _labels(values.get("ground_truth"), separator)
    if gold and gold != {label.casefold() for label in sample.labels}:
        told = printable(", ".join(sample.labels), 200)
        yield f"states the gold label {printable(values['ground_truth'])!r}, and the dataset has {told}"
    given = values.get("label_set")
    candidates = _labels(given, ";" if ";" in str(given) else ",")
    if candidates and candidates != {label.casefold() for label in sample.label_set}:
        told = printable(", ".join(sample.label_set), 200)
        yield f"was asked with other candidates than the dataset's ({told})"


def _labels(value: object, separator: str | None) -> set[str]:
    """Labels in any form, without regard to case; empty where there are none."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else value.split(separator or "\0")
        except (ValueError, RecursionError):
            return set()
    if not isinstance(value, list):
        return set()
    return {str(label).strip().casefold() for label in value} - {""}
