"""What the calls behind a run's outcomes took and cost, by stage, by model and by task."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cuewise.models.prices import Price, batch_share
from cuewise.records import Outcome
from cuewise.runs.store import CallStore

_LOOKED_UP: Final = 5000
"""Calls that are looked up together."""

_GONE: Final = "unknown"
"""Stands for the model of calls that are no longer in the store."""


@dataclass(frozen=True)
class Spent:
    """A sum over calls."""

    calls: int = 0
    input_tokens: int = 0
    """As far as the servers counted them."""
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """What the calls cost when they were made, in US dollars; None where a price or a count is not known."""

    def plus(self, other: Spent) -> Spent:
        unknown = self.cost_usd is None or other.cost_usd is None
        return Spent(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=None if unknown else (self.cost_usd or 0.0) + (other.cost_usd or 0.0),
        )


@dataclass
class Spending:
    """What a run's outcomes rest on, made for it or reused. A call that several samples share counts once."""

    total: Spent = Spent()
    stages: dict[str, Spent] = field(default_factory=dict)
    models: dict[str, Spent] = field(default_factory=dict)
    tasks: dict[str, Spent] = field(default_factory=dict)
    """A shared call counts for the first of its tasks."""
    batched: int = 0
    """Calls that came by batch, and cost less."""
    unpriced: tuple[str, ...] = ()
    """Models whose price is not known, by name."""


@dataclass(frozen=True, slots=True)
class Charge:
    """Calls that are charged alike, and what they took: all of one stage, model and task, by batch or not."""

    stage: str
    model: str | None
    """None of calls that are no longer in the store."""
    task: str
    """The first of those that they serve."""
    batched: bool
    counted: bool
    """Whether their servers counted the tokens both ways; else the sums hold what they counted."""
    calls: int
    input_tokens: int
    output_tokens: int


class ChargeTally:
    """Gathers the calls behind outcomes, each once, with what they took. Holds no outcome."""

    def __init__(self, store: CallStore) -> None:
        """
        Args:
            store: where the calls are kept.
        """
        self._store = store
        self._seen: set[str] = set()
        self._waiting: dict[str, tuple[str, str]] = {}
        self._sums: dict[tuple[str, str | None, str, bool, bool], list[int]] = {}

    def add(self, *outcomes: Outcome) -> None:
        """Take in the calls of these outcomes; those that were taken in before count no more."""
        for outcome in outcomes:
            for stage, keys in outcome.calls.items():
                for key in keys:
                    if key not in self._seen:
                        self._seen.add(key)
                        self._waiting[key] = (stage, outcome.sample.task)
        if len(self._waiting) >= _LOOKED_UP:
            self._look_up()

    def charges(self) -> tuple[Charge, ...]:
        """What has been taken in so far, in order of first appearance."""
        self._look_up()
        return tuple(Charge(*which, *sums) for which, sums in self._sums.items())

    def _look_up(self) -> None:
        stored = self._store.usage(self._waiting)
        for key, (stage, task) in self._waiting.items():
            usage = stored.get(key)
            if usage is None:
                sums = self._sums.setdefault((stage, None, task, False, False), [0, 0, 0])
                sums[0] += 1
                continue
            counted = usage.input_tokens is not None and usage.output_tokens is not None
            sums = self._sums.setdefault((stage, usage.model, task, usage.batched, counted), [0, 0, 0])
            sums[0] += 1
            sums[1] += usage.input_tokens or 0
            sums[2] += usage.output_tokens or 0
        self._waiting.clear()


def priced(charges: Iterable[Charge], price_of: Callable[[str], Price | None]) -> Spending:
    """What these calls cost.

    Args:
        charges: as a tally gives them.
        price_of: a model's price by its name, None where it is not known.
    """
    spending = Spending()
    unpriced: set[str] = set()
    for charge in charges:
        model = _GONE if charge.model is None else charge.model
        price = price_of(model)
        if price is None:
            unpriced.add(model)
        spent = Spent(charge.calls, charge.input_tokens, charge.output_tokens, _cost(charge, price))
        spending.total = spending.total.plus(spent)
        spending.batched += charge.batched * charge.calls
        for table, name in (
            (spending.stages, charge.stage),
            (spending.models, model),
            (spending.tasks, charge.task),
        ):
            table[name] = table.get(name, Spent()).plus(spent)
    spending.unpriced = tuple(sorted(unpriced))
    return spending


def sum_up(
    outcomes: Iterable[Outcome], store: CallStore, price_of: Callable[[str], Price | None]
) -> Spending:
    """What the calls of these outcomes cost.

    Args:
        outcomes: a run's, of which each names its calls by key.
        store: where the calls are kept; one that is gone from it makes sums unknown.
        price_of: a model's price by its name, None where it is not known.
    """
    tally = ChargeTally(store)
    for outcome in outcomes:
        tally.add(outcome)
    return priced(tally.charges(), price_of)


def _cost(charge: Charge, price: Price | None) -> float | None:
    if charge.model is None or price is None:
        return None
    if charge.batched:
        price = price.times(batch_share(charge.model))
    if charge.counted:
        return price.cost(charge.input_tokens, charge.output_tokens)
    # Nothing is nothing, whatever was not counted.
    return 0.0 if price.input_usd == price.output_usd == 0 else None
