"""Figures with their intervals, and skill over a baseline, as values of blocks."""

from __future__ import annotations

from typing import Final

from cuewise.analysis.label_metrics import Metric
from cuewise.analysis.uncertainty import Uncertain
from cuewise.reports.blocks import Value
from cuewise.scores.baselines import BaselineFigures, skill
from cuewise.scores.intervals import Interval, Mean

BELOW: Final = "below the baseline"
"""Mark of a recognition score that naming the most frequent label, or labels drawn by lot, would reach."""


def value_of(found: Uncertain | Mean | None, mark: str = "") -> Value:
    """A score as it stands in a cell."""
    if found is None:
        return Value(None)
    interval = found.interval
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Value(found.percent, low, high, n=found.count, mark=mark)


def interval_value(found: Uncertain | None, kind: str) -> Value:
    """A score with its interval of one kind, `analytic` or `bootstrap`; the reason alone where there is none."""
    if found is None:
        return Value(None)
    interval = getattr(found, kind)
    return (
        Value(None, mark=found.reason)
        if interval is None
        else Value(found.percent, interval.low, interval.high)
    )


def below_mark(held: BaselineFigures | None) -> str:
    """The mark of a score below its baseline; empty for one that is not."""
    return BELOW if held is not None and held.below else ""


def skill_values(held: BaselineFigures | None, found: Uncertain | None) -> tuple[Value, Value]:
    """Skill over the most frequent label and over labels drawn by lot."""
    if held is None:
        return Value(None), Value(None)
    return skill_value(found, held.majority), skill_value(found, held.random)


def skill_value(found: Uncertain | None, baseline: float | None) -> Value:
    """Skill over a baseline. It is linear in the score, and so is its interval."""
    if found is None:
        return Value(None)
    ends = found.interval
    return skill_of(found.percent, ends, baseline)


def skill_of(percent: float, ends: Interval | None, baseline: float | None) -> Value:
    """The same from a score and its interval, percent."""
    value = skill(percent, baseline)
    low, high = (None, None) if ends is None else (skill(ends.low, baseline), skill(ends.high, baseline))
    return Value(value, low, high, mark=BELOW if value is not None and round(value, 6) < 0 else "")


def metric_value(found: Metric | None) -> Value:
    """A metric with its interval by formula."""
    return Value(None) if found is None else Value(found.value, found.low, found.high, n=found.count)


def resampled_value(found: Metric | None) -> Value:
    """A metric with its interval by resampling."""
    if found is None:
        return Value(None)
    low, high = found.resampled or (None, None)
    return Value(found.value, low, high, n=found.count)
