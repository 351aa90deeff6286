"""Whether a rater's answers have to do with the units: their agreement with the others beside what chance would give.

The answers to one clip, or whatever units are clustered by, may be alike without a look at the clip, and so may the
others' answers to it. So clips are what is dealt out anew here and counted, not units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.agreement.matrix import Mask, Ratings
from cuewise.analysis.table import Floats, Integers

MIN_RATINGS: Final = 10
"""Of a rater with fewer nothing is tested."""
PERMUTATIONS: Final = 999
LEVEL: Final = 0.05

CHANCE_TEST: Final = (
    "permutation of the rater's own answers, those to a clip together, over the clips they rated, one-sided: whether"
    " they agree with the others more than the same answers given to any of these clips would"
)
CONSTANT_TEST: Final = (
    "probability that of so many clips all would be given that answer alone, were the answers to each drawn from the"
    " others' answers to all clips"
)
_AT_ONCE: Final = 1_000_000  # numbers


@dataclass(frozen=True, slots=True)
class ByChance:
    """What the same answers would earn were they given without a look."""

    agreement: float | None
    """Mean credit of the answers over all units that they were given to; None where there are none."""
    p_value: float | None = None
    """Of `CHANCE_TEST`; None where nothing is tested."""
    reach: float | None = None
    """What 95 % of the permutations stay at or below; None as above."""

    def missed_by(self, agreement: float, others: float) -> bool:
        """Whether a rater with so much agreement is not shown to be better than chance, and is worse than the others.

        That p is above 5 % says little by itself: where nearly all answers are alike, or where there are few, careful
        raters are not shown to be better either. So the rater must also lie below the others, on the same units and
        each beside their own chance, by more than chance reaches.

        Args:
            others: what the others earn beyond chance (`beyond_chance`) on the rater's units.
        """
        if self.p_value is None or self.reach is None or self.agreement is None:
            return False
        own, reach = agreement - self.agreement, self.reach - self.agreement
        return self.p_value >= LEVEL and own + reach < others


def beyond_chance(credit: Floats, codes: Integers) -> float:
    """Mean credit of answers less what the same answers would earn given to the units at random; 0 of none.

    Args:
        credit: of each value for each of the answers, (n, n_values), without NaN.
        codes: the answers, (n,).
    """
    if not len(codes):
        return 0.0
    return float((credit - credit.mean(axis=0))[np.arange(len(codes)), codes].mean())


def credits(ratings: Ratings, answers: Mask) -> Floats:
    """What each value would earn each rating beside the others' answers to its unit, (n, n_values): 1 / k for one of
    the k most frequent, else 0; NaN where there are none.

    Args:
        answers: (n,) which ratings are answers.
    """
    labels, codes = ratings.coded
    n_values = len(labels)
    cells = ratings.unit[answers] * n_values + codes[answers]
    counts = np.bincount(cells, minlength=ratings.n_units * n_values).reshape(-1, n_values)
    others = counts[ratings.unit]
    others[answers, codes[answers]] -= 1
    most = others.max(axis=1, keepdims=True)
    modes = (others == most) & (most > 0)
    tied = modes.sum(axis=1, keepdims=True)
    earned: Floats = modes / np.where(tied, tied, np.nan)
    return earned


def by_chance(credit: Floats, codes: Integers, clusters: Integers, dice: np.random.Generator) -> ByChance:
    """`CHANCE_TEST` of one rater.

    A clip is given the answers to another, in their order, from the start again where it has more units and cut where
    it has fewer. What is summed is credit less that of the same answer averaged over all units: so it does not matter
    that some answers are then given more often than they were. Of clips with as many units each it is the exact test.

    Args:
        credit: of each value for each of the rater's answers, (n, n_values), without NaN.
        codes: the answers, (n,).
        clusters: of their units, (n,).
    """
    n = len(codes)
    if not n:
        return ByChance(None)
    mean = credit.mean(axis=0)
    chance = float(mean[codes].mean())
    used = np.unique(codes)
    n_clips = len(np.unique(clusters))
    if n < MIN_RATINGS or n_clips < 2 or len(used) == 1 or np.ptp(credit[:, used], axis=0).max() == 0:
        return ByChance(chance)
    order = np.argsort(clusters, kind="stable")
    beyond, given = (credit - mean)[order], codes[order]
    earned = beyond[np.arange(n), given].mean()
    dealt = _dealt(given, np.unique(clusters, return_counts=True)[1], beyond, dice)
    p_value = (1 + int((dealt > earned - 1e-9).sum())) / (1 + PERMUTATIONS)
    reach = chance + float(np.quantile(dealt, 1 - LEVEL, method="higher"))
    return ByChance(chance, p_value, reach)


def _dealt(given: Integers, sizes: Integers, beyond: Floats, dice: np.random.Generator) -> Floats:
    """Mean credit beyond chance in each of the permutations, (PERMUTATIONS,).

    Args:
        given: the answers clip by clip, (n,).
        sizes: how many there are of each clip, (n_clips,).
        beyond: credit beyond chance of each value, (n, n_values).
    """
    n, n_clips = len(given), len(sizes)
    clip = np.repeat(np.arange(n_clips), sizes)
    start = np.cumsum(sizes) - sizes
    place = np.arange(n) - start[clip]
    found = []
    step = max(1, _AT_ONCE // n)
    for at in range(0, PERMUTATIONS, step):
        some = min(step, PERMUTATIONS - at)
        other = dice.permuted(np.broadcast_to(np.arange(n_clips), (some, n_clips)), axis=1)[:, clip]
        answer = given[start[other] + place % sizes[other]]
        found.append(beyond[np.arange(n), answer].mean(axis=1))
    return np.concatenate(found)


def alike_by_clip(ratings: Ratings, answers: Mask) -> tuple[Integers, int]:
    """Over all raters and the clips that they answered: how often all answers to a clip were one value, (n_values,),
    and how many there are in all.

    Args:
        answers: (n,) which ratings are answers; there is one at least.
    """
    labels, codes = ratings.coded
    pair = ratings.rater[answers] * ratings.n_clusters + ratings.cluster[ratings.unit[answers]]
    _, pair = np.unique(pair, return_inverse=True)
    n_pairs = int(pair.max(initial=-1)) + 1
    counts = np.bincount(pair * len(labels) + codes[answers], minlength=n_pairs * len(labels))
    only = counts.reshape(n_pairs, len(labels)) > 0
    return only[only.sum(axis=1) == 1].sum(axis=0), n_pairs


def constant(given: Integers, n_clips: int, alike: Integers, n_pairs: int) -> tuple[int | None, float | None]:
    """The only answer of a rater, None where there are several, and the p-value of `CONSTANT_TEST`.

    Args:
        given: the answers, (n,).
        n_clips: clips that they were given to.
        alike, n_pairs: as `alike_by_clip` has them.
    """
    if len(given) < MIN_RATINGS or (given != given[0]).any():
        return None, None
    only, others = int(given[0]), n_pairs - n_clips
    if not others:
        return only, None
    return only, float(((alike[only] - n_clips) / others) ** n_clips)
