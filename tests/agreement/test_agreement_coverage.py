"""How often the intervals of agreement hold a planted truth; docs/decisions/026-agreement.md has more of it.

What is planted is what the coefficient comes to over 60,000 clips of the same kind, or what the variances give. The
seed is the decision's number. Of 300 simulations of an exact method 95 +- 2.5 % would hold the truth, twice the
standard error; the bound is three of them lower.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cuewise.agreement.alpha import krippendorff_alpha
from cuewise.agreement.coefficient import Coefficient
from cuewise.agreement.cohen import mean_cohen_kappa
from cuewise.agreement.icc import icc
from cuewise.agreement.matrix import Ratings
from cuewise.agreement.nominal import fleiss_kappa, gwet_ac1, raw_agreement
from cuewise.agreement.paired_scores import bland_altman
from support.ratings import made_up, of_table

pytestmark = pytest.mark.slow

SEED = 26
RUNS = 300
LEAST = 91.2

FUNCTIONS = (raw_agreement, fleiss_kappa, gwet_ac1, krippendorff_alpha, mean_cohen_kappa)


def holds(found: Coefficient, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def test_steps_of_clips() -> None:
    """30 clips of four steps that are alike, 90 % right, three raters of whom a fifth of the ratings is missing."""
    dice = np.random.default_rng(SEED)

    def draw(clips: int) -> Ratings:
        return made_up(
            dice, clips=clips, steps=4, accuracy=(0.95, 0.9, 0.9), right=0.9, correlation=0.2, missing=0.2
        )

    whole = draw(60_000)
    held = dict.fromkeys(FUNCTIONS, 0)
    truth = {function: function(whole, n_resamples=2).value for function in FUNCTIONS}
    for run in range(RUNS):
        ratings = draw(30)
        for function in FUNCTIONS:
            planted = truth[function]
            assert planted is not None
            held[function] += holds(function(ratings, seed=run), planted)
    shares = {function.__name__: 100 * count / RUNS for function, count in held.items()}
    print(shares)
    assert all(share >= LEAST for share in shares.values()), shares


def scores(dice: np.random.Generator, raters: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ratings:
    """40 units of variance 1, errors of variance 0.49, and what each rater gives more to all."""
    units = dice.normal(0, 1, (40, 1))
    return of_table(units + raters + dice.normal(0, 0.7, (40, len(raters))))


@pytest.mark.parametrize("interval", ["f", "bootstrap"])
def test_icc_of_other_raters_and_of_these(interval: str) -> None:
    """The paper's interval of ICC(2,1) is for raters drawn anew, that by resampling for the same raters."""
    dice = np.random.default_rng(SEED)
    these = np.array([0.5, -0.5, 0.3, -0.3])
    # For these raters: their mean square between them, 4 / 3 of their variance, stands for its expectation.
    variance = {"f": 0.25, "bootstrap": float(these.var(ddof=1))}[interval]
    truth = 1 / (1 + 0.49 + variance)
    held = {"f": 0, "bootstrap": 0}
    for run in range(RUNS):
        ratings = scores(dice, these if interval == "bootstrap" else dice.normal(0, 0.5, 4))
        for kind in held:
            held[kind] += holds(icc(ratings, interval=kind, seed=run), truth)  # type: ignore[arg-type]
    shares = {kind: 100 * count / RUNS for kind, count in held.items()}
    print(shares)
    assert shares[interval] >= LEAST
    if interval == "f":
        assert shares["bootstrap"] < 90  # it says nothing of other raters, and the page must go on saying so


@pytest.mark.parametrize(("clips", "steps"), [(40, 1), (40, 3)])
def test_limits_of_agreement(clips: int, steps: int) -> None:
    dice = np.random.default_rng(SEED)
    truth = (0.3, 0.3 - 1.959964, 0.3 + 1.959964)
    held = np.zeros(3)
    n = clips * steps
    for run in range(RUNS):
        apart = np.repeat(dice.normal(0, 0.6, clips), steps) + dice.normal(0, 0.8, n)
        base = dice.normal(0, 1, n)
        rows = [
            (unit, rater, float(base[unit] + rater * (0.3 + apart[unit])))
            for unit in range(n)
            for rater in (1, 0)
        ]
        ratings = Ratings.from_rows(rows, cluster_of=_clip(steps), cluster_kind="clip")
        found = bland_altman(ratings, seed=run)
        assert found is not None
        held += [
            holds(one, planted)
            for one, planted in zip((found.bias, found.lower, found.upper), truth, strict=True)
        ]
    print(100 * held / RUNS)
    assert (100 * held / RUNS >= LEAST).all()


def _clip(steps: int) -> Callable[[object], int]:
    return lambda unit: hash(unit) // steps
