"""The judge against the raters: step by step, and item by item.

Coefficients count a step for as many as its item stands for in the runs; confusions and correlations count it once.
What it means for the runs' scores is in `corrected`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.agreement.alpha import krippendorff_alpha
from cuewise.agreement.calibration import Confusion
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import cohen_kappa, mean_cohen_kappa
from cuewise.agreement.estimates import Share, step_share
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings, Value
from cuewise.agreement.nominal import raw_agreement
from cuewise.agreement.paired_scores import BlandAltman, bland_altman, pearson, spearman
from cuewise.agreement.quality import consensus
from cuewise.analysis.clustered import Estimated, mean_differences, share
from cuewise.analysis.groups import numbered
from cuewise.study.records import Item
from cuewise.study.report.figures import of_ratings
from cuewise.study.report.names import shown_apart
from cuewise.study.report.table import RIGHT, WRONG, RatedStudy, item_of

JUDGE: Final = "judge"
PEOPLE: Final = "raters"


@dataclass(frozen=True)
class JudgeAgainst:
    """The judge of one set of items held against the raters."""

    kind: str
    """`all`, `task`, `run` or `model`: what the items have in common."""
    group: str
    """Which; empty for all. Models that are named alike but for their folders have their runs in brackets."""
    items: int
    """That somebody rated and the judge judged."""
    confusion: Confusion
    """Steps by what most raters say; where these are tied the step is in none."""
    tied: int
    """Steps on which raters are tied."""
    raw: Coefficient
    """Share of steps on which the judge says what most raters say, 0..1."""
    kappa: Coefficient
    """Cohen's, of the judge and the majority."""
    sensitivity: Share | None
    """Share of right steps that it passes, percent."""
    specificity: Share | None
    """Share of wrong steps that it fails, percent."""
    alpha_people: Coefficient
    """Krippendorff's alpha of the raters on these steps."""
    alpha_with_judge: Coefficient
    """The same with the judge as one rater more."""
    cohen_people: Coefficient
    """Mean kappa over pairs of raters."""
    cohen_judge: Coefficient
    """Mean kappa of the judge with each rater."""
    icc: Coefficient
    """Of an item's scores, the judge's and the raters' mean: (2,1), as both score every item and a judge who gives more
    to all errs."""
    spearman: Coefficient
    pearson: Coefficient
    apart: BlandAltman | None
    """The judge's score less the raters' mean, 0..1; None where no item has both."""
    names: tuple[str, ...]
    """Items of `apart`, in its order."""


@dataclass(frozen=True)
class InPlaceOf:
    """The judge in place of one rater: which of the two agrees more with all the others?"""

    rater: str
    steps: int
    """Steps that this rater, another one and the judge rated."""
    judge: Estimated | None
    """Share of the others, averaged over steps, who say what the judge says; 0..1."""
    rater_agrees: Estimated | None
    """The same of the rater."""
    difference: Estimated | None
    """The judge's less the rater's."""


Units = dict[Hashable, Value]
"""What one rater says of units."""


def verdicts(item: Item) -> dict[int, str]:
    """What the judge says of the steps that raters rate: more than half a point passes."""
    if item.judged is None:
        return {}
    rated = set(item.rated)
    return {
        one.step: RIGHT if one.rating > 0.5 else WRONG for one in item.judged.verdicts if one.step in rated
    }


def judged_steps(rated: RatedStudy) -> Units:
    """What the judge says of every rated step of the drawn items."""
    return {(item.id, index): said for item in rated.study.drawn for index, said in verdicts(item).items()}


def judge_against(rated: RatedStudy, kind: str = "all", group: str = "") -> JudgeAgainst:
    """The judge against the raters of these items."""
    said = judged_steps(rated)
    steps = _judged_alone(rated.steps, said)
    people = None if steps is None else consensus(steps, name=PEOPLE, minimum=1)
    both = None if people is None else people.with_rater(JUDGE, said)
    together = None if steps is None else steps.with_rater(JUDGE, said)
    counts = _by_item(both)
    right_passed, right_failed, wrong_passed, wrong_failed = counts
    scores = item_scores(rated)
    return JudgeAgainst(
        kind=kind,
        group=group,
        items=0 if steps is None else len({item_of(unit) for unit in steps.unit_names}),
        confusion=Confusion(*(sum(each) for each in counts)),
        tied=0 if steps is None else steps.n_units - (0 if people is None else people.n_units),
        raw=of_ratings("raw agreement", both, raw_agreement),
        kappa=of_ratings("Cohen's kappa", both, cohen_kappa),
        sensitivity=step_share(
            right_passed, [a + b for a, b in zip(right_passed, right_failed, strict=True)]
        ),
        specificity=step_share(
            wrong_failed, [a + b for a, b in zip(wrong_passed, wrong_failed, strict=True)]
        ),
        alpha_people=of_ratings("Krippendorff's alpha (nominal)", steps, krippendorff_alpha),
        alpha_with_judge=of_ratings("Krippendorff's alpha (nominal)", together, krippendorff_alpha),
        cohen_people=of_ratings("mean pairwise kappa", steps, mean_cohen_kappa),
        cohen_judge=of_ratings(
            "mean pairwise kappa", together, lambda all_: mean_cohen_kappa(all_, rater=JUDGE)
        ),
        icc=of_ratings("ICC", scores, icc),
        spearman=of_ratings("Spearman's correlation", scores, spearman),
        pearson=of_ratings("Pearson's correlation", scores, pearson),
        apart=None if scores is None else bland_altman(scores),
        names=() if scores is None else tuple(map(str, _items_of(scores))),
    )


