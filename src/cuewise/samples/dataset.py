"""Read a dataset into samples.

What is read: a folder in the authors' layout (`ER-Lab/question/*.json`, `ER-Lab/audio_clue/*.json`, ...), one
question file, a manifest (`.csv` or `.jsonl`), a folder with one manifest in it, or `hf://OWNER/NAME[@revision]`.
A `tasks.toml` in the folder, or beside the file, defines tasks of one's own; see `own_tasks`.

A manifest has the columns or keys `clip` (or `file`), `label` and `task`; if it wants, also `label_set`,
`question`, `transcript` and `cues`. Several gold labels are joined by the task's separator or written as a
list; in CSV, a list is written as JSON, and a label set may also be joined by `;`.

A file or an entry that cannot be used becomes a `Problem` and the others are kept. Rules for what is odd but usable:

- A gold label that differs from its candidate only in case takes the candidate's spelling; beside published
  candidates that the entry does not name itself, one that is another form of the same word does too.
- The same clip twice in one task with the same question and candidates is a problem, and the first is kept.
  With another question or other candidates it is another sample, whose id ends in `#2`, `#3`, ...
- An entry without candidates gets the published ones of its task or corpus; see `candidates.choose_candidates`.

The 6,500 published questions are read without a single problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cuewise.errors import ClipMissingError, DatasetError
from cuewise.records import Clip, Sample
from cuewise.samples.candidates import choose_candidates, to_sample
from cuewise.samples.clips import ClipIndex
from cuewise.samples.entries import NO_TASK, Draft, EntryError, problem
from cuewise.samples.layout import Reading, read_files
from cuewise.samples.own_tasks import TASK_FILE, read_task_file
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task, task_key
from cuewise.samples.tasks import tasks as all_tasks

__all__ = ["Dataset", "Problem", "read_dataset"]

PROBLEMS_TOLD = 3
"""How many problems an error message quotes."""

_SAMPLE_FIELDS = set(Sample.model_fields)
"""Shared by all samples: a set of names in each would weigh more than its values."""
_CLIP_FIELDS = set(Clip.model_fields)


@dataclass(frozen=True)
class Dataset:
    """The samples of a dataset, and what could not be used."""

    name: str
    samples: tuple[Sample, ...]
    """By task in the benchmark's order, within a task in the order of the files."""
    problems: tuple[Problem, ...]
    sha256: str
    """Over the samples without the places of their clips: the same on every machine."""
    own_tasks: tuple[Task, ...] = ()
    """Those of its tasks that a task file defines."""
    task_file: Path | None = None
    """The file that defines them."""


def read_dataset(
    data: str,
    *,
    tasks: Sequence[str] | None = None,
    clips: Path | None = None,
    limit: int | None = None,
    task_file: Path | None = None,
    with_clips: bool = True,
) -> Dataset:
    """Read a dataset; see the module's docstring for what `data` may name.

    Args:
        data: a path, or `hf://OWNER/NAME[@revision]`.
        tasks: names of the tasks to keep; None keeps all. Where exactly one is named, it is also the task of
            manifest entries that state none.
        clips: folder of the clips; by default the dataset's own folder. A clip that is not found there has no
            path, which is not a problem.
        limit: keep at most this many samples in all: the first of each task in turn, then the second of each,
            and so on.
        task_file: defines tasks of one's own, in place of a `tasks.toml` that lies with the dataset.
        with_clips: look for the clips, and fetch those of a dataset on the hub; without, none has a path.

    Raises:
        DatasetError: nothing there can be read, no entry of it can be used, `tasks` is empty, or the task file
            is not sound.
        UnknownTaskError: `tasks` has a blank or unknown name, or a question file's name tells none.
    """
    if tasks is not None and not tasks:
        raise DatasetError(
            f"no task is named; name some of {', '.join(all_tasks())}, or leave the choice out for all"
        )
    if limit is not None and limit < 1:
        raise DatasetError(f"a limit of {limit} leaves no samples; use 1 or more")
    own = {} if task_file is None else read_task_file(task_file)
    place = _place(data, tasks, own, with_clips=with_clips and clips is None)
    if task_file is None and (found := _task_file_of(place.path)):
        task_file, own = found, read_task_file(found)
    known = {**all_tasks(), **own}
    wanted = None if tasks is None else tuple(dict.fromkeys(get_task(name, known) for name in tasks))
    reading = _read(place, data, wanted, known)
    if wanted is not None:
        _check_present(reading, wanted, data)
    samples, problems = _to_samples(reading)
    if not samples:
        raise DatasetError(_nothing_left(data, problems))
    chosen = _first(samples, limit)
    del samples
    if with_clips:
        problems += _add_clips(chosen, clips or reading.clips_folder)
    asked = {sample.task for sample in chosen}
    return Dataset(
        reading.name,
        tuple(chosen),
        tuple(problems),
        _hash(chosen),
        own_tasks=tuple(task for task in own.values() if task.name in asked),
        task_file=task_file,
    )


