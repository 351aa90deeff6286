"""Many runs on one page: it stays within its size, and opening runs again costs next to nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from cuewise.analysis.digest_file import SETTLED_NS
from cuewise.reports import collect, html
from cuewise.reports.blocks import Column, Details, Section, Table, Text, Words
from cuewise.reports.linked import linked_places
from cuewise.result import RunResult, open_run
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import WriteReport

N_RUNS, N_SAMPLES = 4, 600


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs over 600 samples, whose digests are kept."""
    folder = tmp_path_factory.mktemp("many")
    samples = make_samples(N_SAMPLES)
    for number in range(N_RUNS):
        run = make_run(folder, f"run-{number}", make_outcomes(samples, seed=str(number)))
        changed = run.folder.outcomes_path.stat().st_mtime_ns - 2 * SETTLED_NS
        os.utime(run.folder.outcomes_path, ns=(changed, changed))
        open_run(run.name, workspace=folder)
    return folder


def _open(workspace: Path) -> list[RunResult]:
    return [open_run(f"run-{number}", workspace=workspace) for number in range(N_RUNS)]


@pytest.mark.slow
def test_opening_runs_again_costs_a_fraction_of_reading_them(workspace: Path) -> None:
    _open(workspace)
    started = time.thread_time()
    runs = _open(workspace)
    opened = time.thread_time() - started
    started = time.thread_time()
    assert sum(1 for run in runs for _ in run.outcomes()) == N_RUNS * N_SAMPLES
    read = time.thread_time() - started
    assert opened < read / 3, "about a tenth, and less of longer answers"


@pytest.mark.slow
def test_the_table_takes_a_few_bytes_of_each_answer(workspace: Path) -> None:
    runs = _open(workspace)
    collection = collect.Collection()
    for run in runs:
        collection.add_run(run.digest)
    codes = sum(len(rows["rows"]["codes"]) for rows in collection.index()["rows"])
    assert codes < 12 * N_RUNS * N_SAMPLES, "bytes of base64"
    assert all(run.table().samples is runs[0].table().samples for run in runs), "they share their samples"


@pytest.mark.slow
def test_a_page_shows_what_it_has_room_for(
    workspace: Path, report: WriteReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = _open(workspace)
    whole = report(*runs, sections=[])
    assert len(whole.details(0)) == collect.MOST_OUTCOMES // N_RUNS
    assert f"{collect.MOST_OUTCOMES // N_RUNS} of {N_SAMPLES} samples can be opened" in whole.text
    others = len(whole.html.encode()) - len(whole.scripts["data-details"])
    monkeypatch.setattr(html, "LEAST", 1000)
    monkeypatch.setattr(html, "OF_PAGE", others)
    monkeypatch.setattr(html, "OF_RUN", 0)
    monkeypatch.setattr(html, "PAGE", others + 150_000)
    page = report(*runs, sections=[])
    assert 20 < len(page.details(0)) < len(whole.details(0))
    assert len(page.html.encode()) < others + 150_000


def test_samples_that_a_section_links_to_come_first(
    workspace: Path, report: WriteReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MOST_OUTCOMES", 8)
    rows = tuple((Text("a sample", f"#/run/0/sample/{place}"),) for place in (599, 17, 599, 4000))
    table = Table("t", "Table", (Column("Sample"),), (*rows, (Text("elsewhere", "#methods"),)))
    section = Section("s", "Part", (Words(("Words.",)), Details("More", (table,))))
    assert linked_places([section]) == [599, 17, 4000]
    runs = _open(workspace)[:1]
    shown = report(*runs, sections=[section]).index["shown"]
    assert shown[:2] == [599, 17]
    assert len(shown) == 8
