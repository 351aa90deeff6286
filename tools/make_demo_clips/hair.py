"""Hair, head scarf and beard: what lies behind, on and around the face."""

from __future__ import annotations

from typing import Final

import numpy as np

from tools.make_demo_clips.canvas import Canvas, Points, mix, smooth
from tools.make_demo_clips.cast import Colour, Hair, Speaker
from tools.make_demo_clips.face import contour, mouth_lines, skin_shadow
from tools.make_demo_clips.head import Head

_HAIRLINES: Final[dict[Hair, tuple[tuple[float, float], ...]]] = {
    "long": (
        (0.90, -0.02), (0.84, -0.40), (0.52, -0.66), (0.12, -0.84), (0.0, -0.92),
        (-0.12, -0.84), (-0.52, -0.66), (-0.84, -0.40), (-0.90, -0.02),
    ),
    "bob": (
        (0.92, 0.0), (0.84, -0.34), (0.70, -0.52), (0.35, -0.545), (0.0, -0.56),
        (-0.35, -0.545), (-0.70, -0.52), (-0.84, -0.34), (-0.92, 0.0),
    ),
    "curly": (
        (0.95, -0.1), (0.88, -0.42), (0.66, -0.64), (0.33, -0.68), (0.0, -0.74),
        (-0.33, -0.68), (-0.66, -0.64), (-0.88, -0.42), (-0.95, -0.1),
    ),
    "short": (
        (0.97, -0.1), (0.90, -0.46), (0.72, -0.70), (0.30, -0.74), (0.0, -0.70),
        (-0.38, -0.73), (-0.74, -0.70), (-0.90, -0.46), (-0.97, -0.1),
    ),
    "bun": (
        (0.94, -0.1), (0.86, -0.46), (0.56, -0.74), (0.25, -0.82), (0.0, -0.84),
        (-0.25, -0.82), (-0.56, -0.74), (-0.86, -0.46), (-0.94, -0.1),
    ),
    "parted": (
        (0.97, -0.1), (0.88, -0.44), (0.70, -0.60), (0.30, -0.70), (-0.10, -0.80),
        (-0.42, -0.92), (-0.66, -0.76), (-0.88, -0.46), (-0.97, -0.1),
    ),
}  # fmt: skip
"""Where the hair ends on the forehead, right to left; x in half-widths of the face, y in head units."""


def _hair_shadow(speaker: Speaker) -> Colour:
    return mix(speaker.hair_colour, (10, 6, 20), 0.5)


