"""Columns as codes and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cuewise.analysis.columns import (
    coded,
    column,
    from_planes,
    number_column,
    planes,
    read_column,
    read_numbers,
)


@given(
    st.lists(st.sampled_from([None, "a", ("b",), ("b", "c"), True, 2.5]), max_size=300),
    st.integers(0, 600),
)
def test_a_column_comes_back(values: list[Any], more: int) -> None:
    """With up to 606 different values, so that codes take no byte, one or two."""
    rows = [*values, *(f"word {at}" for at in range(more))]
    assert read_column(json.loads(json.dumps(column(rows))), len(rows)) == rows


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=300))
def test_numbers_come_back_to_the_last_bit(values: list[float]) -> None:
    packed = json.loads(json.dumps(number_column(np.array(values)), allow_nan=False))
    np.testing.assert_array_equal(read_numbers(packed, len(values)), np.array(values))


def test_codes_lie_in_planes_lowest_byte_first() -> None:
    """1, 258 = 0x0102 and 65_535 = 0xffff."""
    codes = np.array([1, 258, 65_535])
    assert planes(codes) == bytes([1, 2, 255, 0, 1, 255])
    np.testing.assert_array_equal(from_planes(planes(codes), 3), codes)
    assert planes(np.zeros(5, dtype=np.int64)) == b""


def test_values_are_in_order_of_first_appearance() -> None:
    different, codes = coded(["b", "a", "b", "c"])
    assert different == ["b", "a", "c"]
    assert codes.tolist() == [0, 1, 0, 2]
