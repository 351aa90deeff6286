"""What bounds the calls to a model: a pace per minute, a number in flight that adapts, a pause that a server asks for.

All of it is waited for before a call starts, and is no part of the time that the call takes.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cuewise.errors import InputError, TransientModelError
from cuewise.models.cards import is_served
from cuewise.models.prices import Price, names, price_of
from cuewise.runs.budget import Budget

OVERLOADED: Final = (429, 503, 529)
"""Statuses by which a server says that it has too much to do."""


@dataclass(frozen=True)
class Limits:
    """What a run may ask of its models, and what it may cost. Nothing here changes a score."""

    rpm: Mapping[str, float] = field(default_factory=dict)
    """Requests a minute by pattern of the model's name (`models.prices.names`), of which the first that fits holds."""
    tpm: Mapping[str, float] = field(default_factory=dict)
    """Tokens a minute, input and output together, likewise."""
    sample_deadline_s: float | None = None
    """Seconds from a sample's first call on, waiting included, after which it is given up."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """The user's prices by pattern, before those of the table."""
    budget: Budget | None = None

    def check(self, models: Iterable[str], asked: Iterable[str]) -> None:
        """See that every pattern names one of the models, and that a budget in dollars can be kept.

        Args:
            models: names of the run's models.
            asked: names of those that may be asked, not only looked up in the store.

        Raises:
            InputError: one does not.
        """
        known = sorted(set(models))
        for option, patterns in (("--rpm", self.rpm), ("--tpm", self.tpm), ("--price", self.prices)):
            for pattern in patterns:
                if not any(names(pattern, model) for model in known):
                    raise InputError(
                        f"{option} {pattern} names no model of this run: there are {', '.join(known)}"
                    )
        if self.budget is not None and self.budget.usd is not None:
            for model in sorted(set(asked)):
                if price_of(model, self.prices) is None:
                    raise InputError(no_price(model))


def no_price(model: str) -> str:
    """Why a budget in dollars cannot be kept, and what to do."""
    return (
        f"--budget-usd needs a price for {model}, and none is known: name it with --price {model}=IN,OUT"
        " (US dollars per million input and output tokens; 0,0 for a server of your own)"
    )


class Pace:
    """So many units a minute, evenly: a token bucket with room for one call.

    What has been let through in any minute is at most the rate, not counting the last call. The unit is a request or a
    token.
    """

    def __init__(self, per_minute: float) -> None:
        self._unit_s = 60.0 / per_minute

        self.free_at = -math.inf
        """Clock time from which the next call may start."""

    def take(self, start: float, units: float) -> None:
        """A call of so many units starts then; the next may as soon as these have flowed off."""
        self.free_at = start + units * self._unit_s

    def correct(self, units: float) -> None:
        """A call took so many units more than were reserved for it, or fewer."""
        self.free_at += units * self._unit_s


class Lanes:
    """How many calls may be in flight to one model: fewer after it says that it is overloaded, then more again.

    Additive increase, multiplicative decrease, as in TCP: an overload halves the number, at most once for all
    calls that were in flight together; as many successes in a row as there are lanes open one more.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = most
        self.in_use = 0
        self._successes = 0
        self._cut_at = -math.inf
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Wait for a free lane, in order of arrival, and take it."""
        if self.in_use < self.open and not self._waiting:
            self.in_use += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:
                self.leave()  # it was this one's turn at the same moment
            raise

    def leave(self) -> None:
        """Give a lane back."""
        self.in_use -= 1
        self._admit()

    def succeeded(self) -> None:
        """A call gave a completion."""
        if self.open == self.most:
            return
        self._successes += 1
        if self._successes >= self.open:
            self._successes = 0
            self.open += 1
            self._admit()

    def overloaded(self, started: float, now: float) -> None:
        """A call that was started then was told now that the server is overloaded."""
        self._successes = 0
        if started <= self._cut_at:
            return  # in flight together with the one that was told so first
        self._cut_at = now
        self.open = max(1, min(self.open, self.in_use) // 2)

    def _admit(self) -> None:
        while self._waiting and self.in_use < self.open:
            turn = self._waiting.popleft()
            if not turn.done():
                self.in_use += 1
                turn.set_result(None)


class ModelLimits:
    """All that bounds the calls to one model."""

    def __init__(
        self,
        model: str,
        limits: Limits,
        connections: int,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        share: float = 1.0,
    ) -> None:
        """
        Args:
            connections: calls in flight at most.
            share: of its price that its calls cost.
        """
        rpm, tpm = (_first(table, model) for table in (limits.rpm, limits.tpm))
        self.name = model
        self.served = is_served(model)
        """Whether it is a real model: the others have no pace and no price."""
        self.lanes = Lanes(connections)
        price = price_of(model, limits.prices)
        self.price = None if price is None else price.times(share)
        self.given_up = 0
        """Calls in a row that came to nothing."""
        self._requests = Pace(rpm) if rpm and self.served else None
        self._tokens = Pace(tpm) if tpm and self.served else None
        self._not_before = -math.inf
        self._clock, self._sleep = clock, sleep

    @property
    def paced_by_tokens(self) -> bool:
        return self._tokens is not None

    async def turn(self, tokens: float, stopping: Callable[[], bool]) -> None:
        """Wait until a call of so many tokens may start, or the run is to stop."""
        while not stopping():
            now = self._clock()
            if now < self._not_before:
                await self._sleep(self._not_before - now)
                continue
            start = self._book(tokens, now)
            if start > now:
                await self._sleep(start - now)
            if self._clock() >= self._not_before:
                return

    def _book(self, tokens: float, now: float) -> float:
        """The first moment that both paces allow, taken in both: calls that one holds back may not gather."""
        paces = [(pace, units) for pace, units in ((self._requests, 1), (self._tokens, tokens)) if pace]
        start = max([now, *(pace.free_at for pace, _ in paces)])
        for pace, units in paces:
            pace.take(start, units)
        return start

    def used(self, expected: float, tokens: float) -> None:
        """A call took so many tokens instead of those expected."""
        if self._tokens is not None:
            self._tokens.correct(tokens - expected)

    def failed(self, error: TransientModelError, started: float, longest_pause_s: float) -> None:
        """What a server says to one call holds for all: a pause that it asks for, and that it is overloaded."""
        now = self._clock()
        wait = error.retry_after_s
        if wait is not None and wait <= longest_pause_s:
            self._not_before = max(self._not_before, now + wait)
        if error.status in OVERLOADED or error.kind in ("rate_limit", "overloaded"):
            self.lanes.overloaded(started, now)


def _first(table: Mapping[str, float], model: str) -> float | None:
    return next((value for pattern, value in table.items() if names(pattern, model)), None)
