"""Cohen's kappa: hand arithmetic, and its definition summed over all pairs of samples."""

from __future__ import annotations

import doctest
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuewise.scores import kappa as module
from cuewise.scores.kappa import Weighting, cohen_kappa, kappa_of_tables

RATINGS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=40)
POWERS: dict[Weighting, int] = {"unweighted": 0, "linear": 1, "quadratic": 2}


def test_docstring() -> None:
    assert doctest.testmod(module).failed == 0


def test_quadratic_by_hand() -> None:
    # Gold 0 0 1 2, said 0 1 1 0. Observed: 0 + 1 + 0 + 4 = 5. Rows 2 1 1, columns 2 2 0; expected, times n:
    # row 0: 2 x (2 x 0 + 2 x 1) = 4; row 1: 1 x (2 x 1 + 0) = 2; row 2: 1 x (2 x 4 + 2 x 1) = 10; in all 16.
    # kappa = 1 - 4 x 5 / 16 = -1/4.
    assert cohen_kappa(Counter([(0, 0), (0, 1), (1, 1), (2, 0)]), weighting="quadratic") == -0.25


def test_linear_by_hand() -> None:
    # The same: observed 0 + 1 + 0 + 2 = 3; expected, times n: 2 x (2 x 0 + 2 x 1) + 1 x (2 x 1) + 1 x (2 x 2 + 2 x 1)
    # = 12. kappa = 1 - 4 x 3 / 12 = 0.
    assert cohen_kappa(Counter([(0, 0), (0, 1), (1, 1), (2, 0)]), weighting="linear") == 0


def test_places_of_a_scale_that_has_a_gap() -> None:
    # Two places at 0 and 3 of a scale of four: distances are those of the whole scale with the middle unused.
    table = np.array([[4.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 3.0]])
    whole = np.zeros((4, 4))
    whole[np.ix_([0, 1, 3], [0, 1, 3])] = table
    places = np.array([0.0, 1.0, 3.0])
    for weighting in POWERS:
        assert kappa_of_tables(table, weighting=weighting, places=places) == kappa_of_tables(
            whole, weighting=weighting
        )


def test_chance_and_constant_readings() -> None:
    assert cohen_kappa({(0, 0): 1, (0, 1): 1, (1, 0): 1, (1, 1): 1}) == 0
    assert cohen_kappa({(0, 1): 3, (1, 0): 3}) == -1
    assert cohen_kappa({(0, 0): 2, (1, 0): 2}, weighting="quadratic") == 0  # one says always the same
    assert cohen_kappa({(1, 1): 7}) is None
    assert cohen_kappa({}) is None


@given(RATINGS, st.sampled_from(sorted(POWERS)))
def test_against_the_definition_over_all_pairs_of_samples(
    ratings: list[tuple[int, int]], weighting: Weighting
) -> None:
    """Chance disagreement is that of one sample's gold with any sample's prediction, averaged over n^2 pairs."""

    def weight(one: int, other: int) -> float:
        return (abs(one - other) / 8) ** POWERS[weighting] if one != other else 0.0

    n = len(ratings)
    observed = sum(weight(gold, said) for gold, said in ratings) / n
    chance = sum(weight(gold, said) for gold, _ in ratings for _, said in ratings) / n**2
    kappa = cohen_kappa(Counter(ratings), weighting=weighting)
    if chance == 0:
        assert kappa is None
    else:
        assert kappa is not None
        assert kappa == pytest.approx(1 - observed / chance)
        assert -1 - 1e-12 <= kappa <= 1


@given(RATINGS)
def test_swapping_readings_or_turning_the_scale_changes_nothing(ratings: list[tuple[int, int]]) -> None:
    kappa = cohen_kappa(Counter(ratings), weighting="quadratic")
    assert cohen_kappa(Counter((said, gold) for gold, said in ratings), weighting="quadratic") == kappa
    assert (
        cohen_kappa(Counter((8 - gold, 8 - said) for gold, said in ratings), weighting="quadratic") == kappa
    )
