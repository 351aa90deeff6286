"""What differences samples can show at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cuewise.analysis.power import (
    CORRELATION,
    design_effect,
    detectable_from_baseline,
    minimum_detectable_difference,
    unpaired_minimum_detectable_difference,
)
from cuewise.analysis.scoreboard import RunScores
from cuewise.analysis.table import Integers
from cuewise.analysis.together import Together
from cuewise.reports.blocks import Column, Table, Text, Value
from cuewise.reports.sections.groups import Group
from cuewise.reports.words.scoreboard import UNITS
from cuewise.scores.clusters import MIN_GROUPS


def power_table(group: Group, together: Together, scores: Sequence[RunScores]) -> Table:
    """How small a difference in recognition each task can show, by its number of samples."""
    rows = []
    everything = [("All samples", np.arange(len(together)), [one.baselines for one in scores])]
    by_task = [
        (task, places, [one.task_baselines.get(task) for one in scores])
        for task, places in together.tasks.items()
    ]
    for name, places, held in everything + (by_task if len(by_task) > 1 else []):
        best = next((one.best for one in held if one is not None), None)
        n = _effective(together, places)
        above = (
            None
            if best is None or best >= 100 or n is None
            else detectable_from_baseline(n, baseline=best / 100)
        )
        rows.append(
            (
                Text(name),
                Value(len(places)),
                Value(100 * float(together.points["recognition"][places].mean())),
                Value(detectable(together, places)),
                Value(_unpaired(together, places)),
                Value(best),
                Value(above),
            )
        )
    return Table(
        id=group.id("detectable"),
        title=group.title("The smallest true differences in recognition that are found in 4 of 5 cases"),
        columns=(
            Column("Task"),
            Column("Samples", "count"),
            Column("Mean recognition of the runs", "percent"),
            Column("Between runs on the same samples, points", "count"),
            Column("Between runs on different samples, points", "count"),
            Column("Better baseline", "percent"),
            Column("Above it, points", "count"),
        ),
        rows=tuple(rows),
        note=(
            f"Two-sided tests at 5 %, for runs that err independently; samples of one {UNITS[together.unit]} are taken"
            f" to correlate by {CORRELATION:g}, so that many of one count as few. Runs that err on the same samples"
            " show smaller differences: “cuewise compare” tells theirs, without these assumptions. A dash: no"
            f" difference would be found so often, or there are fewer than {MIN_GROUPS} {UNITS[together.unit]}s."
        ),
    )


def detectable(together: Together, places: Integers) -> float | None:
    """The smallest true difference between two of the runs that is found in 4 of 5 cases, points; None for none."""
    n = _effective(together, places)
    return None if n is None else minimum_detectable_difference(n, share=_share(together, places))


def _unpaired(together: Together, places: Integers) -> float | None:
    n = _effective(together, places)
    return None if n is None else unpaired_minimum_detectable_difference(n, share=_share(together, places))


def _effective(together: Together, places: Integers) -> float | None:
    """How many independent samples tell as much as these do; None where they are of too few groups to tell."""
    sizes = [size for size in np.bincount(together.group_numbers[places]).tolist() if size]
    return len(places) / design_effect(sizes, CORRELATION) if len(sizes) >= MIN_GROUPS else None


def _share(together: Together, places: Integers) -> float:
    """Mean recognition of the runs, 0..1, kept off both ends, where every difference would seem to be found."""
    return min(max(float(together.points["recognition"][places].mean()), 0.05), 0.95)
