"""The pages on one's own data and models hold: every command block runs, and the code is the examples'."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Decoded
from support.cli import environment, typed
from tools.run_readme import main, read_examples

ROOT = Path(__file__).resolve().parents[2]
DOCS, MODEL = ROOT / "docs", ROOT / "examples" / "own-model"
CODE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [code for found, code in CODE.findall((DOCS / page).read_text()) if found == language]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's module and its entry points on the path, as an installation puts them there."""
    info = tmp_path / "site" / "lab_model-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-model\nVersion: 1.0\n")
    points = re.search(
        r'^\[project\.entry-points\."(?P<group>.*)"\]\n(?P<line>.*)$', pyproject(), re.MULTILINE
    )
    assert points is not None
    (info / "entry_points.txt").write_text(f"[{points['group']}]\n{points['line'].replace(chr(34), '')}\n")
    path = [str(tmp_path / "site"), str(MODEL), str(ROOT / "src")]
    monkeypatch.setenv("PYTHONPATH", ":".join(path))


def pyproject() -> str:
    return (MODEL / "pyproject.toml").read_text()


@pytest.mark.slow
def test_every_command_does_what_the_page_on_datasets_says(
    decoded: Decoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUEWISE_WORKSPACE", raising=False)
    page = DOCS / "own-dataset.md"
    assert len(read_examples(page.read_text())) == 10
    assert main(page, run=typed, prepare=lambda folder: decoded(folder / "cuewise-workspace")) == 0


@pytest.mark.slow
def test_every_command_does_what_the_page_on_models_says(
    decoded: Decoded, installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In processes of their own, which find the model that was installed."""
    monkeypatch.delenv("CUEWISE_WORKSPACE", raising=False)
    page = DOCS / "own-model.md"
    assert len(read_examples(page.read_text())) == 3
    assert main(page, prepare=lambda folder: decoded(folder / "cuewise-workspace")) == 0


@pytest.mark.slow
def test_the_model_works_from_python_as_the_page_has_it(tmp_path: Path, installed: None) -> None:
    script = blocks("own-model.md", "python")[1]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    # Of the five shipped clips of the task its centroids name four: worked out from their level and crossings.
    assert float(done.stdout) == 80


def test_the_page_shows_the_example_itself() -> None:
    source = (MODEL / "lab_model.py").read_text()
    assert blocks("own-model.md", "python")[0] == source
    assert len(source.splitlines()) < 30
    entry_point = blocks("own-model.md", "toml")[0].partition("\n")[2]
    assert entry_point in pyproject()


def test_the_task_file_on_the_page_is_sound(tmp_path: Path) -> None:
    from cuewise.samples.own_tasks import read_task_file

    (tmp_path / "tasks.toml").write_text(blocks("own-dataset.md", "toml")[0])
    assert list(read_task_file(tmp_path / "tasks.toml")) == ["Liveliness"]
