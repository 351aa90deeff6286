"""All pairs of several runs over the same samples: which of them differ by more than chance explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.special import stdtr, stdtrit

from cuewise.analysis.comparison import LEVEL
from cuewise.analysis.groups import means_over, numbered
from cuewise.analysis.paired import holm
from cuewise.analysis.together import Together
from cuewise.analysis.uncertainty import MIN_GROUPS

_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Pair:
    """Run b against run a in one score."""

    a: int
    """Place of the run."""
    b: int
    difference: float
    """Mean of b - a, percentage points."""
    low: float
    """End of its 95 % interval, as the next."""
    high: float
    p_value: float
    p_adjusted: float
    """By Holm's procedure over all pairs."""

    @property
    def real(self) -> bool:
        """Whether it is more than chance explains."""
        return self.p_adjusted < LEVEL


def compare_pairs(together: Together, score: str) -> list[Pair]:
    """Every pair of runs, a before b; empty for fewer than `MIN_GROUPS` groups of samples.

    The test is Student's of the mean difference, with variance and degrees of freedom over groups of samples as
    `means_over` estimates them: for many pairs at once, permutations would take too long. `cuewise compare` makes these
    for two runs.
    """
    points = together.points[score]
    places = list(combinations(range(points.shape[1]), 2))
    if not places:
        return []
    first, second = (np.array(side) for side in zip(*places, strict=True))
    means = means_over(points[:, second] - points[:, first], numbered(together.groups))
    if int(means.groups[0]) < MIN_GROUPS:
        return []
    found = []
    for at, (a, b) in enumerate(places):
        mean, error, freedom = (
            float(means.mean[at]),
            float(np.sqrt(means.variance[at])),
            float(means.freedom[at]),
        )
        half = float(stdtrit(freedom, 0.975)) * error
        # Runs that differ by the same amount on every sample differ for certain.
        unlike = abs(mean) / error if error > _SAME else np.inf if abs(mean) > _SAME else 0.0
        p_value = 2 * float(stdtr(freedom, -unlike))
        low, high = max(-1.0, mean - half), min(1.0, mean + half)
        found.append(Pair(a, b, 100 * mean, 100 * low, 100 * high, p_value, p_value))
    adjusted = holm([pair.p_value for pair in found])
    return [replace(pair, p_adjusted=p) for pair, p in zip(found, adjusted, strict=True)]
