"""Links from a section to the page of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.pooled import same_samples
from cuewise.analysis.table import SampleRow
from cuewise.reports.blocks import Text
from cuewise.reports.sections.runs import AnalysedRun


class SampleLinks:
    """Where the samples of all runs on a page stand in its table: each once, in the order of first appearance."""

    def __init__(self, runs: Sequence[AnalysedRun]) -> None:
        self._runs = list(runs)
        self._places: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}
        self._first: dict[str, tuple[int, SampleRow]] = {}
        rows: tuple[SampleRow, ...] = ()
        for number, run in enumerate(runs):
            if same_samples(run.table.samples, rows):
                continue
            rows = run.table.samples
            for row in rows:
                self._places.setdefault(row.question, len(self._places))
                self._first.setdefault(row.id, (number, row))

    def cell(self, run: AnalysedRun, row: SampleRow) -> Text:
        """A cell that names a sample by its clip and links to a run's answer to it."""
        return Text(row.clip, f"#/run/{self._runs.index(run)}/sample/{self._places[row.question]}")

    def task(self, id: str) -> str:
        """The task of a sample."""
        return self._first[id][1].task

    def example(self, id: str, run: AnalysedRun | None = None) -> Text:
        """The same by the sample's id; to the first run that has it, where none is given."""
        number, row = self._first[id]
        return self.cell(self._runs[number] if run is None else run, row)
