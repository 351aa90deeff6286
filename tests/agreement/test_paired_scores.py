"""Two raters' numbers: scipy's correlations, Bland and Altman's peak flows, clusters, degenerate cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cuewise.agreement.matrix import Ratings
from cuewise.agreement.paired_scores import bland_altman, pearson, spearman
from cuewise.errors import InputError
from support.ratings import of_table, peak_flow


def test_peak_flow_of_1986() -> None:
    # The paper: mean difference -2.1 l/min, SD 38.8, limits -2.1 -+ 2 x 38.8 = -79.7 and 75.5 from these rounded
    # figures; with 1.96 for 2 (1999) and no rounding -78.1 and 73.9. t of 16 degrees is 2.12, SD / sqrt(17) = 9.4: bias
    # -22.0 to 17.8.
    found = bland_altman(peak_flow())
    assert found is not None
    assert found.deviation is not None
    bias, deviation = round(float(found.differences.mean()), 1), round(found.deviation, 1)
    assert (bias, deviation) == (-2.1, 38.8)
    assert (round(bias - 2 * deviation, 1), round(bias + 2 * deviation, 1)) == (-79.7, 75.5)
    ends = [
        round(end, 1)
        for one in (found.bias, found.lower, found.upper)
        for end in (one.value, one.low, one.high)
        if end is not None
    ]
    # Limits: SD sqrt(1 / 17 + 1.96^2 / 32) = 38.77 x 0.4230 = 16.40, times 2.120 = 34.8.
    assert ends == [-2.1, -22.0, 17.8, -78.1, -112.9, -43.3, 73.9, 39.1, 108.6]
    assert found.bias.n_units == 17
    assert found.means[0] == (494 + 512) / 2


def test_correlations_against_scipy() -> None:
    ratings = peak_flow()
    x, y = ratings.value[0::2], ratings.value[1::2]
    found, ranks = pearson(ratings), spearman(ratings)
    assert found.value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert ranks.value == pytest.approx(stats.spearmanr(x, y).statistic)
    # Two of the 17 have most of the spread: 3.6 degrees of freedom.
    assert (found.low, found.high) == (None, None)
    assert found.why_none.startswith("a few of the 17 units make the correlation")


def test_intervals_of_correlations() -> None:
    """Of many normal values Fisher's interval, as scipy has it, is theirs too."""
    dice = np.random.default_rng(2)
    x = dice.normal(size=2000)
    y = 0.8 * x + dice.normal(size=2000)
    ratings = of_table(np.column_stack([x, y]))
    expected = stats.pearsonr(x, y).confidence_interval()
    found, ranks = pearson(ratings), spearman(ratings)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.003)
    assert ranks.low is not None
    assert ranks.high is not None
    assert ranks.low < stats.spearmanr(x, y).statistic < ranks.high


def clustered(clips: int, steps: int, dice: np.random.Generator) -> Ratings:
    """Differences with a variance of 1 between and 1 within clips, and a bias of 0.5."""
    n = clips * steps
    base = dice.normal(0, 3, n)
    apart = 0.5 + np.repeat(dice.normal(0, 1, clips), steps) + dice.normal(0, 1, n)
    rows = [(unit, rater, float(base[unit] + rater * apart[unit])) for unit in range(n) for rater in (1, 0)]
    return Ratings.from_rows(rows, cluster_of=lambda unit: hash(unit) // steps, cluster_kind="clip")


def test_clusters_count_as_clusters() -> None:
    ratings = clustered(40, 5, np.random.default_rng(1))
    found = bland_altman(ratings)
    assert found is not None
    d = found.differences.reshape(40, 5)
    # One-way analysis of variance by hand: MSW + (MSB - MSW) / 5.
    msw = float(d.var(axis=1, ddof=1).mean())
    msb = 5 * float(d.mean(axis=1).var(ddof=1))
    assert msb > msw
    assert found.deviation is not None
    assert found.deviation == pytest.approx(np.sqrt(msw + (msb - msw) / 5))
    assert found.bias.value == pytest.approx(d.mean())
    assert found.lower.value == pytest.approx(d.mean() - 1.959964 * found.deviation, abs=1e-4)
    # As if steps were independent, the bias would be known more than 1.5 times as well as it is.
    alone = bland_altman(Ratings.from_rows(ratings.rows()))
    assert alone is not None
    widths = []
    for one in (found.bias, alone.bias):
        assert one.low is not None
        assert one.high is not None
        widths.append(one.high - one.low)
    assert widths[0] > 1.5 * widths[1]


def test_of_unequal_clusters() -> None:
    # Clips of 1, 2 and 3 units with differences 0 | 1 3 | 2 2 5. N = 6, sum 13, sum T^2 / n = 0 + 8 + 27 = 35, within
    # 2 + 6 = 8, MSW = 8/3, MSB = (35 - 169/6) / 2 = 41/12, m_0 = (6 - 14/6) / 2 = 11/6: 8/3 + (41/12 - 8/3) x 6/11.
    differences = {"a": [0], "b": [1, 3], "c": [2, 2, 5]}
    rows = [
        ((clip, place), rater, float(apart * (rater == "judge")))
        for clip, found in differences.items()
        for place, apart in enumerate(found)
        for rater in ("judge", "people")
    ]
    ratings = Ratings.from_rows(rows, cluster_of=lambda unit: unit[0], cluster_kind="clip")  # type: ignore[index]
    found = bland_altman(ratings)
    assert found is not None
    assert found.deviation == pytest.approx(np.sqrt(8 / 3 + (41 / 12 - 8 / 3) * 6 / 11))
    assert (found.first, found.second) == ("judge", "people")
    assert found.bias.value == pytest.approx(13 / 6)
    assert found.bias.why_none == "3 clips: with fewer than 10 no interval can be relied on"


def test_what_is_undefined_says_so() -> None:
    flat = of_table([(1.0, float(y)) for y in range(12)])
    for function in (pearson, spearman):
        found = function(flat)
        assert (found.value, found.n_units) == (None, 12)
        assert "gives all units the same" in found.why_none
        assert "fewer than three units" in function(of_table([(1, 2), (3, 5)])).why_none
        assert (
            function(of_table([(1, np.nan), (np.nan, 5)])).why_none
            == "the two raters rated no unit in common"
        )
        few = function(of_table([(1, 2), (3, 5), (4, 4), (5, 9)]))
        assert few.value is not None
        assert few.why_none == "4 units: with fewer than 10 no interval can be relied on"
    assert bland_altman(of_table([(1, np.nan), (np.nan, 5)])) is None
    single = bland_altman(of_table([(1.0, 3.0)]))
    assert single is not None
    assert (single.deviation, single.bias.value, single.lower.value) == (None, -2, None)
    assert "no spread can be told" in single.upper.why_none


def test_two_raters_with_numbers_are_needed() -> None:
    with pytest.raises(ValueError, match="3 rated"):
        pearson(of_table([(1, 2, 3)]))
    with pytest.raises(InputError, match="needs numbers"):
        bland_altman(Ratings.from_rows([("a", "p", "x"), ("a", "q", "y")]))
