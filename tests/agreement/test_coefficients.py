"""Coefficients of agreement: what papers print, hand arithmetic, second libraries, and what holds of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from cuewise.agreement import coefficient as resampling
from cuewise.agreement.alpha import Level, krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import MAX_PANEL, cohen_kappa, mean_cohen_kappa
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import fleiss_kappa, gwet_ac1, raw_agreement
from cuewise.analysis.table import Floats
from cuewise.analysis.uncertainty import bca_interval
from cuewise.errors import InputError
from cuewise.scores.intervals import Interval
from cuewise.scores.kappa import Weighting
from support.ratings import fleiss_1971, krippendorff_2011, made_up, of_table

Function = Callable[..., Coefficient]
NOMINAL: list[Function] = [raw_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha, mean_cohen_kappa]
LEVELS: list[Level] = ["nominal", "ordinal", "interval"]


def value(found: Coefficient) -> float:
    assert found.value is not None, found.why_none
    return found.value


def steps(**changes: Any) -> Ratings:
    plan = {"clips": 20, "steps": 3, "accuracy": (0.9, 0.8, 0.85), "right": 0.7, "missing": 0.2}
    return made_up(np.random.default_rng(1), **{**plan, **changes})


def test_fleiss_1971() -> None:
    ratings = fleiss_1971()
    assert ratings.counts.sum(axis=0).tolist() == [26, 26, 30, 55, 43]  # the totals he prints
    found = fleiss_kappa(ratings)
    assert round(value(found), 3) == 0.430
    assert (found.n_units, found.n_raters, found.n_ratings, found.why_none) == (30, 6, 180, "")
    assert round(value(raw_agreement(ratings)), 3) == 0.556


@pytest.mark.parametrize(("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_2011(level: Level, printed: float) -> None:
    found = krippendorff_alpha(krippendorff_2011(), level=level)
    assert round(value(found), 3) == printed
    assert (found.n_units, found.n_raters, found.n_ratings) == (11, 4, 40)  # unit 12 has one rating


@pytest.mark.parametrize(
    ("units", "fleiss", "ac1"), [(12, 0.7611692754, 0.7754440681), (11, 0.7624831309, 0.7751517087)]
)
def test_unequal_numbers_of_raters_against_irrcac(units: int, fleiss: float, ac1: float) -> None:
    # irrCAC 0.4.4 (Gwet's own), CAC(table, digits=10).fleiss() and .gwet(). The twelfth unit has one rating.
    rows = [row for row in krippendorff_2011().rows() if hash(row[0]) < units]
    ratings = Ratings.from_rows(rows)
    assert ratings.n_units == units
    assert value(fleiss_kappa(ratings)) == pytest.approx(fleiss, abs=1e-10)
    assert value(gwet_ac1(ratings)) == pytest.approx(ac1, abs=1e-10)
    assert value(raw_agreement(ratings)) == pytest.approx(0.8181818182, abs=1e-10)
    assert (fleiss_kappa(ratings).n_units, fleiss_kappa(ratings).n_ratings) == (11, 40)


def test_units_with_a_single_rating_give_no_interval() -> None:
    rows = [(unit, "ana", "xy"[unit % 2]) for unit in range(50)]
    rows += [(unit, "ben", "xy"[unit % 3 == 0]) for unit in range(9)]
    for function in (fleiss_kappa, gwet_ac1):
        found = function(Ratings.from_rows(rows))
        assert (found.low, found.n_units) == (None, 9)
        assert found.why_none == "9 units: with fewer than 10 no interval can be relied on"


def test_by_hand() -> None:
    # Units: a a b | a a | b b | a (one rating). P_i = 1/3, 1, 1: P = 7/9 = 112/144.
    # Shares of a: (2/3 + 1 + 0 + 1) / 4 = 2/3. Fleiss: E = (4 + 1) / 9 = 80/144, 32/64.
    # AC1: E = 2 x 2/9 = 64/144, 48/80.
    # alpha: n_a = 4, n_b = 3, n = 7; coincidences a-a 2/2 + 2 = 3, b-b 0 + 2 = 2; D_o = 1 - 5/7 = 2/7,
    # D_e = 2 x 4 x 3 / (7 x 6) = 4/7: 1 - 1/2.
    rows = [
        (0, "p", "a"),
        (0, "q", "a"),
        (0, "r", "b"),
        (1, "p", "a"),
        (1, "q", "a"),
        (2, "p", "b"),
        (2, "r", "b"),
    ]
    ratings = Ratings.from_rows([*rows, (3, "q", "a")])
    assert value(raw_agreement(ratings)) == pytest.approx(float(Fraction(7, 9)))
    assert value(fleiss_kappa(ratings)) == pytest.approx(0.5)
    assert value(gwet_ac1(ratings)) == pytest.approx(0.6)
    assert value(krippendorff_alpha(ratings)) == pytest.approx(0.5)


def test_the_paradox_that_ac1_is_for() -> None:
    # 100 steps, two raters: both right 90, one wrong 5 and 5, both wrong 0. P = 0.9, wrong 0.05.
    # Kappa: E = 0.905, -0.005 / 0.095 = -1/19. AC1: E = 2 x 0.05 x 0.95 = 0.095, 0.805 / 0.905 = 161/181.
    table = [(1, 1)] * 90 + [(1, 0)] * 5 + [(0, 1)] * 5
    ratings = of_table(table)
    assert value(fleiss_kappa(ratings)) == pytest.approx(-1 / 19)
    assert value(gwet_ac1(ratings)) == pytest.approx(161 / 181)


TABLES = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, float("nan")]), min_size=4, max_size=4),
        min_size=n,
        max_size=n,
    )
)


@given(TABLES, st.sampled_from(LEVELS))
def test_alpha_against_krippendorff(rows: list[list[float]], level: Level) -> None:
    table = np.array(rows)
    counts = (~np.isnan(table)).sum(axis=1)
    pairable = table[counts >= 2]
    assume(len(np.unique(pairable[~np.isnan(pairable)])) > 1)
    expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement=level)
    assert value(krippendorff_alpha(of_table(table), level=level)) == pytest.approx(expected, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, 2, 3]), st.sampled_from([0, 1, 2, 3])), min_size=2, max_size=30
    ),
    st.sampled_from(["unweighted", "linear", "quadratic"]),
)
def test_cohen_against_scikit_learn(pairs: list[tuple[int, int]], weighting: Weighting) -> None:
    first, second = zip(*pairs, strict=True)
    found = cohen_kappa(of_table(pairs), weighting=weighting)
    if len({*first, *second}) == 1:
        assert found.value is None
        return
    weights = None if weighting == "unweighted" else weighting
    expected = cohen_kappa_score(first, second, labels=[0, 1, 2, 3], weights=weights)
    assert value(found) == pytest.approx(expected, abs=1e-12)


def test_mean_kappa_is_that_over_pairs() -> None:
    ratings = steps()
    pairs = [ratings.of_raters(pair) for pair in ((0, 1), (0, 2), (1, 2))]
    kappas = [value(cohen_kappa(pair)) for pair in pairs if pair is not None]
    assert value(mean_cohen_kappa(ratings)) == pytest.approx(sum(kappas) / 3)
    assert value(mean_cohen_kappa(ratings, rater=1)) == pytest.approx((kappas[0] + kappas[2]) / 2)
    with pytest.raises(ValueError, match="no rating by 'judge'"):
        mean_cohen_kappa(ratings, rater="judge")


def test_pairs_of_raters_with_little_in_common_do_not_count() -> None:
    # Raters 0 and 1 share 12 units, 2 shares 9 with each.
    dice = np.random.default_rng(2)
    table = dice.integers(0, 2, (12, 3)).astype(float)
    table[9:, 2] = np.nan
    ratings = of_table(table)
    pair = ratings.of_raters([0, 1])
    assert pair is not None
    assert value(mean_cohen_kappa(ratings)) == pytest.approx(value(cohen_kappa(pair)))
    alone = mean_cohen_kappa(ratings, rater=2)
    assert (alone.value, alone.why_none) == (None, "no two of these raters rated 10 units in common")


def test_units_that_a_pair_did_not_rate_give_it_no_interval() -> None:
    # Two people rate 100 clips, two units each; the judge rates two of each of the first six clips.
    dice = np.random.default_rng(4)
    rows = [(unit, rater, "xy"[dice.integers(2)]) for unit in range(200) for rater in ("ana", "ben")]
    rows += [(unit, "judge", "xy"[dice.integers(2)]) for unit in range(12)]
    ratings = Ratings.from_rows(rows, cluster_of=lambda unit: hash(unit) // 2, cluster_kind="clip")
    found = mean_cohen_kappa(ratings, rater="judge")
    assert found.value is not None
    assert (found.low, found.n_units, found.n_raters, found.n_ratings) == (None, 12, 3, 36)
    assert found.why_none == "6 clips: with fewer than 10 no interval can be relied on"
    people = mean_cohen_kappa(ratings)
    assert (people.low is None, people.n_units, people.n_ratings) == (False, 200, 412)


def test_pairs_that_are_left_out_are_told() -> None:
    # ana and ben always say x; cem says y of one unit, dan rates only four.
    rows = [(unit, rater, "x") for unit in range(20) for rater in ("ana", "ben")]
    rows += [(unit, "cem", "xy"[unit == 0]) for unit in range(20)]
    rows += [(unit, "dan", "xy"[unit % 2]) for unit in range(4)]
    found = mean_cohen_kappa(Ratings.from_rows(rows))
    # Of ana with cem, and of ben with cem, kappa is 0: always x is what chance gives.
    assert found.value == pytest.approx(0)
    assert found.note == (
        "averaged over 2 of 6 pairs of raters, without 3 with fewer than 10 units in common and 1 in which both say"
        " one and the same of all units"
    )
    # All that varies between resamples is whether it is defined.
    assert (
        found.why_none
        == "it is 0 whichever units are drawn, so that nothing tells how others might change it"
    )
    assert found.n_units == 20


def test_the_pairs_are_the_same_in_all_resamples() -> None:
    """A pair that differs on one unit is undefined in a third of the resamples, and is not left out of the mean."""
    dice = np.random.default_rng(5)
    table = np.ones((30, 3))
    table[0, 1] = 0
    table[:, 2] = dice.integers(0, 2, 30)
    found = mean_cohen_kappa(of_table(table))
    assert found.value is not None
    assert found.low is None
    assert "undefined in more than one of twenty resamples" in found.why_none


def test_a_crowd_is_no_panel() -> None:
    ratings = of_table(np.random.default_rng(3).integers(0, 2, (12, MAX_PANEL + 1)))
    found = mean_cohen_kappa(ratings)
    assert found.value is None
    assert "more than a panel of 30" in found.why_none


def test_two_raters_are_two() -> None:
    with pytest.raises(ValueError, match="3 rated"):
        cohen_kappa(steps())


@pytest.mark.parametrize("function", NOMINAL)
def test_one_category_tells_nothing_beyond_chance(function: Function) -> None:
    ratings = Ratings.from_rows(
        ((unit, rater, "right") for unit in range(12) for rater in "pq"), categories=("wrong", "right")
    )
    found = function(ratings)
    if function is raw_agreement:
        # Wilson's of 12 of 12 with Student's 2.201 for 1.96: n = 12 x (1.96 / 2.201)^2 = 9.515, n / (n + 3.841).
        assert found.value == found.high == 1
        assert found.low == pytest.approx(0.7124, abs=1e-4)
        return
    assert (found.value, found.low, found.high) == (None, None, None)
    assert "no agreement beyond chance to tell" in found.why_none
    assert found.n_ratings == 24


@pytest.mark.parametrize("function", NOMINAL)
def test_a_single_rater_has_none_to_agree_with(function: Function) -> None:
    found = function(Ratings.from_rows([("a", "p", "right"), ("b", "q", "wrong")]))
    assert found.value is None
    assert "no unit was rated by two" in found.why_none
    assert (found.n_units, found.n_ratings) == (0, 0)


def test_constant_numbers_and_names_for_numbers() -> None:
    found = krippendorff_alpha(of_table(np.full((12, 2), 0.5)), level="interval")
    assert (found.value, found.why_none) == (
        None,
        "all ratings are 0.5: there is no agreement beyond chance to tell",
    )
    with pytest.raises(InputError, match="needs numbers"):
        krippendorff_alpha(steps(), level="interval")


@pytest.mark.parametrize("function", NOMINAL)
def test_perfect_agreement_is_one_and_has_no_interval_beyond_chance(function: Function) -> None:
    found = function(steps(accuracy=(1.0, 1.0, 1.0)))
    assert found.value == pytest.approx(1)
    if function is not raw_agreement:
        assert (found.low, found.high) == (None, None)
        assert found.why_none == (
            "it is 1 whichever clips are drawn, so that nothing tells how others might change it"
        )


@pytest.mark.parametrize("function", NOMINAL)
def test_few_clusters_have_no_interval(function: Function) -> None:
    found = function(steps(clips=9, missing=0.0))
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert found.why_none == "9 clips: with fewer than 10 no interval can be relied on"


def test_a_lone_dissent_has_no_interval() -> None:
    # In (1 - 1/40)^40 = 36 % of the resamples the one unit with another answer is missing.
    table = np.ones((40, 2))
    table[0] = 0
    found = krippendorff_alpha(of_table(table))
    assert (found.value, found.low) == (1, None)
    table[0, 0] = 1
    found = krippendorff_alpha(of_table(table))
    assert (found.low, found.high) == (None, None)
    assert "undefined in more than one of twenty resamples" in found.why_none


FUNCTIONS: dict[str, Function] = {
    **{function.__name__: function for function in NOMINAL},
    "ordinal alpha": lambda ratings, **how: krippendorff_alpha(ratings, level="ordinal", **how),
    "interval alpha": lambda ratings, **how: krippendorff_alpha(_numbers(ratings), level="interval", **how),
    "icc": lambda ratings, **how: icc(_numbers(ratings), **how),
}


def _numbers(ratings: Ratings) -> Ratings:
    return replace(ratings, categories=())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_relabelling_changes_nothing(name: str) -> None:
    ratings = steps()
    rows = list(ratings.rows())
    clip = {unit: int(place) for unit, place in zip(ratings.unit_names, ratings.cluster, strict=True)}
    dice = np.random.default_rng(4)
    other = Ratings.from_rows(
        (("u", unit), f"rater {-int(str(rater))}", said)
        for unit, rater, said in (rows[place] for place in dice.permutation(len(rows)))
    )
    again = Ratings.from_rows(
        list(other.rows()),
        cluster_of=lambda unit: clip[unit[1]],  # type: ignore[index]
        categories=ratings.categories,
    )
    assert value(FUNCTIONS[name](again)) == pytest.approx(value(FUNCTIONS[name](ratings)), abs=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_resample_is_what_the_drawn_clips_would_give(
    name: str, missing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each value drawn is that of ratings in which the clips are written as often as they are drawn."""
    seen: list[Floats] = []

    def watched(drawn: Floats, *rest: Any) -> Interval | None:
        seen.append(drawn)
        return bca_interval(drawn, *rest)

    monkeypatch.setattr(resampling, "bca_interval", watched)
    ratings = steps(clips=12, missing=missing)
    whole = name in ("icc", "fleiss_kappa", "gwet_ac1")  # those that units with one rating count for
    paired = ratings if whole else ratings.pairable()
    assert paired is not None
    FUNCTIONS[name](ratings, n_resamples=20, seed=5)
    weights = resampling._weights(paired.n_clusters, 20, 5)
    cluster = dict(zip(paired.unit_names, paired.cluster.tolist(), strict=True))
    for row, drawn in zip(weights[:5], seen[0], strict=False):
        rows = [
            ((unit, copy), rater, said)
            for unit, rater, said in paired.rows()
            for copy in range(int(row[cluster[unit]]))
        ]
        written = Ratings.from_rows(rows, categories=paired.categories)
        assert value(FUNCTIONS[name](written)) == pytest.approx(float(drawn), abs=1e-9)


def test_the_same_seed_gives_the_same_interval() -> None:
    ratings = steps()
    found = fleiss_kappa(ratings, seed=7)
    assert found == fleiss_kappa(ratings, seed=7)
    assert found != fleiss_kappa(ratings, seed=8)
    assert found.low is not None
    assert found.high is not None
    assert found.low < value(found) < found.high


def test_scales_with_many_places_are_told_to_be_numbers() -> None:
    ratings = of_table(np.random.default_rng(6).random((60, 2)))
    with pytest.raises(InputError, match="take a coefficient for numbers"):
        krippendorff_alpha(ratings, level="ordinal")
    assert krippendorff_alpha(ratings, level="interval").value is not None
