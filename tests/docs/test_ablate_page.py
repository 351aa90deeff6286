"""The page on modality studies speaks of options and conditions that there are, and of all of the latter."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from cuewise.ablation.conditions import ConditionKind
from cuewise.cli.app import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ablate.md").read_text()


def test_every_option_of_the_page_exists() -> None:
    told = CliRunner().invoke(app, ["ablate", "--help"], env={"COLUMNS": "200"}).output
    options = set(re.findall(r"--[a-z][a-z-]+", PAGE))
    assert options
    assert options <= set(re.findall(r"--[a-z][a-z-]+", told))


def test_every_condition_is_described() -> None:
    rows = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`([a-z-]+)`", rows)) == {kind.value for kind in ConditionKind}
