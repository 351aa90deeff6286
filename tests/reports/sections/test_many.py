"""Many runs on one page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuewise.records import Protocol
from cuewise.reports.blocks import HeatMap, Table
from cuewise.reports.html import render
from cuewise.reports.sections.many import many_runs
from cuewise.result import RunResult
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import Page


@pytest.fixture
def runs(tmp_path: Path) -> list[RunResult]:
    """Ten runs on 16 samples, the last of them grounded."""
    samples = make_samples(16)
    made = [
        make_run(tmp_path, f"run-{at}", make_outcomes(samples, seed=str(at)), model=f"x/m{at}")
        for at in range(9)
    ]
    grounded = make_outcomes(samples, seed="g", protocol=Protocol.GROUNDED)
    return [*made, make_run(tmp_path, "grounded", grounded, protocol=Protocol.GROUNDED)]


def test_few_runs_are_shown_each_by_itself(runs: list[RunResult]) -> None:
    assert many_runs(runs[:8]) is None
    page = Page(render(runs[:8]))
    assert page.html.count('class="bar"') > 8
    assert "Each of the" not in page.text
    assert "run-7 by task, percent paper’s rules" in page.tables


def test_many_runs_have_a_row_each(runs: list[RunResult]) -> None:
    section = many_runs(runs)
    assert section is not None
    maps = [block for block in section.blocks if isinstance(block, HeatMap)]
    assert [one.title for one in maps][2:4] == ["CoT by task, paper’s rules", "Recognition by task, grounded"]
    assert maps[0].rows == tuple(f"run-{at}" for at in range(9))
    summary = runs[3].summary
    assert maps[0].cells[3][0].value == summary.overall().recognition
    task = maps[0].columns[2]
    assert maps[0].cells[3][2].value == summary.tasks()[task].recognition
    assert maps[0].cells[3][2].n == summary.tasks()[task].count
    endings = section.blocks[-1]
    assert isinstance(endings, Table)
    for run, row in zip(runs, endings.rows, strict=True):
        assert sum(cell.value or 0 for cell in row[1:] if not hasattr(cell, "text")) == 16, run.name


def test_a_page_of_many_runs_folds_each_away(runs: list[RunResult]) -> None:
    page = Page(render(runs))
    assert "Side by side" in page.text
    assert 'href="#side-by-side"' in page.html
    assert 'class="bar"' not in page.html
    assert "Each of the 10 runs" in page.text
    assert "run-7 by task, percent paper’s rules" in page.tables, "it is there, folded away"
    main = re.sub(r"<details.*?</details>", "", page.html, flags=re.DOTALL)
    assert "run-7 by task" not in main


def test_opening_and_closing_tags_match(runs: list[RunResult]) -> None:
    for html in (render(runs), render(runs[:2]), render(runs[8:])):
        for tag in ("div", "details", "section", "table", "figure"):
            assert len(re.findall(rf"<{tag}\b", html)) == html.count(f"</{tag}>"), tag
