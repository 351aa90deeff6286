"""Broken files and lines: each is told of, and costs no sample that stands elsewhere."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.samples import files
from cuewise.samples.dataset import Dataset, read_dataset

SET = ["neutral", "wishing"]
TASKS = ("IR", "SA", "FG-SA")


def question(number: int, **more: Any) -> dict[str, Any]:
    return {"video_id": f"{number}.mkv", "label": "wishing", "label_set": SET, **more}


def clue(number: int) -> dict[str, Any]:
    return {"video_id": f"{number}.mkv", "audio_clue": "a soft voice"}


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Three tasks with two questions and two clues each."""
    for task in TASKS:
        for kind, make in (("question", question), ("audio_clue", clue)):
            (tmp_path / task / kind).mkdir(parents=True)
            (tmp_path / task / kind / f"{task}.json").write_text(json.dumps([make(1), make(2)], indent=2))
    return tmp_path


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def ids(dataset: Dataset) -> list[str]:
    return [sample.id for sample in dataset.samples]


def told(dataset: Dataset) -> list[str]:
    return [str(problem) for problem in dataset.problems]


# --- the authors' folders ----------------------------------------------------------------------------


def test_a_truncated_question_file_costs_its_own_questions_alone(layout: Path) -> None:
    truncate(layout / "IR/question/IR.json")
    dataset = read_dataset(str(layout))
    assert ids(dataset) == ["SA/1.mkv", "SA/2.mkv", "FG-SA/1.mkv", "FG-SA/2.mkv"]
    (problem,) = dataset.problems  # and not one more for each clue that lost its question
    assert problem.where == "IR/question/IR.json"
    assert problem.what.startswith("is not JSON: ")
    # Line 14 is `    "wishing"`, its last line, cut off inside the quotes.
    assert problem.what == "is not JSON: Unterminated string starting at line 14, column 7"
    assert problem.hint == "mend or fetch it again"
    # The other files give what they give when all is well.
    (layout / "IR/question/IR.json").write_text(json.dumps([question(1), question(2)]))
    mended = read_dataset(str(layout)).samples
    assert tuple(sample for sample in mended if sample.task != "IR") == dataset.samples


def test_of_several_question_files_the_readable_ones_are_kept_with_their_clues(layout: Path) -> None:
    (layout / "IR/question/more.json").write_text(json.dumps([question(3)]))
    truncate(layout / "IR/question/IR.json")
    dataset = read_dataset(str(layout), tasks=["IR"])
    assert ids(dataset) == ["IR/3.mkv"]
    assert [problem.where for problem in dataset.problems] == ["IR/question/IR.json"]


def test_a_truncated_clue_file_costs_its_clues_alone(layout: Path) -> None:
    truncate(layout / "SA/audio_clue/SA.json")
    (layout / "SA/audio_clue/more.json").write_text(json.dumps([clue(2)]))
    dataset = read_dataset(str(layout))
    assert len(dataset.samples) == 6
    assert [sample.audio_clue for sample in dataset.samples if sample.task == "SA"] == [None, "a soft voice"]
    (problem,) = dataset.problems
    assert problem.where == "SA/audio_clue/SA.json"
    assert problem.what.startswith("is not JSON: ")


@pytest.mark.parametrize("kind", ["question", "audio_clue"])
def test_a_file_that_cannot_be_opened_is_told(layout: Path, kind: str) -> None:
    (layout / "IR" / kind / "a.json").mkdir()
    (layout / "IR" / kind / "b.json").symlink_to(layout / "nowhere")
    dataset = read_dataset(str(layout))
    assert len(dataset.samples) == 6
    assert told(dataset) == [
        f"IR/{kind}/a.json: cannot be read: Is a directory; check the file and its permissions",
        f"IR/{kind}/b.json: cannot be read: No such file or directory; check the file and its permissions",
    ]


