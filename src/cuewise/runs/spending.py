"""What the calls behind a run's outcomes took and cost, by stage, by model and by task."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cuewise.models.prices import Price, batch_share
from cuewise.records import Outcome
from cuewise.runs.store import CallStore, StoredUsage


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


def sum_up(
    outcomes: Iterable[Outcome], store: CallStore, price_of: Callable[[str], Price | None]
) -> Spending:
    """What the calls of these outcomes cost.

    Args:
        outcomes: a run's, of which each names its calls by key.
        store: where the calls are kept; one that is gone from it makes sums unknown.
        price_of: a model's price by its name, None where it is not known.
    """
    spending = Spending()
    seen: set[str] = set()
    unpriced: set[str] = set()
    for outcome in outcomes:
        for stage, keys in outcome.calls.items():
            new = [key for key in dict.fromkeys(keys) if key not in seen]
            seen.update(new)
            stored = store.usage(new)
            for key in new:
                usage = stored.get(key)
                model = "unknown" if usage is None else usage.model
                price = price_of(model)
                if price is None:
                    unpriced.add(model)
                spent = _spent(usage, price)
                spending.total = spending.total.plus(spent)
                spending.batched += usage is not None and usage.batched
                for table, name in (
                    (spending.stages, stage),
                    (spending.models, model),
                    (spending.tasks, outcome.sample.task),
                ):
                    table[name] = table.get(name, Spent()).plus(spent)
    spending.unpriced = tuple(sorted(unpriced))
    return spending


def _spent(usage: StoredUsage | None, price: Price | None) -> Spent:
    if usage is None:
        return Spent(calls=1, cost_usd=None)
    sent, got = usage.input_tokens, usage.output_tokens
    if usage.batched and price is not None:
        price = price.times(batch_share(usage.model))
    if price is None:
        cost = None
    elif sent is None or got is None:
        # Nothing is nothing, whatever was not counted.
        cost = 0.0 if price.input_usd == price.output_usd == 0 else None
    else:
        cost = price.cost(sent, got)
    return Spent(calls=1, input_tokens=sent or 0, output_tokens=got or 0, cost_usd=cost)
