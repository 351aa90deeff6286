"""Orders and correlations, by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.audits.table.ranks import compare_orders, kendall_tau, pearson, ranks, swapped_pairs


def test_orders_of_four_models() -> None:
    scores = {
        "first": {"a": 40.0, "b": 30.0, "c": 20.0, "d": 10.0},
        "second": {"a": 10.0, "b": 30.0, "c": 20.0, "d": 5.0, "e": 99.0},
    }
    order = compare_orders("first", "second", scores)
    # Pairs ab and ac change places, the other four do not: tau = (4 - 2) / 6. `e` has one score only.
    assert (order.n_models, order.n_pairs, order.swapped) == (4, 6, 2)
    assert order.tau == pytest.approx(1 / 3)
    assert (order.furthest, order.furthest_from, order.furthest_to) == ("a", 1, 3)


def test_ties() -> None:
    # Pairs 12 (tied in a), 13 and 23 (same order): (2 - 0) / sqrt((2 + 1) x 2).
    assert kendall_tau([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / sqrt(6))
    assert swapped_pairs([1, 1, 2], [2, 1, 3]) == 0
    assert ranks([5, 5, 7, 1]) == [2, 2, 1, 4]


def test_what_does_not_vary_has_no_correlation() -> None:
    assert kendall_tau([1, 1], [1, 2]) is None
    assert pearson([1, 1], [1, 2]) is None
    assert pearson([1], [1]) is None
    order = compare_orders("x", "x", {"x": {}})
    assert (order.n_pairs, order.tau, order.furthest) == (0, None, None)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=20))
def test_pearson_is_numpys(pairs: list[tuple[int, int]]) -> None:
    a, b = [float(x) for x, _ in pairs], [float(y) for _, y in pairs]
    value = pearson(a, b)
    if value is None:
        assert len(set(a)) == 1 or len(set(b)) == 1
    else:
        assert value == pytest.approx(np.corrcoef(a, b)[0, 1])
