"""How well each rater does, and which units raters are split over."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cuewise.agreement.matrix import Mask, Ratings, Value
from cuewise.agreement.ratings import Truth
from cuewise.analysis.clustered import Estimated, share
from cuewise.analysis.table import Floats, Integers

CANNOT_TELL: Final = Truth.CANNOT_TELL.value
"""The category that is no answer."""
MIN_RATINGS: Final = 10
"""Of a rater with fewer nothing is tested."""
PERMUTATIONS: Final = 999
LEVEL: Final = 0.05

CHANCE_TEST: Final = (
    "permutation of the rater's own answers over the units they rated, one-sided: whether they agree with the others"
    " more than the same answers given to any of these units would"
)
CONSTANT_TEST: Final = (
    "probability of so many answers all being that one, were each drawn from the others' answers to all units"
)
_AT_ONCE: Final = 1_000_000  # numbers


@dataclass(frozen=True, slots=True)
class RaterQuality:
    """What one rater did. Ratings that are `cannot tell` count only where that is said."""

    rater: Hashable
    n_ratings: int
    """`cannot tell` included."""
    cannot_tell: float
    """Share of these that are, 0..1."""
    agreement: Estimated | None
    """Share of units where the rater says what most of the others do, 0..1, over those that another rated; where the
    others are tied between k answers, one of these counts 1 / k. None where there is no such unit."""
    by_chance: float | None
    """What `agreement` would be were the same answers given to the units at random."""
    p_chance: float | None
    """p-value of `CHANCE_TEST`: small where the rater does better than that. None for fewer than `MIN_RATINGS` units,
    and where it makes no difference which unit an answer is given to."""
    only_answer: Value | None
    """What the rater always says, if there are `MIN_RATINGS` or more."""
    p_constant: float | None
    """That of `CONSTANT_TEST`, for `only_answer`."""
    attention_right: int
    """Attention items answered as they should be; `cannot tell` is not."""
    attention_items: int
    """Attention items rated."""
    median_seconds: float | None
    """Of a rating; None where it is not known."""

    @property
    def no_better_than_chance(self) -> bool:
        """Flag: that the answers have anything to do with the units is not shown, at a level of 5 %."""
        return self.p_chance is not None and self.p_chance >= LEVEL

    @property
    def always_the_same(self) -> bool:
        """Flag: always one answer, and more often than the others' answers make likely, at a level of 5 %."""
        return self.p_constant is not None and self.p_constant < LEVEL


@dataclass(frozen=True, slots=True)
class Disputed:
    """A unit that raters are split over."""

    unit: Hashable
    answers: dict[Value, int]
    """How often each answer was given, the most frequent first, then in the order of the categories."""
    entropy: float
    """Of these, bits: 0 where all say the same, 1 where two answers are given equally often (Shannon 1948)."""


def rater_quality(
    ratings: Ratings,
    *,
    attention: Mapping[Hashable, Value] | None = None,
    seconds: Floats | None = None,
    cannot_tell: str = CANNOT_TELL,
    seed: int = 0,
) -> list[RaterQuality]:
    """What each rater did, in the order of `Ratings.rater_names`.

    Args:
        attention: what should be said of those units that are there to see who looks; they count for nothing else.
            It need not have been said by anybody.
        seconds: how long each rating took, (n,); NaN where that is not known.
        cannot_tell: the category that is no answer.
        seed: of the permutations.

    Raises:
        InputError: there are more than `MAX_CATEGORIES` different answers.
    """
    labels, codes = ratings.coded
    attention = attention or {}
    wanted = np.array([_place(labels, attention.get(name)) for name in ratings.unit_names])
    is_attention = np.array([name in attention for name in ratings.unit_names], dtype=np.bool_)[ratings.unit]
    unable = codes == _place(labels, cannot_tell)
    answers = ~is_attention & ~unable
    credit = _credit(ratings, answers)
    told = np.bincount(codes[answers], minlength=len(labels))
    dice = np.random.default_rng(seed)
    order = np.argsort(ratings.rater, kind="stable")
    found = []
    for rater, rows in enumerate(np.split(order, np.cumsum(np.bincount(ratings.rater))[:-1])):
        given = rows[answers[rows]]
        own = given[~np.isnan(credit[given, 0])]
        chance, p_chance = _by_chance(credit[own], codes[own], dice)
        only, p_constant = _constant(codes[given], told)
        items = rows[is_attention[rows]]
        asked = rows[~is_attention[rows]]
        took = np.empty(0) if seconds is None else seconds[rows][~np.isnan(seconds[rows])]
        found.append(
            RaterQuality(
                rater=ratings.rater_names[rater],
                n_ratings=len(asked),
                cannot_tell=float(unable[asked].mean()) if len(asked) else 0.0,
                agreement=share(credit[own, codes[own]], ratings.cluster[ratings.unit[own]])
                if len(own)
                else None,
                by_chance=chance,
                p_chance=p_chance,
                only_answer=None if only is None else labels[only],
                p_constant=p_constant,
                attention_right=int((codes[items] == wanted[ratings.unit[items]]).sum()),
                attention_items=len(items),
                median_seconds=float(np.median(took)) if len(took) else None,
            )
        )
    return found


