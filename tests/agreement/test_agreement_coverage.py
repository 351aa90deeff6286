"""Intervals of agreement hold a planted truth, in fewer runs than the decision's page has.

Of 200 runs of an exact method 95 +- 3.1 % would hold it, twice the standard error; the bound is three of them lower.
"""

from __future__ import annotations

import pytest

from agreement.coverage_of_raters import (
    SCORES,
    STEPS,
    coverage_of_limits,
    coverage_of_scores,
    coverage_of_steps,
)

pytestmark = pytest.mark.slow

RUNS = 200
LEAST = 90.3


def test_steps_of_clips() -> None:
    found = coverage_of_steps(STEPS["30 clips x 4, 90 %, r 0.2"], RUNS)
    assert min(found.values()) >= LEAST, found


def test_icc_is_of_these_raters_unless_it_is_by_f() -> None:
    found = coverage_of_scores(SCORES["40 samples, 3 raters"], RUNS)
    assert found["same raters"] >= LEAST
    assert found["other raters, F"] >= LEAST
    assert found["other raters"] < 90  # resampling says nothing of other raters, as the page says


@pytest.mark.parametrize(("clips", "samples"), [(40, 1), (40, 3)])
def test_limits_of_agreement(clips: int, samples: int) -> None:
    found = coverage_of_limits(clips, samples, RUNS)
    assert min(found.values()) >= LEAST, found
