"""What the calls behind a run's outcomes took and cost, line by line, for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from cuewise.records import Usage
from cuewise.reports.formats import DASH, count
from cuewise.runs.budget import dollars
from cuewise.runs.spending import Spending, Spent
from cuewise.runs.workspace import Workspace

if TYPE_CHECKING:
    from cuewise.result import RunResult

_STAGES: Final = ("answer", "steps", "evidence", "verdicts")
_UNPRICED: Final = "price unknown"
_UNCOUNTED: Final = "tokens not counted"
_GONE: Final = "unknown"
"""The model of calls that are no longer in the store."""


T = TypeVar("T")


@dataclass(frozen=True)
class SpendingLine:
    """One sum over calls, as it is written."""

    name: str
    calls: str
    input_tokens: str
    output_tokens: str
    cost: str
    numbers: tuple[float | None, float | None, float | None, float | None]
    """The same four as numbers, US dollars last; None where not known."""


@dataclass(frozen=True)
class SpendingTable:
    """The sums of one run."""

    groups: tuple[tuple[str, tuple[SpendingLine, ...]], ...]
    """Title and lines: by stage, by model, by task."""
    total: SpendingLine | None
    """None where no call was made."""
    remarks: tuple[str, ...]
    """What the costs count, and why they are not known; sentences."""


def spending_table(run: RunResult) -> SpendingTable:
    """What a run's calls took; their number and tokens alone where its call store is not there.

    Raises:
        RunError: the call store or the outcomes cannot be read.
    """
    # Opening a store that is not there would make an empty one beside a run that was moved.
    if not Workspace(run.folder.path.parent.parent).calls_path.exists():
        return _without_store(run.usage)
    spending = run.spending()
    if not spending.total.calls:
        return SpendingTable((), None, ())
    groups = [("By stage", _lines(_ordered(spending.stages, _STAGES), spending))]
    groups.append(("By model", _lines(spending.models, spending)))
    if len(spending.tasks) > 1:
        groups.append(("By task", _lines(_ordered(spending.tasks, run.manifest.settings.tasks), spending)))
    return SpendingTable(
        tuple(groups), _line("All calls", spending.total, spending), tuple(_remarks(spending))
    )


def _lines(sums: Mapping[str, Spent], spending: Spending) -> tuple[SpendingLine, ...]:
    return tuple(_line(name, spent, spending) for name, spent in sums.items())


def _line(name: str, spent: Spent, spending: Spending) -> SpendingLine:
    if spent.cost_usd is not None:
        cost = dollars(spent.cost_usd)
    elif name in spending.models:
        cost = _UNPRICED if name in spending.unpriced else _UNCOUNTED
    else:
        cost = _UNPRICED if spending.unpriced else _UNCOUNTED
    numbers = (spent.calls, spent.input_tokens, spent.output_tokens, spent.cost_usd)
    return SpendingLine(
        name, count(spent.calls), count(spent.input_tokens), count(spent.output_tokens), cost, numbers
    )


def _remarks(spending: Spending) -> list[str]:
    remarks = []
    if spending.batched:
        calls = "1 call" if spending.batched == 1 else f"{count(spending.batched)} calls"
        remarks.append(f"{calls} came by batch, and are counted at its price.")
    if named := [model for model in spending.unpriced if model != _GONE]:
        remarks.append(f"Price unknown: {', '.join(named)}. Name it with --price.")
    if _GONE in spending.unpriced:
        remarks.append("Some calls are no longer in the call store: what they took is unknown.")
    return remarks


def _without_store(usage: Mapping[str, Usage]) -> SpendingTable:
    if not usage:
        return SpendingTable((), None, ())
    lines = tuple(
        SpendingLine(
            stage,
            count(one.calls),
            count(one.input_tokens),
            count(one.output_tokens),
            DASH,
            (one.calls, one.input_tokens, one.output_tokens, None),
        )
        for stage, one in _ordered(usage, _STAGES).items()
    )
    remarks = (
        "The calls themselves are not beside the run, so models and costs are not told.",
        "A call that several samples or answers share is counted with each of them.",
    )
    return SpendingTable((("By stage", lines),), None, remarks)


def _ordered(sums: Mapping[str, T], order: Sequence[str]) -> dict[str, T]:
    """By a known order, then by name."""
    places = {name: place for place, name in enumerate(order)}
    names = sorted(sums, key=lambda name: (places.get(name, len(places)), name))
    return {name: sums[name] for name in names}
