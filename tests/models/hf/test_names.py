"""What `hf/...` means: a name on the hub, or a folder of which results show the last part alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.models.hf.names import folder_of, hub_name, shown_name
from cuewise.reports.private import scrub_command


@pytest.mark.parametrize(
    ("name", "folder", "shown"),
    [
        ("hf//home/ana/ckpt/emo-7b", "/home/ana/ckpt/emo-7b", "hf/emo-7b"),
        ("hf/./ckpt/emo-7b/", "ckpt/emo-7b", "hf/emo-7b"),
        ("hf/../emo-7b", "../emo-7b", "hf/emo-7b"),
        ("hf/Qwen/Qwen2.5-VL-3B-Instruct", None, "hf/Qwen/Qwen2.5-VL-3B-Instruct"),
        ("hf/gpt2", None, "hf/gpt2"),
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


@pytest.mark.parametrize("name", ["hf/a/b/c", "hf/a..b", "hf/a b", "hf/a\nb", "hf/Ä"])
def test_what_can_be_no_name_on_the_hub(name: str) -> None:
    with pytest.raises(InputError, match="names no model"):
        hub_name(name)


def test_a_folder_here_is_not_taken_for_a_name_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hub_name("hf/lab/emo") == "lab/emo"
    (tmp_path / "lab" / "emo").mkdir(parents=True)
    with pytest.raises(InputError, match=r"write hf/\./lab/emo"):
        hub_name("hf/lab/emo")


def test_a_report_shows_no_folder() -> None:
    shown = scrub_command(["cuewise", "run", "--model", "hf//home/ana/ckpt/emo", "--judge=hf/~/ana/emo"])
    assert shown == "cuewise run --model hf/emo --judge=hf/emo"
