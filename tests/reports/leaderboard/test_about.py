"""What is known of models: by their names, and from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cuewise.errors import InputError
from cuewise.reports.leaderboard.about import About, about_model, read_about


@pytest.mark.parametrize(
    ("model", "access", "size"),
    [
        ("openai/gpt-4o", "closed", None),
        ("google/gemini-2.5-pro", "closed", None),
        ("hf/Qwen/Qwen2.5-VL-72B-Instruct", "open", "72B"),
        ("vllm/OpenGVLab/InternVL3-1.5B", "open", "1.5B"),
        ("openai-api/lab/qwen3-vl-30b-a3b-instruct", None, "30B"),
        ("openai-api/lab/emo8bit", None, None),
        ("simulated/careful", None, None),
        ("baseline/majority", None, None),
    ],
)
def test_by_name(model: str, access: str | None, size: str | None) -> None:
    assert about_model(model, "run", {}) == About(None, access, size)


def test_what_is_told_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "about.toml"
    path.write_text(
        '[models."openai/gpt-4o"]\ntitle = "GPT-4o"\nsize = "200B"\n[models.first]\naccess = "open"\n'
    )
    told = read_about(path)
    assert about_model("openai/gpt-4o", "other", told) == About("GPT-4o", "closed", "200B")
    assert about_model("openai/gpt-4o", "first", told) == About(None, "open", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("models = 1", "alone"),
        ("[other]\n[models.a]\n", "alone"),
        ("[models.a]\nacces = 'open'", "acces"),
        ("[models.a]\naccess = 'half'", "open or closed"),
        ("[models.a]\nsize = '7'", "like 7B"),
        ("[models.a]\nsize = 7", "texts"),
        ("[models.a]\ntitle = ' '", "texts"),
        ("models.a = 3", "no table"),
        ("[models", "no TOML"),
    ],
)
def test_what_it_must_not_say(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "about.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=why):
        read_about(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_about(tmp_path / "absent.toml")
