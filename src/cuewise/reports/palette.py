"""Colours of figures: models' own, and ramps whose lightness grows in even steps, so that grey and any eye read them.

Ramps are made in OKLCH (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where equal steps look equal. On dark
pages they run the other way, from dark to bright, so that what is high stands out of the page on both.
"""

from __future__ import annotations

from functools import cache
from math import cos, floor, pi, sin
from typing import Final

LEVELS: Final = 20
"""Cells are coloured in steps of a twentieth of the range; levels are 0 to 20."""

MODELS: Final = ("#0a6284", "#c26a00", "#00805f", "#a8487f", "#5d6fb8", "#8a7a00", "#3f97c2", "#7a4a2a")
"""As `--c0` to `--c7` of the light style sheet."""

_WHITE: Final = "#ffffff"
_BLACK: Final = "#000000"
"""One of the two has a contrast of 4.5 or more with any colour, since 21 is more than 4.5 squared."""


def level(value: float, low: float, high: float) -> int:
    """Where a value lies between two ends, 0 to 20; beyond the ends it is the end's.

    >>> level(0, 0, 100), level(39.3, 0, 100), level(100, 0, 100), level(-7, 0, 100), level(5, 5, 5)
    (0, 7, 20, 0, 0)
    """
    if high <= low:
        return 0
    return floor(min(1.0, max(0.0, (value - low) / (high - low))) * LEVELS + 1e-9)


@cache
def ramp(*, diverging: bool = False, dark: bool = False) -> tuple[str, ...]:
    """A colour per level, `#rrggbb`: pale yellow to deep blue, or orange over grey to blue."""
    shades = [at / LEVELS for at in range(LEVELS + 1)]
    if diverging:
        return tuple(_diverging(2 * share - 1, dark) for share in shades)
    return tuple(_sequential(share, dark) for share in shades)


def ink(colour: str) -> str:
    """The text colour that can be read on a cell."""
    return _WHITE if contrast(_WHITE, colour) >= 4.5 else _BLACK


def contrast(first: str, second: str) -> float:
    """Contrast of two colours by WCAG 2, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def rules() -> str:
    """Style rules for classes `q0` to `q20` and `d0` to `d20`, for light and for dark pages."""
    light, dark = (
        "".join(
            f".{name}{at}{{background:{colour};color:{ink(colour)}}}"
            for name, diverging in (("q", False), ("d", True))
            for at, colour in enumerate(ramp(diverging=diverging, dark=is_dark))
        )
        for is_dark in (False, True)
    )
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{{dark}}}\n"


def _sequential(share: float, dark: bool) -> str:
    if dark:
        return _hex(0.28 + 0.60 * share, 0.045 + 0.065 * sin(pi * share), 262 - 155 * share)
    return _hex(0.975 - 0.60 * share, 0.022 + 0.088 * share, 105 + 158 * share)


def _diverging(side: float, dark: bool) -> str:
    hue = 52 if side < 0 else 250
    away = abs(side)
    return _hex(0.27 + 0.52 * away if dark else 0.965 - 0.47 * away, 0.004 + 0.12 * away, hue)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH as sRGB; a colour that no screen has is made greyer until one has it."""
    while True:
        a, b = chroma * cos(hue * pi / 180), chroma * sin(hue * pi / 180)
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
        if all(-1e-4 <= part <= 1.0001 for part in linear):
            return "#" + "".join(f"{round(255 * _curve(part)):02x}" for part in linear)
        chroma -= 0.004


def _curve(linear: float) -> float:
    linear = min(1.0, max(0.0, linear))
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
