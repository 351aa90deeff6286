"""The raters among themselves: how far they agree, and how each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from cuewise.agreement.alpha import krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import mean_cohen_kappa
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import fleiss_kappa, gwet_ac1, raw_agreement
from cuewise.agreement.quality import RaterQuality, rater_quality
from cuewise.analysis.clustered import Estimated, share
from cuewise.analysis.groups import numbered
from cuewise.study.records import Said
from cuewise.study.report.figures import of_ratings
from cuewise.study.report.table import RIGHT, STEP_ANSWERS, WRONG, RatedStudy


@dataclass(frozen=True)
class Among:
    """Agreement of raters on what they rated."""

    group: str
    """A task; empty for all."""
    items: int
    """That anybody rated."""
    raw: Coefficient
    """Share of agreeing pairs of ratings, 0..1."""
    alpha: Coefficient
    """Krippendorff's, nominal: the one to quote."""
    fleiss: Coefficient
    cohen: Coefficient
    """Mean over pairs of raters."""
    ac1: Coefficient
    """Gwet's: where nearly all is of one kind it is no lower for that."""
    icc: Coefficient | None = None
    """Of scores of items: (2,1), absolute agreement, where every rater rated every item, else (1,1). None in a study
    of the question, which has no scores."""


@dataclass(frozen=True)
class Retest:
    """What was said of items that were shown twice."""

    items: int
    steps: int
    """Steps, or answers to a question, that were given twice."""
    agreement: Estimated | None
    """Share of these that were given alike, 0..1."""


@dataclass(frozen=True)
class RaterRow:
    """One rater."""

    rater: str
    """By number."""
    assigned: int
    """Items, attention items included, as the next two."""
    done: int
    """Of the assigned ones."""
    beyond: int
    """Done without having been assigned: imported."""
    rated: int
    """Drawn items that count."""
    quality: RaterQuality | None
    """None where there is no answer to tell by."""
    attention_right: int
    """Instructed items on which all was said as it was asked for."""
    attention_items: int
    retest: Retest
    median_seconds: float | None
    """Of an item."""

    @property
    def is_imported(self) -> bool:
        """Whether the ratings were imported: nothing was assigned."""
        return not self.assigned

    @property
    def flags(self) -> tuple[str, ...]:
        """What one should look at before relying on this rater, with the test."""
        found = []
        if self.quality is not None and self.quality.not_shown_better_than_chance:
            found.append(
                f"not shown to be better than chance (p = {self.quality.p_chance:.2g}), and below the others by more"
                " than chance reaches"
            )
        if self.quality is not None and self.quality.always_the_same:
            found.append(f"always {self.quality.only_answer} (p = {self.quality.p_constant:.2g})")
        if self.attention_right < self.attention_items:
            missed = self.attention_items - self.attention_right
            found.append(f"missed {missed} of {self.attention_items} instructed items")
        return tuple(found)


def among(rated: RatedStudy, group: str = "") -> Among:
    """Agreement on the steps of what is rated, and on the items' scores."""
    return agreement_of(
        rated.steps,
        group,
        len(rated.said_of),
        of_ratings("ICC", rated.scores, icc),
    )


def agreement_of(ratings: Ratings | None, group: str, items: int, scores: Coefficient | None = None) -> Among:
    """Agreement on categories, all coefficients of it."""
    return Among(
        group=group,
        items=items,
        raw=of_ratings("raw agreement", ratings, raw_agreement),
        alpha=of_ratings("Krippendorff's alpha (nominal)", ratings, krippendorff_alpha),
        fleiss=of_ratings("Fleiss' kappa", ratings, fleiss_kappa),
        cohen=of_ratings("mean pairwise kappa", ratings, mean_cohen_kappa),
        ac1=of_ratings("Gwet's AC1", ratings, gwet_ac1),
        icc=scores,
    )


def rater_rows(rated: RatedStudy, ratings: Ratings | None) -> tuple[RaterRow, ...]:
    """How each rater does.

    Args:
        ratings: what raters are held against each other by: steps with `cannot tell`, or answers to the question.
    """
    quality: Mapping[object, RaterQuality] = (
        {} if ratings is None else {one.rater: one for one in rater_quality(ratings)}
    )
    rows = []
    for name, seat in rated.seats.items():
        own = [one for one in rated.said if one.rater == name]
        checks = [one for one in rated.checks if one.rater == name]
        items, right = _instructed(rated, checks)
        took = [one.spent_s for one in own if one.spent_s > 0]
        assigned = set(rated.study.assigned.get(name, ()))
        done = {one.item for one in (*own, *checks) if one.done}
        rows.append(
            RaterRow(
                rater=seat,
                assigned=len(assigned),
                done=len(done & assigned),
                beyond=len(done - assigned),
                rated=len(own),
                quality=quality.get(seat),
                attention_right=right,
                attention_items=items,
                retest=retest(rated, own, checks),
                median_seconds=median(took) if took else None,
            )
        )
    return tuple(rows)


def _instructed(rated: RatedStudy, checks: list[Said]) -> tuple[int, int]:
    """Instructed items that were rated, and those on which all was said as it was asked for."""
    items, right = 0, 0
    for one in checks:
        expected = rated.items[one.item].expected
        if expected is None:
            continue
        items += 1
        right += all(
            one.steps.get(index) == (RIGHT if is_right else WRONG)
            for index, is_right in expected.steps.items()
        )
    return items, right


def retest(rated: RatedStudy, own: list[Said], checks: list[Said]) -> Retest:
    """How far answers to items shown twice are the same, whoever gave them; `cannot tell` is an answer here.

    Args:
        own: what was said of drawn items.
        checks: what was said of attention items, by the same raters.
    """
    first = {(one.rater, one.item): one for one in own}
    alike: list[bool] = []
    clips: list[tuple[str, ...]] = []
    items = 0
    for one in checks:
        before = first.get((one.rater, rated.items[one.item].repeats))
        if before is None:
            continue
        pairs = [
            (before.steps[index], said)
            for index, said in one.steps.items()
            if said in STEP_ANSWERS and index in before.steps
        ]
        if not rated.items[one.item].rated and before.label is not None and one.label is not None:
            pairs = [(",".join(sorted(before.label)), ",".join(sorted(one.label)))]
        if pairs:
            items += 1
            alike += [was == now for was, now in pairs]
            clips += [rated.cluster(one.item)] * len(pairs)
    found = share(np.array(alike, dtype=np.float64), numbered(clips)) if alike else None
    return Retest(items, len(alike), found)
