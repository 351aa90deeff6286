"""Find the annotation files of a dataset and read their entries: the authors' folders, or a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.samples.entries import Draft, EntryError, clip_id_of, draft, problem, task_of
from cuewise.samples.files import Entry, is_encodable, read_csv, read_json_lines, read_json_list
from cuewise.samples.problems import Problem, printable
from cuewise.samples.tasks import Task, get_task, task_from_file_name, tasks

MANIFEST_NAMES: Final = ("manifest.jsonl", "manifest.csv", "clips.csv")
TABLES_TOLD: Final = 3
"""How many other files a message names that may be meant."""
_READERS: Final[dict[str, Callable[[Path, str], Iterator[Entry | Problem]]]] = {
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
    known: Mapping[str, Task] = field(default_factory=tasks)
    """All tasks that entries may name, in order."""
    present: set[str] = field(default_factory=set)
    """Tasks that the dataset has, whether asked for or not."""
    any_unplaced: bool = False
    """Whether there is a problem of which nobody can tell what task it belongs to."""


def read_files(path: Path, wanted: Sequence[Task] | None, known: Mapping[str, Task]) -> Reading:
    """Read all entries of a dataset that belong to the tasks wanted (None: all of those known).

    Raises:
        DatasetError: nothing there can be read as a dataset.
        UnknownTaskError: a question file whose name tells no task.
    """
    if path.is_dir():
        folders = _task_folders(path, known)
        if folders:
            return _read_folders(path, folders, wanted, known)
        manifests = [path / name for name in MANIFEST_NAMES if (path / name).is_file()]
        if len(manifests) == 1:
            return _read_manifest(manifests[0], path.resolve().name, wanted, known)
        if manifests:
            names = ", ".join(manifest.name for manifest in manifests)
            raise DatasetError(f"{path} holds several manifests ({names}); name the one to read")
        raise DatasetError(
            f"{path} is no dataset: it needs task folders such as ER-Lab/question/*.json, "
            f"or one manifest named {', '.join(MANIFEST_NAMES[:-1])} or {MANIFEST_NAMES[-1]}{_other_tables(path)}"
        )
    if not path.exists():
        raise DatasetError(f"there is no file or folder {path}; check the path, or name hf://OWNER/NAME")
    kind = path.suffix.lower()
    if kind == ".json":
        return _read_question_file(path, wanted, known)
    if kind in _READERS:
        name = path.resolve().parent.name if path.name in MANIFEST_NAMES else path.stem
        return _read_manifest(path, name, wanted, known)
    raise DatasetError(f"{path} is not an annotation file; name a folder or a .json, .jsonl or .csv file")


def _other_tables(path: Path) -> str:
    """What to say of files in a folder that may be manifests under other names."""
    others = sorted(
        file.name
        for file in path.iterdir()
        if file.suffix.lower() in (".csv", ".jsonl") and not file.name.startswith(".") and file.is_file()
    )
    if not others:
        return ""
    told = ", ".join(printable(name) for name in others[:TABLES_TOLD])
    more = f" and {len(others) - TABLES_TOLD} more" if len(others) > TABLES_TOLD else ""
    return f"; it holds {told}{more}: name the file itself, or rename it"


def _task_named(folder: Path, known: Mapping[str, Task]) -> Task | None:
    try:
        return get_task(folder.name, known)
    except UnknownTaskError:
        return None


def _task_folders(path: Path, known: Mapping[str, Task]) -> list[tuple[Task, Path]]:
    """Folders in the authors' layout, in the order of the tasks; `path` itself may be one."""
    own = _task_named(path.resolve(), known)
    if own and (path / "question").is_dir():
        return [(own, path)]
    found = [
        (task, folder)
        for folder in sorted(path.iterdir())
        if (task := _task_named(folder, known)) and _has_questions(folder)
    ]
    order = list(known)
    return sorted(found, key=lambda pair: order.index(pair[0].name))


def _has_questions(folder: Path) -> bool:
    try:
        return (folder / "question").is_dir()
    except OSError:
        return True  # what hinders is told when the questions are to be read


