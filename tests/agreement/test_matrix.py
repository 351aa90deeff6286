"""The matrix of ratings: what rows become, what is refused, and parts of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.agreement.matrix import MAX_CATEGORIES, Ratings
from cuewise.errors import InputError

ROWS = [("s2", "ana", "wrong"), ("s1", "ben", "right"), ("s1", "ana", "right"), ("s3", "ben", "cannot tell")]


def clip(unit: object) -> str:
    return "x" if unit in ("s1", "s2") else "y"


def test_rows_become_arrays_in_their_order() -> None:
    ratings = Ratings.from_rows(ROWS, cluster_of=clip, cluster_kind="clip")
    assert ratings.unit_names == ("s2", "s1", "s3")
    assert ratings.rater_names == ("ana", "ben")
    assert ratings.categories == ("cannot tell", "right", "wrong")
    assert ratings.unit.tolist() == [0, 1, 1, 2]
    assert ratings.rater.tolist() == [0, 1, 0, 1]
    assert ratings.value.tolist() == [2, 1, 1, 0]
    assert ratings.cluster.tolist() == [0, 0, 1]
    assert (len(ratings), ratings.n_units, ratings.n_raters, ratings.n_clusters) == (4, 3, 2, 2)
    assert list(ratings.rows()) == ROWS
    assert ratings.counts.tolist() == [[0, 0, 1], [0, 2, 0], [1, 0, 0]]


def test_categories_keep_the_order_they_are_given_in() -> None:
    scale = ("wrong", "cannot tell", "right", "never said")
    ratings = Ratings.from_rows(ROWS, categories=scale)
    assert ratings.categories == scale
    assert ratings.value.tolist() == [0, 2, 2, 1]
    assert ratings.cluster.tolist() == [0, 1, 2]


def test_numbers_are_values_and_are_counted_in_rising_order() -> None:
    ratings = Ratings.from_rows([("a", 1, 0.5), ("a", 2, True), ("b", 1, 0)])
    assert not ratings.categories
    assert ratings.numbers().tolist() == [0.5, 1, 0]
    assert list(ratings.coded[0]) == [0, 0.5, 1]
    assert ratings.counts.tolist() == [[0, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there are no ratings"),
        ([*ROWS, ("s2", "ana", "right")], "rater ana rated unit s2 more than once"),
        ([(("s", "audio"), "ana", "x"), (("s", "audio"), "ana", "x")], "rated unit s / audio more than once"),
        ([("a", "r\x1b[2J", "x"), ("a", "r\x1b[2J", "x")], r"rater r\\x1b\[2J rated"),
        ([("a", "r", float("nan"))], "a rating is nan; leave out"),
        ([("a", "r", float("inf"))], "a rating is inf"),
        ([("a", "r", 10**400)], "a rating is a number of more than 300 digits"),
        ([("a", "r", 1.0), ("b", "r", "right")], "a rating is 1.0, where others or the categories are names"),
        ([("a", "r", None)], "a rating is None"),
    ],
)
def test_what_is_refused(rows: list[tuple[object, object, str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ratings.from_rows(rows)


def test_unknown_and_repeated_categories_are_refused() -> None:
    with pytest.raises(
        InputError, match="a rating is wrong, which is none of the categories right, cannot tell"
    ):
        Ratings.from_rows(ROWS, categories=("right", "cannot tell"))
    with pytest.raises(InputError, match="a category is named twice"):
        Ratings.from_rows(ROWS, categories=("right", "right"))


def test_names_are_no_numbers_and_many_numbers_no_categories() -> None:
    with pytest.raises(InputError, match="and this needs numbers"):
        Ratings.from_rows(ROWS).numbers()
    many = Ratings.from_rows((unit, "r", unit / 7) for unit in range(MAX_CATEGORIES + 1))
    with pytest.raises(InputError, match=f"{MAX_CATEGORIES + 1} different values"):
        _ = many.counts


def test_parts() -> None:
    ratings = Ratings.from_rows(ROWS, cluster_of=clip)
    paired = ratings.pairable()
    assert paired is not None
    assert list(paired.rows()) == ROWS[1:3]
    assert (paired.unit_names, paired.cluster.tolist()) == (("s1",), [0])
    told = ratings.without("cannot tell")
    assert told is not None
    assert list(told.rows()) == ROWS[:3]
    assert told.categories == ("right", "wrong")
    assert told.value.tolist() == [1, 0, 0]
    assert ratings.without("no such answer") is ratings
    by_ben = ratings.of_raters(["ben"])
    assert by_ben is not None
    assert list(by_ben.rows()) == [ROWS[1], ROWS[3]]
    assert ratings.of_raters(["nobody"]) is None
    parts = ratings.split(clip)
    assert list(parts) == ["x", "y"]
    assert list(parts["y"].rows()) == [ROWS[3]]
    alone = parts["y"].without("cannot tell")
    assert alone is None
    assert parts["y"].pairable() is None


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 9), st.integers(0, 4)), st.sampled_from("abc"), min_size=1, max_size=40
    )
)
def test_rows_come_back_and_parts_add_up(cells: dict[tuple[int, int], str]) -> None:
    rows = [(unit, rater, value) for (unit, rater), value in cells.items()]
    ratings = Ratings.from_rows(rows, cluster_of=lambda unit: hash(unit) // 3)
    assert list(ratings.rows()) == rows
    parts = ratings.split(lambda unit: hash(unit) % 2)
    assert sorted(row for part in parts.values() for row in part.rows()) == sorted(rows)
    assert ratings.counts.sum() == len(rows)
    assert np.array_equal(ratings.sums(ratings.per_unit).sum(axis=0), [len(rows)])
