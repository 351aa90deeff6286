"""Links from a section to the page of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cuewise.reports.blocks import Text
from cuewise.reports.sections.runs import AnalysedRun


class SampleLinks:
    """Where the samples of all runs on a page stand in its table: each once, in the order of first appearance."""

    def __init__(self, runs: Sequence[AnalysedRun]) -> None:
        self._places: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}
        self._first: dict[str, tuple[int, int]] = {}
        for number, run in enumerate(runs):
            for row in run.table.samples:
                place = self._places.setdefault(row.question, len(self._places))
                self._first.setdefault(row.id, (number, place))

    def of(self, run: int, question: tuple[str, tuple[str, ...], tuple[str, ...]]) -> str:
        """The address of a run's sample.

        Args:
            run: place of the run on the page.
            question: of a `SampleRow`.
        """
        return f"#/run/{run}/sample/{self._places[question]}"

    def example(self, id: str) -> Text:
        """A cell that names a sample and links to the first run that has it."""
        run, place = self._first[id]
        return Text(id, f"#/run/{run}/sample/{place}")


def links_of(runs: Sequence[AnalysedRun]) -> SampleLinks:
    """The links of a page with these runs in this order."""
    return _links_of(tuple(runs))


@lru_cache(maxsize=2)
def _links_of(runs: tuple[AnalysedRun, ...]) -> SampleLinks:
    return SampleLinks(runs)