@dataclass(frozen=True)
class _Place:
    """Where a dataset lies on this machine."""

    path: Path
    name: str | None = None
    """Its name, where the path does not tell it."""


def _place(data: str, names: Sequence[str] | None, own: Mapping[str, Task], *, with_clips: bool) -> _Place:
    """Where the dataset lies, fetched if need be."""
    if data.startswith("hf://"):
        from cuewise.samples import hub

        address = hub.parse_address(data)
        named = None
        if names is not None:
            known = {**all_tasks(), **own}
            if not own and not set(map(task_key, names)) <= set(map(task_key, known)):
                # Before its clips are fetched for a name that is only misspelt.
                found = _task_file_of(hub.fetch_task_file(address))
                known |= {} if found is None else read_task_file(found)
            named = [get_task(name, known) for name in names]
        return _Place(hub.fetch(address, tasks=named, with_clips=with_clips), str(address))
    try:
        return _Place(Path(data).expanduser())
    except RuntimeError as error:  # `~` without a home folder
        raise _unreadable(data, error) from error


def _task_file_of(path: Path) -> Path | None:
    """The task file that lies in a dataset's folder, or beside its file."""
    try:
        file = (path if path.is_dir() else path.parent) / TASK_FILE
        return file if file.is_file() else None
    except OSError:
        return None  # what hinders is told when the dataset is to be read


def _read(place: _Place, data: str, wanted: Sequence[Task] | None, known: Mapping[str, Task]) -> Reading:
    try:
        reading = read_files(place.path, wanted, known)
    except OSError as error:
        raise _unreadable(data, error) from error
    reading.name = place.name or reading.name
    return reading


def _unreadable(data: str, error: Exception) -> DatasetError:
    return DatasetError(f"cannot read {printable(data)}: {error}; check the path and its permissions")


def _check_present(reading: Reading, wanted: Sequence[Task], data: str) -> None:
    missing = ", ".join(task.name for task in wanted if task.name not in reading.present)
    if not missing:
        return
    if reading.any_unplaced:
        hint = "mend the entries that cannot be read, or do not choose it"
        reading.problems.append(Problem(printable(reading.name), f"has nothing readable of {missing}", hint))
    else:
        there = ", ".join(name for name in reading.known if name in reading.present) or "no entries at all"
        raise DatasetError(f"{printable(data)} has nothing of {missing}; it has {there}")


def _to_samples(reading: Reading) -> tuple[list[Sample], list[Problem]]:
    """The samples by task, own ones last, and all problems so far: those of whole files, then in the files' order.

    Uses up the reading's drafts.
    """
    chosen, problems = choose_candidates(reading.drafts)
    n_told = 0
    common: dict[object, Any] = {}
    samples: dict[str, Sample] = {}
    asked: dict[tuple[str, str, str, tuple[str, ...]], Sample] = {}
    for at, item in enumerate(_drained(reading.drafts)):
        try:
            clue = reading.clues.get((item.task.name, item.clip_id))
            sample = to_sample(item, chosen.get(at), clue)
            candidates = tuple(sorted(sample.label_set))
            key = (sample.task, sample.clip.id, sample.question, common.setdefault(candidates, candidates))
            if earlier := asked.get(key):
                raise _repeated(earlier, sample)
        except EntryError as error:
            problems += reading.problems[n_told : item.n_problems_before]
            n_told = item.n_problems_before
            problems.append(problem(item.where, item.clip_id, error.what, error.hint))
            continue
        sample = _lean(_distinct(sample, samples), common)
        asked[key] = sample
        samples[sample.id] = sample
    problems += reading.problems[n_told:]
    order = list(reading.known)
    return sorted(samples.values(), key=lambda sample: order.index(sample.task)), problems


