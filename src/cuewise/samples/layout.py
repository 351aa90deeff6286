"""Find the annotation files of a dataset and read their entries: the authors' folders, or a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.samples.entries import Draft, EntryError, clip_id_of, draft, is_encodable, problem, task_of
from cuewise.samples.files import Entries, read_csv, read_json_lines, read_json_list
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task, task_from_file_name, tasks

MANIFEST_NAMES: Final = ("manifest.jsonl", "manifest.csv", "clips.csv")
_READERS: Final[dict[str, Callable[[Path, str], Entries]]] = {
    ".json": read_json_list,
    ".jsonl": read_json_lines,
    ".csv": read_csv,
}


@dataclass
class Reading:
    """What the annotation files of a dataset hold."""

    name: str
    clips_folder: Path
    """Where its clips lie unless the user says otherwise."""
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    clues: dict[tuple[str, str], str] = field(default_factory=dict)
    """Audio clue by task and clip id."""
    present: set[str] = field(default_factory=set)
    """Tasks that the dataset has, whether asked for or not."""


def read_files(path: Path, wanted: Sequence[Task] | None) -> Reading:
    """Read all entries of a dataset that belong to the tasks wanted (None: all).

    Raises:
        DatasetError: nothing there can be read as a dataset.
        UnknownTaskError: a question file whose name tells no task.
    """
    if path.is_dir():
        folders = _task_folders(path)
        if folders:
            return _read_folders(path, folders, wanted)
        manifests = [path / name for name in MANIFEST_NAMES if (path / name).is_file()]
        if len(manifests) == 1:
            return _read_manifest(manifests[0], path.resolve().name, wanted)
        if manifests:
            names = ", ".join(manifest.name for manifest in manifests)
            raise DatasetError(f"{path} holds several manifests ({names}); name the one to read")
        raise DatasetError(
            f"{path} is no dataset: it needs task folders such as ER-Lab/question/*.json, "
            f"or one manifest ({', '.join(MANIFEST_NAMES)})"
        )
    if not path.exists():
        raise DatasetError(f"there is no file or folder {path}; check the path, or name hf://OWNER/NAME")
    kind = path.suffix.lower()
    if kind == ".json":
        return _read_question_file(path, wanted)
    if kind in _READERS:
        name = path.resolve().parent.name if path.name in MANIFEST_NAMES else path.stem
        return _read_manifest(path, name, wanted)
    raise DatasetError(f"{path} is not an annotation file; name a folder or a .json, .jsonl or .csv file")


def _task_named(folder: Path) -> Task | None:
    try:
        return get_task(folder.name)
    except UnknownTaskError:
        return None


def _task_folders(path: Path) -> list[tuple[Task, Path]]:
    """Folders in the authors' layout, in the benchmark's order; `path` itself may be one."""
    own = _task_named(path.resolve())
    if own and (path / "question").is_dir():
        return [(own, path)]
    found = [
        (task, folder)
        for folder in sorted(path.iterdir())
        if (folder / "question").is_dir() and (task := _task_named(folder))
    ]
    order = list(tasks())
    return sorted(found, key=lambda pair: order.index(pair[0].name))


def _read_folders(path: Path, folders: list[tuple[Task, Path]], wanted: Sequence[Task] | None) -> Reading:
    reading = Reading(path.resolve().name, path)
    for task, folder in folders:
        reading.present.add(task.name)
        if wanted is not None and task not in wanted:
            continue
        files = _json_files(folder / "question")
        if not files:
            where = f"{folder.name}/question"
            reading.problems.append(Problem(where, "holds no .json file", "put the task's questions there"))
        for file in files:
            _read_questions(reading, task, file, f"{folder.name}/question/{file.name}")
        _read_clues(reading, task, folder / "audio_clue")
    return reading


def _json_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.json") if not file.name.startswith("."))


def _read_question_file(path: Path, wanted: Sequence[Task] | None) -> Reading:
    in_layout = path.resolve().parent.name == "question"
    folder = path.resolve().parents[1] if in_layout else path.parent
    task = task_from_file_name(path) or (_task_named(folder) if in_layout else None)
    if task is None:
        if wanted is None or len(wanted) != 1:
            raise UnknownTaskError(f"the name of {path} tells no task; choose exactly one task for it")
        task = wanted[0]
    reading = Reading(path.stem, folder, present={task.name})
    if wanted is None or task in wanted:
        _read_questions(reading, task, path, path.name)
        if in_layout:
            _read_clues(reading, task, folder / "audio_clue")
    return reading


def _read_questions(reading: Reading, task: Task, file: Path, name: str) -> None:
    found = read_json_list(file, printable(name))
    reading.problems += found.problems
    for entry in found.entries:
        try:
            reading.drafts.append(draft(entry, task))
        except EntryError as error:
            reading.problems.append(problem(entry.where, clip_id_of(entry), error.what, error.hint))


def _read_manifest(path: Path, name: str, wanted: Sequence[Task] | None) -> Reading:
    reading = Reading(name, path.parent)
    found = _READERS[path.suffix.lower()](path, printable(path.name))
    reading.problems += found.problems
    default = wanted[0] if wanted is not None and len(wanted) == 1 else None
    for entry in found.entries:
        try:
            task = task_of(entry, default)
            reading.present.add(task.name)
            if wanted is None or task in wanted:
                reading.drafts.append(draft(entry, task))
        except EntryError as error:
            reading.problems.append(problem(entry.where, clip_id_of(entry), error.what, error.hint))
    return reading


def _read_clues(reading: Reading, task: Task, folder: Path) -> None:
    """Join audio clues to the task's questions by clip id; one that fits no question is a problem."""
    gold = {item.clip_id: item.labels for item in reading.drafts if item.task is task}
    for file in _json_files(folder):
        found = read_json_list(file, printable(f"{folder.parent.name}/{folder.name}/{file.name}"))
        reading.problems += found.problems
        for entry in found.entries:
            clip_id = clip_id_of(entry)
            if fault := _add_clue(reading.clues, task, clip_id, entry.values, gold):
                reading.problems.append(problem(entry.where, clip_id, fault, "mend the clue file"))


def _add_clue(
    clues: dict[tuple[str, str], str],
    task: Task,
    clip_id: str | None,
    values: Mapping[str, object],
    gold: Mapping[str, str | tuple[str, ...]],
) -> str | None:
    """Add one clue; what is wrong with it, in words, or None."""
    clue, truth = values.get("audio_clue"), values.get("ground_truth")
    if clip_id is None or clip_id not in gold:
        return "is a clue for a clip that no readable question asks about"
    if not isinstance(clue, str) or not clue.strip() or not is_encodable(clue):
        return "has no `audio_clue`, or one that is not text"
    if clues.setdefault((task.name, clip_id), clue) != clue:
        return "is a second, different clue for the same clip; the first is kept"
    if isinstance(truth, str) and isinstance(gold[clip_id], str) and truth.strip() != gold[clip_id]:
        return "states another gold label than the question does; the question's is kept"
    return None
