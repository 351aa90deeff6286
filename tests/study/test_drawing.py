"""The draw: strata filled by hand arithmetic, weights that add up, smaller studies inside larger ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.study.drawing import Candidate, allocate, draw


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        # Proportions are whole numbers, and so are the shares.
        ({"a": 60, "b": 30, "c": 10}, 10, {"a": 6, "b": 3, "c": 1}),
        # One each; then 90/3 = 30, 90/5 = 18, 90/7 = 12.9, 90/9 = 10 for a, against 8/3 = 2.7 for b and 2/3 for c.
        ({"a": 90, "b": 8, "c": 2}, 7, {"a": 5, "b": 1, "c": 1}),
        # One each; then 53/3 = 17.7 and 53/5 = 10.6 for a, 24/3 = 8 for b, 23/3 = 7.67 for c before 53/7 = 7.57.
        ({"a": 53, "b": 24, "c": 23}, 7, {"a": 3, "b": 2, "c": 2}),
        # a and b are taken whole, c has what is left.
        ({"a": 1, "b": 2, "c": 100}, 50, {"a": 1, "b": 1, "c": 48}),
        ({"a": 2, "b": 1}, 3, {"a": 2, "b": 1}),
        # Fewer items than strata: the largest.
        ({"a": 5, "b": 9, "c": 1}, 2, {"a": 1, "b": 1, "c": 0}),
        ({"a": 0, "b": 3}, 2, {"a": 0, "b": 2}),
    ],
)
def test_strata_are_filled_in_proportion(sizes: dict[str, int], n: int, expected: dict[str, int]) -> None:
    assert allocate(sizes, n) == expected


SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 60), min_size=1, max_size=8)


@given(SIZES, st.integers(1, 200))
def test_one_more_item_takes_none_away(sizes: dict[str, int], n: int) -> None:
    """By largest remainders, strata of 6, 6 and 2 lose the third's second item between 10 and 11 seats."""
    counts, more = allocate(sizes, n), allocate(sizes, n + 1)
    assert sum(counts.values()) == min(n, sum(sizes.values()))
    assert all(counts[stratum] <= more[stratum] <= size for stratum, size in sizes.items())
    if n >= len(sizes):
        assert min(counts.values()) >= 1


def population(sizes: dict[tuple[str, ...], int], run: str = "mine") -> list[Candidate]:
    return [
        Candidate(run, f"{'-'.join(groups)}/{number}", groups)
        for groups, size in sizes.items()
        for number in range(size)
    ]


POPULATION = population(
    {("A", "right"): 40, ("A", "wrong"): 20, ("B", "right"): 30, ("B", "wrong"): 9, ("B", "partly"): 1}
)


@given(st.integers(1, 120), st.integers(0, 5))
def test_weights_add_up_to_the_population(n: int, seed: int) -> None:
    drawn = draw(POPULATION, n, seed)
    assert len({each.candidate for each in drawn.drawn}) == len(drawn.drawn) == min(n, 100)
    assert isclose(sum(each.weight for each in drawn.drawn), 100)
    counts = Counter(each.stratum for each in drawn.drawn)
    assert drawn.strata.keys() == counts.keys()
    for each in drawn.drawn:
        size, of_stratum = drawn.strata[each.stratum]
        assert of_stratum == counts[each.stratum]
        assert each.weight == size / of_stratum


def test_strata_are_as_fine_as_two_items_in_each_allow() -> None:
    assert draw(POPULATION, 10, 0).strata.keys() == {
        *("A · right", "A · wrong", "B · partly", "B · right", "B · wrong")
    }
    assert draw(POPULATION, 9, 0).strata.keys() == {"A", "B"}
    assert draw(POPULATION, 3, 0).strata == {"all": (100, 3)}
    # One each; then A by 60/3 = 20, 60/5 = 12, 60/7 = 8.6, 60/9 = 6.7 and B by 40/3 = 13.3, 40/5 = 8, 40/7 = 5.7:
    # A, B, A, A, B, A, and B is next.
    assert draw(POPULATION, 8, 0).strata == {"A": (60, 5), "B": (40, 3)}


def test_what_finer_strata_take_is_told() -> None:
    """Two items for each of two tasks, and for each of five groups of a task."""
    for n, depth in ((3, 0), (4, 1), (9, 1), (10, 2)):
        assert (draw(POPULATION, n, 0).depth, draw(POPULATION, n, 0).needed) == (depth, (4, 10))


@given(st.integers(10, 100), st.integers(10, 100), st.integers(0, 3))
def test_a_smaller_draw_is_part_of_a_larger(n: int, m: int, seed: int) -> None:
    small, large = (
        [each.candidate for each in draw(POPULATION, size, seed).drawn] for size in sorted((n, m))
    )
    assert large[: len(small)] == small


def test_what_would_be_drawn_next_is_what_is_drawn_next() -> None:
    drawn = draw(POPULATION, 30, 0, further=5)
    more = [each.candidate for each in draw(POPULATION, 35, 0).drawn]
    assert list(drawn.next) == more[30:]
    assert draw(POPULATION, 100, 0, further=5).next == ()


def test_the_lot_is_a_hash_of_seed_and_sample() -> None:
    """Of one stratum those with the smallest SHA-256 of `seed/id` are drawn."""
    alone = population({("A",): 50})
    order = sorted(alone, key=lambda each: hashlib.sha256(f"7/{each.sample}".encode()).digest())
    assert [each.candidate for each in draw(alone, 12, 7).drawn] == order[:12]


def test_several_runs_are_drawn_by_the_same_lot() -> None:
    both = [Candidate(run, each.sample, (run,)) for run in ("x", "y") for each in population({("A",): 40})]
    drawn = draw(both, 20, 0)
    samples = [{each.candidate.sample for each in drawn.drawn if each.stratum == run} for run in "xy"]
    assert samples[0] == samples[1]
    assert len(samples[0]) == 10
