"""`hf/FOLDER` and `vllm/FOLDER`: what results show of a folder, and how its weights are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.models.folders import check_no_folder, fingerprint, folder_of, shown_name
from cuewise.reports.private import scrub_command


@pytest.mark.parametrize(
    ("name", "folder", "shown"),
    [
        ("hf//home/ana/ckpt/emo-7b", "/home/ana/ckpt/emo-7b", "hf/emo-7b"),
        ("hf/./ckpt/emo-7b/", "ckpt/emo-7b", "hf/emo-7b"),
        ("hf/../emo-7b", "../emo-7b", "hf/emo-7b"),
        ("hf/Qwen/Qwen2.5-VL-3B-Instruct", None, "hf/Qwen/Qwen2.5-VL-3B-Instruct"),
        ("hf/gpt2", None, "hf/gpt2"),
        ("vllm//home/ana/ckpt/emo-7b", "/home/ana/ckpt/emo-7b", "vllm/emo-7b"),
        ("vllm/Qwen/Qwen2.5-Omni-7B", None, "vllm/Qwen/Qwen2.5-Omni-7B"),
        ("openai//home/ana/emo", None, "openai//home/ana/emo"),
    ],
)
def test_folders_and_names(name: str, folder: str | None, shown: str) -> None:
    assert folder_of(name) == (None if folder is None else Path(folder))
    assert shown_name(name) == shown


def test_folders_without_a_name_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder_of("hf/~/emo") == tmp_path / "emo"
    (tmp_path / "ckpt").mkdir()
    monkeypatch.chdir(tmp_path / "ckpt")
    assert shown_name("hf/.") == "hf/ckpt"
    assert shown_name("hf/..") == f"hf/{tmp_path.name}"


def test_a_path_here_is_not_taken_for_a_name_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_no_folder("vllm/lab/emo")
    (tmp_path / "lab" / "emo").mkdir(parents=True)
    with pytest.raises(InputError, match=r"write vllm/\./lab/emo"):
        check_no_folder("vllm/lab/emo")


def test_a_model_in_one_file_is_known_too(tmp_path: Path) -> None:
    path = tmp_path / "emo.gguf"
    path.write_bytes(b"weights")
    first = fingerprint(path)
    path.write_bytes(b"Weights")
    assert fingerprint(path) != first


def test_a_report_shows_no_folder() -> None:
    shown = scrub_command(["cuewise", "run", "--model", "hf//home/ana/ckpt/emo", "--judge=vllm/~/ana/emo"])
    assert shown == "cuewise run --model hf/emo --judge=vllm/emo"


def test_large_files_are_known_by_blocks_from_start_to_end(tmp_path: Path) -> None:
    size = 17 * 2**20
    path = tmp_path / "model.safetensors"
    path.write_bytes(bytes(size))
    seen = {fingerprint(tmp_path)}
    for place in (0, size - 1, size - 2**16):
        data = bytearray(size)
        data[place] = 1
        path.write_bytes(data)
        seen.add(fingerprint(tmp_path))
    path.write_bytes(bytes(size + 1))
    seen.add(fingerprint(tmp_path))
    assert len(seen) == 5
