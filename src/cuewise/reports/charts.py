"""Where the bars of the score charts go; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.reports.formats import decimal, settled
from cuewise.scores.figures import Figures

SCORES: Final = {"recognition": "Recognition", "reasoning": "Reasoning", "cot": "CoT"}
"""The three scores by their field's name."""

WIDTH: Final = 330.0
"""Pixels at full size; charts shrink with their column."""

_LEFT: Final = 88.0
_RIGHT: Final = 36.0
_TOP: Final = 8.0
_BOTTOM: Final = 22.0
_LABEL_CHARACTERS: Final = 14
_ROW_GAP: Final = 10.0
_BAR_GAP: Final = 3.0


@dataclass(frozen=True)
class Bar:
    """One run's score on one row; lengths in pixels."""

    run: int
    colour: int
    y: float
    height: float
    x: float
    width: float
    low: float
    high: float
    """Ends of the whisker that shows the 95 % interval."""
    middle: float
    text: str
    text_x: float


@dataclass(frozen=True)
class Row:
    """All runs on one task, or on all samples."""

    label: str
    title: str
    """The label in full."""
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """One score: a row of bars per task."""

    score: str
    title: str
    width: float
    height: float
    ticks: tuple[tuple[float, str], ...]
    base: float
    """Where the axis lies."""
    rows: tuple[Row, ...]


def score_charts(rows: Sequence[tuple[str, Sequence[Figures | None]]], colours: Sequence[int]) -> list[Chart]:
    """A chart for each of the three scores.

    Args:
        rows: per task its name and the figures of each run; None for a run without that task.
        colours: of each run.
    """
    return [_chart(score, title, rows, colours) for score, title in SCORES.items()]


def _chart(
    score: str, title: str, rows: Sequence[tuple[str, Sequence[Figures | None]]], colours: Sequence[int]
) -> Chart:
    n_runs = max((len(figures) for _, figures in rows), default=0)
    thickness = 12.0 if n_runs == 1 else 9.0
    row_height = n_runs * (thickness + _BAR_GAP) + _ROW_GAP
    drawn = []
    for place, (label, runs) in enumerate(rows):
        top = _TOP + place * row_height
        bars = [
            _bar(
                score,
                run,
                colours[run],
                figures,
                top + _ROW_GAP / 2 + run * (thickness + _BAR_GAP),
                thickness,
            )
            for run, figures in enumerate(runs)
            if figures is not None and getattr(figures, score) is not None
        ]
        drawn.append(Row(short(label), label, round(top + (row_height - _BAR_GAP) / 2, 1), tuple(bars)))
    base = _TOP + len(rows) * row_height
    return Chart(
        score=score,
        title=title,
        width=WIDTH,
        height=base + _BOTTOM,
        ticks=tuple((round(_x(percent), 1), str(percent)) for percent in (0, 25, 50, 75, 100)),
        base=base,
        rows=tuple(drawn),
    )


def _bar(score: str, run: int, colour: int, figures: Figures, y: float, thickness: float) -> Bar:
    value: float = getattr(figures, score)
    interval = figures.interval[score]
    low, high = (interval.low, interval.high) if interval else (value, value)
    return Bar(
        run=run,
        colour=colour,
        y=round(y, 1),
        height=thickness,
        x=_LEFT,
        width=round(_x(value) - _LEFT, 1),
        low=round(_x(low), 1),
        high=round(_x(high), 1),
        middle=round(y + thickness / 2, 1),
        text=decimal(value),
        text_x=round(_x(max(value, high)) + 5, 1),
    )


def _x(percent: float) -> float:
    return _LEFT + settled(percent) / 100 * (WIDTH - _LEFT - _RIGHT)


def short(label: str) -> str:
    """A row's label, cut to the room that it has."""
    return label if len(label) <= _LABEL_CHARACTERS else label[: _LABEL_CHARACTERS - 1] + "…"
