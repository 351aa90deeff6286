"""Cohen's kappa: hand arithmetic, and its definition summed over all pairs of samples."""

from __future__ import annotations

import doctest
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores import kappa as module
from cuewise.scores.kappa import cohen_kappa

RATINGS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40)


def test_docstring() -> None:
    assert doctest.testmod(module).failed == 0


def test_quadratic_by_hand() -> None:
    # Gold 0 0 1 2, said 0 1 1 0. Observed: 0 + 1 + 0 + 4 = 5. Rows 2 1 1, columns 2 2 0; expected, times n:
    # row 0: 2 x (2 x 0 + 2 x 1) = 4; row 1: 1 x (2 x 1 + 0) = 2; row 2: 1 x (2 x 4 + 2 x 1) = 10; in all 16.
    # kappa = 1 - 4 x 5 / 16 = -1/4.
    assert cohen_kappa(Counter([(0, 0), (0, 1), (1, 1), (2, 0)]), quadratic=True) == -0.25


def test_chance_and_constant_readings() -> None:
    assert cohen_kappa({(0, 0): 1, (0, 1): 1, (1, 0): 1, (1, 1): 1}) == 0
    assert cohen_kappa({(0, 1): 3, (1, 0): 3}) == -1
    assert cohen_kappa({(0, 0): 2, (1, 0): 2}, quadratic=True) == 0  # one says always the same
    assert cohen_kappa({(1, 1): 7}) is None
    assert cohen_kappa({}) is None


@given(RATINGS, st.booleans())
def test_against_the_definition_over_all_pairs_of_samples(
    ratings: list[tuple[int, int]], quadratic: bool
) -> None:
    """Chance disagreement is that of one sample's gold with any sample's prediction, averaged over n^2 pairs."""

    def weight(one: int, other: int) -> float:
        return ((one - other) / 8) ** 2 if quadratic else float(one != other)

    n = len(ratings)
    observed = sum(weight(gold, said) for gold, said in ratings) / n
    chance = sum(weight(gold, said) for gold, _ in ratings for _, said in ratings) / n**2
    kappa = cohen_kappa(Counter(ratings), quadratic=quadratic)
    if chance == 0:
        assert kappa is None
    else:
        assert kappa is not None
        assert kappa == pytest.approx(1 - observed / chance)
        assert -1 - 1e-12 <= kappa <= 1


@given(RATINGS)
def test_swapping_readings_or_turning_the_scale_changes_nothing(ratings: list[tuple[int, int]]) -> None:
    kappa = cohen_kappa(Counter(ratings), quadratic=True)
    assert cohen_kappa(Counter((said, gold) for gold, said in ratings), quadratic=True) == kappa
    assert cohen_kappa(Counter((8 - gold, 8 - said) for gold, said in ratings), quadratic=True) == kappa
