"""How well each rater does, and which units raters are split over."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cuewise.agreement.chance import LEVEL, alike_by_clip, beyond_chance, by_chance, constant, credits
from cuewise.agreement.matrix import Mask, Ratings, Value
from cuewise.analysis.clustered import Estimated, share
from cuewise.analysis.table import Floats, Integers
from cuewise.records import CANNOT_TELL


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
    for a single clip, and where it makes no difference which clip an answer is given to."""
    not_shown_better_than_chance: bool
    """Flag: that the answers have anything to do with the units is not shown at a level of 5 %, while more is shown of
    the others on the same units (`ByChance.missed_by`)."""
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
    attention = attention or {}
    labels, codes = ratings.coded
    is_attention = np.array([name in attention for name in ratings.unit_names], dtype=np.bool_)[ratings.unit]
    unable = codes == _place(labels, cannot_tell)
    wanted = np.array([_place(labels, attention.get(name)) for name in ratings.unit_names])
    given = _Given(
        ratings,
        answers=~is_attention & ~unable,
        is_attention=is_attention,
        unable=unable,
        as_wanted=codes == wanted[ratings.unit],
        seconds=np.full(len(ratings), np.nan) if seconds is None else seconds,
    )
    dice = np.random.default_rng(seed)
    order = np.argsort(ratings.rater, kind="stable")
    by_rater = np.split(order, np.cumsum(np.bincount(ratings.rater))[:-1])
    return [given.quality(rows, dice) for rows in by_rater]


@dataclass(frozen=True)
class _Given:
    """What was said, and of what kind each rating is, (n,) each."""

    ratings: Ratings
    answers: Mask
    is_attention: Mask
    unable: Mask
    as_wanted: Mask
    """Whether it is what should be said, of those of attention items."""
    seconds: Floats

    @cached_property
    def cluster(self) -> Integers:
        return self.ratings.cluster[self.ratings.unit]

    @cached_property
    def credit(self) -> Floats:
        return credits(self.ratings, self.answers)

    @cached_property
    def alike(self) -> tuple[Integers, int]:
        return alike_by_clip(self.ratings, self.answers)

    def others(self, own: Integers) -> Integers:
        """Answers by the others to the units of these answers of one rater."""
        here = np.zeros(self.ratings.n_units, dtype=np.bool_)
        here[self.ratings.unit[own]] = True
        there = here[self.ratings.unit] & self.answers & ~np.isnan(self.credit[:, 0])
        there[own] = False
        return np.flatnonzero(there)

    def quality(self, rows: Integers, dice: np.random.Generator) -> RaterQuality:
        """What the rater of these rows, all that there are, did."""
        labels, codes = self.ratings.coded
        given = rows[self.answers[rows]]
        own = given[~np.isnan(self.credit[given, 0])]
        only, p_constant = constant(codes[given], len(np.unique(self.cluster[given])), *self.alike)
        items, asked = rows[self.is_attention[rows]], rows[~self.is_attention[rows]]
        took = self.seconds[rows]
        took = took[~np.isnan(took)]
        agreement = share(self.credit[own, codes[own]], self.cluster[own]) if len(own) else None
        chance = by_chance(self.credit[own], codes[own], self.cluster[own], dice)
        others = self.others(own)
        beyond = beyond_chance(self.credit[others], codes[others])
        return RaterQuality(
            rater=self.ratings.rater_names[self.ratings.rater[rows[0]]],
            n_ratings=len(asked),
            cannot_tell=float(self.unable[asked].mean()) if len(asked) else 0.0,
            agreement=agreement,
            by_chance=chance.agreement,
            p_chance=chance.p_value,
            not_shown_better_than_chance=agreement is not None and chance.missed_by(agreement.value, beyond),
            only_answer=None if only is None else labels[only],
            p_constant=p_constant,
            attention_right=int(self.as_wanted[items].sum()),
            attention_items=len(items),
            median_seconds=float(np.median(took)) if len(took) else None,
        )


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
