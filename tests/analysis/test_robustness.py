"""Robustness curves, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cuewise.analysis.robustness import robustness_curve
from cuewise.analysis.uncertainty import Resampler


def right(count: int, of: int = 100) -> np.ndarray:
    return np.array([1.0] * count + [0.0] * (of - count))


def curve(kind: str, levels: list[float], counts: list[int], clean: int = 90, chance: int = 10):  # type: ignore[no-untyped-def]
    found = robustness_curve(
        kind, levels, right(clean), [right(count) for count in counts], right(chance), Resampler(range(100))
    )
    assert found is not None
    return found


def test_half_of_the_height_over_chance() -> None:
    """Clean 90, chance 10: half of the height is lost at 50. Between 70 at 0.02 and 30 at 0.04 that is at 0.03."""
    blur = curve("blur", [0.02, 0.04], [70, 30])
    assert blur.half == pytest.approx(0.03)
    assert blur.half_interval is not None
    assert 0.02 < blur.half_interval.low < 0.03 < blur.half_interval.high < 0.04
    assert [blur.retained(0), blur.retained(1)] == pytest.approx([75, 25])


def test_blur_is_clean_at_zero_and_noise_has_no_clean_level() -> None:
    assert curve("blur", [0.02], [10]).half == pytest.approx(0.01), "90 at 0, 10 at 0.02"
    noise = curve("sound-noise", [5, -5], [30, 20])
    assert noise.half is None
    assert "weakest level" in noise.why_no_half
    assert curve("sound-noise", [5, -5], [70, 30]).half == pytest.approx(0.0), (
        "0 dB is a level like any other"
    )


def test_where_it_cannot_be_told() -> None:
    assert "more than half is left" in curve("blur", [0.02], [80]).why_no_half
    assert "not above chance" in curve("blur", [0.02], [5], clean=10).why_no_half
    assert "not clearly above chance" in curve("blur", [0.02], [10], clean=14).why_no_half
    assert curve("blur", [0.02], [5], clean=10).retained(0) is None
    assert curve("blur", [0.02], [10], clean=14).retained(0) is None, "4 points above chance may be luck"


def test_samples_that_lack_a_level_are_in_none() -> None:
    clean, lacking = right(90), right(50)
    lacking[:10] = np.nan
    found = robustness_curve("blur", [0.02], clean, [lacking], right(10), Resampler(range(100)))
    assert found is not None
    assert (found.clean.count, found.scores[0].count) == (90, 90)
    assert found.clean.percent == pytest.approx(100 * 80 / 90)
    assert found.chance == 0, "the ten that the baseline has right are the ones left out"


def test_no_sample_no_curve() -> None:
    nothing = np.full(100, np.nan)
    assert robustness_curve("blur", [0.02], right(5), [nothing], right(1), Resampler(range(100))) is None
