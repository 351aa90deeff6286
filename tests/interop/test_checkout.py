"""A checkout is foreign: what is in it is read task by task, never run, and never followed out of its folder."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.interop import checkout as module
from cuewise.interop.checkout import import_prompts
from cuewise.samples.tasks import tasks
from support.authors_scripts import extract_script, judge_script, write_task


def test_all_eight_tasks_are_read_under_any_spelling(tmp_path: Path) -> None:
    for name in ("er-lab", "ER_Wild", "Noise_ER", "FG-ER", "ML-ER", "SA", "fg_sa", "IR"):
        write_task(tmp_path, name)
    (tmp_path / "eval_cot" / "Overall").mkdir()
    (tmp_path / "extract_step" / "README.md").write_text("read me")
    imported = import_prompts(tmp_path)
    assert list(imported.prompts.tasks) == list(tasks())
    assert imported.unread == {}
    extract = imported.prompts.tasks["ER-Lab"].extract
    assert extract.source == "extract_step/er-lab/code/extract_step.py"
    assert extract.source_sha256 == hashlib.sha256(extract_script().encode()).hexdigest()
    judge = imported.prompts.tasks["FG-SA"].judge
    assert judge.source == "eval_cot/fg_sa/code/eval_cot_gpt4o.py"
    assert (judge.model, judge.temperature, judge.max_tokens) == ("some-judge-2", 0.0, None)


def test_tasks_differ_in_their_prompts(tmp_path: Path) -> None:
    write_task(tmp_path, "SA")
    write_task(tmp_path, "IR", judge=judge_script().replace("Label:", "Intent:"))
    read = import_prompts(tmp_path).prompts.tasks
    assert read["SA"].extract.messages == read["IR"].extract.messages
    assert "Intent: " in str(read["IR"].judge.messages)
    assert "Intent: " not in str(read["SA"].judge.messages)


def test_a_task_that_cannot_be_read_is_left_out_with_a_reason(tmp_path: Path) -> None:
    write_task(tmp_path, "SA")
    write_task(tmp_path, "IR", extract="def process_entry(entry):\n    return entry.get('x')\n")
    write_task(tmp_path, "FG-ER", judge="x = (")
    (tmp_path / "extract_step" / "ML-ER").mkdir()
    imported = import_prompts(tmp_path)
    assert list(imported.prompts.tasks) == ["SA"]
    assert list(imported.unread) == [task for task in tasks() if task != "SA"]
    assert imported.unread["IR"].startswith(
        "extract_step/IR/code/extract_step.py, line 1: found no list of messages in process_entry; expected"
    )
    assert imported.unread["FG-ER"].startswith("eval_cot/FG-ER/code/eval_cot_gpt4o.py, line 1: not Python")
    assert imported.unread["ML-ER"] == (
        "extract_step/ML-ER/code/extract_step.py: there is no such file; fetch the checkout again"
    )
    assert imported.unread["ER-Lab"].startswith("extract_step/ER-Lab/code/extract_step.py: there is no such")


def test_without_any_task_every_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "extract_step").mkdir()
    (tmp_path / "eval_cot").mkdir()
    with pytest.raises(InputError, match="no task's prompts could be read") as caught:
        import_prompts(tmp_path)
    assert all(f"\n  {task}: extract_step/" in str(caught.value) for task in tasks())


@pytest.mark.parametrize("made", [[], ["extract_step"]])
def test_another_folder_is_no_checkout(tmp_path: Path, made: list[str]) -> None:
    for name in made:
        (tmp_path / name).mkdir()
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="is not a checkout of the authors' repository"):
            import_prompts(path)


def test_two_folders_of_one_task_are_not_chosen_between(tmp_path: Path) -> None:
    write_task(tmp_path, "SA")
    write_task(tmp_path, "FG-ER")
    write_task(tmp_path, "FG_ER")
    imported = import_prompts(tmp_path)
    assert list(imported.prompts.tasks) == ["SA"]
    assert imported.unread["FG-ER"].startswith("extract_step: the folders FG-ER and FG_ER are of one task")


def damaged(tmp_path: Path) -> Path:
    """A checkout of two tasks, and the extraction script of IR for damage."""
    write_task(tmp_path, "SA")
    write_task(tmp_path, "IR")
    return tmp_path / "extract_step" / "IR" / "code" / "extract_step.py"


def why_unread(tmp_path: Path) -> str:
    imported = import_prompts(tmp_path)
    assert list(imported.prompts.tasks) == ["SA"]
    return imported.unread["IR"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\ny = '\xff'\n", "line 2: not UTF-8"),
        (extract_script().encode("utf-16"), "line 1: not UTF-8"),
        (b"# coding: latin-1\nx = '\xe9'\n", "line 2: not UTF-8"),
        (b"x = '\0'\n", "not Python"),
        (b"x = " + b"[" * 100_000, "line 1: not Python"),
        (b"#" * (module.MAX_SOURCE_BYTES + 1), "larger than 256 KiB"),
        (b"", "no function `process_entry`"),
    ],
)
def test_files_that_are_no_such_script(tmp_path: Path, data: bytes, reason: str) -> None:
    damaged(tmp_path).write_bytes(data)
    assert re.match(rf"extract_step/IR/code/extract_step\.py.*{reason}", why_unread(tmp_path))


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    damaged(tmp_path).write_text(extract_script(), encoding="utf-8-sig")
    assert len(import_prompts(tmp_path).prompts.tasks) == 2


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    path = damaged(root)
    outside = tmp_path / "outside.py"
    path.rename(outside)
    path.symlink_to(outside)
    assert "a link leads out of the checkout" in why_unread(root)
    path.unlink()
    path.symlink_to(path)
    assert "there is no such file" in why_unread(root)
    path.unlink()
    path.symlink_to(root / "extract_step" / "SA" / "code" / "extract_step.py")
    assert len(import_prompts(root).prompts.tasks) == 2


def test_a_linked_folder_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    damaged(root)
    (root / "extract_step" / "IR").rename(tmp_path / "IR")
    (root / "extract_step" / "IR").symlink_to(tmp_path / "IR")
    assert "a link leads out of the checkout" in why_unread(root)


def test_a_checkout_may_itself_be_linked(tmp_path: Path) -> None:
    write_task(tmp_path / "real", "SA")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert list(import_prompts(tmp_path / "link").prompts.tasks) == ["SA"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    path = damaged(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert "there is no such file" in why_unread(tmp_path)
    path.unlink()
    path.mkdir()
    assert "there is no such file" in why_unread(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    damaged(tmp_path).chmod(0)
    assert "cannot be read (Permission denied)" in why_unread(tmp_path)
