"""Reasoning against recognition: do the answers with the right label have the better reasons?

Over scored answers alone. A label is right at recognition 1, wrong at 0, and partly right between, which only
multi-label tasks know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.clustered import Estimated, Mask, difference, share
from cuewise.analysis.correlations import pearson, ranked, spearman
from cuewise.analysis.table import Floats, Integers, RunTable

POOR: Final = 0.5
"""Reasons are poor where reasoning is below this, and good from it on."""

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Conflict:
    """Answers whose label and reasons point different ways."""

    percent: Estimated
    """Of scored answers."""
    number: int
    """Answers."""
    samples: tuple[str, ...]
    """Ids of examples, the most striking first."""


@dataclass(frozen=True)
class Accord:
    """How reasoning goes with recognition in some answers."""

    task: str | None
    """None for all tasks together, where correlations and differences are those within tasks: of points less the task's
    mean, so that hard tasks do not pose as poor reasoning."""
    count: int
    """Scored answers."""
    pearson: Estimated | None
    """Point-biserial where recognition is 0 or 1; None where either does not vary, as the next."""
    spearman: Estimated | None
    given_right: Estimated | None
    """Mean reasoning where the label is right, percent; None where it never is."""
    given_wrong: Estimated | None
    """The same where it is wrong."""
    difference: Estimated | None
    """Of these two, percentage points; for all tasks within tasks."""
    right_without_reason: Conflict | None
    """Right label and no reason at all."""
    right_poor: Conflict | None
    """Right label and poor reasons."""
    wrong_good: Conflict | None
    """Wrong label and good reasons."""


def accords(table: RunTable, clusters: Integers, *, by_task: bool = True) -> tuple[Accord, ...]:
    """All tasks together first, then each task; only what has a scored answer.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
        by_task: whether tasks are wanted too.
    """
    kept = np.flatnonzero(table.scored)
    if not len(kept):
        return ()
    tasks = np.empty(len(table.samples), dtype=np.int64)
    names = table.tasks()
    for number, places in enumerate(names.values()):
        tasks[places] = number
    of_answer = tasks[table.sample[kept]]
    found = [_accord(table, kept, clusters, None, of_answer)]
    for number, task in enumerate(names if by_task else ()):
        own = kept[of_answer == number]
        if len(own):
            found.append(_accord(table, own, clusters, task, np.zeros(len(own), dtype=np.int64)))
    return tuple(found)


def _accord(
    table: RunTable, kept: Integers, clusters: Integers, task: str | None, strata: Integers
) -> Accord:
    groups = clusters[table.sample[kept]]
    recognition, reasoning = table.points["recognition"][kept], table.points["reasoning"][kept]
    right, wrong = recognition == 1, recognition == 0
    x, y = _within(recognition, strata), _within(reasoning, strata)
    settled = right | wrong
    apart = difference(reasoning[settled], right[settled], groups[settled], strata[settled])
    has = _has_reasons(table, kept)

    def conflict(inside: Mask, strength: Floats) -> Conflict | None:
        return _conflict(table, kept, groups, inside, strength)

    return Accord(
        task=task,
        count=len(kept),
        pearson=pearson(x, y, groups),
        spearman=spearman(ranked(x), ranked(y), groups),
        given_right=_percent(reasoning[right], groups[right]),
        given_wrong=_percent(reasoning[wrong], groups[wrong]),
        difference=None if apart is None else apart.times(100),
        right_without_reason=conflict(right & ~has, np.zeros(len(kept))),
        right_poor=conflict(right & has & (reasoning < POOR), -reasoning),
        wrong_good=conflict(wrong & has & (reasoning >= POOR), reasoning),
    )


def _has_reasons(table: RunTable, kept: Integers) -> Mask:
    counted = table.grounding["reasons"][kept]
    has: Mask = np.where(np.isnan(counted), table.steps[kept] > 1, counted > 0)
    return has


def _within(values: Floats, strata: Integers) -> Floats:
    means = np.bincount(strata, weights=values) / np.maximum(np.bincount(strata), 1)
    # Rounded, so that values which are equal but for their last bit share a rank.
    centred: Floats = np.round(values - means[strata], 9)
    return centred


def _percent(values: Floats, groups: Integers) -> Estimated | None:
    found = share(values, groups)
    return None if found is None else found.times(100)


def _conflict(
    table: RunTable, kept: Integers, groups: Integers, inside: Mask, strength: Floats
) -> Conflict | None:
    """Examples have the greatest strength and, of equal ones, the most steps, one per sample."""
    percent = _percent(inside.astype(np.float64), groups)
    if percent is None or not inside.any():
        return None
    places = np.flatnonzero(inside)
    order = places[np.lexsort((places, -table.steps[kept][places], -strength[places]))]
    samples = dict.fromkeys(table.sample[kept[order[: 10 * EXAMPLES]]].tolist())
    ids = tuple(table.samples[at].id for at in list(samples)[:EXAMPLES])
    return Conflict(percent, int(inside.sum()), ids)
