"""Units that stand for several of a population: weighted figures are those of units written as often, and by hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pytest

from cuewise.agreement.alpha import Level, krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import cohen_kappa, mean_cohen_kappa
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import fleiss_kappa, gwet_ac1, raw_agreement
from cuewise.agreement.paired_scores import bland_altman, pearson, spearman
from cuewise.agreement.quality import consensus
from cuewise.errors import InputError

Function = Callable[..., Coefficient]
FEW: dict[str, Any] = {"n_resamples": 50}


def clip(unit: Hashable) -> int:
    return hash(unit) // 2


def rows(n_units: int, n_raters: int, seed: int) -> list[tuple[int, int, float]]:
    """Complete, values 0 to 3; raters mostly say the same."""
    dice = np.random.default_rng(seed)
    truth = dice.integers(0, 4, n_units)
    said = np.where(
        dice.random((n_units, n_raters)) < 0.6, truth[:, None], dice.integers(0, 4, (n_units, n_raters))
    )
    return [(unit, rater, float(said[unit, rater])) for unit in range(n_units) for rater in range(n_raters)]


def weights(n_units: int) -> dict[Hashable, int]:
    return {unit: 1 + unit * unit % 4 for unit in range(n_units)}


def weighted_and_written(n_units: int, n_raters: int, seed: int) -> tuple[Ratings, Ratings]:
    """Units with weights 1, 2, and each written so often."""
    plain, by_unit = rows(n_units, n_raters, seed), weights(n_units)
    often = [((unit, copy), rater, said) for unit, rater, said in plain for copy in range(by_unit[unit])]
    weighted = Ratings.from_rows(plain, cluster_of=clip, weights=by_unit)
    written = Ratings.from_rows(often, cluster_of=lambda unit: clip(unit[0]))  # type: ignore[index]
    assert weighted.weighted
    return weighted, written


def bias(ratings: Ratings) -> Coefficient:
    found = bland_altman(ratings, **FEW)
    assert found is not None
    return found.bias


@pytest.mark.parametrize(
    ("function", "n_raters"),
    [
        (raw_agreement, 3),
        (fleiss_kappa, 3),
        (gwet_ac1, 3),
        (mean_cohen_kappa, 3),
        (cohen_kappa, 2),
        (lambda ratings: cohen_kappa(ratings, weighting="quadratic"), 2),
        (bias, 2),
    ],
)
def test_weights_are_units_written_as_often(function: Function, n_raters: int) -> None:
    weighted, written = weighted_and_written(30, n_raters, 11)
    found = function(weighted)
    assert found.value == pytest.approx(function(written).value, abs=1e-12)
    assert (found.n_units, found.n_ratings) == (30, 30 * n_raters)
    plain = function(Ratings.from_rows(rows(30, n_raters, 11), cluster_of=clip))
    assert found.value != pytest.approx(plain.value, abs=1e-4)
    assert found.low is not None
    assert found.low != plain.low


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_units_written_as_often_but_for_how_many_were_rated(level: Level) -> None:
    # D_e has the factor n / (n - 1): n is of ratings that there are, whatever they stand for.
    weighted, written = weighted_and_written(30, 3, 2)
    found, often = (krippendorff_alpha(ratings, level=level, **FEW).value for ratings in (weighted, written))
    assert found is not None
    assert often is not None
    n, n_written = 90, len(written)
    assert (1 - found) * n / (n - 1) == pytest.approx((1 - often) * n_written / (n_written - 1), abs=1e-12)


@pytest.mark.parametrize(
    ("function", "n_raters"),
    [
        (raw_agreement, 3),
        (fleiss_kappa, 3),
        (gwet_ac1, 3),
        (mean_cohen_kappa, 3),
        (krippendorff_alpha, 3),
        (lambda ratings: krippendorff_alpha(ratings, level="ordinal"), 3),
        (lambda ratings: krippendorff_alpha(ratings, level="interval"), 3),
        (icc, 3),
        (lambda ratings: icc(ratings, form="1,k"), 3),
        (bias, 2),
        (pearson, 2),
    ],
)
def test_only_ratios_matter(function: Function, n_raters: int) -> None:
    some = rows(30, n_raters, 11)
    plain = function(Ratings.from_rows(some, cluster_of=clip))
    alike = function(Ratings.from_rows(some, cluster_of=clip, weights=dict.fromkeys(range(30), 7.5)))
    for one, other in ((plain.value, alike.value), (plain.low, alike.low), (plain.high, alike.high)):
        assert one == pytest.approx(other, abs=1e-9)
    assert plain.note == alike.note == ""


def test_a_rare_kind_that_was_drawn_often_counts_as_what_it_is() -> None:
    # Of 100 units 90 are of a kind on which two raters always agree, 10 of one on which they do on every other. Ten of
    # each are rated: 0.75 of these, and (90 + 5) / 100 of all.
    said = [(unit, rater, "x") for unit in range(20) for rater in "pq"]
    said = [(unit, rater, "y" if unit >= 15 and rater == "q" else value) for unit, rater, value in said]
    kinds: dict[Hashable, float] = {unit: 9 if unit < 10 else 1 for unit in range(20)}
    assert raw_agreement(Ratings.from_rows(said)).value == pytest.approx(0.75)
    found = raw_agreement(Ratings.from_rows(said, weights=kinds))
    assert found.value == pytest.approx(0.95)


def test_parts_keep_their_weights() -> None:
    weighted, _ = weighted_and_written(8, 2, 4)
    by_unit = weights(8)
    odd = weighted.split(lambda unit: hash(unit) % 2)[1]
    for part in (odd, odd.with_rater("judge", {3: 1.0}), consensus(odd)):
        assert part is not None
        assert part.unit_weight is not None
        assert part.unit_weight.tolist() == [by_unit[unit] for unit in part.unit_names]
        assert part.weight.mean() == pytest.approx(1)


def test_perfect_agreement_of_few_that_count_most_is_known_less_well() -> None:
    said = [(unit, rater, "x") for unit in range(40) for rater in "pq"]
    alike = raw_agreement(Ratings.from_rows(said))
    apart = raw_agreement(Ratings.from_rows(said, weights={unit: 1 + 8 * (unit < 20) for unit in range(40)}))
    assert alike.low is not None
    assert apart.low is not None
    assert apart.low < alike.low - 0.02


def test_one_unit_that_counts_for_nearly_all_has_no_interval() -> None:
    some = rows(30, 3, 5)
    found = raw_agreement(
        Ratings.from_rows(some, weights={unit: 1e6 if unit == 0 else 1 for unit in range(30)})
    )
    assert (found.low, found.why_none) == (
        None,
        "a few of the 30 units hold most of the samples, so that no interval can be relied on",
    )


def test_deviation_of_weighted_differences_by_hand() -> None:
    # Differences 0, 2, 2, 8 with weights 1, 1, 2, 4, of independent units: mean 38/8 = 4.75, squares about it
    # 22.5625 + 7.5625 + 2 x 7.5625 + 4 x 10.5625 = 87.5, over 8 - 22/8 = 5.25.
    table = [(0, 0.0), (1, 2.0), (2, 2.0), (3, 8.0)]
    said = [(unit, rater, apart * (rater == "a")) for unit, apart in table for rater in "ab"]
    found = bland_altman(Ratings.from_rows(said, weights={0: 1, 1: 1, 2: 2, 3: 4}))
    assert found is not None
    assert found.bias.value == pytest.approx(4.75)
    assert found.deviation == pytest.approx(np.sqrt(87.5 / 5.25))


def test_weighted_variances_within_and_between_clips_are_unbiased() -> None:
    dice = np.random.default_rng(6)
    clips = np.repeat(np.arange(12), [1, 2, 3, 4] * 3)
    by_unit: dict[Hashable, float] = dict(enumerate((1 + dice.integers(0, 5, 30)).tolist()))
    squares = []
    for _ in range(300):
        d = dice.normal(0, 1, 12)[clips] + dice.normal(0, 1, 30)
        said = [(unit, rater, float(d[unit]) * (rater == "a")) for unit in range(30) for rater in "ab"]
        ratings = Ratings.from_rows(said, cluster_of=lambda unit: clips[hash(unit)], weights=by_unit)
        found = bland_altman(ratings, n_resamples=2)
        assert found is not None
        assert found.deviation is not None
        squares.append(found.deviation**2)
    error = np.std(squares) / np.sqrt(len(squares))
    assert np.mean(squares) == pytest.approx(2, abs=3 * error)


def test_correlations_and_the_interval_by_f_tell_that_they_know_no_weights() -> None:
    weighted, _ = weighted_and_written(30, 2, 7)
    plain = Ratings.from_rows(rows(30, 2, 7), cluster_of=clip)
    for function in (pearson, spearman):
        assert function(weighted).value == function(plain).value
        assert function(weighted).note == "all units count alike, whatever their weights"
    alone = Ratings.from_rows(rows(30, 2, 7), weights=weights(30))
    found = icc(alone, interval="f")
    assert (found.low, found.why_none) == (None, "units have weights, which this interval does not know")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({0: 1.0}, "unit 1 has no weight"),
        ({0: 1.0, 1: 0.0}, "the weight of unit 1 is 0; give a number above 0"),
        ({0: float("nan"), 1: 1.0}, "the weight of unit 0 is nan"),
        ({0: 1.0, 1: float("inf")}, "the weight of unit 1 is inf"),
    ],
)
def test_what_is_no_weight(given: dict[Hashable, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ratings.from_rows([(0, "a", "x"), (1, "a", "x")], weights=given)
