"""Reading judged files: what is refused names the file and the place, what is defective still counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.scores.judged import Reading, read_judged_file


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "ER-Lab_eval.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_entries_are_read_in_order(tmp_path: Path) -> None:
    entries = read_judged_file(
        write(
            tmp_path,
            json.dumps(
                [
                    {
                        "video_id": "a.mp4",
                        "ground_truth": "sad",
                        "step": "<step></step>",
                        "score": None,
                        "x": [1],
                    },
                    {
                        "video_id": "ü",
                        "ground_truth": "sad",
                        "step": "s",
                        "score": "t",
                        "input_tokens": "many",
                    },
                ]
            ),
        )
    )
    first, second = entries
    assert (first.file, first.number, first.video_id, first.score) == ("ER-Lab_eval.json", 1, "a.mp4", None)
    assert (second.number, second.video_id, second.step, second.score) == (2, "ü", "s", "t")
    assert not first.defects
    assert not second.defects


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read_judged_file(write(tmp_path, b"\xef\xbb\xbf[]")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1, column 1"),
        ('[{"score": "a"},\n  {"score": }]', "line 2, column 13"),
        ('{"score": "a"}', "an object, not a list"),
        ("null", "null, not a list"),
        ('[{"score": "a"}, "b"]', "entry 2 is text"),
        ("[[]]", "entry 1 is a list"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "number too long"),
    ],
)
def test_files_that_are_no_list_of_objects_are_refused(tmp_path: Path, text: str | bytes, told: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=told) as caught:
        read_judged_file(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_paths_that_cannot_be_read_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_judged_file(tmp_path / name)


def test_a_defective_entry_is_kept_with_its_defects(tmp_path: Path) -> None:
    whole = {"video_id": "a", "ground_truth": "sad", "step": "s", "score": "t"}
    entries = read_judged_file(write(tmp_path, json.dumps([whole, {"step": 3, "score": ["t"]}, whole])))
    assert [bool(entry.defects) for entry in entries] == [False, True, False]
    assert entries[1].defects == {
        "video_id": "`video_id` is absent",
        "ground_truth": "`ground_truth` is absent",
        "step": "`step` is a number, not text",
        "score": "`score` is a list, not text",
    }
    assert (entries[1].step, entries[1].score) == (None, None)


def test_a_readings_scores() -> None:
    reading = Reading((1.0, 0.0, 0.5))
    assert (reading.recognition, reading.reasoning, reading.n_steps) == (0.5, 0.5, 3)
    assert Reading((1.0,)).reasoning == 0
