"""Who rates what: balanced, in an order of each rater's own, and no clip twice in a row where that can be."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.study.assigning import assign, in_order, put_in


@given(st.integers(1, 60), st.integers(1, 7), st.data())
def test_items_are_spread_evenly(n: int, n_raters: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(1, n_raters))
    items, raters = [f"i{number}" for number in range(n)], [f"r{number}" for number in range(n_raters)]
    given_items = assign(items, raters, overlap, seed=data.draw(st.integers(0, 3)))
    seen = Counter(item for each in given_items.values() for item in each)
    assert seen == dict.fromkeys(items, overlap)
    loads = [len(each) for each in given_items.values()]
    assert max(loads) - min(loads) <= 1
    assert all(len(set(each)) == len(each) for each in given_items.values())


@pytest.mark.parametrize(
    ("n_raters", "overlap"), [(3, 2), (4, 2), (4, 3), (5, 2), (5, 3), (6, 2), (8, 3), (10, 2)]
)
def test_pairs_of_raters_share_about_as_many(n_raters: int, overlap: int) -> None:
    items, raters = [f"i{number}" for number in range(200)], [f"r{number}" for number in range(n_raters)]
    given_items = assign(items, raters, overlap, seed=0)
    shared = [len(set(given_items[a]) & set(given_items[b])) for a, b in combinations(raters, 2)]
    # Each item makes C(overlap, 2) pairs, to be spread over C(raters, 2).
    assert sum(shared) == 200 * overlap * (overlap - 1) // 2
    assert max(shared) - min(shared) <= 2


def test_every_rater_gets_of_every_stratum() -> None:
    items = [f"{stratum}{number}" for stratum in "abc" for number in range(20)]
    given_items = assign(items, ["r1", "r2", "r3", "r4"], 2, seed=0)
    for each in given_items.values():
        assert Counter(item[0] for item in each) == {"a": 10, "b": 10, "c": 10}


def clip_of(item: str) -> str:
    return item.split("-")[0].removeprefix("again ")


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 3))
def test_no_clip_comes_twice_in_a_row_where_that_can_be(clips: list[int], seed: int) -> None:
    items = [f"{clip}-{number}" for number, clip in enumerate(clips)]
    order = in_order(items, "ana", seed, clip_of)
    assert sorted(order) == sorted(items)
    most = max(Counter(clips).values())
    if 2 * most <= len(items) + 1:
        assert all(clip_of(a) != clip_of(b) for a, b in pairwise(order))


def test_each_rater_has_an_order_of_his_or_her_own_which_the_seed_decides() -> None:
    items = [f"{number}-" for number in range(30)]
    orders = {(rater, seed): in_order(items, rater, seed, clip_of) for rater in "ab" for seed in (0, 1)}
    assert len({tuple(order) for order in orders.values()}) == 4
    assert orders["a", 0] == in_order(items[::-1], "a", 0, clip_of)


def test_attention_items_stand_where_they_should_but_never_first() -> None:
    order = [f"{number}-" for number in range(10)]
    assert put_in(order, {"x-": 0.0, "y-": 0.5, "z-": 1.0}, clip_of) == [
        *("0-", "x-", "1-", "2-", "3-", "4-", "y-", "5-", "6-", "7-", "8-", "9-", "z-")
    ]
    assert put_in(["0-"], {"x-": 0.0}, clip_of) == ["0-", "x-"]


def test_an_attention_item_is_not_put_beside_its_own_clip() -> None:
    order = [f"{number}-" for number in range(6)]
    # Places 3 and 4 of the six are beside clip 3.
    assert put_in(order, {"again 3-": 0.5}, clip_of) == ["0-", "1-", "again 3-", "2-", "3-", "4-", "5-"]