def disputed_units(ratings: Ratings, *, limit: int | None = None) -> list[Disputed]:
    """The units over which raters are split, by entropy, the most disputed first, then in the order of the ratings.

    Args:
        limit: how many at most; None for all.

    Raises:
        InputError: there are more than `MAX_CATEGORIES` different answers.
    """
    labels, _ = ratings.coded
    shares = ratings.counts / ratings.per_unit[:, None]
    entropy = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1)
    entropy = np.round(entropy, 12)  # equal splits are equal
    first = np.argsort(-entropy, kind="stable")
    first = first[entropy[first] > 0][:limit]
    return [
        Disputed(
            unit=ratings.unit_names[place],
            answers={
                labels[k]: int(ratings.counts[place, k])
                for k in np.argsort(-ratings.counts[place], kind="stable")
                if ratings.counts[place, k]
            },
            entropy=float(entropy[place]),
        )
        for place in first
    ]


def consensus(
    ratings: Ratings, *, name: str = "raters", minimum: int = 2, cannot_tell: str = CANNOT_TELL
) -> Ratings | None:
    """What the raters of each unit come to, as ratings by one: the mean of numbers, or the most frequent category.

    To be unable to tell is to abstain, as in `agreement.ratings.settle`. Units whose raters are tied are left out; None
    if all are. A judge is compared with it by `consensus(ratings).with_rater("judge", said)`.

    Args:
        minimum: how many raters of a unit must be able to tell. A single one is no consensus.
        cannot_tell: the category that is no answer.
    """
    told = ratings.without(cannot_tell)
    if told is None:
        return None
    value = np.bincount(told.unit, weights=told.value) / told.per_unit
    keep = told.per_unit >= minimum
    if told.categories:
        value = told.counts.argmax(axis=1).astype(np.float64)
        keep &= (told.counts == told.counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    places = np.arange(told.n_units)
    whole = replace(told, unit=places, rater=np.zeros_like(places), value=value, rater_names=(name,))
    return whole.select(keep)


def _place(labels: tuple[Value, ...], value: Value | None) -> int:
    return labels.index(value) if value in labels else -1


def _credit(ratings: Ratings, answers: Mask) -> Floats:
    """What each value would earn each rating beside the others' answers to its unit, (n, n_values): 1 / k for one of
    the k most frequent, else 0; NaN where there are none."""
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


def _by_chance(
    credit: Floats, codes: Integers, dice: np.random.Generator
) -> tuple[float | None, float | None]:
    """Mean credit of the same answers given to the units at random, and the p-value of `CHANCE_TEST`."""
    n = len(codes)
    if not n:
        return None, None
    chance = float(credit.mean(axis=0) @ np.bincount(codes, minlength=credit.shape[1]) / n)
    used = credit[:, np.unique(codes)]
    if n < MIN_RATINGS or np.ptp(used, axis=0).max() == 0 or used.shape[1] == 1:
        return chance, None
    rows = np.arange(n)
    earned = credit[rows, codes].sum()
    reached = 0
    step = max(1, _AT_ONCE // n)
    for at in range(0, PERMUTATIONS, step):
        some = min(step, PERMUTATIONS - at)
        shuffled = dice.permuted(np.broadcast_to(codes, (some, n)), axis=1)
        reached += int((credit[rows, shuffled].sum(axis=1) > earned - 1e-9).sum())
    return chance, (1 + reached) / (1 + PERMUTATIONS)


def _constant(given: Integers, told: Integers) -> tuple[int | None, float | None]:
    """The only answer of a rater, and the p-value of `CONSTANT_TEST`."""
    if len(given) < MIN_RATINGS or (given != given[0]).any():
        return None, None
    only, others = int(given[0]), told.sum() - len(given)
    if not others:
        return only, None
    return only, float(((told[only] - len(given)) / others) ** len(given))
