"""Minimum detectable differences: against the formulas solved numerically, and by simulation of the tests."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from cuewise.analysis.paired import mcnemar
from cuewise.analysis.power import (
    design_effect,
    detectable_from_baseline,
    minimum_detectable_difference,
    unpaired_minimum_detectable_difference,
)

Z_A, Z_B = stats.norm.ppf(0.975), stats.norm.ppf(0.8)


@given(st.integers(100, 7000), st.floats(0.05, 0.6))
def test_paired_solves_connor_s_formula(n: int, w: float) -> None:
    found = minimum_detectable_difference(n, discordance=w)

    def lacking(d: float) -> float:
        return float(Z_A * sqrt(w) + Z_B * sqrt(w - d * d) - sqrt(n) * d)

    if lacking(w) > 0:
        assert found is None  # not even if one run had all of what they differ in
    else:
        assert found == pytest.approx(100 * brentq(lacking, 0, w))


def test_unpaired_by_hand() -> None:
    # (1.95996 + 0.84162) x sqrt(2 x 0.24 / 500) = 2.80159 x 0.030984 = 0.0868.
    assert unpaired_minimum_detectable_difference(500) == pytest.approx(8.680, abs=0.001)
    # Two runs that err independently gain nothing from being paired, but that d is not neglected.
    assert minimum_detectable_difference(500) == pytest.approx(8.66, abs=0.01)


@pytest.mark.parametrize(("n", "discordance"), [(500, 0.3), (1600, 0.48), (500, 0.1)])
def test_paired_by_simulation(n: int, discordance: float) -> None:
    """McNemar's exact test finds the difference in about 80 % of 4,000 runs; being discrete, in a little fewer."""
    d = minimum_detectable_difference(n, discordance=discordance)
    assert d is not None
    shares = [(discordance + d / 100) / 2, (discordance - d / 100) / 2, 1 - discordance]
    drawn = np.random.default_rng(20).multinomial(n, shares, 4000)
    found = np.mean([mcnemar(int(better), int(worse)) <= 0.05 for better, worse, _ in drawn])
    assert 0.76 < found < 0.83


def test_unpaired_by_simulation() -> None:
    d = unpaired_minimum_detectable_difference(1600) / 100
    dice = np.random.default_rng(20)
    a, b = dice.binomial(1600, 0.4 - d / 2, 4000) / 1600, dice.binomial(1600, 0.4 + d / 2, 4000) / 1600
    pooled = (a + b) / 2
    found = np.abs(b - a) / np.sqrt(2 * pooled * (1 - pooled) / 1600) > Z_A
    assert 0.78 < found.mean() < 0.82


@pytest.mark.parametrize(("n", "baseline"), [(500, 0.24), (1600, 0.3925)])
def test_above_a_baseline_by_simulation(n: int, baseline: float) -> None:
    d = detectable_from_baseline(n, baseline=baseline)
    assert d is not None
    found = np.random.default_rng(20).binomial(n, baseline + d / 100, 4000) / n
    assert 0.78 < np.mean((found - baseline) / sqrt(baseline * (1 - baseline) / n) > Z_A) < 0.82


def test_what_cannot_be_found() -> None:
    assert minimum_detectable_difference(20, discordance=0.1) is None
    assert minimum_detectable_difference(500, discordance=0) is None
    assert detectable_from_baseline(5, baseline=0.95) is None
    assert detectable_from_baseline(500, baseline=1) is None


def test_design_effect_by_hand() -> None:
    # Groups of 1, 2 and 3: sum of squares 14 over 6 samples, so 1 + (14/6 - 1) x 0.3 = 1.4.
    assert design_effect([1, 2, 3], 0.3) == pytest.approx(1.4)
    assert design_effect([1] * 50, 0.3) == 1
    assert design_effect([], 0.3) == 1
