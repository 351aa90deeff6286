"""The page on the leaderboard holds: every command block runs and prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Decoded
from support.cli import typed
from tools.run_readme import main, read_examples

PAGE = Path(__file__).resolve().parents[2] / "docs" / "leaderboard.md"


@pytest.mark.slow
def test_every_command_does_what_the_page_says(decoded: Decoded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUEWISE_WORKSPACE", raising=False)
    assert len(read_examples(PAGE.read_text(encoding="utf-8"))) == 9
    assert main(PAGE, run=typed, prepare=lambda folder: decoded(folder / "cuewise-workspace")) == 0
