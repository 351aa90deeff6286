"""Where the stacked bars of the reasons go: supported, contradicted and unverifiable, which add up to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cuewise.records import Decision
from cuewise.reports.charts import short
from cuewise.reports.formats import count, decimal, settled, span
from cuewise.reports.words.grounding import DECISIONS
from cuewise.scores.figures import Figures

WIDTH: Final = 330.0
"""Pixels at full size."""

_LEFT: Final = 88.0
_RIGHT: Final = 14.0
"""Half of the last tick's number must go in."""
_TOP: Final = 4.0
_BOTTOM: Final = 22.0
_HEIGHT: Final = 14.0
_GAP: Final = 7.0
_NUMBER: Final = 25.0
_SIGN: Final = 11.0
"""Room that a sign with its number takes, and a sign alone."""
_MARGIN: Final = 5.0
"""What must show of a bar on either side of its text."""
_STRIPE: Final = 4.0


@dataclass(frozen=True)
class Segment:
    """One decision's share of a bar; lengths in pixels."""

    decision: Decision
    sign: str
    x: float
    width: float
    text: str
    """The sign and the percentage, the sign alone, or nothing, as there is room."""
    plate: float
    """Room that the text takes."""
    middle: float
    stripes: str
    """A path of upright lines, which tells contradicted ones apart without a colour; empty for the others."""
    title: str
    """Percentage and interval in words."""


@dataclass(frozen=True)
class StackedRow:
    """The reasons of one task, or of all samples."""

    label: str
    title: str
    """The label in full, with the number of reasons."""
    y: float
    middle: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class StackedChart:
    """A bar per task."""

    width: float
    height: float
    base: float
    bar_height: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[StackedRow, ...]
    spoken: str
    """What the chart shows, in words."""


def stacked_chart(rows: Sequence[tuple[str, Figures]]) -> StackedChart | None:
    """The chart; None where no row has reasons that were held against evidence.

    Args:
        rows: task, or all samples, and its figures.
    """
    drawn: list[StackedRow] = []
    for label, figures in rows:
        top = _TOP + len(drawn) * (_HEIGHT + _GAP)
        if segments := _segments(figures, top):
            reasons = (
                figures.grounding.supported.count if figures.grounding and figures.grounding.supported else 0
            )
            title = f"{label}, {count(reasons)} {'reason' if reasons == 1 else 'reasons'}"
            drawn.append(StackedRow(short(label), title, top, top + _HEIGHT / 2, segments))
    if not drawn:
        return None
    base = _TOP + len(drawn) * (_HEIGHT + _GAP)
    spoken = "; ".join(
        f"{row.title}: {', '.join(segment.title for segment in row.segments)}" for row in drawn
    )
    return StackedChart(
        width=WIDTH,
        height=base + _BOTTOM,
        base=base,
        bar_height=_HEIGHT,
        ticks=tuple((round(_x(percent), 1), str(percent)) for percent in (0, 25, 50, 75, 100)),
        rows=tuple(drawn),
        spoken=spoken,
    )


def _segments(figures: Figures, top: float) -> tuple[Segment, ...]:
    grounding = figures.grounding
    if grounding is None:
        return ()
    segments = []
    before = 0.0
    for decision, sign in DECISIONS.items():
        estimate = getattr(grounding, decision.value)
        if estimate is None:
            return ()
        if settled(estimate.percent) == 0:
            continue
        x, end = round(_x(before), 1), round(_x(before + estimate.percent), 1)
        before += estimate.percent
        striped = decision is Decision.CONTRADICTED
        room = end - x - (2 * _MARGIN if striped else 0)
        text = f"{sign} {estimate.percent:.0f}" if room >= _NUMBER else sign if room >= _SIGN else ""
        segments.append(
            Segment(
                decision=decision,
                sign=sign,
                x=x,
                width=round(end - x, 1),
                text=text,
                plate=_NUMBER if text != sign else _SIGN,
                middle=round((x + end) / 2, 1),
                stripes=_stripes(x, end, top) if striped else "",
                title=f"{decision.value} {decimal(estimate.percent)} % (95 % interval {span(estimate.interval)})",
            )
        )
    return tuple(segments)


def _stripes(start: float, end: float, top: float) -> str:
    n = int((end - start) / _STRIPE)
    return "".join(f"M{round(start + _STRIPE * (at + 0.5), 1)} {top}v{_HEIGHT}" for at in range(n))


def _x(percent: float) -> float:
    return _LEFT + settled(percent) / 100 * (WIDTH - _LEFT - _RIGHT)
