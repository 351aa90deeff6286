"""The list of outcomes of all runs: what is shown of it, what it can be narrowed to, and where its links lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cuewise.records import OutcomeKind
from cuewise.reports.words.outcomes import OUTCOMES
from cuewise.viewer.addresses import SIZES, Listing, pairs, sample_url
from cuewise.viewer.filters import NO_LABEL, Disagreement, Filters, Range, Rightness, Sort
from cuewise.viewer.list_rows import RIGHTNESS, RowView, cut, disagreement_words, row_view
from cuewise.viewer.rows import Choice, Choices
from cuewise.viewer.runs_page import Head
from cuewise.viewer.site import Site

OPEN: Final = frozenset({"run", "task", "right"})
"""What can be chosen from without opening it first."""
SEEN: Final = 8
"""Values of a filter that are seen without scrolling."""


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the list without it."""

    name: str
    value: str
    url: str
    meaning: str = ""
    """What it comes to, where the value alone does not say so."""


@dataclass(frozen=True)
class Option:
    """A value of a filter."""

    value: str
    words: str
    count: int
    is_chosen: bool
    meaning: str = ""


@dataclass(frozen=True)
class Facet:
    """A filter whose values are chosen from."""

    key: str
    """Of the address."""
    name: str
    options: tuple[Option, ...]
    is_open: bool


@dataclass(frozen=True)
class ScoreRange:
    """A filter by a score."""

    key: str
    name: str
    low: str
    """Percent as the address has it; empty where it is not set, as `high`."""
    high: str


@dataclass(frozen=True)
class ListPage:
    """Everything that the page shows."""

    listing: Listing
    rows: tuple[RowView, ...]
    total: int
    chips: tuple[Chip, ...]
    facets: tuple[Facet, ...]
    ranges: tuple[ScoreRange, ...]
    heads: tuple[Head, ...]
    several_runs: bool
    several_epochs: bool
    previous: str | None
    next: str | None
    first: str
    last: str
    sizes: tuple[tuple[int, str], ...]
    messages: tuple[str, ...]

    @property
    def dataset_order(self) -> str:
        """The same list in the usual order."""
        return replace(self.listing, sort=Sort.POSITION, descending=False, offset=0).url

    @property
    def place(self) -> str:
        """`51–100`."""
        begin = self.listing.offset + 1
        return f"{begin:,}–{begin + len(self.rows) - 1:,}" if self.rows else "0"


def list_page(site: Site, request: Request) -> Response:
    """`/samples`."""
    fresh = site.looked()
    if not fresh and not site.indexing.error and not site.index.runs():
        return site.page("waiting.html", "samples")
    listing, messages = Listing.from_query(pairs(request.url.query))
    view = list_view(site, listing, messages)
    if view.rows or not view.total:
        return site.page("list_page.html", "samples", view=view)
    # Beyond the end, as the list became shorter: its last page.
    return site.page(
        "list_page.html", "samples", view=list_view(site, listing.around(view.total - 1), messages)
    )


def list_view(site: Site, listing: Listing, messages: tuple[str, ...] = ()) -> ListPage:
    """The page of a list."""
    filters = listing.filters
    found = site.index.page(
        filters,
        sort=listing.sort,
        descending=listing.descending,
        offset=listing.offset,
        limit=listing.size,
    )
    choices = site.index.choices(filters)
    after = listing.offset + listing.size
    return ListPage(
        listing=listing,
        rows=tuple(row_view(row, sample_url(row, listing), among=filters.among_chosen) for row in found.rows),
        total=found.total,
        chips=tuple(_chips(listing)),
        facets=tuple(_facets(choices, filters)),
        ranges=tuple(_ranges(filters)),
        heads=tuple(_heads(listing, several_runs=len(choices.runs) > 1)),
        several_runs=len(choices.runs) > 1,
        several_epochs=len(choices.epochs) > 1,
        previous=replace(listing, offset=max(0, listing.offset - listing.size)).url
        if listing.offset
        else None,
        next=replace(listing, offset=after).url if after < found.total else None,
        first=replace(listing, offset=0).url,
        last=listing.around(max(0, found.total - 1)).url,
        sizes=tuple((size, replace(listing, size=size, offset=0).url) for size in SIZES),
        messages=messages,
    )


def _kind_words(value: str) -> str:
    return OUTCOMES[OutcomeKind(value)][0]


def _right_words(value: str) -> str:
    sign, words, _ = RIGHTNESS[Rightness(value)]
    return f"{sign} {words}"


def _disagreement_words(value: str) -> str:
    return {"runs": "runs differ", "judges": "judges differ", "label": "judge against taxonomy"}[value]


def _prediction_words(value: str) -> str:
    return "no candidate" if value == NO_LABEL else value


