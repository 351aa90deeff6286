"""Axes: worked examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.reports.drawing.scales import fit


def test_ticks_are_even_and_hold_all_values() -> None:
    """8 to 42 over five steps: 0.72 x 34 / 5 = 4.9, so steps of 5, from 5 to 45."""
    scale = fit([8, 42], "percent", 0, 400)
    assert list(scale.ticks) == [5, 10, 15, 20, 25, 30, 35, 40, 45]
    assert (scale.low, scale.high) == (5, 45)
    assert scale(5) == 0
    assert scale(25) == 200
    assert scale(45) == 400


def test_an_axis_upwards() -> None:
    scale = fit([0, 100], "percent", 300, 0)
    assert [scale(value) for value in (0, 50, 100)] == [300, 150, 0]


def test_ends_that_are_given_are_kept() -> None:
    """61 to 64 on an axis from 60.5 to 66: ticks lie between its ends."""
    scale = fit([61, 64], "percent", 0, 550, low=60.5, high=66)
    assert (scale.low, scale.high) == (60.5, 66)
    assert list(scale.ticks) == [61, 62, 63, 64, 65, 66]
    assert scale(61.5) == 100
    assert scale(70) == 550, "what lies beyond an end is drawn at the end"


def test_one_value_has_room_about_it() -> None:
    scale = fit([50, 50], "percent", 0, 100)
    assert scale.low < 50 < scale.high
    assert fit([100], "percent", 0, 100).high == 100
    assert fit([0], "percent", 0, 100).low == 0


def test_counts_have_whole_ticks() -> None:
    assert fit([0, 2], "count", 0, 100).ticks == (0, 1, 2)


def test_no_values() -> None:
    assert fit([], "percent", 0, 100).ticks[-1] == 100
    assert fit([], "ratio", 0, 100).ticks[-1] == 1


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    st.sampled_from(["percent", "points", "count", "none"]),
)
def test_any_values_lie_within(values: list[float], unit: str) -> None:
    scale = fit(values, unit, 0.0, 300.0)  # type: ignore[arg-type]
    assert 2 <= len(scale.ticks) <= 12
    assert all(0 <= scale(value) <= 300 for value in values)
    if unit != "percent":
        slack = 1e-6 * max(1.0, *map(abs, values))
        assert scale.low <= min(values) + slack
        assert scale.high >= max(values) - slack


@pytest.mark.parametrize("values", [[1e-9, 2e-9], [-5.0, -5.0], [0.0, 0.0]])
def test_tiny_negative_and_zero(values: list[float]) -> None:
    scale = fit(values, "none", 0, 100)
    assert scale.low < scale.high
    assert len(scale.ticks) >= 2