def draw_back_hair(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """What hangs or stands behind the head."""
    colour = mix(speaker.hair_colour, _hair_shadow(speaker), 0.45)
    dark = _hair_shadow(speaker)
    w = speaker.width
    if speaker.hair == "long":
        half = [(0, -1.2), (0.62, -1.10), (1.0, -0.6), (1.12, 0.1), (1.16, 0.8), (1.08, 1.45), (0.5, 1.62)]
    elif speaker.hair == "bob":
        half = [(0, -1.2), (0.62, -1.10), (1.02, -0.6), (1.16, 0.0), (1.20, 0.55), (1.0, 0.86), (0.5, 0.80)]
    elif speaker.hair == "curly":
        angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        radius = 1.0 + 0.035 * np.sin(17 * angle) + 0.02 * np.sin(29 * angle + 1)
        cloud = np.stack([1.13 * w * 1.05 * radius * np.sin(angle), -0.42 - 0.88 * radius * np.cos(angle)], 1)
        canvas.shade(head.place_flat(cloud, depth=-0.25), speaker.hair_colour, dark, depth=12)
        return
    elif speaker.hair == "bun":
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        knot = np.stack([0.38 * np.sin(angle), -1.27 - 0.33 * np.cos(angle)], 1)
        canvas.shade(head.place_flat(knot, depth=-0.2), speaker.hair_colour, dark, depth=8)
        half = [(0, -1.14), (0.55, -1.04), (0.98, -0.6), (1.05, -0.1), (0.9, 0.2), (0.4, 0.3)]
    elif speaker.hair == "scarf":
        half = [(0, -1.24), (0.66, -1.12), (1.14, -0.6), (1.26, 0.1), (1.22, 0.8), (1.4, 1.5), (0.6, 1.9)]
        colour = speaker.hair_colour
    else:
        return
    shape = _mirrored([(x * w / 0.77 * 0.86, y) for x, y in half])
    canvas.shade(head.place_flat(shape, depth=-0.25), colour, dark, depth=16)


def draw_front_hair(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """What lies on the head and over the forehead."""
    base, dark = speaker.hair_colour, _hair_shadow(speaker)
    w = speaker.width
    if speaker.hair == "bald":
        return
    if speaker.hair == "scarf":
        ring = [(0, -1.26), (0.66, -1.14), (1.10, -0.6), (1.18, 0.1), (1.02, 0.74), (0.55, 1.22), (0, 1.34)]
        hole = [(0, -0.76), (0.5, -0.68), (0.84, -0.34), (0.93, 0.1), (0.84, 0.5), (0.52, 0.87), (0, 0.99)]
        drop = 0.28 * head.pose.mouth_open
        outer = _mirrored([(x * 0.84, y + (drop if y > 0.7 else 0)) for x, y in ring])
        inner = _mirrored([(x * w * 1.02, y + (drop if y > 0.7 else 0)) for x, y in hole])
        _shade_ring(canvas, head.place_flat(outer), head.place_flat(inner, depth=0.12), base, dark)
        return
    top = 1.10 if speaker.hair == "bun" else 1.19
    crown = [(-1.04 * w, -0.12), (-1.04 * w, -0.55), (-0.60 * w, 0.08 - top), (0.0, -top)]
    crown += [(0.60 * w, 0.08 - top), (1.04 * w, -0.55), (1.04 * w, -0.12)]
    line = _HAIRLINES[speaker.hair]
    outer = head.place_flat(smooth(crown, closed=False), depth=-0.05)
    inner = head.place_flat(smooth([(x * w, y) for x, y in line], closed=False), depth=0.3)
    canvas.shade(np.concatenate([outer, inner]), base, dark, depth=11)
    shine = [(-0.52, -0.90), (-0.30, -1.0), (-0.05, -1.04), (0.15, -1.03)]
    curve = smooth(head.place_flat(shine, depth=0.1), closed=False)
    canvas.stroke(curve, 3.2, mix(base, (255, 255, 255), 0.28))


def _shade_ring(canvas: Canvas, outer: Points, inner: Points, base: Colour, dark: Colour) -> None:
    """Fill between two closed outlines that both start at the top."""
    ring = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
    canvas.shade(ring, base, dark, depth=9)
    canvas.stroke(np.concatenate([inner, inner[:1]]), 2.2, mix(base, dark, 0.7), taper=0.0)


def draw_beard(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """A full beard that leaves the mouth free and moves with it."""
    pose, w = head.pose, speaker.width
    drop = 0.28 * pose.mouth_open
    edge = contour(speaker, pose)
    lower = edge[edge[:, 1] > 0.12] * [1.01, 1.015]
    rim = lower[np.argsort(-lower[:, 0])]
    mouth = mouth_lines(pose)
    above = float(mouth[0][:, 1].min()) - 0.05
    cheek = [(-0.90 * w, 0.30), (-0.62 * w, 0.45), (-0.30, above - 0.02), (0.0, above + 0.01)]
    cheek += [(0.30, above - 0.02), (0.62 * w, 0.45), (0.90 * w, 0.30)]
    beard = np.concatenate([head.place_flat(rim), head.place(smooth(cheek, closed=False))])
    canvas.shade(beard, mix(speaker.hair_colour, speaker.skin, 0.18), _hair_shadow(speaker), depth=12)
    half = pose.mouth_width + 0.035
    low = float(mouth[3][:, 1].max()) + 0.04
    corner_y = float(mouth[1][0, 1])
    gap = [(-half, corner_y), (-half / 2, above + 0.075), (0.0, above + 0.075), (half / 2, above + 0.075)]
    gap += [(half, corner_y), (half / 2, low), (0.0, low + drop * 0.1), (-half / 2, low)]
    canvas.fill(head.place(smooth(gap, closed=True), lift=0.05), mix(speaker.skin, skin_shadow(speaker), 0.3))


def _mirrored(right: list[tuple[float, float]]) -> Points:
    """A closed smooth outline from its right half, which runs from the top to the bottom."""
    left = [(-x, y) for x, y in reversed(right) if x > 0]
    return smooth(right + left, closed=True)
