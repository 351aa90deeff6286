"""Draws the features of a face in a pose: skin, nose, eyes, brows and mouth."""

from __future__ import annotations

import numpy as np

from tools.make_demo_clips.acting import Pose
from tools.make_demo_clips.canvas import Canvas, Points, mix, smooth
from tools.make_demo_clips.cast import Colour, Speaker
from tools.make_demo_clips.head import SCALE, Head

_DARK: Colour = (40, 20, 20)
_EYE_X, _EYE_Y, _EYE_HALF = 0.335, -0.06, 0.175
_MOUTH_Y = 0.50


def skin_shadow(speaker: Speaker) -> Colour:
    return mix(speaker.skin, (96, 36, 40), 0.42)


def _line_colour(speaker: Speaker) -> Colour:
    """For creases and wrinkles."""
    return mix(speaker.skin, (40, 8, 14), 0.6)


def contour(speaker: Speaker, pose: Pose) -> Points:
    """Outline of the face in head units; the chin follows the jaw."""
    drop = 0.28 * pose.mouth_open
    w, jaw = speaker.width, speaker.jaw
    right = [
        (0.0, -1.02),
        (0.52 * w, -0.90),
        (0.88 * w, -0.52),
        (w, -0.05),
        (0.96 * w, 0.30),
        ((0.78 + 0.10 * jaw) * w, 0.62 + drop / 2),
        ((0.42 + 0.16 * jaw) * w, 0.90 + drop),
        ((0.18 + 0.10 * jaw) * w, 0.985 + drop),
    ]
    chin = [(0.0, 1.0 + drop)]
    left = [(-x, y) for x, y in reversed(right[1:])]
    return smooth(right + chin + left, closed=True)


