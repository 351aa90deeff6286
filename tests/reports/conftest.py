"""Runs to report on, and a reader of report files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuewise.reports.html import write_report
from cuewise.result import RunResult
from support.browser import Browser
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import Page, WriteReport


@pytest.fixture
def report(tmp_path: Path) -> WriteReport:
    """Writes a report on runs and reads it back."""

    def write(*runs: RunResult, **options: Any) -> Page:
        path = tmp_path / "report.html"
        write_report(runs, path, **options)
        return Page(path.read_text(encoding="utf-8"))

    return write


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def one_run(workspace: Path) -> RunResult:
    """64 samples of all tasks; four of them without a score."""
    return make_run(workspace, "first", make_outcomes(make_samples(64), seed="first"))


@pytest.fixture
def other_run(workspace: Path) -> RunResult:
    """A simulated model on the same samples."""
    outcomes = make_outcomes(make_samples(64), seed="other", skill=0.9, fail_every=0)
    return make_run(workspace, "second", outcomes, model="simulated/careful")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One process for all pages: it takes longer to start than most of them to be looked at."""
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def process(chromium: Browser) -> Browser:
    """The browser as it was when it started: on a screen, by day."""
    chromium.call("Emulation.setEmulatedMedia", media="", features=[])
    return chromium