def test_a_task_folder_that_cannot_be_entered_costs_its_task_alone(
    layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Instead of chmod, which does not keep the superuser out.
    is_dir, iterdir = Path.is_dir, Path.iterdir

    def refused(path: Path) -> None:
        if path.parent.name == "IR":
            raise PermissionError(13, "Permission denied", str(path))

    def is_dir_if_allowed(path: Path) -> bool:
        refused(path)
        return is_dir(path)

    def iterdir_if_allowed(path: Path) -> Iterator[Path]:
        refused(path)
        return iterdir(path)

    monkeypatch.setattr(Path, "is_dir", is_dir_if_allowed)
    monkeypatch.setattr(Path, "iterdir", iterdir_if_allowed)
    dataset = read_dataset(str(layout))
    assert {sample.task for sample in dataset.samples} == {"SA", "FG-SA"}
    assert told(dataset) == [
        f"IR/{kind}: cannot be read: Permission denied; check the folder and its permissions"
        for kind in ("question", "audio_clue")
    ]


@pytest.mark.parametrize("kind", ["question", "audio_clue"])
def test_an_undecodable_byte_in_a_list_costs_its_entry(layout: Path, kind: str) -> None:
    path = layout / "IR" / kind / "IR.json"
    path.write_bytes(path.read_bytes().replace(b"2.mkv", b"\xff2.mkv"))
    dataset = read_dataset(str(layout))
    assert sum(sample.audio_clue is not None for sample in dataset.samples) == 5
    assert len(dataset.samples) == (5 if kind == "question" else 6)
    # The bytes were in the clip's id, so the clue of that question is left over.
    first, *others = dataset.problems
    assert (first.where, first.what) == (f"IR/{kind}/IR.json, entry 2", "has bytes that are not UTF-8")
    assert [problem.where for problem in others] == (
        ["IR/audio_clue/IR.json, entry 2 (2.mkv)"] if kind == "question" else []
    )


@pytest.mark.parametrize("depth", [100, 480, 900, 990])
def test_deep_nesting_beside_undecodable_bytes_is_told(layout: Path, depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    good = json.dumps(question(1)).encode()
    (layout / "IR/question/IR.json").write_bytes(b'[%s, "\xff", %s]' % (good, nested))
    dataset = read_dataset(str(layout))
    assert {sample.task for sample in dataset.samples} >= {"SA", "FG-SA"}
    assert all(problem.where.startswith("IR/") for problem in dataset.problems)


def test_a_file_in_another_encoding_is_told_as_such(layout: Path) -> None:
    path = layout / "IR/question/IR.json"
    path.write_bytes(path.read_text().encode("utf-16"))
    dataset = read_dataset(str(layout))
    assert len(dataset.samples) == 4
    assert told(dataset) == ["IR/question/IR.json: is not UTF-8 (at line 1); save it as UTF-8"]


def test_a_broken_task_that_was_asked_for_is_told_if_another_is_left(layout: Path) -> None:
    truncate(layout / "IR/question/IR.json")
    dataset = read_dataset(str(layout), tasks=["IR", "SA"])
    assert {sample.task for sample in dataset.samples} == {"SA"}
    assert [problem.where for problem in dataset.problems] == ["IR/question/IR.json"]
    with pytest.raises(
        DatasetError, match=r"(?s)no entry of .*IR/question/IR.json: is not JSON: .* at line "
    ):
        read_dataset(str(layout), tasks=["IR"])
    with pytest.raises(DatasetError, match=r"no entry of .* can be used:\n  IR.json: is not JSON"):
        read_dataset(str(layout / "IR/question/IR.json"))


# --- manifests -----------------------------------------------------------------------------------------

HEADER = b"clip,label,task,label_set,transcript\n"


def row(number: int, words: bytes = b"hello", task: bytes = b"IR") -> bytes:
    return b"%d.mkv,wishing,%s,neutral;wishing,%s\n" % (number, task, words)


def from_csv(folder: Path, *rows: bytes, tasks: list[str] | None = None) -> Dataset:
    (folder / "manifest.csv").write_bytes(HEADER + b"".join(rows))
    return read_dataset(str(folder), tasks=tasks)


def test_an_undecodable_cell_costs_its_row(tmp_path: Path) -> None:
    dataset = from_csv(tmp_path, row(1), row(2, "Grüße".encode("latin-1")), row(3, "Grüße".encode()))
    assert ids(dataset) == ["IR/1.mkv", "IR/3.mkv"]
    assert dataset.samples[1].transcript == "Grüße"
    assert told(dataset) == [
        "manifest.csv, line 3: `transcript` has bytes that are not UTF-8; save the file as UTF-8"
    ]


@pytest.mark.parametrize(("sign", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_that_are_not_separated_by_commas_are_told_as_such(
    tmp_path: Path, sign: str, called: str
) -> None:
    text = "clip,label,task\na.mp4,positive,SA\n".replace(",", sign)
    (tmp_path / "m.csv").write_text(text, encoding="utf-8-sig")
    with pytest.raises(DatasetError, match=f"m.csv: has {called} between its columns; save it with commas"):
        read_dataset(str(tmp_path / "m.csv"))


def test_an_undecodable_header_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_bytes((HEADER + row(1)).decode().encode("utf-16"))
    with pytest.raises(DatasetError, match=r"clips\.csv, line 1: has bytes that are not UTF-8; save"):
        read_dataset(str(tmp_path))


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (b'2.mkv,wishing,IR,neutral;wishing,"hello\n', "unexpected end of data"),
        (b'2.mkv,wishing,IR,neutral;wishing,"he said "no" to me"\n', "',' expected after '\"'"),
    ],
)
def test_broken_quoting_costs_its_row(tmp_path: Path, broken: bytes, what: str) -> None:
    dataset = from_csv(tmp_path, row(1), broken, row(3), row(4))
    assert ids(dataset) == ["IR/1.mkv", "IR/3.mkv", "IR/4.mkv"]
    assert told(dataset) == [f"manifest.csv, line 3: is not CSV: {what}; mend its quoting"]


def test_quotes_that_are_wrong_everywhere_do_not_take_forever(tmp_path: Path) -> None:
    started = time.thread_time()
    # Each line leaves a quote open, whether one was open before it or not.
    dataset = from_csv(tmp_path, row(1), *([b'a","x\n'] * 20_000))
    assert time.thread_time() - started < 10
    assert ids(dataset) == ["IR/1.mkv"]
    last = dataset.problems[-1]
    assert "nothing up to line 20002 is read" in last.what
    assert csv.field_size_limit() == 131_072


def test_a_cell_that_is_too_long_costs_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_CELL_LENGTH", 50)
    dataset = from_csv(tmp_path, row(1), row(2, b"x" * 51), row(3))
    assert ids(dataset) == ["IR/1.mkv", "IR/3.mkv"]
    assert dataset.problems[0].where == "manifest.csv, line 3"


def test_an_undecodable_line_costs_its_entry(tmp_path: Path) -> None:
    lines = [json.dumps(question(number, task="IR")).encode() for number in (1, 2, 3)]
    lines[1] = lines[1].replace(b"wishing", b"w\xefshing", 1)
    (tmp_path / "manifest.jsonl").write_bytes(b"\n".join(lines))
    dataset = read_dataset(str(tmp_path))
    assert ids(dataset) == ["IR/1.mkv", "IR/3.mkv"]
    assert told(dataset) == ["manifest.jsonl, line 2: has bytes that are not UTF-8; save the file as UTF-8"]


def test_a_task_whose_only_rows_are_broken_is_told_if_another_is_left(tmp_path: Path) -> None:
    rows = (row(1), row(2, b"\xff", task=b"SA"))
    dataset = from_csv(tmp_path, *rows, tasks=["IR", "SA"])
    assert ids(dataset) == ["IR/1.mkv"]
    assert [(problem.where, problem.what) for problem in dataset.problems] == [
        ("manifest.csv, line 3", "`transcript` has bytes that are not UTF-8"),
        (dataset.name, "has nothing readable of SA"),
    ]
    with pytest.raises(DatasetError, match=r"(?s)line 3: `transcript` has bytes.*has nothing readable of SA"):
        from_csv(tmp_path, *rows, tasks=["SA"])
    # Where every row could be read there is nothing of the task, and that is an error as before.
    with pytest.raises(DatasetError, match="has nothing of SA; it has IR"):
        from_csv(tmp_path, row(1), tasks=["IR", "SA"])


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=30).filter(lambda junk: not set(b"\r\n") & set(junk)))
def test_no_line_of_bytes_can_harm_another(junk: bytes) -> None:
    lines = [json.dumps(question(number, task="IR")).encode() + b"\n" for number in (1, 2)]
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.csv").write_bytes(HEADER + row(1) + junk + b"\n" + row(2))
        (Path(folder) / "a.jsonl").write_bytes(lines[0] + junk + b"\n" + lines[1])
        for name in ("a.csv", "a.jsonl"):
            dataset = read_dataset(f"{folder}/{name}")
            assert ids(dataset) == ["IR/1.mkv", "IR/2.mkv"]
            assert all(problem.where.startswith(f"{name}, line ") for problem in dataset.problems)
            assert all(str(problem).isprintable() for problem in dataset.problems)


# --- the tasks asked for -------------------------------------------------------------------------------


def test_no_task_is_not_all_tasks(layout: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"no task is named; name some of ER-Lab, .*, or leave the choice out"
    ):
        read_dataset(str(layout), tasks=())
    for name in ("", "  ", "\t"):
        with pytest.raises(UnknownTaskError, match="the name of a task is blank; the tasks are ER-Lab"):
            read_dataset(str(layout), tasks=["IR", name])
