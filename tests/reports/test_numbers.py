"""How numbers of blocks are written."""

from __future__ import annotations

import math

import pytest

from cuewise.reports.blocks import Unit, Value
from cuewise.reports.numbers import known, number, remarks, span, tick, titled, told


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (39.25999, "percent", "39.3"),
        (-0.04, "percent", "0.0"),
        (0.04, "points", "0.0"),
        (-12.34, "points", "−12.3"),
        (1234567.0, "count", "1,234,567"),
        (2.04, "count", "2.0"),
        (0.8333, "ratio", "0.83"),
        (-0.001, "ratio", "0.00"),
        (3.0, "none", "3"),
        (-0.03125, "none", "−0.03125"),
        (math.nan, "percent", "–"),
        (math.inf, "count", "–"),
    ],
)
def test_numbers_by_unit(value: float, unit: Unit, text: str) -> None:
    assert number(value, unit) == text


def test_intervals_that_reach_below_zero_are_written_in_words() -> None:
    assert span(Value(1.0, 0.5, 2.0), "percent") == "0.5–2.0"
    assert span(Value(-1.0, -2.0, 0.5), "percent") == "−2.0 to 0.5"
    assert span(Value(3.0, 1.0, 5.0), "points") == "+1.0 to +5.0"
    assert span(Value(3.0, 1.0), "points") == ""
    assert span(Value(None, 1.0, 2.0), "percent") == ""
    assert span(Value(3.0, math.nan, 5.0), "percent") == ""


def test_all_that_is_known_is_told() -> None:
    value = Value(39.3, 37.1, 41.5, 6500, "as printed, 39")
    assert remarks(value, "percent") == "95 % interval 37.1–41.5; n = 6,500; as printed, 39"
    assert told(Value(0.5), "ratio") == "0.50"
    assert told(Value(None, mark="not asked"), "ratio") == "no figure (not asked)"
    assert known(None) is None
    assert known(-math.inf) is None


def test_titles_name_their_unit_once() -> None:
    assert titled("Recognition", "percent") == "Recognition, %"
    assert titled("Share of answers, Percent", "percent") == "Share of answers, Percent"
    assert titled("Gain in points", "points") == "Gain in points"
    assert titled("Kappa", "ratio") == "Kappa"


def test_ticks_have_no_decimals_that_say_nothing() -> None:
    assert [tick(one, "points") for one in (-2.5, 0.0, 10.0)] == ["−2.5", "0", "+10"]
    assert tick(1500.0, "count") == "1,500"