def draw_skin(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """Ears, the face itself, cheeks."""
    shadow = skin_shadow(speaker)
    for side in (-1, 1):
        ear = [(0.97, -0.16), (1.11, -0.20), (1.15, -0.02), (1.06, 0.20), (0.96, 0.22)]
        shape = smooth([(side * x * speaker.width, y) for x, y in ear], closed=True)
        canvas.shade(head.place_flat(shape), mix(speaker.skin, shadow, 0.15), shadow, depth=5)
        if speaker.earrings:
            (x, y), *_ = head.place_flat([(side * 1.06 * speaker.width, 0.30)])
            canvas.fill(_ellipse(x, y, 4.2, 4.2), (240, 196, 70))
    canvas.shade(head.place_flat(contour(speaker, head.pose)), speaker.skin, shadow, depth=17)
    flush = mix(speaker.skin, (226, 84, 84), 0.5)
    lifted = max(0.0, head.pose.corner)
    for side in (-1, 1):
        (x, y), *_ = head.place([(side * 0.45, 0.27 - 0.25 * lifted)])
        canvas.glow((x, y), (17, 13), flush, 0.30 + 1.6 * lifted)
    (x, y), *_ = head.place([(-0.18, -0.62)])
    canvas.glow((x, y), (30, 16), mix(speaker.skin, (255, 255, 255), 0.6), 0.28)


def draw_nose(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    shadow, line = skin_shadow(speaker), _line_colour(speaker)
    wrinkle = head.pose.sneer
    up = 0.05 * wrinkle
    (x, y), *_ = head.place([(0.02, 0.27)], lift=0.16)
    canvas.glow((x + 2, y + 3), (15, 11), shadow, 0.55)
    canvas.glow((x - 3, y - 3), (8, 8), mix(speaker.skin, (255, 255, 255), 0.7), 0.55)
    bridge = [(0.10, -0.16), (0.085, 0.0), (0.12, 0.16), (0.165, 0.25 - up)]
    canvas.stroke(smooth(head.place(bridge, lift=0.08), closed=False), 2.2, mix(speaker.skin, shadow, 0.8))
    wing = [(-0.15, 0.24), (-0.12, 0.31), (-0.05, 0.315), (0.0, 0.335), (0.05, 0.315)]
    wing += [(0.12, 0.31 - up), (0.16, 0.24 - up)]
    canvas.stroke(smooth(head.place(wing, lift=0.12), closed=False), 2.6, line)
    if wrinkle > 0.05:
        for row in range(3):
            y = -0.10 + 0.065 * row
            crease = [(-0.075, y + 0.02), (0.0, y - 0.015), (0.085, y + 0.02)]
            curve = smooth(head.place(crease, lift=0.08), closed=False)
            canvas.stroke(curve, 2.2 * wrinkle, mix(speaker.skin, line, 0.75))


def draw_eyes(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    pose = head.pose
    line, shadow = _line_colour(speaker), skin_shadow(speaker)
    x = np.linspace(-1, 1, 17)
    for side in (-1, 1):
        # The almond: the upper lid peaks towards the nose, the lower lid towards the temple.
        arch = (1 - x**2) ** 0.75
        cx = side * _EYE_X + _EYE_HALF * x
        sad = -0.05 * side * x * np.clip(pose.brow_inner - pose.brow_outer, 0, 0.25) * 4
        upper = _EYE_Y - 0.125 * arch * pose.lid_open + 0.5 * pose.gaze_down + sad * pose.lid_open
        lower = _EYE_Y + 0.085 * arch * (1 - 0.55 * pose.squint) * min(1.0, 0.35 + 0.65 * pose.lid_open)
        lower = lower + 0.03 * arch * max(0.0, pose.lid_open - 1) + 0.3 * pose.gaze_down
        upper = np.minimum(upper, lower)
        over = head.place(np.stack([cx, upper], axis=1), lift=0.02)
        under = head.place(np.stack([cx, lower], axis=1), lift=0.02)
        lid_top = _EYE_Y - 0.125 * arch * max(1.0, pose.lid_open) - 0.055 * arch
        crease = head.place(np.stack([cx, np.minimum(lid_top, upper)], axis=1), lift=0.02)
        canvas.fill(np.concatenate([crease, over[::-1]]), mix(speaker.skin, shadow, 0.42))
        canvas.stroke(crease[1:-1], 1.5, mix(speaker.skin, line, 0.7))
        ball = np.concatenate([over, under[::-1]])
        if pose.lid_open > 0.08:
            canvas.fill(ball, (250, 248, 246))
            centre = [(side * _EYE_X, _EYE_Y - 0.012 + 1.1 * pose.gaze_down)]
            (ix, iy), *_ = head.place(centre, lift=0.04)
            radius = 0.098 * SCALE
            canvas.fill_inside(_ellipse(ix, iy, radius, radius), mix(speaker.iris, _DARK, 0.55), ball)
            canvas.fill_inside(_ellipse(ix, iy, radius * 0.82, radius * 0.82), speaker.iris, ball)
            canvas.fill_inside(_ellipse(ix, iy, radius * 0.48, radius * 0.48), (16, 12, 14), ball)
            canvas.fill_inside(_ellipse(ix - 2, iy - 2.4, 1.6, 1.6), (255, 255, 255), ball)
            canvas.stroke(over + np.array([0.0, 1.2]), 1.8, (150, 140, 150), taper=0.6)
        canvas.stroke(over, 4.4 if speaker.lashes else 3.2, _DARK, taper=0.75)
        canvas.stroke(under[2:-2], 1.2, mix(speaker.skin, line, 0.8))
        if speaker.lashes:
            tip = over[-1] if side > 0 else over[0]
            flick = np.linspace(tip - np.array([side * 2.0, 0.0]), tip + np.array([side * 4.2, -3.4]), 5)
            canvas.stroke(flick, 2.4, _DARK, taper=0.7)
        if pose.squint > 0.2 or pose.corner > 0.08:
            bag = np.stack([cx[3:-3], lower[3:-3] + 0.055], axis=1)
            strength = min(1.0, pose.squint + 4 * max(0.0, pose.corner))
            canvas.stroke(head.place(bag), 1.8 * strength, mix(speaker.skin, line, 0.6))


def draw_brows(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    pose = head.pose
    line = _line_colour(speaker)
    colour = mix(speaker.hair_colour if speaker.hair != "scarf" else (44, 30, 26), _DARK, 0.35)
    for side in (-1, 1):
        inner, outer = pose.brow_inner, pose.brow_outer
        points = [
            (side * (0.155 - pose.brow_close), -0.325 - inner),
            (side * (0.29 - 0.6 * pose.brow_close), -0.385 - 0.6 * inner - 0.4 * outer),
            (side * 0.45, -0.40 - 0.1 * inner - 0.9 * outer),
            (side * 0.60, -0.335 - outer),
        ]
        curve = smooth(head.place(points, lift=0.03), closed=False)
        canvas.stroke(curve, 6.2 * speaker.brow_weight, colour, taper=0.8)
        if pose.brow_close > 0.05:
            share = pose.brow_close / 0.075
            frown = [(side * 0.055, -0.40), (side * 0.045, -0.30), (side * 0.065, -0.21)]
            canvas.stroke(smooth(head.place(frown, lift=0.04), closed=False), 2.8 * share, line)


def draw_forehead(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """Furrows across the forehead: wide ones where the whole brow rises, short ones where its inner ends do."""
    pose = head.pose
    rise = max(0.0, pose.brow_inner)
    if rise > 0.05:
        flat = pose.brow_outer > 0.05
        for row, width in ((0, 0.36), (1, 0.28)):
            half = width if flat else 0.55 * width
            y = -0.62 - 0.09 * row
            wave = [(-half, y + 0.03), (-half / 2, y), (0.0, y + 0.012), (half / 2, y), (half, y + 0.03)]
            canvas.stroke(
                smooth(head.place(wave), closed=False),
                14 * rise,
                mix(speaker.skin, _line_colour(speaker), 0.55),
            )


def mouth_lines(pose: Pose) -> tuple[Points, Points, Points, Points]:
    """Upper lip's outer and inner edge, lower lip's inner and outer edge, left to right, in head units.

    Each has shape (25, 2).
    """
    u = np.linspace(-1, 1, 25)
    x = pose.mouth_width * u
    arch = (1 - u**2) ** 0.7
    # Corners rise by `corner`; the middle gives way a little so that a smile stays a bow, not a lift.
    line = _MOUTH_Y + 0.35 * pose.corner - 1.25 * pose.corner * np.abs(u) ** 1.7
    bump = np.exp(-(((u - 0.45) / 0.38) ** 2)) * pose.sneer
    # A sneer pulls one corner up and bares the teeth above it.
    line = line - 0.075 * pose.sneer / (1 + np.exp(-5 * (u - 0.25)))
    gap = pose.mouth_open * arch
    inner_up = line - 0.32 * gap - 0.11 * bump * arch
    inner_low = line + 0.68 * gap
    thick = pose.lips * arch
    cupid = 1 - 0.28 * np.exp(-((u / 0.13) ** 2))
    outer_up = inner_up - 0.062 * thick * cupid
    outer_low = inner_low + 0.088 * thick

    def edge(y: Points) -> Points:
        return np.stack([x, y], axis=1)

    return edge(outer_up), edge(inner_up), edge(inner_low), edge(outer_low)


def draw_mouth(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    pose = head.pose
    line, shadow = _line_colour(speaker), skin_shadow(speaker)
    edges = [head.place(edge, lift=0.06) for edge in mouth_lines(pose)]
    outer_up, inner_up, inner_low, outer_low = edges
    (x, y), *_ = head.place([(0.0, _MOUTH_Y + 0.24 + 0.75 * pose.mouth_open)])
    canvas.glow((x, y), (15, 6), shadow, 0.5)
    _draw_folds(canvas, head, speaker)
    canvas.fill(np.concatenate([outer_up, inner_up[::-1]]), mix(speaker.lips, _DARK, 0.16))
    canvas.fill(np.concatenate([inner_low, outer_low[::-1]]), speaker.lips)
    height = float((inner_low - inner_up)[:, 1].max())
    if height > 1.5:
        parted = np.flatnonzero((inner_low - inner_up)[:, 1] > 0.6)
        first, last = max(0, int(parted[0]) - 1), int(parted[-1]) + 2
        middle = (inner_up + inner_low) / 2
        for closed in (middle[: first + 1], middle[last - 1 :]):
            if len(closed) > 2:
                canvas.stroke(closed, 2.2, mix(speaker.lips, _DARK, 0.72), taper=0.3)
        inner_up, inner_low = inner_up[first:last], inner_low[first:last]
        hollow = np.concatenate([inner_up, inner_low[::-1]])
        canvas.fill(hollow, (70, 18, 26))
        tongue = inner_low[len(inner_low) // 2]
        canvas.fill_inside(_ellipse(tongue[0], tongue[1] + 1.5, 9.0, 0.42 * height), (196, 84, 90), hollow)
        # Stretched mouths bare the upper teeth; round ones and ones turned down hide most of them.
        stretched = float(np.clip((pose.mouth_width - 0.15) / 0.1, 0.25, 1))
        bared = min(0.55 * height, 5.5) * stretched * (0.35 if pose.corner < -0.06 else 1.0)
        row = np.concatenate([inner_up, (inner_up + np.array([0.0, bared]))[::-1]])
        canvas.fill_inside(row, (250, 246, 240), hollow)
    else:
        middle = (inner_up + inner_low) / 2
        canvas.stroke(middle, 2.6, mix(speaker.lips, _DARK, 0.72), taper=0.55)
    if pose.lips > 0.6:
        (x, y), *_ = (edges[2] + edges[3])[10:11] / 2
        canvas.glow((x, y), (7, 2.4), mix(speaker.lips, (255, 255, 255), 0.7), 0.5)
    if pose.lips < 0.6:
        _draw_tension(canvas, head, speaker, 1 - pose.lips)
    if pose.corner < -0.06:
        chin = [(-0.13, 0.80), (-0.06, 0.765), (0.06, 0.765), (0.13, 0.80)]
        canvas.stroke(smooth(head.place(chin), closed=False), 2.0, mix(speaker.skin, line, 0.8))


def _draw_folds(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    """Folds from the wings of the nose to the mouth: both in a smile, one in a sneer, long ones in a frown."""
    pose = head.pose
    colour = mix(speaker.skin, _line_colour(speaker), 0.85)
    for side in (-1, 1):
        smile = max(0.0, pose.corner) / 0.16
        frown = max(0.0, -pose.corner - 0.04) / 0.10
        sneer = pose.sneer if side > 0 else 0.0
        strength = max(smile, sneer)
        end_x = pose.mouth_width + 0.085
        if strength > 0.15:
            end_y = _MOUTH_Y + 0.04 - 0.75 * pose.corner
            fold = [(0.20, 0.21 - 0.04 * sneer), (0.5 * (0.27 + end_x), 0.32), (end_x, end_y)]
            curve = smooth(head.place([(side * x, y) for x, y in fold]), closed=False)
            canvas.stroke(curve, 2.9 * min(1.0, strength), colour)
        if frown > 0.15:
            y = _MOUTH_Y + 0.10
            fold = [(pose.mouth_width + 0.03, y), (pose.mouth_width + 0.06, y + 0.09)]
            fold += [(pose.mouth_width + 0.04, y + 0.18)]
            curve = smooth(head.place([(side * x, y) for x, y in fold]), closed=False)
            canvas.stroke(curve, 2.6 * min(1.0, frown), colour)


def _draw_tension(canvas: Canvas, head: Head, speaker: Speaker, strength: float) -> None:
    """What lips pressed together do around them: upright creases beside the corners, a bulge below."""
    colour = _line_colour(speaker)
    for side in (-1, 1):
        x = side * (head.pose.mouth_width + 0.05)
        crease = [(x, _MOUTH_Y - 0.075), (x + side * 0.022, _MOUTH_Y), (x, _MOUTH_Y + 0.085)]
        canvas.stroke(smooth(head.place(crease), closed=False), 3.0 * strength, colour)
    bulge = [(-0.15, _MOUTH_Y + 0.17), (0.0, _MOUTH_Y + 0.135), (0.15, _MOUTH_Y + 0.17)]
    canvas.stroke(smooth(head.place(bulge), closed=False), 2.2 * strength, mix(speaker.skin, colour, 0.75))


def _ellipse(x: float, y: float, rx: float, ry: float) -> Points:
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)
