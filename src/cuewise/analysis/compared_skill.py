"""Skill in recognition of two runs over the samples that they share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cuewise.analysis.comparison import Comparison
from cuewise.records import Protocol
from cuewise.scores.baselines import GoldTally, baselines_of, gold_tallies, skill


@dataclass(frozen=True, slots=True)
class SkillDifference:
    """Skill over the better baseline, percent, of all tasks or of one."""

    task: str
    """Empty over all tasks."""
    baseline: float
    """Recognition of the better of the two baselines, below 100."""
    a: float
    b: float
    difference: float
    """B less A, percentage points, as the next two. It is that of recognition, 100 / (100 - baseline) times as large,
    and so is its interval; the tests are the same."""
    low: float | None
    """End of its 95 % interval; None where that of recognition has none."""
    high: float | None


def compared_skill(found: Comparison, protocol: Protocol) -> tuple[SkillDifference, ...]:
    """Over all tasks, then by task where there are several; those whose baseline leaves nothing to gain are left out.

    Args:
        protocol: by whose rules both runs' recognition is scored.
    """
    tallies = gold_tallies(found.shared.rows)
    each = []
    for one in (*found.overall, *found.tasks):
        if one.score != "recognition":
            continue
        best = _best([tallies[one.task]] if one.task else tallies.values(), protocol)
        a, b = skill(one.a, best), skill(one.b, best)
        if best is None or a is None or b is None:
            continue
        times, ends = 100 / (100 - best), one.result.interval
        low, high = (None, None) if ends is None else (times * ends.low, times * ends.high)
        each.append(SkillDifference(one.task, best, a, b, times * one.result.difference, low, high))
    return tuple(each)


def _best(tallies: Iterable[GoldTally], protocol: Protocol) -> float | None:
    held = baselines_of(list(tallies), protocol)
    return None if held is None else held.best
