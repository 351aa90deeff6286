"""Many runs on one page: side by side, each by itself folded away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cuewise.records import Protocol
from cuewise.reports.blocks import Table, Value
from cuewise.reports.html import render
from cuewise.reports.sections.costs import costs_section
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
    assert costs_section(runs[:4]) is None
    page = Page(render(runs[:4]))
    assert page.html.count('class="bar"') > 4
    assert "Each of the" not in page.text
    assert "run-3 by task, percent paper’s rules" in page.tables


def test_many_runs_have_a_row_each(runs: list[RunResult]) -> None:
    section = costs_section(runs)
    assert section is not None
    endings, costs = section.blocks
    assert isinstance(endings, Table)
    assert isinstance(costs, Table)
    for run, row in zip(runs, endings.rows, strict=True):
        coverage, *counts = row[1:]
        assert isinstance(coverage, Value)
        assert coverage.value == run.summary.overall().coverage
        assert sum(cell.value or 0 for cell in counts if isinstance(cell, Value)) == 16, run.name
    # The runs lie beside no call store: what their outcomes say was used is all that is known, without a sum.
    assert [len(row) for row in costs.rows] == [5] * 10


def test_a_page_of_many_runs_folds_each_away(runs: list[RunResult]) -> None:
    page = Page(render(runs))
    assert "How runs ended, and what they took" in page.text
    assert 'href="#costs"' in page.html
    assert 'class="bar"' not in page.html
    assert "Each of the 10 runs" in page.text
    assert "run-7 by task, percent paper’s rules" in page.tables, "it is there, folded away"
    main = re.sub(r"<details.*?</details>", "", page.html, flags=re.DOTALL)
    assert "run-7 by task" not in main


def test_opening_and_closing_tags_match(runs: list[RunResult]) -> None:
    for html in (render(runs), render(runs[:2]), render(runs[8:])):
        for tag in ("div", "details", "section", "table", "figure"):
            assert len(re.findall(rf"<{tag}\b", html)) == html.count(f"</{tag}>"), tag
