"""What the calls of a run take: counted as they are made, and held against budget and pace before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from cuewise.errors import InputError, ModelError
from cuewise.models.protocol import Completion, Request
from cuewise.runs.budget import NOTHING, Budget, Cost
from cuewise.runs.limits import Limits, ModelLimits, no_price
from cuewise.runs.tokens import OUTPUT_TOKENS, Expectation, Tokens, estimate_tokens


@dataclass
class CallTally:
    """What happened to the calls of a run, for progress and the summary."""

    made: int = 0
    reused: int = 0
    reused_from: set[str] = field(default_factory=set)
    """Addresses of other servers than today's that answered some of the reused calls."""
    failed_attempts: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    """Of calls made in this run."""
    output_tokens: int = 0
    served: int = 0
    """Of the calls made, those to models that could cost something."""
    cost_usd: float = 0.0
    """Of calls made in this run, as far as it is known."""
    cost_unknown: dict[str, str] = field(default_factory=dict)
    """Models whose calls are not in `cost_usd`, and why."""
    batches: int = 0
    """That are being waited for at a provider."""
    batched: int = 0
    """Calls in them."""
    batched_done: int = 0
    """Of those calls, as many as the provider says are done."""


class Forecast(NamedTuple):
    """What a call is expected to take."""

    estimate: Tokens
    """By the request alone."""
    cost: Cost
    """As corrected by what was learnt, and priced."""


NO_FORECAST = Forecast(Tokens(0, 0), NOTHING)
_NOT_CHARGED = frozenset({"expired", "cancelled", "batch_failed", "quota"})
"""What calls in a batch end as that were never made."""


class Meter:
    """Forecasts calls, keeps to the budget, and counts."""

    def __init__(self, limits: Limits) -> None:
        self.tally = CallTally()
        self._budget = limits.budget
        self._expectations: dict[tuple[str, str], Expectation] = {}

    def forecast(self, model: ModelLimits, stage: str, request: Request) -> Forecast:
        """What a call will take; nothing where nobody needs to know.

        Raises:
            InputError: there is a budget in dollars, and the model's price is unknown.
        """
        budget = self._budget_of(model)
        if budget is None and not model.paced_by_tokens:
            return NO_FORECAST
        if budget is not None and budget.usd is not None and model.price is None:
            raise InputError(no_price(model.name))
        estimate = estimate_tokens(request)
        expected = self._expectation(model, stage).of(estimate, request.sampling.max_tokens)
        return Forecast(estimate, _cost(model, expected))

    def guesses(self, model: ModelLimits, stage: str, request: Request) -> bool:
        """Whether there is a budget, and a reply may be longer than is expected of one before any has come."""
        return (
            self._budget_of(model) is not None
            and (request.sampling.max_tokens or math.inf) > OUTPUT_TOKENS
            and self._expectation(model, stage).is_guess
        )

    async def reserve(self, model: ModelLimits, forecast: Forecast) -> bool:
        """Set aside what a call will cost; False where the budget is reached."""
        budget = self._budget_of(model)
        return budget is None or await budget.reserve(forecast.cost)

    def reserve_now(self, model: ModelLimits, forecast: Forecast) -> bool:
        """Likewise, without waiting; False where there is no room now."""
        budget = self._budget_of(model)
        return budget is None or budget.reserve_now(forecast.cost)

    def hold(self, model: ModelLimits, forecast: Forecast) -> None:
        """A call is being made already: set aside what it will cost."""
        if (budget := self._budget_of(model)) is not None:
            budget.hold(forecast.cost)

    def release(self, model: ModelLimits, forecast: Forecast) -> None:
        """The call was not made after all."""
        if (budget := self._budget_of(model)) is not None:
            budget.settle(forecast.cost, NOTHING)

    def settle(
        self, model: ModelLimits, stage: str, forecast: Forecast, result: Completion | BaseException
    ) -> None:
        """A call has ended: set budget, pace and expectations right by what it took."""
        spent = forecast.cost
        if isinstance(result, Completion):
            if result.input_tokens is not None and result.output_tokens is not None:
                spent = _cost(model, Tokens(result.input_tokens, result.output_tokens))
            self._expectation(model, stage).learn(forecast.estimate, result)
        elif isinstance(result, ModelError) and ((result.status or 0) >= 400 or result.kind in _NOT_CHARGED):
            # A request that was refused is not charged. One whose answer was lost on its way may be.
            spent = NOTHING
        model.used(forecast.cost.tokens, spent.tokens)
        if (budget := self._budget_of(model)) is not None:
            budget.settle(forecast.cost, spent)

    def count(self, model: ModelLimits, completion: Completion) -> None:
        """A call was made and is stored."""
        tally, sent, got = self.tally, completion.input_tokens, completion.output_tokens
        tally.made += 1
        tally.input_tokens += sent or 0
        tally.output_tokens += got or 0
        if not model.served:
            return
        tally.served += 1
        if model.price is None:
            tally.cost_unknown[model.name] = f"no price is known, name it with --price {model.name}=IN,OUT"
        elif sent is None or got is None:
            tally.cost_unknown[model.name] = "its server does not count tokens"
        else:
            tally.cost_usd += model.price.cost(sent, got)

    def _expectation(self, model: ModelLimits, stage: str) -> Expectation:
        key = (model.name, stage)
        if (known := self._expectations.get(key)) is None:
            known = self._expectations[key] = Expectation()
        return known

    def _budget_of(self, model: ModelLimits) -> Budget | None:
        """The budget where calls to this model count: what runs without a server costs nothing."""
        return self._budget if model.served else None


def _cost(model: ModelLimits, tokens: Tokens) -> Cost:
    """What so many tokens come to; no money without a known price, which a budget in dollars does not allow."""
    usd = 0.0 if model.price is None else model.price.cost(tokens.input, tokens.output)
    return Cost(tokens.total, usd)
