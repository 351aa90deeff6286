"""Links from sections lead to the samples that they name, whatever was asked of them."""

from __future__ import annotations

from pathlib import Path

from cuewise.reports.html import write_report
from cuewise.reports.sections.groups import PageRuns
from cuewise.reports.sections.page import analysed
from support.outcomes import make_outcomes, make_run, make_samples
from support.report_page import Page, unpacked_samples


def test_links_lead_to_reworded_samples(tmp_path: Path) -> None:
    """Every other question is reworded in the second run: samples of their own, from place 12 on."""
    samples = make_samples(12)
    reworded = [
        sample.model_copy(update={"question": f"{sample.question} Say why."}) if at % 2 else sample
        for at, sample in enumerate(samples)
    ]
    runs = [
        make_run(tmp_path, "first", make_outcomes(samples, seed="a")),
        make_run(tmp_path, "second", make_outcomes(reworded, seed="b")),
    ]
    write_report(runs, tmp_path / "report.html", sections=())
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    table = unpacked_samples(page.index)
    assert len(table) == 12 + 6
    known = PageRuns(analysed(runs))
    for number, (run, own) in enumerate(zip(known.runs, (samples, reworded), strict=True)):
        for row, sample in zip(run.table.samples, own, strict=True):
            _, where, of_run, _, place = known.links.cell(run, row).href.split("/")
            assert (where, int(of_run)) == ("run", number)
            id_, *_, question = table[int(place)]
            assert (id_, question) == (sample.id, sample.question)
            assert known.links.example(row.id, run) == known.links.cell(run, row)