def _read_folders(
    path: Path, folders: list[tuple[Task, Path]], wanted: Sequence[Task] | None, known: Mapping[str, Task]
) -> Reading:
    reading = Reading(path.resolve().name, path, known=known)
    for task, folder in folders:
        reading.present.add(task.name)
        if wanted is not None and task not in wanted:
            continue
        where = f"{folder.name}/question"
        files = _json_files(reading, folder / "question", where)
        if files == []:
            reading.problems.append(Problem(where, "holds no .json file", "put the task's questions there"))
        read = [_read_questions(reading, task, file, f"{where}/{file.name}") for file in files or ()]
        _read_clues(reading, task, folder / "audio_clue", questions_known=all(read))
    return reading


def _json_files(reading: Reading, folder: Path, name: str) -> list[Path] | None:
    """The JSON files in a folder, which need not exist; None where it cannot be looked into, which is a problem."""
    try:
        files = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        reading.problems.append(Problem(name, what, "check the folder and its permissions"))
        return None
    return [file for file in files if file.suffix == ".json" and not file.name.startswith(".")]


def _read_question_file(path: Path, wanted: Sequence[Task] | None, known: Mapping[str, Task]) -> Reading:
    in_layout = path.resolve().parent.name == "question"
    folder = path.resolve().parents[1] if in_layout else path.parent
    task = task_from_file_name(path, known) or (_task_named(folder, known) if in_layout else None)
    if task is None:
        if wanted is None or len(wanted) != 1:
            raise UnknownTaskError(f"the name of {path} tells no task; choose exactly one task for it")
        task = wanted[0]
    reading = Reading(path.stem, folder, present={task.name}, known=known)
    if wanted is None or task in wanted:
        read = _read_questions(reading, task, path, path.name)
        if in_layout:
            _read_clues(reading, task, folder / "audio_clue", questions_known=read)
    return reading


def _read_entries(reading: Reading, file: Path, name: str) -> Iterator[Entry]:
    """The entries of a file; what cannot be read, the whole file even, is noted as a problem."""
    name = printable(name, 200)
    try:
        for found in _READERS[file.suffix.lower()](file, name):
            if isinstance(found, Problem):
                reading.problems.append(found)
            else:
                yield found
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        reading.problems.append(Problem(name, what, "check the file and its permissions"))


def _read_questions(reading: Reading, task: Task, file: Path, name: str) -> bool:
    """Add the questions of a file; whether it had any entries, good or bad."""
    any_entries = False
    for entry in _read_entries(reading, file, name):
        any_entries = True
        try:
            reading.drafts.append(draft(entry, task, len(reading.problems)))
        except EntryError as error:
            reading.problems.append(problem(entry.where, clip_id_of(entry), error.what, error.hint))
    return any_entries


def _read_manifest(
    path: Path, name: str, wanted: Sequence[Task] | None, known: Mapping[str, Task]
) -> Reading:
    reading = Reading(name, path.parent, known=known)
    default = wanted[0] if wanted is not None and len(wanted) == 1 else None
    n_placed = 0
    for entry in _read_entries(reading, path, path.name):
        task = None
        try:
            task = task_of(entry, default, known)
            reading.present.add(task.name)
            if wanted is None or task in wanted:
                reading.drafts.append(draft(entry, task, len(reading.problems)))
        except EntryError as error:
            n_placed += task is not None
            reading.problems.append(problem(entry.where, clip_id_of(entry), error.what, error.hint))
    reading.any_unplaced = len(reading.problems) > n_placed
    return reading


def _read_clues(reading: Reading, task: Task, folder: Path, *, questions_known: bool) -> None:
    """Join audio clues to the task's questions by clip id.

    One that fits no question is a problem, unless a file of questions is itself one (`questions_known`).
    """
    gold = {item.clip_id: item.labels for item in reading.drafts if item.task is task}
    name = f"{folder.parent.name}/{folder.name}"
    for file in _json_files(reading, folder, name) or ():
        for entry in _read_entries(reading, file, f"{name}/{file.name}"):
            clip_id = clip_id_of(entry)
            if clip_id not in gold and not questions_known:
                continue
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
