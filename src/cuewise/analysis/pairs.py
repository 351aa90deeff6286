"""All pairs of several runs over the same samples: which of them differ by more than chance explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.special import stdtr, stdtrit

from cuewise.analysis.comparison import LEVEL
from cuewise.analysis.groups import means_over
from cuewise.analysis.paired import adjusted_wald, compare_points, holm
from cuewise.analysis.table import Floats, Integers
from cuewise.analysis.together import Together
from cuewise.scores.clusters import too_few
from cuewise.scores.intervals import Interval

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Pair:
    """Run b against run a in one score."""

    a: int
    """Place of the run."""
    b: int
    moved: bool
    """Whether any sample has other points in one than in the other."""
    difference: float
    """Mean of b - a, percentage points."""
    low: float
    """End of its 95 % interval, as the next."""
    high: float
    p_value: float
    p_adjusted: float
    """By Holm's procedure over all pairs and scores."""

    @property
    def real(self) -> bool:
        """Whether it is more than chance explains."""
        return self.p_adjusted < LEVEL


def not_told_apart(pairs: Sequence[Pair], means: Floats) -> list[tuple[int, ...]]:
    """The longest stretches of the ranking in which no pair is real, best first, as places of runs; a run may be in
    several. Those of one run alone are left out.

    Args:
        pairs: of all runs.
        means: of each run, (n_runs,).
    """
    order = [int(place) for place in np.argsort(-means, kind="stable")]
    real = {frozenset((pair.a, pair.b)) for pair in pairs if pair.real}
    found: list[tuple[int, ...]] = []
    reached = 0
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not any(frozenset((one, order[end])) in real for one in order[start:end]):
            end += 1
        if end > max(reached, start + 1):
            found.append(tuple(order[start:end]))
            reached = end
    return found


def compare_pairs(together: Together) -> dict[str, list[Pair]]:
    """Every pair of runs, a before b, by score; none where samples are of too few groups, or a few groups hold most of
    them. P-values are adjusted by Holm's procedure over all pairs and scores.

    Of two runs these are the tests of `cuewise compare`. For many pairs at once permutations would take too long, and
    the test is Student's of the mean difference, with variance and degrees of freedom over groups of samples as
    `means_over` estimates them. Where all groups differ by the same amount, mostly by none, nothing tells how others
    might: the interval is `adjusted_wald` with each group as one sample, and the p-value that of sign flips, which is 1
    or 2 / 2^G for G groups.
    """
    n_runs = len(next(iter(together.points.values()))[0])
    groups = together.group_numbers
    freedom = float(means_over(np.zeros((len(groups), 1)), groups).freedom[0])
    if n_runs < 2 or too_few(int(groups.max()) + 1, freedom, together.unit):
        return {score: [] for score in together.points}
    found = {
        score: _two_runs(points, groups) if n_runs == 2 else _student(points, groups)
        for score, points in together.points.items()
    }
    adjusted = iter(holm([pair.p_value for pairs in found.values() for pair in pairs]))
    return {
        score: [replace(pair, p_adjusted=next(adjusted)) for pair in pairs] for score, pairs in found.items()
    }


def _two_runs(points: Floats, groups: Integers) -> list[Pair]:
    result = compare_points(points[:, 0], points[:, 1], groups.tolist())
    assert result is not None
    assert result.interval is not None, "there are groups enough"
    return [
        Pair(
            0,
            1,
            bool(result.better + result.worse),
            result.difference,
            result.interval.low,
            result.interval.high,
            result.p_value,
            result.p_value,
        )
    ]


def _student(points: Floats, groups: Integers) -> list[Pair]:
    places = list(combinations(range(points.shape[1]), 2))
    first, second = (np.array(side) for side in zip(*places, strict=True))
    differences = points[:, second] - points[:, first]
    means = means_over(differences, groups)
    n_groups = int(means.groups[0])
    moved = (differences != 0).any(axis=0)
    found = []
    for at, (a, b) in enumerate(places):
        mean, error, freedom = (
            float(means.mean[at]),
            float(np.sqrt(means.variance[at])),
            float(means.freedom[at]),
        )
        if error > _SAME:
            half = float(stdtrit(freedom, 0.975)) * error
            interval = Interval(100 * max(-1.0, mean - half), 100 * min(1.0, mean + half), "t")
            p_value = 2 * float(stdtr(freedom, -abs(mean) / error))
        else:
            interval = adjusted_wald(np.full(n_groups, mean))
            p_value = 2.0 ** (1 - n_groups) if abs(mean) > _SAME else 1.0
        found.append(Pair(a, b, bool(moved[at]), 100 * mean, interval.low, interval.high, p_value, p_value))
    return found
