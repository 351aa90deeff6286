"""What is known of prices, and how the user's go before it."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.models.prices import FREE, Price, entry_for, names, parse_price, price_of, price_table


def test_every_entry_says_when_and_where_it_was_stated() -> None:
    for entry in price_table():
        assert entry.models
        assert all(pattern == pattern.lower() for pattern in entry.models)
        assert 0 < entry.price.input_usd < entry.price.output_usd
        assert isinstance(entry.as_of, datetime.date)
        assert entry.source.startswith("https://")


def test_no_entry_hides_behind_another() -> None:
    """Of a plain name in the file, the first entry that fits is the one it stands in."""
    for entry in price_table():
        for pattern in entry.models:
            if "*" not in pattern:
                assert entry_for(pattern) is entry, pattern


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("openai/gpt-4o", Price(2.5, 10)),
        ("openai/GPT-4o-2024-08-06", Price(2.5, 10)),
        ("openai/gpt-4o-2024-05-13", None),
        ("openai/gpt-4o-mini", Price(0.15, 0.6)),
        ("anthropic/claude-sonnet-4-20250514", Price(3, 15)),
        ("anthropic/claude-opus-4-5-20251101", Price(5, 25)),
        ("openai/gpt-4o-audio-preview", None),
        ("openai-api/lab/own-model", None),
        ("baseline/majority", FREE),
        ("offline/rules", FREE),
    ],
)
def test_the_price_of_a_model(model: str, price: Price | None) -> None:
    assert price_of(model) == price


def test_the_users_price_goes_before_the_table() -> None:
    mine = {"gpt-4o": Price(1, 2), "openai/*": Price(3, 4)}
    assert price_of("openai/gpt-4o", mine) == Price(1, 2)
    assert price_of("openai/gpt-4o-mini", mine) == Price(3, 4)
    assert price_of("google/gemini-2.5-pro", mine) == Price(1.25, 10)


def test_cost_by_hand() -> None:
    """1,200 tokens at 2.50 and 300 at 10.00 per million: 0.0030 + 0.0030 dollars."""
    assert Price(2.5, 10).cost(1200, 300) == pytest.approx(0.006)


def test_a_pattern_names_the_whole_name_or_its_last_part() -> None:
    assert names("Qwen2.5-Omni-7B", "openai-api/lab/Qwen/Qwen2.5-Omni-7B")
    assert not names("qwen*", "openai/gpt-4o")


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_price_is_read_as_written(a: float, b: float) -> None:
    assert parse_price(f"{a!r},{b!r}") == Price(a, b)


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "1,inf", "1;2"])
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_price(text)