def judged_by_group(rated: RatedStudy) -> tuple[JudgeAgainst, ...]:
    """The judge over all items, then by task, and by run and by model where there are several."""
    keys: tuple[tuple[str, Callable[[Item], str]], ...] = (
        ("task", lambda item: item.sample.task),
        ("run", lambda item: "" if item.judged is None else item.judged.run),
        ("model", lambda item: "" if item.judged is None else item.judged.model),
    )
    runs: dict[str, set[str]] = {}
    for item in rated.study.drawn:
        if item.judged is not None:
            runs.setdefault(item.judged.model, set()).add(item.judged.run)
    of_model = {model: ", ".join(sorted(names)) for model, names in runs.items()}
    found = [judge_against(rated)]
    for kind, key in keys:
        groups = rated.groups(key)
        several = kind == "task" or len(groups) > 1
        if several and (kind != "model" or len(groups) < len(rated.study.plan.runs)):
            shown = shown_apart(groups, of_model if kind == "model" else None)
            found += [judge_against(rated.part(key, group), kind, shown[group]) for group in groups]
    return tuple(found)


def item_scores(rated: RatedStudy) -> Ratings | None:
    """Scores of items by the judge and by raters, their mean, 0..1, of the steps that any rater could tell."""
    rows: list[tuple[str, str, float]] = []
    if rated.scores is None or rated.steps is None:
        return None
    told = set(rated.steps.unit_names)
    people = {unit: value for unit, _, value in _rows(consensus(rated.scores, name=PEOPLE, minimum=1))}
    for item in rated.study.drawn:
        judged = () if item.judged is None else item.judged.verdicts
        points = [one.rating for one in judged if (item.id, one.step) in told]
        if item.id in people and points:
            # Means that are equal must not differ by what adding up in another order leaves: ranks would.
            rows.append((item.id, JUDGE, round(sum(points) / len(points), 12)))
            rows.append((item.id, PEOPLE, round(float(people[item.id]), 12)))
    return rated.ratings(rows)


def in_place_of_each(rated: RatedStudy) -> tuple[InPlaceOf, ...]:
    """For each rater, whether the judge agrees more with the other raters than this one does.

    The question of Calderon, Reichart and Dror (The alternative annotator test, arXiv 2501.10970), with an interval of
    the difference by videos instead of a test with an allowance. None for raters without a step in common with another.
    """
    said = judged_steps(rated)
    steps = _judged_alone(rated.steps, said)
    if steps is None or steps.n_raters < 2:
        return ()
    answers: dict[Hashable, dict[Hashable, Value]] = {}
    for unit, rater, value in steps.rows():
        answers.setdefault(unit, {})[rater] = value
    found = []
    for seat in rated.seats.values():
        rows, clips = [], []
        for unit, given in answers.items():
            others = [value for rater, value in given.items() if rater != seat]
            if seat in given and others:
                rows.append(
                    [sum(value == one for value in others) / len(others) for one in (said[unit], given[seat])]
                )
                clips.append(rated.cluster(item_of(unit)))
        if not rows:
            continue
        table, clusters = np.array(rows), numbered(clips)
        found.append(
            InPlaceOf(
                rater=seat,
                steps=len(rows),
                judge=share(table[:, 0], clusters),
                rater_agrees=share(table[:, 1], clusters),
                difference=mean_differences((table[:, 0] - table[:, 1])[:, None], clusters)[0],
            )
        )
    return tuple(found)


def _judged_alone(steps: Ratings | None, said: Units) -> Ratings | None:
    """The ratings of steps that the judge judged."""
    if steps is None:
        return None
    known = np.array([unit in said for unit in steps.unit_names], dtype=np.bool_)
    return steps.select(known[steps.unit])


def _by_item(both: Ratings | None) -> tuple[list[int], list[int], list[int], list[int]]:
    """Per item: right steps that the judge passed and failed, wrong ones that it passed and failed."""
    cells: dict[str, list[int]] = {}
    pairs: dict[Hashable, dict[Hashable, Value]] = {}
    for unit, rater, value in _rows(both):
        pairs.setdefault(unit, {})[rater] = value
    order = ((RIGHT, RIGHT), (RIGHT, WRONG), (WRONG, RIGHT), (WRONG, WRONG))
    for unit, said in pairs.items():
        cells.setdefault(item_of(unit), [0, 0, 0, 0])[order.index((str(said[PEOPLE]), str(said[JUDGE])))] += 1
    columns = [[cell[at] for cell in cells.values()] for at in range(4)]
    return columns[0], columns[1], columns[2], columns[3]


def _rows(ratings: Ratings | None) -> list[tuple[Hashable, Hashable, Value]]:
    return [] if ratings is None else list(ratings.rows())


def _items_of(scores: Ratings) -> tuple[Hashable, ...]:
    paired = scores.pairable()
    return () if paired is None else paired.unit_names
