"""Colours that can be read, told apart, and put in order."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import cuewise.reports
from cuewise.reports.palette import LEVELS, MODELS, contrast, ink, level, ramp, rules


def _lightness(colour: str) -> float:
    """L* of CIELAB, 0 to 100, from the luminance that a contrast with black tells."""
    luminance = contrast(colour, "#000000") * 0.05 - 0.05
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def test_contrast_is_that_of_the_standard() -> None:
    """WCAG's own examples: #777 on white falls just short of 4.5, #767676 does not."""
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("diverging", [False, True])
def test_numbers_can_be_read_on_every_level(diverging: bool, dark: bool) -> None:
    colours = ramp(diverging=diverging, dark=dark)
    assert len(colours) == LEVELS + 1
    for colour in colours:
        assert re.fullmatch("#[0-9a-f]{6}", colour)
        assert contrast(ink(colour), colour) >= 4.5


@pytest.mark.parametrize(("dark", "sign"), [(False, -1), (True, 1)])
def test_lightness_tells_the_order_in_even_steps(dark: bool, sign: int) -> None:
    """So that grey print and colour-blind eyes read the same order: no step is twice or half the mean step."""
    steps = [sign * (b - a) for a, b in pairwise(map(_lightness, ramp(dark=dark)))]
    mean = sum(steps) / len(steps)
    assert all(mean / 2 < step < 2 * mean for step in steps)


@pytest.mark.parametrize(("dark", "sign"), [(False, -1), (True, 1)])
def test_both_sides_leave_the_middle_alike(dark: bool, sign: int) -> None:
    lights = [_lightness(colour) for colour in ramp(diverging=True, dark=dark)]
    middle = LEVELS // 2
    for low, high in zip(reversed(lights[:middle]), lights[middle + 1 :], strict=True):
        assert abs(low - high) < 5
        assert sign * (high - lights[middle]) > 0


def test_levels() -> None:
    assert [level(value, -20, 20) for value in (-25, -20, -1, 0, 1, 19.9, 20)] == [0, 0, 9, 10, 10, 19, 20]
    assert level(3, 5, 5) == 0


def test_models_have_the_colours_of_the_style_sheet() -> None:
    css = (Path(cuewise.reports.__file__).parent / "assets" / "report.css").read_text(encoding="utf-8")
    light = re.findall(r"--c(\d): (#[0-9a-f]{6});", css.split("prefers-color-scheme: dark")[0])
    assert [(int(number), colour) for number, colour in light] == list(enumerate(MODELS))


def test_every_level_has_a_rule_in_light_and_dark() -> None:
    text = rules()
    for name in ("q", "d"):
        for at in range(LEVELS + 1):
            assert text.count(f".{name}{at}{{") == 2
