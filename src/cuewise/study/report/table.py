"""What raters said, as tables that coefficients are taken of: steps, labels, and a score per item.

`cannot tell` is no vote, whatever the protocol: raters are told that under `mme-emotion` what cannot be checked is
right and under `grounded` wrong, so that it means that they could not decide even so. It counts as a rating that was
given, and for nothing else; `cuewise calibrate` reads it in the same way.

A rater's score of an item is the share of its steps that are right, of those that he or she could tell. Attention items
count in no figure but the raters' own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cuewise.agreement.matrix import Ratings
from cuewise.agreement.ratings import StepRating
from cuewise.records import CANNOT_TELL
from cuewise.samples.units import PRINTED, unit_of
from cuewise.study.records import Item, Said, Study

RIGHT: Final = "right"
WRONG: Final = "wrong"
HOLDS: Final = "holds"
HOLDS_NOT: Final = "does not hold"
STEP_ANSWERS: Final = (WRONG, RIGHT, CANNOT_TELL)

ALL: Final = "all"
"""The stratum of a draw that has one alone, as `drawing` names it."""
_ALIKE: Final = 1e-9  # of weights

StepUnit = tuple[str, int]
"""Item and index of the step."""


@dataclass(frozen=True)
class RatedStudy:
    """A study with what counts of what was said."""

    study: Study
    said: tuple[Said, ...]
    """Of drawn items."""
    checks: tuple[Said, ...]
    """Of attention items."""
    unfinished: int = 0
    """Items, counted once per rater, that were begun and not finished, and so are left out."""
    names: tuple[str, ...] = field(default=())
    """All raters: those of the plan in its order, then those whose ratings were imported."""

    @classmethod
    def of(cls, study: Study, said: Iterable[Said], *, full: bool = False) -> RatedStudy:
        """Take in what was said.

        Args:
            full: also of items that a rater has not finished.
        """
        drawn, checks, unfinished = [], [], 0
        known = {item.id: item for item in study.items}
        others = set()
        for one in said:
            if one.item not in known or not _says(one):
                continue
            if one.rater not in study.plan.raters:
                others.add(one.rater)
            if not one.done and not full:
                unfinished += 1
            elif known[one.item].is_check:
                checks.append(one)
            else:
                drawn.append(one)
        names = (*study.plan.raters, *sorted(others))
        return cls(study, tuple(drawn), tuple(checks), unfinished, names)

    @cached_property
    def items(self) -> dict[str, Item]:
        """Drawn and attention items, by id."""
        return {item.id: item for item in self.study.items}

    @cached_property
    def seats(self) -> dict[str, str]:
        """What raters are called wherever the report may go: their number."""
        return {name: f"Rater {place}" for place, name in enumerate(self.names, 1)}

    @cached_property
    def cluster_kind(self) -> str:
        """What is independent of one another: videos where clip ids tell them, else clips."""
        told = any(self.cluster(item.id)[0] == PRINTED for item in self.study.items)
        return PRINTED if told else "clip"

    def cluster(self, item: str) -> tuple[str, ...]:
        """The video of an item's clip, or the clip."""
        sample = self.items[item].sample
        return unit_of(sample.source, sample.clip.id)

    @cached_property
    def raw_steps(self) -> Ratings | None:
        """What raters say of steps, `cannot tell` included; None of nothing, as in what follows."""
        return self.ratings(
            (
                ((one.item, index), self.seats[one.rater], value)
                for one in self.said
                for index, value in one.steps.items()
                if index in self.items[one.item].rated
            ),
            STEP_ANSWERS,
        )

    @cached_property
    def steps(self) -> Ratings | None:
        """Steps that are right or wrong, by those who could tell; units are (item, step)."""
        return None if self.raw_steps is None else self.raw_steps.without(CANNOT_TELL)

    @cached_property
    def labels(self) -> Ratings | None:
        """Of each label that raters were asked about: whether it holds; units are (item, label)."""
        return self.ratings(
            (
                ((one.item, label), self.seats[one.rater], HOLDS if label in one.label else HOLDS_NOT)
                for one in self.said
                if one.label is not None
                for label in self.study.labels_asked(self.items[one.item])
            ),
            (HOLDS_NOT, HOLDS),
        )

    @cached_property
    def scores(self) -> Ratings | None:
        """Each rater's score of an item, 0..1; units are items."""
        return self.ratings(
            (one.item, self.seats[one.rater], score)
            for one in self.said
            if (score := step_score(one, self.items[one.item])) is not None
        )

    def step_ratings(self) -> Iterator[tuple[Item, StepRating]]:
        """All that was said of steps of drawn items, with the item."""
        rights = {RIGHT: True, WRONG: False}
        for one in self.said:
            item = self.items[one.item]
            for index, value in one.steps.items():
                if index in item.rated:
                    where = f"item {item.id}"
                    rating = StepRating(
                        item.sample.id, index, rights.get(value), self.seats[one.rater], where
                    )
                    yield item, rating

    def ratings(
        self,
        rows: Iterable[tuple[Hashable, str, str | float]],
        categories: tuple[str, ...] = (),
    ) -> Ratings | None:
        """Ratings of units that are an item's id, or begin with it; None of no row."""
        rows = list(rows)
        if not rows:
            return None
        return Ratings.from_rows(
            rows,
            cluster_of=lambda unit: self.cluster(item_of(unit)),
            cluster_kind=self.cluster_kind,
            categories=categories,
            weights={unit: self.weight(item_of(unit)) for unit, _, _ in rows},
        )

    def weight(self, item: str) -> float:
        """How many samples of the runs a drawn item stands for: size of its stratum over the number drawn from it."""
        judged = self.items[item].judged
        if judged is not None:
            return judged.weight
        there, drawn = self.study.plan.strata.get(self.stratum(item), (1, 1))
        return there / drawn

    def stratum(self, item: str) -> str:
        """What a drawn item was drawn from; `all` where strata are not told."""
        one = self.items[item]
        if one.judged is not None:
            return one.judged.stratum
        return one.sample.task if one.sample.task in self.study.plan.strata else ALL

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """By stratum: how many samples the runs have of it; 1 of `all` where that is not told."""
        return {ALL: 1, **{name: there for name, (there, _) in self.study.plan.strata.items()}}

    @cached_property
    def is_drawn_unequally(self) -> bool:
        """Whether some drawn items stand for more samples than others do. Ratings of steps are weighted then; whether
        recognition by people is hangs on the answers that there are, and `baseline` tells."""
        weights = [self.weight(item.id) for item in self.study.drawn]
        return bool(weights) and max(weights) > min(weights) * (1 + _ALIKE)

    def groups(self, key: Callable[[Item], str]) -> tuple[str, ...]:
        """What `key` makes of the drawn items, in alphabetical order."""
        return tuple(sorted({key(item) for item in self.study.drawn}))

    def part(self, key: Callable[[Item], str], group: str) -> RatedStudy:
        """The study with what was said of drawn items of one group alone."""
        said = tuple(one for one in self.said if key(self.items[one.item]) == group)
        return RatedStudy(self.study, said, (), 0, self.names)

    @cached_property
    def said_of(self) -> Mapping[str, tuple[Said, ...]]:
        """What was said of each drawn item, by its id."""
        found: dict[str, list[Said]] = {}
        for one in self.said:
            found.setdefault(one.item, []).append(one)
        return {item: tuple(each) for item, each in found.items()}


def item_of(unit: Hashable) -> str:
    """The id of the item that a unit is of."""
    return str(unit[0]) if isinstance(unit, tuple) else str(unit)


def step_score(said: Said, item: Item) -> float | None:
    """A rater's score of an item, 0..1; None where he or she could tell of no step."""
    told = [said.steps[index] for index in item.rated if said.steps.get(index) in (RIGHT, WRONG)]
    return sum(one == RIGHT for one in told) / len(told) if told else None


def _says(said: Said) -> bool:
    """Whether anything is left of what was clicked."""
    return bool(said.steps or said.label is not None or said.cannot_tell_label or said.done)
