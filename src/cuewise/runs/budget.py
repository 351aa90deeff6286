"""A bound on what a command may spend: a call reserves what it is expected to cost before it starts."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

_TOLERANCE_USD: Final = 1e-9
"""Sums of fractions of a cent may miss a round budget by so much."""


class Cost(NamedTuple):
    """What a call takes from a budget."""

    tokens: float
    usd: float


NOTHING: Final = Cost(0, 0)


class Budget:
    """What may be spent at most, in US dollars, in tokens (input and output together), or both.

    What is spent and what is reserved for calls in flight never pass the budget when a call starts. So what is
    spent in the end passes it by no more than what the calls in flight cost beyond their estimates. One budget
    may serve several runs, one after the other.
    """

    def __init__(self, *, usd: float | None = None, tokens: int | None = None) -> None:
        self.usd = usd
        self.tokens = tokens
        self.spent = NOTHING
        self._reserved = NOTHING
        self._holders = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def reserve(self, cost: Cost) -> bool:
        """Set aside what a call is expected to cost.

        A call that does not fit waits while others are in flight, which may come to less than was set aside.

        Returns:
            False where it does not fit and nothing is in flight any more: the budget is reached.
        """
        while not self.reserve_now(cost):
            if not self._holders:
                return False
            change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(change)
            await change
        return True

    def reserve_now(self, cost: Cost) -> bool:
        """Likewise, without waiting; False where it does not fit now."""
        if not self._fits(cost):
            return False
        self.hold(cost)
        return True

    def hold(self, cost: Cost) -> None:
        """Set aside what a call is expected to cost that is being made already, whether it fits or not."""
        self._reserved = Cost(self._reserved.tokens + cost.tokens, self._reserved.usd + cost.usd)
        self._holders += 1

    def settle(self, reserved: Cost, spent: Cost) -> None:
        """Replace what was set aside for a call by what it did cost."""
        self._holders -= 1
        # Without a call in flight nothing is reserved: rounding errors of many sums end here.
        self._reserved = (
            Cost(self._reserved.tokens - reserved.tokens, self._reserved.usd - reserved.usd)
            if self._holders
            else NOTHING
        )
        self.spent = Cost(self.spent.tokens + spent.tokens, self.spent.usd + spent.usd)
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():  # its sample was cancelled meanwhile
                change.set_result(None)

    def _fits(self, cost: Cost) -> bool:
        tokens = self.spent.tokens + self._reserved.tokens + cost.tokens
        usd = self.spent.usd + self._reserved.usd + cost.usd
        return (self.tokens is None or tokens <= self.tokens) and (
            self.usd is None or usd <= self.usd + _TOLERANCE_USD
        )

    def __str__(self) -> str:
        """E.g. `$4.98 of $5.00`, `12,000 of 15,000 tokens`."""
        parts = []
        if self.usd is not None:
            parts.append(f"{dollars(self.spent.usd)} of {dollars(self.usd)}")
        if self.tokens is not None:
            parts.append(f"{self.spent.tokens:,.0f} of {self.tokens:,} tokens")
        return " and ".join(parts)


def dollars(usd: float) -> str:
    """`$1,234.50`; amounts below a dollar with four digits.

    >>> dollars(3), dollars(0.00125), dollars(0)
    ('$3.00', '$0.0013', '$0.00')
    """
    return f"${usd:,.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"
