"""A small painter: smooth shapes on an oversized picture that is scaled down at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.make_demo_clips.cast import Colour

Points = NDArray[np.float64]
"""Shape (n, 2): x to the right, y down, in pixels of the finished picture."""

_OVERSAMPLING: Final = 2
_SHIFT: Final = 4
"""Fractional bits of OpenCV's polygon coordinates."""


def smooth(points: Sequence[tuple[float, float]] | Points, *, closed: bool, per_span: int = 8) -> Points:
    """A Catmull-Rom curve through the points, shape (m, 2)."""
    p = np.asarray(points, dtype=np.float64)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    q = np.concatenate([ends[0], p, ends[1]])
    t = np.linspace(0, 1, per_span, endpoint=False)[None, :, None]
    a, b, c, d = (q[i : len(q) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat: Points = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, p[-1:]])


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour at `share` (0 to 1) of the way from the first to the second."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return (r, g, b)


def _rgb(colour: Colour) -> NDArray[np.float32]:
    return np.array(colour, dtype=np.float32)


class Canvas:
    """A square RGB picture of `size` pixels a side, painted in place."""

    def __init__(self, size: int, background: NDArray[np.uint8] | None = None) -> None:
        self.size = size
        side = size * _OVERSAMPLING
        self._pixels: NDArray[Any] = (
            np.zeros((side, side, 3), np.uint8) if background is None else background.copy()
        )

    def oversized(self) -> NDArray[np.uint8]:
        """A copy to start other canvases from."""
        return self._pixels.copy()

    def finished(self) -> NDArray[np.uint8]:
        """Shape (size, size, 3)."""
        small: NDArray[Any] = cv2.resize(self._pixels, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return small

    def fill(self, outline: Points, colour: Colour) -> None:
        cv2.fillPoly(self._pixels, [self._fixed(outline)], colour, cv2.LINE_AA, _SHIFT)

    def shade(self, outline: Points, base: Colour, shadow: Colour, *, depth: float) -> None:
        """Fill with light from the upper left: towards the lower right edge the colour turns to `shadow`.

        `depth` is how far the shadow reaches in, in pixels.
        """
        found = self._mask(outline)
        if found is None:
            return
        window, mask = found
        reach = depth * _OVERSAMPLING
        small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        shift = np.array([[1, 0, -reach / 10], [0, 1, -reach / 10]], np.float32)
        moved = cv2.warpAffine(small, shift, (small.shape[1], small.shape[0]))
        light = cv2.GaussianBlur(moved, (0, 0), reach / 4, borderType=cv2.BORDER_CONSTANT)
        light = cv2.resize(light, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_LINEAR)
        share = np.clip(light.astype(np.float32) / 255 * 1.35, 0, 1)[..., None]
        colour = _rgb(shadow) + (_rgb(base) - _rgb(shadow)) * share
        self._blend(window, mask.astype(np.float32)[..., None] / 255, colour)

    def fill_inside(self, outline: Points, colour: Colour, within: Points) -> None:
        """Fill the part of `outline` that lies inside `within`."""
        found = self._mask(within)
        if found is None:
            return
        (rows, columns), mask = found
        origin = np.array([columns.start, rows.start]) / _OVERSAMPLING
        inner = np.zeros_like(mask)
        cv2.fillPoly(inner, [self._fixed(outline - origin)], 255, cv2.LINE_AA, _SHIFT)
        share = (mask.astype(np.float32) * inner.astype(np.float32) / 65025)[..., None]
        self._blend((rows, columns), share, _rgb(colour))

    def glow(
        self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, share: float
    ) -> None:
        """Blend a soft spot: `share` (0 to 1) at its centre, nothing beyond the radii."""
        scale = _OVERSAMPLING
        (cx, cy), (rx, ry) = (v * scale for v in centre), (v * scale for v in radii)
        side = self.size * scale
        x0, x1 = max(0, int(cx - rx)), min(side, int(cx + rx) + 1)
        y0, y1 = max(0, int(cy - ry)), min(side, int(cy + ry) + 1)
        if x0 >= x1 or y0 >= y1:
            return
        y, x = np.ogrid[y0:y1, x0:x1]
        squared = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2
        weight = (share * np.clip(1 - squared, 0, 1) ** 2).astype(np.float32)[..., None]
        self._blend((slice(y0, y1), slice(x0, x1)), weight, _rgb(colour))

    def stroke(self, line: Points, width: float, colour: Colour, *, taper: float = 1.0) -> None:
        """Draw a line that is `width` pixels thick in its middle and thins out to its ends.

        `taper` 0 keeps the width, 1 runs out to a point.
        """
        along = np.gradient(line, axis=0)
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
        place = np.linspace(-1, 1, len(line))
        half = (width / 2 * (1 - taper * np.abs(place) ** 2.5))[:, None]
        self.fill(np.concatenate([line + normal * half, (line - normal * half)[::-1]]), colour)

    def _fixed(self, outline: Points) -> NDArray[np.int32]:
        return np.round(outline * _OVERSAMPLING * 2**_SHIFT).astype(np.int32)

    def _mask(self, outline: Points) -> tuple[tuple[slice, slice], NDArray[Any]] | None:
        """The window around an outline and its coverage (0 to 255) in there; None where out of the picture."""
        side = self.size * _OVERSAMPLING
        low = np.floor(outline.min(axis=0) * _OVERSAMPLING).astype(int) - 2
        high = np.ceil(outline.max(axis=0) * _OVERSAMPLING).astype(int) + 3
        x0, y0 = (max(0, int(v)) for v in low)
        x1, y1 = (min(side, int(v)) for v in high)
        if x1 - x0 < 8 or y1 - y0 < 8:
            return None
        mask: NDArray[Any] = np.zeros((y1 - y0, x1 - x0), np.uint8)
        origin = np.array([x0, y0]) / _OVERSAMPLING
        cv2.fillPoly(mask, [self._fixed(outline - origin)], 255, cv2.LINE_AA, _SHIFT)
        return (slice(y0, y1), slice(x0, x1)), mask

    def _blend(self, window: tuple[slice, slice], share: NDArray[Any], colour: NDArray[Any]) -> None:
        """Move the window's pixels towards `colour` by `share` (0 to 1)."""
        below = self._pixels[window].astype(np.float32)
        self._pixels[window] = np.round(below + (colour - below) * share).astype(np.uint8)
