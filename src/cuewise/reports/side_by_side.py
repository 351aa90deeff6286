"""One model's runs under both protocols, side by side: what its answers earn under each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cuewise.records import Protocol
from cuewise.reports.charts import SCORES
from cuewise.reports.formats import decimal, settled
from cuewise.reports.overview import RunView
from cuewise.reports.words.comparison import COMPARED
from cuewise.reports.words.grounding import lost_sentence
from cuewise.reports.words.phrases import kept_together, listed
from cuewise.scores.figures import Figures
from cuewise.scores.intervals import Interval

if TYPE_CHECKING:
    from cuewise.runs.manifest import Settings

WIDTH: Final = 460.0
"""Pixels of the chart at full size."""

_MARGIN: Final = 14.0
_ROW: Final = 40.0
_BOTTOM: Final = 20.0
_NAME: Final = 52


@dataclass(frozen=True)
class Change:
    """One score under both protocols, percent."""

    paper: float | None
    paper_interval: Interval | None
    grounded: float | None
    grounded_interval: Interval | None
    difference: float | None
    """Grounded minus paper, percentage points."""


@dataclass(frozen=True)
class Pair:
    """Two runs of one model."""

    model: str
    label: str
    """The model, behind the grounded run's name where two pairs would be labelled alike."""
    badge: str | None
    paper_run: str
    grounded_run: str
    changes: tuple[Change, ...]
    """In the order of `SCORES`."""
    lost: str
    """Why reasons earned nothing under the grounded rules; empty where there were none."""
    colour: int
    remark: str
    """What beside the protocol is not the same, so that the difference does not come from it alone."""


@dataclass(frozen=True)
class Dumbbell:
    """A pair's two CoT scores on one line; lengths in pixels."""

    name: str
    colour: int
    y: float
    paper_x: float
    grounded_x: float
    text: str
    """In words."""


@dataclass(frozen=True)
class DumbbellChart:
    """A line per pair of runs."""

    width: float
    height: float
    base: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Dumbbell, ...]


def pair_runs(runs: Sequence[RunView]) -> list[Pair]:
    """Each grounded run with the run under the paper's rules of the same model that is most like it."""
    papers = [run for run in runs if run.protocol is Protocol.MME_EMOTION]
    found = []
    for run in runs:
        same = [paper for paper in papers if paper.model == run.model]
        if run.protocol is Protocol.GROUNDED and same:
            paper = min(same, key=lambda one: len(one.settings.differences(run.settings)))
            found.append((paper, run))
    shown = Counter(_cut(run.model) for _, run in found)
    return [
        _pair(paper, run, run.model if shown[_cut(run.model)] == 1 else f"{run.name} ({run.model})")
        for paper, run in found
    ]


def dumbbell_chart(pairs: Sequence[Pair]) -> DumbbellChart | None:
    """CoT under both protocols; None where no pair has scores."""
    rows: list[Dumbbell] = []
    for pair in pairs:
        cot = pair.changes[-1]
        if cot.paper is not None and cot.grounded is not None:
            text = f"{pair.label}: {decimal(cot.paper)} under the paper’s rules, {decimal(cot.grounded)} grounded"
            rows.append(
                Dumbbell(
                    _cut(pair.label),
                    pair.colour,
                    len(rows) * _ROW + 28,
                    _x(cot.paper),
                    _x(cot.grounded),
                    text,
                )
            )
    if not rows:
        return None
    base = float(len(rows) * _ROW)
    ticks = tuple((_x(percent), str(percent)) for percent in (0, 25, 50, 75, 100))
    return DumbbellChart(WIDTH, base + _BOTTOM, base, ticks, tuple(rows))


def _pair(paper: RunView, grounded: RunView, label: str) -> Pair:
    return Pair(
        model=grounded.model,
        label=label,
        badge=grounded.badge,
        paper_run=paper.name,
        grounded_run=grounded.name,
        changes=tuple(_change(score, paper.overall, grounded.overall) for score in SCORES),
        lost=kept_together(lost_sentence(label, grounded.overall.grounding)),
        colour=grounded.colour,
        remark=_remark(paper.settings, grounded.settings),
    )


def _change(score: str, paper: Figures, grounded: Figures) -> Change:
    before: float | None = getattr(paper, score)
    after: float | None = getattr(grounded, score)
    return Change(
        paper=before,
        paper_interval=paper.interval[score],
        grounded=after,
        grounded_interval=grounded.interval[score],
        difference=None if before is None or after is None else after - before,
    )


def _remark(paper: Settings, grounded: Settings) -> str:
    differences = grounded.differences(paper)
    if differences.keys() & {"dataset_sha256", "tasks", "n_samples"}:
        return "not the same samples"
    # A protocol has prompts of its own.
    others = [words for name, words in COMPARED.items() if name in differences and name != "prompts"]
    others += ["the model’s parameters"] if "model" in differences else []
    return f"also differ in {listed(others)}" if others else ""


def _cut(label: str) -> str:
    """A row's label, cut to the room that it has."""
    return label if len(label) <= _NAME else label[: _NAME - 1] + "…"


def _x(percent: float) -> float:
    return round(_MARGIN + settled(percent) / 100 * (WIDTH - 2 * _MARGIN), 1)
