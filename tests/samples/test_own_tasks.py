"""Tasks of one's own: what a task file may say, what is refused, and what becomes of a dataset's entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.audits.gaming import write_with_clues
from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.samples import hub
from cuewise.samples.dataset import read_dataset
from cuewise.samples.hub import HubAddress
from cuewise.samples.own_tasks import MAX_FILE_BYTES, read_task_file
from cuewise.samples.tasks import LabelKind, tasks

SOUND = """
[Fatigue]
title = "fatigue at the wheel"
description = "Tell how tired a driver is."
kind = "ordinal"
labels = ["Alert", "Tired", "Burnt out"]
question = "How tired is this person?"
synonyms = { "Burnt out" = ["spent", "worn out"] }

["Ton und Haltung"]
kind = "multi"
labels = ["ironisch", "Confused/Lost", "怀疑"]
question = "Which of these holds?"
"""
ROWS: list[dict[str, Any]] = [
    {"clip": "b.mp4", "label": "tired", "task": "Fatigue"},
    {"clip": "a.mp4", "label": "ironisch; 怀疑", "task": "ton und haltung"},
    {"clip": "a.mp4", "label": "positive", "task": "SA"},
]


def write(folder: Path, text: str = SOUND, name: str = "tasks.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def write_rows(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")
    return folder


# --- the file --------------------------------------------------------------------------------------


def test_a_file_defines_tasks(tmp_path: Path) -> None:
    fatigue, tone = read_task_file(write(tmp_path)).values()
    assert (fatigue.name, fatigue.title, fatigue.kind) == (
        "Fatigue",
        "fatigue at the wheel",
        LabelKind.ORDINAL,
    )
    assert fatigue.labels == fatigue.scale == ("Alert", "Tired", "Burnt out")
    assert fatigue.synonyms == (("Burnt out", ("spent", "worn out")),)
    assert (fatigue.separator, fatigue.multi_label, fatigue.own) == (None, False, True)
    assert (tone.name, tone.title, tone.description) == ("Ton und Haltung", "Ton und Haltung", "")
    assert (tone.separator, tone.multi_label, tone.scale, tone.synonyms) == (";", True, (), ())


def entry(**changes: str) -> str:
    """A sound task with some lines in place of its own, or without those that are empty."""
    lines = {"kind": '"single"', "labels": '["a", "b"]', "question": '"What?"', **changes}
    return "[Mine]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "defines no task"),
        ("Mine = 3", "task 'Mine': is not a table"),
        ("[Mine\n", "is not TOML"),
        ("[Mine]\n[Mine]\n", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        (entry(kind=""), "task 'Mine', `kind`: is missing"),
        (entry(kind='"double"'), "`kind`: is 'double'; choose one of single, multi, ordinal"),
        (entry(kind="[1]"), "`kind`: is '\\[1\\]'"),
        (entry(questoin='"?"'), "`questoin`: is no key of a task; did you mean question?"),
        (entry(question='" "'), "`question`: is not text, or empty"),
        (entry(question=r'"a\u001b[2Jb"'), "`question`: has control characters"),
        (entry(question=f'"{"x" * 9000}"'), "`question`: has 9000 characters; use at most 8000"),
        (entry(title='"two\\nlines"'), "`title`: is not one line"),
        (entry(title="3"), "`title`: is not one line"),
        (entry(labels='"a, b"'), "`labels`: is not a list"),
        (entry(labels='["a"]'), "`labels`: is not a list of two"),
        (entry(labels='["a", 3]'), r"`labels`: entry 2 \('3'\) is not text"),
        (entry(labels='["a", "!?"]'), "entry 2 .* has no letters"),
        (entry(labels='["a", " b"]'), "entry 2 .* spaces around it"),
        (entry(labels='["a", "b, c"]'), "entry 2 .* has a comma"),
        (entry(labels=r'["a", "b\u202ec"]'), "entry 2 .* cannot be shown"),
        (entry(labels=f'["a", "{"b" * 61}"]'), "entry 2 .* has 61 characters; use at most 60"),
        (entry(labels='["Worn out", "worn-out"]'), "'Worn out' and 'worn-out' are of the same words"),
        (entry(labels=str([f"l{n}" for n in range(201)])), "has 201 labels; 200 are the most"),
        (entry(separator='"|"'), "`separator`: has no use where `kind` is single"),
        (entry(kind='"multi"', separator='"b"'), "`separator`: is 'b'; use one sign"),
        (entry(kind='"multi"', separator='"|"', labels='["a|b", "c"]'), "stands in the label 'a|b' too"),
        (entry(synonyms='["x"]'), "`synonyms`: is not a table"),
        (entry(synonyms='{ c = ["x"] }'), "'c' is none of the labels"),
        (entry(labels='["Calm", "Tense"]', synonyms='{ calm = ["x"] }'), "did you mean Calm?"),
        (entry(synonyms='{ a = "x" }'), "those of 'a' are not a list"),
        (entry(synonyms='{ a = ["B"] }'), "'B' is given for 'a' and already stands for 'b'"),
        (entry(synonyms='{ a = ["x"], b = ["X"] }'), "'X' is given for 'b' and already stands for 'a'"),
        (entry() + "[mine]\n" + entry().partition("\n")[2], "task 'mine': its name is also that of 'Mine'"),
    ],
)
def test_what_is_wrong_is_told_with_task_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DatasetError, match=told) as caught:
        read_task_file(write(tmp_path, text))
    assert "tasks.toml" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ER-Lab", "ER-Lab is one of the benchmark's own tasks"),
        ("er_lab", "ER-Lab is one of the benchmark's own tasks"),
        ("fg_sa", "FG-SA is one of the benchmark's own tasks"),
        ("all", "reserved"),
        ("COM1", "reserved"),
        ("aux.x", "reserved"),
        ("x" * 41, "has 41 characters; use at most 40"),
        ("", "would not do as a folder"),
        ("..", "would not do as a folder"),
        ("../up", "would not do as a folder"),
        ("a/b", "would not do as a folder"),
        (r"a\\b", "would not do as a folder"),
        ("a,b", "would not do as a folder"),
        ("a#2", "would not do as a folder"),
        ("ends.", "would not do as a folder"),
        (" begins", "would not do as a folder"),
        (r"a\u202eb", "would not do as a folder"),
        (r"a\u0000b", "would not do as a folder"),
        ("<script>", "would not do as a folder"),
    ],
)
def test_names_that_could_do_harm_are_refused(tmp_path: Path, name: str, told: str) -> None:
    text = entry().replace("[Mine]", f'["{name}"]')
    with pytest.raises(DatasetError, match=told) as caught:
        read_task_file(write(tmp_path, text))
    assert str(caught.value).isprintable()


def test_what_is_no_task_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.toml cannot be read: No such file"):
        read_task_file(tmp_path / "nowhere.toml")
    file = tmp_path / "tasks.toml"
    file.write_bytes(b"[Mine]\ntitle = '\xff'\n")
    with pytest.raises(DatasetError, match="line 2: is not UTF-8"):
        read_task_file(file)
    file.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(DatasetError, match="larger than 1 MiB"):
        read_task_file(file)


ALMOST_SOUND = st.builds(lambda at, put: SOUND[:at] + put + SOUND[at + 1 :], st.integers(0, 500), st.text())


@given(st.text() | ALMOST_SOUND)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = read_task_file(file)
    except DatasetError as error:
        assert str(error).isprintable()
    else:
        assert found and not set(found) & set(tasks())


# --- datasets --------------------------------------------------------------------------------------


def test_own_tasks_stand_beside_the_eight(tmp_path: Path) -> None:
    write(tmp_path)
    dataset = read_dataset(str(write_rows(tmp_path, ROWS)))
    assert dataset.problems == ()
    assert [sample.id for sample in dataset.samples] == ["SA/a.mp4", "Fatigue/b.mp4", "Ton und Haltung/a.mp4"]
    _, fatigue, tone = dataset.samples
    assert (fatigue.question, fatigue.labels) == ("How tired is this person?", ("Tired",))
    assert fatigue.label_set == fatigue.scale == ("Alert", "Tired", "Burnt out")
    assert fatigue.synonyms == (("Burnt out", ("spent", "worn out")),)
    assert (tone.labels, tone.multi_label, tone.scale) == (("ironisch", "怀疑"), True, ())
    assert [task.name for task in dataset.own_tasks] == ["Fatigue", "Ton und Haltung"]
    assert dataset.task_file == tmp_path / "tasks.toml"
    one = read_dataset(str(tmp_path / "manifest.jsonl"), tasks=["fatigue"])
    assert [sample.id for sample in one.samples] == ["Fatigue/b.mp4"]
    assert [task.name for task in one.own_tasks] == ["Fatigue"]


def test_a_named_file_goes_before_the_one_that_lies_there(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "data", [{"clip": "a", "label": "b", "task": "Mine"}])
    write(data, "[no TOML at all")
    other = write(tmp_path, entry(), "other.toml")
    assert read_dataset(str(data), task_file=other).samples[0].label_set == ("a", "b")
    with pytest.raises(DatasetError, match="is not TOML"):
        read_dataset(str(data))


def test_an_unknown_task_is_told_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path)
    data = str(write_rows(tmp_path, [*ROWS, {"clip": "c", "label": "x", "task": "Fatige"}]))
    (problem,) = read_dataset(data).problems
    assert "did you mean Fatigue" in problem.what
    assert problem.hint == "mend the `task`, or define it in a task file"
    with pytest.raises(UnknownTaskError, match=r"the tasks are ER-Lab, .*, IR, Fatigue, Ton und Haltung"):
        read_dataset(data, tasks=["Hunger"])


def test_labels_of_entries_are_those_of_the_task(tmp_path: Path) -> None:
    write(tmp_path)
    rows: list[dict[str, Any]] = [
        {"clip": "1", "label": "burnt OUT", "task": "Fatigue"},
        {"clip": "2", "label": "spent", "task": "Fatigue"},  # what only means the same is told
        {"clip": "3", "label": "tired", "task": "Fatigue", "label_set": ["tired", "ALERT"]},
        {"clip": "4", "label": "tired", "task": "Fatigue", "label_set": ["tired", "asleep"]},
    ]
    dataset = read_dataset(str(write_rows(tmp_path, rows)))
    first, third = dataset.samples
    assert first.labels == ("Burnt out",)
    # Candidates stand in the entry's order, the scale in the task's.
    assert (third.label_set, third.scale, third.synonyms) == (("Tired", "Alert"), ("Alert", "Tired"), ())
    second, fourth = dataset.problems
    assert "'spent' is not among its candidates, those of Fatigue (Alert, Tired, Burnt out)" in second.what
    assert second.hint.endswith("mend the label, or add it to the task file")
    assert "the candidate 'asleep' is none of Fatigue's labels" in fourth.what


def test_the_hash_holds_what_a_definition_changes(tmp_path: Path) -> None:
    data = str(write_rows(tmp_path, ROWS))
    sound = write(tmp_path)
    before = read_dataset(data).sha256
    changed = {}
    for old, new in [
        ('["spent", "worn out"]', '["spent"]'),
        ('"ordinal"', '"single"'),
        ("How tired", "How weary"),
        ('"Alert", "Tired"', '"Tired", "Alert"'),
    ]:
        write(tmp_path, SOUND.replace(old, new))
        changed[new] = read_dataset(data).sha256
    assert len({before, *changed.values()}) == 5
    write(tmp_path, SOUND.replace("fatigue at the wheel", "tiredness"))  # no answer depends on it
    assert read_dataset(data).sha256 == before
    sound.unlink()
    rows = write_rows(tmp_path / "eight", ROWS[2:])
    # As computed before there were own tasks: stored runs go on.
    assert read_dataset(str(rows)).sha256 == EIGHT_SHA256


EIGHT_SHA256 = "b1522c95835007941e1a79c7d94e54a9340ba2cd18df2ebabc343ae8c83dc98e"


def test_own_tasks_in_the_authors_layout(tmp_path: Path) -> None:
    """As the audit of gaming writes them, with clues."""
    file = write(tmp_path)
    dataset = read_dataset(str(write_rows(tmp_path, ROWS)))
    root = write_with_clues(dataset, tmp_path / "clued")
    again = read_dataset(str(root), task_file=file)
    assert again.problems == ()
    assert [sample.id for sample in again.samples] == [sample.id for sample in dataset.samples]
    assert all(sample.audio_clue for sample in again.samples)
    bare = [sample.model_copy(update={"audio_clue": None}) for sample in again.samples]
    assert bare == list(dataset.samples)


def test_on_the_hub_a_name_that_is_not_one_of_the_eight_is_looked_up_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def download(_: HubAddress, allowed: Any, __: Any, folder: Path) -> None:
        asked.append(tuple(allowed))
        write(folder)
        if len(allowed) > 1:
            write_rows(folder, ROWS)

    monkeypatch.setenv("CUEWISE_CACHE", str(tmp_path))
    monkeypatch.setattr(hub, "_download", download)
    with pytest.raises(UnknownTaskError, match="did you mean Fatigue"):
        read_dataset("hf://lab/set", tasks=["Fatige"])
    assert asked == [("tasks.toml",)]  # and no clips for a name that is misspelt
    assert read_dataset("hf://lab/set", tasks=["Fatigue"]).samples[0].id == "Fatigue/b.mp4"
    assert "tasks.toml" in asked[-1]
    assert "*.zip" in asked[-1]
    bare = read_dataset("hf://lab/set", tasks=["Fatigue"], with_clips=False)
    assert bare.samples[0].id == "Fatigue/b.mp4"
    assert "*.zip" not in asked[-1]


def test_without_clips_none_is_looked_for(tmp_path: Path) -> None:
    write(tmp_path)
    data = str(write_rows(tmp_path, ROWS))
    (tmp_path / "b.mp4").write_bytes(b"media")
    looked, bare = read_dataset(data), read_dataset(data, with_clips=False)
    assert [sample.clip.path for sample in bare.samples] == [None] * 3
    assert [bool(sample.clip.path) for sample in looked.samples] == [False, True, False]
    assert bare.sha256 == looked.sha256