@dataclass(frozen=True)
class _Kind:
    """A filter by values: its key, the fields of `Filters` and `Choices`, how it is called, and its values in words."""

    key: str
    field: str
    choices: str
    name: str
    words: Callable[[str], str] = str


_FACETS: Final = (
    _Kind("run", "runs", "runs", "Run"),
    _Kind("task", "tasks", "tasks", "Task"),
    _Kind("right", "rightness", "rightness", "Recognition", _right_words),
    _Kind("kind", "kinds", "kinds", "Outcome", _kind_words),
    _Kind("label", "labels", "labels", "Gold label"),
    _Kind("predicted", "predictions", "predictions", "Predicted label", _prediction_words),
    _Kind("disagree", "disagreements", "disagreements", "Disagreement", _disagreement_words),
)
_ORDERS: Final = {
    "right": [one.value for one in Rightness],
    "kind": [kind.value for kind in OUTCOMES],
    "disagree": [one.value for one in Disagreement],
}
_SCORES: Final = (("recognition", "Recognition"), ("reasoning", "Reasoning"), ("cot", "CoT"))


def _facets(choices: Choices, filters: Filters) -> Iterator[Facet]:
    for kind in _FACETS:
        chosen = frozenset(map(str, getattr(filters, kind.field)))
        found: tuple[Choice, ...] = getattr(choices, kind.choices)
        if order := _ORDERS.get(kind.key):
            found = tuple(sorted(found, key=lambda one: order.index(one.value)))
        if len(found) > SEEN:  # what is chosen must not be out of sight
            found = tuple(sorted(found, key=lambda one: one.value not in chosen))
        options = tuple(
            Option(
                one.value,
                cut(kind.words(one.value)),
                one.count,
                one.value in chosen,
                _meaning(kind, one.value, filters),
            )
            for one in found
        )
        if options:
            yield Facet(kind.key, kind.name, options, bool(chosen) or kind.key in OPEN)
    if len(choices.epochs) > 1 or filters.epoch is not None:
        now = None if filters.epoch is None else str(filters.epoch)
        by_number = sorted(choices.epochs, key=lambda one: int(one.value))
        options = tuple(
            Option(one.value, f"answer {int(one.value) + 1}", one.count, one.value == now)
            for one in by_number
        )
        yield Facet("epoch", "Answer", options, now is not None)


def _meaning(kind: _Kind, value: str, filters: Filters) -> str:
    """What a value comes to under these filters, where its words alone do not say so."""
    if kind.key != "disagree":
        return ""
    return disagreement_words(Disagreement(value), among=filters.among_chosen)[1]


def _ranges(filters: Filters) -> Iterator[ScoreRange]:
    for key, name in _SCORES:
        found: Range | None = getattr(filters, key)
        low, high = ("", "") if found is None else (f"{found.low:g}", f"{found.high:g}")
        if found is not None and found != Range():  # an end that was not set stays so
            low, high = (
                ("" if found.low == Range().low else low),
                ("" if found.high == Range().high else high),
            )
        yield ScoreRange(key, name, low, high)


def _chips(listing: Listing) -> Iterator[Chip]:
    filters = listing.filters

    def chip(name: str, value: str, **fields: Any) -> Chip:
        return Chip(name, value, listing.showing(replace(filters, **fields)).url)

    if filters.text:
        yield chip("text", f"“{filters.text}”", text="")
    for kind in _FACETS:
        values = getattr(filters, kind.field)
        for value in values:
            rest = tuple(other for other in values if other != value)
            made = chip(kind.name.lower(), cut(kind.words(str(value))), **{kind.field: rest})
            yield replace(made, meaning=_meaning(kind, str(value), filters))
    for key, name in _SCORES:
        found: Range | None = getattr(filters, key)
        if found is not None:
            yield chip(name, f"{found.low:g} to {found.high:g} %", **{key: None})
    if filters.epoch is not None:
        yield chip("answer", str(filters.epoch + 1), epoch=None)


_COLUMNS: Final[tuple[tuple[str, Sort | None, bool], ...]] = (
    ("Sample", Sort.SAMPLE, False),
    ("Task", Sort.TASK, False),
    ("Gold", None, False),
    ("Predicted", None, False),
    ("Recognition", Sort.RECOGNITION, True),
    ("Reasoning", Sort.REASONING, True),
    ("CoT", Sort.COT, True),
    ("Steps", Sort.STEPS, True),
    ("Run", Sort.RUN, False),
)


def _heads(listing: Listing, *, several_runs: bool) -> Iterator[Head]:
    for name, sort, is_number in _COLUMNS:
        if sort is Sort.RUN and not several_runs:
            continue
        now = ("descending" if listing.descending else "ascending") if sort is listing.sort else ""
        yield Head(name, None if sort is None else listing.sorted_by(sort).url, now, is_number)
