"""Shares and their intervals, against hand arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.audits.judge.figures import rate


def test_one_step_per_sample_is_wilsons_interval() -> None:
    # 8 of 10, z = 1.96: centre (0.8 + 0.1921) / 1.3842 = 0.7167, half 1.416 * sqrt(0.016 + 0.0096) = 0.2265.
    found = rate((f"s{n}", int(n < 8), 1) for n in range(10))
    assert (found.hits, found.count, found.samples, found.share) == (8, 10, 10, 0.8)
    assert found.low == pytest.approx(0.4902, abs=1e-3)
    assert found.high == pytest.approx(0.9433, abs=1e-3)


def test_steps_that_go_together_count_as_fewer() -> None:
    # Ten samples of four steps, five with all hits, five with none: p = 0.5, n = 40, m = 10;
    # sum (x - n p)^2 = 10 * 2^2 = 40, v = 10/9 / 1600 * 40 = 0.02778, deff = 40 v / 0.25 = 4.444, n / deff = 9.
    # Wilson with n = 9: half = 1.96 / 1.4268 * sqrt(0.25 / 9 + 3.8415 / 324) = 0.2735.
    found = rate((f"s{n}", 4 if n < 5 else 0, 4) for n in range(10))
    assert found.share == 0.5
    assert found.low == pytest.approx(0.5 - 0.2735, abs=1e-3)
    assert found.high == pytest.approx(0.5 + 0.2735, abs=1e-3)


def test_steps_never_count_for_more_than_they_are() -> None:
    # One hit more or less than half of 4: sum (x - 2)^2 = 10, deff = 40 * (10/9 / 1600 * 10) / 0.25 = 1.11;
    # over 10 samples of 40 steps, half of them 19 and half 21: deff = 400 * (10/9 / 160000 * 10) / 0.25 = 0.11.
    spread = rate((f"s{n}", 1 + 2 * (n % 2), 4) for n in range(10))
    assert spread.high == pytest.approx(rate((f"s{n}", n % 2, 1) for n in range(36)).high)
    even = rate((f"s{n}", 19 + 2 * (n % 2), 40) for n in range(10))
    assert even.high == pytest.approx(rate((f"s{n}", n % 2, 1) for n in range(400)).high, abs=1e-4)


def test_where_all_agree_each_sample_counts_once() -> None:
    # Nothing in 40 steps of 10 samples: Wilson's upper bound at 0 of 10, z^2 / (n + z^2) = 3.8415 / 13.8415.
    found = rate((f"s{n}", 0, 4) for n in range(10))
    assert (found.share, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(0.27753, abs=1e-4)
    found = rate((f"s{n}", 4, 4) for n in range(10))
    assert (found.share, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 - 0.27753, abs=1e-4)


def test_several_counts_of_a_sample_are_one() -> None:
    together = rate([("a", 3, 8), ("b", 1, 2)])
    assert rate([("a", 1, 4), ("a", 2, 4), ("b", 1, 2)]) == together
    assert (together.samples, together.count, together.hits) == (2, 10, 4)


def test_nothing_to_count_is_no_share() -> None:
    for counts in ([], [("a", 0, 0)]):
        found = rate(counts)
        assert (found.count, found.samples, found.share, found.low, found.high) == (0, 0, None, None, None)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_the_share_lies_in_its_interval(drawn: list[tuple[int, int, int]]) -> None:
    counts = [(str(sample), min(a, b), max(a, b)) for sample, a, b in drawn]
    found = rate(counts)
    if found.share is not None:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.share <= found.high <= 1
