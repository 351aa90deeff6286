"""The authors' folders: which files are read, how clues are joined, and what is said of broken files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cuewise.errors import DatasetError, UnknownTaskError
from cuewise.samples.dataset import read_dataset

SET = ["neutral", "wishing"]


def question(number: int, **more: Any) -> dict[str, Any]:
    return {"video_id": f"MC-EIU/video/{number}.mkv", "label": "wishing", "label_set": SET, **more}


def clue(number: int, text: object = "a soft voice", **more: Any) -> dict[str, Any]:
    return {"video_id": f"MC-EIU/video/{number}.mkv", "ground_truth": "wishing", "audio_clue": text, **more}


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    path.write_text(text, encoding="utf-8")


def test_folders_with_questions_clues_and_clips(tmp_path: Path) -> None:
    write(tmp_path / "IR/question/IR.json", [question(1), question(2)])
    write(tmp_path / "IR/audio_clue/clues.json", [clue(2, " high,\nfast "), clue(1)])
    write(
        tmp_path / "er_lab/question/a.json",
        [{"video_id": "x.mp4", "label": "Fear", "label_set": ["Fear", "Joy"]}],
    )
    write(tmp_path / "er_lab/question/._a.json", "left by another system")
    write(tmp_path / "notes/question/a.json", "not a task")
    write(tmp_path / "IR/MC-EIU/video/1.mkv", "media")
    dataset = read_dataset(str(tmp_path))
    assert dataset.problems == ()
    lab, first, second = dataset.samples
    assert (lab.id, lab.source, lab.audio_clue) == ("ER-Lab/x.mp4", None, None)
    assert (first.id, first.source, first.audio_clue) == ("IR/MC-EIU/video/1.mkv", "MC-EIU", "a soft voice")
    assert second.audio_clue == " high,\nfast "
    assert first.clip.path == str(tmp_path.resolve() / "IR/MC-EIU/video/1.mkv")
    assert second.clip.path is None


def test_a_clip_of_two_tasks_is_found_in_both_folders(tmp_path: Path) -> None:
    for task in ("FG-SA", "SA"):
        entry = {
            "video_id": "CMU-MOSI/video/1.mp4",
            "label": "negative",
            "label_set": ["negative", "positive"],
        }
        write(tmp_path / task / "question/q.json", [entry])
        write(tmp_path / task / "CMU-MOSI/video/1.mp4", "media")
    for sample in read_dataset(str(tmp_path)).samples:
        assert sample.clip.path == str(tmp_path.resolve() / sample.task / "CMU-MOSI/video/1.mp4")


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (clue(3), "no readable question"),
        ({"audio_clue": "x"}, "no readable question"),
        (clue(1, None), "has no `audio_clue`"),
        (clue(1, "  "), "has no `audio_clue`"),
        (clue(1, 5), "has no `audio_clue`"),
        (clue(1, "\ud800"), "has no `audio_clue`"),
        (clue(1, ground_truth="neutral"), "another gold label"),
        ("clue", "JSON str"),
    ],
)
def test_a_bad_clue_is_told_and_its_question_kept(tmp_path: Path, entry: object, what: str) -> None:
    write(tmp_path / "IR/question/IR.json", [question(1), question(2)])
    write(tmp_path / "IR/audio_clue/IR.json", [clue(2), entry])
    dataset = read_dataset(str(tmp_path))
    assert len(dataset.samples) == 2
    assert dataset.samples[1].audio_clue == "a soft voice"
    (problem,) = dataset.problems
    assert problem.where.startswith("IR/audio_clue/IR.json, entry 2")
    assert what in problem.what


def test_of_two_clues_the_first_is_kept(tmp_path: Path) -> None:
    write(tmp_path / "IR/question/IR.json", [question(1)])
    write(tmp_path / "IR/audio_clue/IR.json", [clue(1), clue(1), clue(1, "a loud voice")])
    dataset = read_dataset(str(tmp_path))
    assert dataset.samples[0].audio_clue == "a soft voice"
    assert [problem.where for problem in dataset.problems] == [
        "IR/audio_clue/IR.json, entry 3 (MC-EIU/video/1.mkv)"
    ]


def test_bad_questions_are_told_with_file_number_and_id(tmp_path: Path) -> None:
    bad = [question(2, label="shy"), {"label": "wishing", "label_set": SET}, 7, question(1, label="neutral")]
    write(tmp_path / "IR/question/IR.json", [question(1), *bad])
    dataset = read_dataset(str(tmp_path))
    assert len(dataset.samples) == 1
    assert {(problem.where, problem.what.split(" (")[0]) for problem in dataset.problems} == {
        ("IR/question/IR.json, entry 2 (MC-EIU/video/2.mkv)", "the label 'shy' is not among its candidates"),
        ("IR/question/IR.json, entry 3", "names no clip"),
        ("IR/question/IR.json, entry 4", "is a JSON int, not an object"),
        (
            "IR/question/IR.json, entry 5 (MC-EIU/video/1.mkv)",
            "contradicts an earlier entry for the same clip, whose gold label is wishing",
        ),
    }


def test_when_every_entry_is_bad_the_first_few_are_told(tmp_path: Path) -> None:
    write(tmp_path / "IR/question/IR.json", [question(number, label="shy") for number in range(5)])
    with pytest.raises(DatasetError) as caught:
        read_dataset(str(tmp_path))
    lines = str(caught.value).splitlines()
    assert lines[0] == f"no entry of {tmp_path} can be used:"
    assert lines[1].startswith("  IR/question/IR.json, entry 1 (MC-EIU/video/0.mkv): the label 'shy'")
    assert lines[4] == "  and 2 more"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", r"is not JSON: Expecting value at line 1, column 1"),
        (b'[\n {"video_id": }]', r"is not JSON: Expecting value at line 2, column 15"),
        (b'[{"video_id": "a\xff"}]', r"entry 1: has bytes that are not UTF-8"),
        ('[{"video_id": "字"}]'.encode("utf-16"), r"is not UTF-8"),
        (b'{"video_id": "a"}', r"holds a JSON dict; it must hold a list"),
        (b"[" * 100_000, r"is not usable JSON: it is nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", r"is not usable JSON"),
        (b"[]", r"holds no entries"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    write(tmp_path / "IR/question/IR.json", "")
    (tmp_path / "IR/question/IR.json").write_bytes(content)
    with pytest.raises(DatasetError, match=what):
        read_dataset(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\n\n", "is empty"),
        ("a.csv", "clip,label,Clip\n", "names a column twice"),
        ("a.csv", 'clip,label\na.mp4,"happy\n', "line 2: is not CSV: unexpected end of data"),
        ("a.csv", "clip,label\n", "holds no entries"),
        ("a.jsonl", "\n \n", "holds no entries"),
        ("a.txt", "clip", "is not an annotation file"),
    ],
)
def test_a_broken_manifest_is_named(tmp_path: Path, name: str, content: str, what: str) -> None:
    write(tmp_path / name, content)
    with pytest.raises(DatasetError, match=what):
        read_dataset(str(tmp_path / name))


def test_what_is_no_dataset_says_what_one_looks_like(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="needs task folders such as ER-Lab"):
        read_dataset(str(tmp_path))
    with pytest.raises(DatasetError, match=r"there is no file or folder .*nowhere"):
        read_dataset(str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match="cannot read"):
        read_dataset("x" * 5000)
    write(tmp_path / "clips.csv", "clip,label\n")
    write(tmp_path / "manifest.jsonl", "")
    with pytest.raises(DatasetError, match=r"several manifests \(manifest\.jsonl, clips\.csv\)"):
        read_dataset(str(tmp_path))


def test_a_manifest_under_another_name_is_pointed_out(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"named manifest\.jsonl, manifest\.csv or clips\.csv$"):
        read_dataset(str(tmp_path))
    write(tmp_path / "m.csv", "clip,label\n")
    write(tmp_path / ".hidden.csv", "clip,label\n")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(
        DatasetError, match=r"clips\.csv; it holds m\.csv: name the file itself, or rename it$"
    ):
        read_dataset(str(tmp_path))
    for name in ("a\x1b[2J.jsonl", "b.CSV", "z.csv"):
        write(tmp_path / name, "clip,label\n")
    with pytest.raises(DatasetError, match=r"it holds a\\x1b\[2J\.jsonl, b\.CSV, m\.csv and 1 more: name"):
        read_dataset(str(tmp_path))


def test_a_task_folder_without_questions_is_told(tmp_path: Path) -> None:
    write(tmp_path / "IR/question/IR.json", [question(1)])
    (tmp_path / "SA/question").mkdir(parents=True)
    (problem,) = read_dataset(str(tmp_path)).problems
    assert (problem.where, problem.what) == ("SA/question", "holds no .json file")
    with pytest.raises(DatasetError, match="has nothing of FG-SA; it has SA, IR"):
        read_dataset(str(tmp_path), tasks=["FG-SA"])


def test_a_question_file_outside_the_layout_needs_a_task(tmp_path: Path) -> None:
    write(tmp_path / "own.json", [question(1)])
    with pytest.raises(UnknownTaskError, match="tells no task"):
        read_dataset(str(tmp_path / "own.json"))
    assert read_dataset(str(tmp_path / "own.json"), tasks=["IR"]).samples[0].task == "IR"
    write(tmp_path / "IR_own.json", [question(1)])
    assert read_dataset(str(tmp_path / "IR_own.json")).samples[0].task == "IR"
    with pytest.raises(DatasetError, match="has nothing of SA; it has IR"):
        read_dataset(str(tmp_path / "IR_own.json"), tasks=["SA"])
