"""The whole picture: background, body, hair, glasses, and the face between them."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.make_demo_clips.acting import Pose
from tools.make_demo_clips.canvas import Canvas, Points, mix, smooth
from tools.make_demo_clips.cast import Colour, Speaker
from tools.make_demo_clips.face import (
    draw_brows,
    draw_eyes,
    draw_forehead,
    draw_mouth,
    draw_nose,
    draw_skin,
    skin_shadow,
)
from tools.make_demo_clips.hair import draw_back_hair, draw_beard, draw_front_hair
from tools.make_demo_clips.head import Head

SIZE: Final = 256
"""Width and height of a picture, pixels."""


def draw(speaker: Speaker, pose: Pose, time_s: float = 0.0) -> NDArray[np.uint8]:
    """The speaker in a pose; shape (SIZE, SIZE, 3), RGB."""
    head = Head(pose, breath=0.5 * float(np.sin(2 * np.pi * 0.3 * time_s)))
    canvas = Canvas(SIZE, _background(speaker))
    draw_back_hair(canvas, head, speaker)
    _draw_body(canvas, head, speaker)
    draw_skin(canvas, head, speaker)
    draw_forehead(canvas, head, speaker)
    if speaker.beard:
        draw_beard(canvas, head, speaker)
    draw_nose(canvas, head, speaker)
    draw_mouth(canvas, head, speaker)
    draw_eyes(canvas, head, speaker)
    draw_front_hair(canvas, head, speaker)
    draw_brows(canvas, head, speaker)
    if speaker.glasses:
        _draw_glasses(canvas, head)
    return canvas.finished()


@cache
def _background(speaker: Speaker) -> NDArray[np.uint8]:
    """A soft gradient with out-of-focus lights, the same in each clip of a speaker."""
    canvas = Canvas(SIZE)
    top, bottom = speaker.background
    for row in range(SIZE):
        y0, y1 = float(row), row + 1.5
        band = np.array([[-1.0, y0], [SIZE + 1.0, y0], [SIZE + 1.0, y1], [-1.0, y1]])
        canvas.fill(band, mix(top, bottom, row / SIZE))
    rng = np.random.default_rng(zlib.crc32(speaker.name.encode()))
    for _ in range(9):
        x, y, radius = rng.uniform(0, SIZE), rng.uniform(0, 0.75 * SIZE), rng.uniform(18, 46)
        tint = mix(top, (255, 255, 255) if rng.random() < 0.6 else bottom, 0.7)
        canvas.glow((float(x), float(y)), (float(radius), float(radius)), tint, 0.55)
    return canvas.oversized()


def _draw_body(canvas: Canvas, head: Head, speaker: Speaker) -> None:
    sway = 10 * head.pose.roll
    rise = head.breath
    cloth, dark = speaker.clothes, mix(speaker.clothes, (20, 14, 40), 0.42)
    shoulders = [(20, 275), (26, 244), (58, 226), (98, 216), (128, 213), (158, 216), (198, 226), (230, 244)]
    body = smooth([(x + 0.4 * sway, y - rise) for x, y in [*shoulders, (236, 275)]], closed=True)
    canvas.shade(body, cloth, dark, depth=16)
    jaw = head.place_flat([(-0.40, 0.72), (0.40, 0.72)])
    base = np.array([[158 + 0.3 * sway, 224 - rise], [98 + 0.3 * sway, 224 - rise]])
    neck = np.concatenate([jaw, base])
    shadow = skin_shadow(speaker)
    if speaker.hair == "scarf":
        return
    opening = {"round": 8.0, "vee": 24.0, "shirt": 14.0, "hood": 9.0}[speaker.collar]
    hollow = [(98, 216), (112, 222 + opening / 2), (128, 222 + opening), (144, 222 + opening / 2), (158, 216)]
    cut = smooth([(x + 0.3 * sway, y - rise) for x, y in hollow], closed=False)
    canvas.fill(np.concatenate([neck[:2], cut[::-1]]), mix(speaker.skin, shadow, 0.45))
    (x, y), *_ = head.place_flat([(0.05, 1.12)])
    canvas.glow((x, y), (38, 18), shadow, 0.75)
    _draw_collar(canvas, speaker, cut, dark, (0.3 * sway, -rise))


def _draw_collar(
    canvas: Canvas, speaker: Speaker, cut: Points, dark: Colour, offset: tuple[float, float]
) -> None:
    if speaker.collar in ("round", "vee"):
        canvas.stroke(cut, 3.4, dark, taper=0.2)
        return
    pale = mix(speaker.clothes, (255, 255, 255), 0.75 if speaker.collar == "shirt" else 0.18)
    for side in (-1, 1):
        if speaker.collar == "shirt":
            flap = [(0, 240), (side * 31, 211), (side * 40, 222), (side * 19, 250)]
            outline = np.array([(128 + x + offset[0], y + offset[1]) for x, y in flap], dtype=np.float64)
        else:
            fold = [(side * 3, 240), (side * 28, 212), (side * 48, 214), (side * 40, 236), (side * 16, 252)]
            outline = smooth([(128 + x + offset[0], y + offset[1]) for x, y in fold], closed=True)
        canvas.shade(outline, pale, mix(pale, dark, 0.6), depth=6)


def _draw_glasses(canvas: Canvas, head: Head) -> None:
    frame = (52, 44, 52)
    t = np.linspace(0, 2 * np.pi, 40)
    for side in (-1, 1):
        # A superellipse: between a circle and a rectangle.
        x = side * 0.345 + 0.265 * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.7
        y = -0.045 + 0.225 * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** 0.7
        rim = head.place(np.stack([x, y], axis=1), lift=0.12)
        canvas.stroke(rim, 2.2, frame, taper=0.0)
        arm = np.concatenate(
            [head.place([(side * 0.61, -0.09)], lift=0.12), head.place_flat([(side * 0.80, -0.10)])]
        )
        canvas.stroke(np.linspace(arm[0], arm[1], 4), 2.2, frame, taper=0.0)
    bridge = smooth([(-0.09, -0.06), (0.0, -0.10), (0.09, -0.06)], closed=False)
    canvas.stroke(head.place(bridge, lift=0.14), 2.4, frame, taper=0.0)
