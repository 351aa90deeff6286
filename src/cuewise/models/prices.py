"""What calls cost: the price table of hosted models, `prices.toml`, and the user's own prices before it."""

from __future__ import annotations

import datetime
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from cuewise.models.cards import is_own, is_served

PER = 1_000_000
"""Prices are for so many tokens."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    input_usd: float
    output_usd: float

    def cost(self, input_tokens: float, output_tokens: float) -> float:
        """US dollars for so many tokens.

        >>> Price(2.5, 10).cost(1_000_000, 100_000)
        3.5
        """
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / PER

    def times(self, share: float) -> Price:
        """So much of it."""
        return Price(self.input_usd * share, self.output_usd * share)


FREE = Price(0.0, 0.0)


@dataclass(frozen=True)
class PriceEntry:
    """One entry of the table."""

    models: tuple[str, ...]
    """Shell patterns over the last part of a name, in lower case."""
    price: Price
    as_of: datetime.date
    """Latest day on which it was found stated there."""
    source: str
    """Page that states it."""
    note: str = ""
    """What the two prices leave out."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("cuewise.models").joinpath("prices.toml").read_text(encoding="utf-8"))


@cache
def price_table() -> tuple[PriceEntry, ...]:
    """All entries in the order of the file, in which the first that fits holds."""
    return tuple(
        PriceEntry(
            models=tuple(entry["models"]),
            price=Price(entry["input"], entry["output"]),
            as_of=entry["as_of"],
            source=entry["source"],
            note=entry.get("note", ""),
        )
        for entry in _table()["price"]
    )


def batch_share(model: str) -> float:
    """What a call costs in a batch of its provider, as a share of its price; 1 where none is known.

    >>> batch_share("openai/gpt-4o"), batch_share("lab/mine")
    (0.5, 1.0)
    """
    provider = model.partition("/")[0]
    return next((entry["share"] for entry in _table()["batch"] if entry["provider"] == provider), 1.0)


def entry_for(model: str) -> PriceEntry | None:
    """The table's entry for a model by its name, with or without provider.

    >>> entry_for("openai/gpt-4o").price
    Price(input_usd=2.5, output_usd=10.0)
    """
    return next((entry for entry in price_table() if any(names(name, model) for name in entry.models)), None)


def price_of(model: str, overrides: Mapping[str, Price] | None = None) -> Price | None:
    """The price of a model: the user's, else nothing for models that run on the user's machine, else the table's.

    Args:
        overrides: prices by pattern, of which the first that fits holds; see `names`.

    Returns:
        None where no price is known.
    """
    for pattern, price in (overrides or {}).items():
        if names(pattern, model):
            return price
    if is_own(model) or not is_served(model):
        return FREE
    entry = entry_for(model)
    return entry.price if entry else None


def names(pattern: str, model: str) -> bool:
    """Whether a shell pattern names a model, by its whole name or the last part of it; case does not matter.

    >>> names("gpt-4o", "openai/gpt-4o"), names("openai/*", "openai/gpt-4o"), names("gpt-4o", "openai/gpt-4o-mini")
    (True, True, False)
    """
    whole, wanted = model.lower(), pattern.lower()
    return fnmatchcase(whole, wanted) or fnmatchcase(whole.rstrip("/").rpartition("/")[2], wanted)


def parse_price(text: str) -> Price:
    """`IN,OUT`, US dollars per million tokens.

    Raises:
        ValueError: it is not two numbers of at least 0.
    """
    values = [float(part) for part in text.split(",")]
    if len(values) != 2 or not all(math.isfinite(value) and value >= 0 for value in values):
        raise ValueError(text)
    return Price(*values)
