from __future__ import annotations

from pathlib import Path

import pytest

from tools.run_readme import Example, main, matches, read_examples


def test_commands_and_their_output_are_found() -> None:
    text = (
        "Words\n\n```console\n$ echo a \\\n  b\na b\n$ true\n```\n\n"
        "<!-- not run: needs a key -->\n```console\n$ never\n```\n\n```python\n$ no\n```\n"
    )
    assert read_examples(text) == [Example("echo a    b", "a b"), Example("true", "")]


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a b", "a b\n", True),
        ("a b", "a c\n", False),
        ("a...z", "a to z\n", True),
        ("a\n...\nz", "a\nb\nc\nz\n", True),
        ("a\n...\nz", "a\nz\n", True),
        ("a\n...\nz", "a\nb\n", False),
        ("a.c", "abc\n", False),
        ("a", "", False),
    ],
)
def test_dots_stand_for_what_varies(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


@pytest.mark.parametrize(
    ("block", "failed"),
    [("$ echo right\nright", 0), ("$ echo wrong\nright", 1), ("$ false", 1), ("nothing to run", 1)],
)
def test_a_file_is_held_to_its_word(tmp_path: Path, block: str, failed: int) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"```console\n{block}\n```\n")
    assert main(readme) == failed
