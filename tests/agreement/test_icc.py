"""Intraclass correlations: the paper's table, intervals of a second library, a second library's F, degenerate cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from cuewise.agreement.icc import Form, icc
from cuewise.agreement.matrix import Ratings
from cuewise.errors import InputError
from support.ratings import of_table, shrout_fleiss_1979

# Values: Shrout and Fleiss 1979, table 4. Intervals: pingouin 0.6.1, intraclass_corr, which prints two digits.
PRINTED: dict[Form, tuple[float, float, float]] = {
    "1,1": (0.17, -0.13, 0.72),
    "2,1": (0.29, 0.02, 0.76),
    "3,1": (0.71, 0.34, 0.95),
    "1,k": (0.44, -0.88, 0.91),
    "2,k": (0.62, 0.07, 0.93),
    "3,k": (0.91, 0.68, 0.99),
}


@pytest.mark.parametrize("form", PRINTED)
def test_shrout_fleiss_1979(form: Form) -> None:
    found = icc(shrout_fleiss_1979(), form=form, interval="f")
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert (round(found.value, 2), round(found.low, 2), round(found.high, 2)) == PRINTED[form]
    assert (found.name, found.n_units, found.n_raters, found.n_ratings) == (f"ICC({form})", 6, 4, 24)


def test_six_units_are_too_few_to_resample() -> None:
    found = icc(shrout_fleiss_1979())
    assert (found.name, found.low) == ("ICC(2,1)", None)
    assert found.why_none == "6 units: with fewer than 10 no interval can be relied on"


def unbalanced() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    dice = np.random.default_rng(0)
    table = dice.normal(0, 1, (15, 1)) + dice.normal(0, 0.7, (15, 5))
    table[dice.random((15, 5)) < 0.4] = np.nan
    table[:, 0] = np.where(np.isnan(table).all(axis=1), 0.5, table[:, 0])
    return table


def test_unequal_numbers_of_raters_against_scipys_analysis_of_variance() -> None:
    table = unbalanced()
    groups = [row[~np.isnan(row)] for row in table]
    sizes = np.array([len(group) for group in groups])
    assert len(set(sizes.tolist())) > 2
    ratio = f_oneway(*groups).statistic
    k = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1)
    one, mean = icc(of_table(table)), icc(of_table(table), form="1,k")
    assert one.name == "ICC(1,1)"
    assert one.value == pytest.approx((ratio - 1) / (ratio + k - 1))
    assert mean.value == pytest.approx(1 - 1 / ratio)
    assert one.n_ratings == sizes.sum()


def test_forms_of_two_ways_need_a_panel() -> None:
    with pytest.raises(ValueError, match="most units rated by every rater"):
        icc(of_table(unbalanced()), form="2,1")
    assert icc(of_table(unbalanced())).note == (
        "raters differ from unit to unit, so that their habits count as error"
    )


def test_a_missing_rating_does_not_change_the_coefficient() -> None:
    """One way, raters' habits would be error: far below 0 where the panel's correlation is above."""
    dice = np.random.default_rng(9)
    table = dice.normal(0, 1, (20, 1)) + dice.normal(0, 0.4, (20, 3)) + np.array([-4.0, 0.0, 4.0])
    whole = icc(of_table(table[1:]))
    table[0, 2] = np.nan
    found = icc(of_table(table))
    assert (found.name, found.value, found.low) == ("ICC(2,1)", whole.value, whole.low)
    assert (found.n_units, found.n_ratings) == (19, 57)
    assert found.note == "over the 19 of 20 units that all 3 raters rated"
    assert icc(of_table(table), form="2,k").note == found.note
    assert whole.note == ""
    one_way = icc(of_table(table), form="1,1")
    assert found.value is not None
    assert one_way.value is not None
    assert one_way.value < 0 < found.value
    assert (one_way.n_ratings, one_way.note) == (59, "")


def test_a_panel_is_most_units() -> None:
    dice = np.random.default_rng(10)
    table = dice.normal(0, 1, (20, 1)) + dice.normal(0, 0.4, (20, 3))
    table[:9, 1] = np.nan
    assert icc(of_table(table)).name == "ICC(2,1)"
    table[9, 1] = np.nan
    assert icc(of_table(table)).name == "ICC(1,1)"


@pytest.mark.parametrize("form", PRINTED)
def test_shift_and_scale_of_all_change_nothing(form: Form) -> None:
    table = np.random.default_rng(1).normal(0, 1, (20, 1)) + np.random.default_rng(2).normal(0, 0.5, (20, 3))
    for interval in ("bootstrap", "f"):
        found = icc(of_table(table), form=form, interval=interval)
        other = icc(of_table(1e6 + 3 * table), form=form, interval=interval)
        for one, two in ((found.value, other.value), (found.low, other.low), (found.high, other.high)):
            assert one == pytest.approx(two, abs=1e-7)


def test_a_rater_who_gives_more_to_all_costs_agreement_and_not_consistency() -> None:
    # x and x + 1 for x = 1..12. MSB = 2 x 13 (the variance of 1..12), MSE = 0, MSC = 12 x 2 x 0.25 = 6:
    # 2,1 is 26 / (26 + 2 x 6 / 12) = 26/27. One way: MSW = 12 x 0.5 / 12 = 0.5, 25.5 / 26.5.
    ratings = of_table([(x, x + 1) for x in range(1, 13)])
    assert icc(ratings, form="3,1").value == pytest.approx(1)
    assert icc(ratings).value == pytest.approx(26 / 27)
    assert icc(ratings, form="1,1").value == pytest.approx(25.5 / 26.5)
    sure = icc(ratings, form="3,1", interval="f")
    assert (sure.low, sure.why_none) == (None, "raters do not differ, so that nothing tells how others might")
    assert icc(ratings, interval="f").low is not None


def test_what_is_undefined_says_so() -> None:
    same = icc(of_table(np.full((12, 3), 0.25)))
    assert (same.value, same.why_none) == (None, "all ratings are 0.25: nothing varies")
    alone = icc(of_table([(1.0, np.nan), (np.nan, 2.0)]))
    assert (alone.value, alone.why_none) == (None, "no unit was rated by two raters")
    single = icc(of_table([(1.0, 2.0)]))
    assert (single.value, single.why_none) == (None, "of a single unit nothing can be told")
    level = icc(of_table([(0.0, 1.0), (1.0, 0.0)] * 6), form="1,k")
    assert (level.value, level.why_none) == (None, "units do not differ, so that it is undefined")
    with pytest.raises(InputError, match="needs numbers"):
        icc(Ratings.from_rows([("a", "p", "x")]))


def test_the_papers_interval_is_for_independent_units() -> None:
    dice = np.random.default_rng(3)
    rows = [(unit, rater, float(dice.normal())) for unit in range(20) for rater in range(2)]
    found = icc(
        Ratings.from_rows(rows, cluster_of=lambda unit: hash(unit) // 2, cluster_kind="clip"), interval="f"
    )
    assert found.value is not None
    assert (found.low, found.why_none) == (
        None,
        "units of one clip are not independent, which this interval takes them to be",
    )
