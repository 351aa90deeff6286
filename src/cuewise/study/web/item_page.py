"""One item: the clip, and what is asked about it. Nothing else of the item goes into the page."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from cuewise.records import CANNOT_TELL
from cuewise.study.checks import MOST_CHARS, missing
from cuewise.study.questions import plain_question
from cuewise.study.records import DONE, LABEL, NOTE, REASONS, Gold, Item, StudyKind
from cuewise.study.web.answers import values
from cuewise.study.web.site import Visit
from cuewise.study.web.words import SHORT
from cuewise.web.player import Material, Player, clip_type, make_player


@dataclass(frozen=True)
class Choice:
    """A button."""

    value: str
    """What it says, as `say` in `forms`."""
    name: str
    key: str
    """On the keyboard."""
    is_chosen: bool


@dataclass(frozen=True)
class AskedStep:
    """A step that is asked about."""

    index: int
    number: int
    """Among those that are asked about, from 1."""
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class AskedLabel:
    """What is asked about labels."""

    title: str
    labels: tuple[str, ...]
    choices: tuple[Choice, ...]
    """Buttons: all that there is for one label; beside the labels' own boxes where there are several."""
    boxes: str
    """`radio` or `checkbox`; empty where the buttons say it all."""
    chosen: tuple[str, ...]


@dataclass(frozen=True)
class ItemPage:
    """What the page shows."""

    number: int
    n_items: int
    n_done: int
    item: str
    """Its id."""
    question: str
    """As people are asked it; of a study of steps, as the model was."""
    candidates: tuple[str, ...]
    kind: str
    short: str
    """What right means, in a line; empty in a study of the question."""
    clip: Player
    steps: tuple[AskedStep, ...]
    label: AskedLabel | None
    note: str
    reasons: str
    is_done: bool
    missing: tuple[str, ...]
    clicks: str
    """Clicks that count, as JSON."""
    can_undo: bool
    """Whether there are such."""
    asked: str
    """Questions that must be answered, as JSON."""
    spent_s: float
    most_chars: int
    said: str
    base: str
    queue: str
    back: str | None
    next: str

    def new_id(self) -> str:
        """An id for the click that a form sends."""
        return str(uuid.uuid4())


def address(visit: Visit, number: int) -> str:
    """Where an item is, by its number from 1."""
    return f"{visit.base}/items/{number}"


def after(visit: Visit, number: int) -> str:
    """Where the next one is; after the last the end."""
    return address(visit, number + 1) if number < len(visit.own) else f"{visit.base}/end"


def clicks_of(visit: Visit, item: Item) -> list[dict[str, Any]]:
    """The rater's clicks on an item that count, as the page's script knows them."""
    return [
        {"id": kept.id, "item": item.id, "question": kept.question, "value": kept.value}
        for kept in visit.site.store.counting(visit.rater, item.id)
    ]


def show(visit: Visit, number: int, *, said: str = "", status: int = 200) -> Response:
    """The page of an item.

    Args:
        number: from 1.
        said: what must be told of what was just sent.
    """
    view = view_of(visit, number, said)
    return visit.site.pages.page("item.html", status=status, view=view)


def view_of(visit: Visit, number: int, said: str = "") -> ItemPage:
    """What the page of an item shows."""
    study, item = visit.site.study, visit.own[number - 1]
    clicks = clicks_of(visit, item)
    now = values(visit.site.store.counting(visit.rater, item.id))
    label = _label(study.plan.kind, study.plan.gold, item, study.labels_asked(item), now.get(LABEL))
    is_question = study.plan.kind is StudyKind.QUESTION
    return ItemPage(
        number=number,
        n_items=len(visit.own),
        n_done=len(visit.done),
        item=item.id,
        question=plain_question(item.sample) if is_question else item.sample.question,
        candidates=item.sample.label_set,
        kind=study.plan.kind.value,
        short="" if is_question else SHORT[item.protocol],
        clip=make_player(
            item.facts,
            [Material(item.frames)],
            audio=item.audio,
            file_type=clip_type(visit.site.paths, item.facts),
            prefix=visit.base,
        ),
        steps=tuple(
            AskedStep(step.index, place, step.text, _ratings(str(step.index), now.get(str(step.index))))
            for place, step in enumerate((step for step in item.steps if step.index in item.rated), 1)
        ),
        label=label,
        note=now.get(NOTE) or "",
        reasons=now.get(REASONS) or "",
        is_done=bool(now.get(DONE)),
        missing=tuple(missing(study, item, now)),
        clicks=json.dumps(clicks),
        can_undo=bool(clicks),
        asked=json.dumps([*map(str, item.rated), *([LABEL] if label else [])]),
        spent_s=visit.site.store.said(visit.rater, item.id).spent_s,
        most_chars=MOST_CHARS,
        said=said,
        base=visit.base,
        queue=visit.queue,
        back=address(visit, number - 1) if number > 1 else None,
        next=after(visit, number),
    )


def _ratings(question: str, now: object) -> tuple[Choice, ...]:
    return tuple(
        Choice(f"{question}={value}", name, key, now == value)
        for value, name, key in (
            ("right", "Right", "1"),
            ("wrong", "Wrong", "2"),
            (CANNOT_TELL, "Cannot tell", "3"),
        )
    )


def _label(
    kind: StudyKind, gold: Gold, item: Item, labels: tuple[str, ...], now: object
) -> AskedLabel | None:
    if not labels:
        return None
    chosen = tuple(map(str, now)) if isinstance(now, list) else ()
    if kind is StudyKind.QUESTION:
        several = item.sample.multi_label
        which = "one label, or several that hold" if several else "the one label that fits best"
        title = f"Your answer: {which}"
        return AskedLabel(title, labels, (), "checkbox" if several else "radio", chosen)
    none = isinstance(now, list) and not now
    if len(labels) == 1:
        hidden = gold is Gold.HIDDEN
        yes, no = ("Right", "Wrong") if hidden else ("Yes", "No")
        title = (
            "The answer’s label. Does it fit what you see and hear?"
            if hidden
            else "The annotated label. Does the answer name it, or mean it?"
        )
        choices = (
            Choice(f"{LABEL}=all", yes, "1", bool(chosen)),
            Choice(f"{LABEL}=none", no, "2", none),
            Choice(f"{LABEL}={CANNOT_TELL}", "Cannot tell", "3", now == CANNOT_TELL),
        )
        return AskedLabel(title, labels, choices, "", chosen)
    title = (
        "The answer’s labels. Choose those that fit what you see and hear"
        if gold is Gold.HIDDEN
        else "The annotated labels. Choose those that the answer names, or means"
    )
    # Digits are the places of the boxes.
    beside = (
        Choice(f"{LABEL}=none", "None of these", "n", none),
        Choice(f"{LABEL}={CANNOT_TELL}", "Cannot tell", "c", now == CANNOT_TELL),
    )
    return AskedLabel(title, labels, beside, "checkbox", chosen)