def _drained(drafts: list[Draft]) -> Iterator[Draft]:
    """The drafts in their order; each is let go as it is given, so that drafts and samples share the room."""
    drafts.reverse()
    while drafts:
        yield drafts.pop()


def _repeated(earlier: Sample, sample: Sample) -> EntryError:
    if set(earlier.labels) == set(sample.labels):
        return EntryError("repeats an earlier entry", "remove one; the first is kept")
    gold = printable(", ".join(earlier.labels), 200)
    return EntryError(
        f"contradicts an earlier entry for the same clip, whose gold label is {gold}",
        "decide on one; the first is kept",
    )


def _distinct(sample: Sample, samples: dict[str, Sample]) -> Sample:
    identifier, number = sample.id, 1
    while identifier in samples:
        number += 1
        identifier = f"{sample.id}#{number}"
    return sample if number == 1 else sample.model_copy(update={"id": identifier})


def _nothing_left(data: str, problems: Sequence[Problem]) -> str:
    if not problems:
        return f"{printable(data)} holds no entries; check that it is the dataset you mean"
    if len(problems) > 1 and all(one.what == NO_TASK for one in problems):
        return f"no entry of {printable(data)} names a task: {problems[0].hint}"
    told = "\n".join(f"  {one}" for one in problems[:PROBLEMS_TOLD])
    more = f"\n  and {len(problems) - PROBLEMS_TOLD} more" if len(problems) > PROBLEMS_TOLD else ""
    return f"no entry of {printable(data)} can be used:\n{told}{more}"


def _first(samples: list[Sample], limit: int | None) -> list[Sample]:
    """The first `limit` samples when tasks take turns, in the order they had."""
    if limit is None or limit >= len(samples):
        return samples
    seen: dict[str, int] = {}
    turns: list[tuple[int, int]] = []
    for at, sample in enumerate(samples):
        turns.append((seen.setdefault(sample.task, 0), at))
        seen[sample.task] += 1
    return [samples[at] for at in sorted(at for _, at in sorted(turns)[:limit])]


def _add_clips(samples: list[Sample], folder: Path) -> list[Problem]:
    """Say in each sample where its clip lies; returns what is wrong with clips.

    In place: a dataset may be large.
    """
    corpora = {sample.source for sample in samples if sample.source}
    corpora |= {source.name for task in all_tasks().values() for source in task.sources}
    index = ClipIndex(folder, corpora)
    problems: list[Problem] = []
    common: dict[object, Any] = {}
    for at, sample in enumerate(samples):
        # A clip that serves two tasks may lie under both tasks' folders.
        near = (sample.task, sample.task.replace("-", "_"))
        try:
            path = index.find(sample.clip.id, near)
        except ClipMissingError as error:
            hint = (
                "put one such file there (no link out), or name the folder that holds it as the clips folder"
            )
            problems.append(Problem(printable(sample.id), f"{error}; it counts as missing", hint))
            continue
        if path:
            samples[at] = _lean(sample, common, str(path))
    return problems


def _lean(sample: Sample, common: dict[object, Any], path: str | None = None) -> Sample:
    """The sample with what it shares with others held once: a dataset is in memory as long as its run.

    Validated values alone go in, so they need not be validated again.

    Args:
        sample: whose clip has no path yet.
        common: values met so far, by themselves.
        path: where the clip lies.
    """
    values = dict(sample.__dict__)
    for name in ("task", "question", "label_set", "labels", "source", "scale", "synonyms"):
        values[name] = common.setdefault(values[name], values[name])
    values["clip"] = Clip.model_construct(_CLIP_FIELDS, id=sample.clip.id, path=path)
    return Sample.model_construct(_SAMPLE_FIELDS, **values)


def _hash(samples: Iterable[Sample]) -> str:
    digest = hashlib.sha256()
    for sample in samples:
        digest.update(hashed_part(sample))
    return digest.hexdigest()


def hashed_part(sample: Sample) -> bytes:
    """What a dataset's hash takes of a sample: all of it but where its clip lies. The hash is over the samples' parts
    one after the other, in the dataset's order."""
    left_out: dict[str, Any] = {"clip": {"path"}}
    # Of samples that have none of them, so that datasets keep the hash that earlier versions gave them.
    left_out |= {name: True for name in ("scale", "synonyms", "sound_from") if not getattr(sample, name)}
    return sample.model_dump_json(exclude=left_out).encode() + b"\n"
