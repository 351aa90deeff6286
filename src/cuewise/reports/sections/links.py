"""Links from a section to the page of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.analysis.table import SampleRow
from cuewise.reports.blocks import Text
from cuewise.reports.places import SamplePlaces
from cuewise.reports.sections.runs import AnalysedRun


class SampleLinks:
    """Where the samples of all runs on a page stand in its table."""

    def __init__(self, runs: Sequence[AnalysedRun]) -> None:
        self._runs = list(runs)
        self._places: list[dict[str, int]] = []
        """Per run, by the sample's id."""
        self._first: dict[str, tuple[int, SampleRow]] = {}
        known = SamplePlaces()
        before = None
        for number, run in enumerate(runs):
            rows = run.table.samples
            places = known.add(rows, run.questions or [""] * len(rows))
            if places is before:  # the same samples as the last run's
                self._places.append(self._places[-1])
                continue
            before = places
            self._places.append(dict(zip((row.id for row in rows), places.tolist(), strict=True)))
            for row in rows:
                self._first.setdefault(row.id, (number, row))

    def cell(self, run: AnalysedRun, row: SampleRow) -> Text:
        """A cell that names a sample by its clip and links to a run's answer to it."""
        number = self._runs.index(run)
        return Text(row.clip, f"#/run/{number}/sample/{self._places[number][row.id]}")

    def task(self, id: str) -> str:
        """The task of a sample."""
        return self._first[id][1].task

    def example(self, id: str, run: AnalysedRun | None = None) -> Text:
        """The same by the sample's id; to the first run that has it, where none is given."""
        number, row = self._first[id]
        return self.cell(self._runs[number] if run is None else run, row)
