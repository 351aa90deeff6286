"""What raters are split over most: steps and items worth reading before any figure is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from cuewise.agreement.quality import Disputed, disputed_units
from cuewise.reports.private import scrub_all
from cuewise.study.records import Item
from cuewise.study.report.judge import verdicts
from cuewise.study.report.table import RatedStudy, StepUnit, item_of

STEPS_TOLD: Final = 12
ITEMS_TOLD: Final = 10


@dataclass(frozen=True)
class DisputedStep:
    """A step that raters are split over."""

    item: str
    run: str
    model: str
    sample: str
    step: int
    text: str
    answers: dict[str, int]
    """How many say what, the most frequent first."""
    entropy: float
    """Of these, bits: 1 where as many say right as wrong."""
    judge: str
    """What the judge says; empty where it did not judge the step."""
    reason: str
    """Why."""
    notes: tuple[str, ...]
    """What raters noted on the item."""
    address: str
    """Of the step in `cuewise view`."""


@dataclass(frozen=True)
class DisputedItem:
    """An item by how far raters are split over its steps."""

    item: str
    run: str
    sample: str
    entropy: float
    """Mean over the steps that anybody could tell, bits."""
    steps: int
    address: str


def disputed_steps(rated: RatedStudy, limit: int | None = STEPS_TOLD) -> tuple[DisputedStep, ...]:
    """The most disputed steps first; those on which all agree are not among them."""
    found = [] if rated.steps is None else disputed_units(rated.steps, limit=limit)
    return tuple(_step(rated, one) for one in found)


def disputed_items(rated: RatedStudy, limit: int | None = ITEMS_TOLD) -> tuple[DisputedItem, ...]:
    """The most disputed items first; those on which all agree are not among them."""
    if rated.steps is None:
        return ()
    sums: dict[str, float] = {}
    for one in disputed_units(rated.steps):
        item = _unit(one)[0]
        sums[item] = sums.get(item, 0.0) + one.entropy
    told: dict[str, int] = {}
    for unit in rated.steps.unit_names:
        told[item_of(unit)] = told.get(item_of(unit), 0) + 1
    order = sorted(sums, key=lambda item: (-round(sums[item] / told[item], 12), item))
    return tuple(
        DisputedItem(
            item=id,
            run=_run(rated.items[id]),
            sample=rated.items[id].sample.id,
            entropy=sums[id] / told[id],
            steps=told[id],
            address=address(rated.items[id]),
        )
        for id in order[:limit]
    )


def address(item: Item, step: int | None = None) -> str:
    """Where `cuewise view` shows the answer, or a step of it; empty in a study of the question."""
    if item.judged is None:
        return ""
    anchor = "" if step is None else f"#step-{step}"
    return f"/runs/{quote(item.judged.run, safe='')}/samples/{quote(item.sample.id)}{anchor}"


def _step(rated: RatedStudy, one: Disputed) -> DisputedStep:
    id, index = _unit(one)
    item = rated.items[id]
    judged = () if item.judged is None else item.judged.verdicts
    return DisputedStep(
        item=id,
        run=_run(item),
        model="" if item.judged is None else scrub_all(item.judged.model),
        sample=item.sample.id,
        step=index,
        text=next((step.text for step in item.steps if step.index == index), ""),
        answers={str(answer): count for answer, count in one.answers.items()},
        entropy=one.entropy,
        judge=verdicts(item).get(index, ""),
        reason=next((verdict.reason for verdict in judged if verdict.step == index), ""),
        notes=tuple(said.note for said in rated.said_of.get(id, ()) if said.note),
        address=address(item, index),
    )


def _unit(one: Disputed) -> StepUnit:
    assert isinstance(one.unit, tuple)
    return str(one.unit[0]), int(one.unit[1])


def _run(item: Item) -> str:
    return "" if item.judged is None else item.judged.run
