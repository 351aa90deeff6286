"""The head as a shape in space: a rough ellipsoid that turns, bows and tilts, seen from the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.make_demo_clips.acting import Pose
from tools.make_demo_clips.canvas import Points

SCALE: Final = 70.0
"""Pixels per head unit; a head unit is half the height of the face."""
_CENTRE: Final = (128.0, 125.0)
_NECK: Final = np.array([0.0, 1.15])
"""Where the head turns on the neck, head units."""


@dataclass(frozen=True)
class Head:
    """Turns head coordinates (x right, y down, units of half the face's height) into pixels."""

    pose: Pose
    breath: float = 0.0
    """Rise of the body by breathing, pixels."""

    def place(self, points: Sequence[tuple[float, float]] | Points, *, lift: float = 0.0) -> Points:
        """Project points that lie on the face; `lift` raises them off it towards the viewer."""
        p = np.asarray(points, dtype=np.float64)
        x, y = p[:, 0], p[:, 1]
        depth = np.sqrt(np.clip(1 - (x / 0.98) ** 2 - (y / 1.2) ** 2, 0, None)) * 0.85 + lift
        return self._project(x, y, depth)

    def place_flat(self, points: Sequence[tuple[float, float]] | Points, *, depth: float = 0.0) -> Points:
        """Project points of an outline that all lie at one depth (0 is the plane of the ears)."""
        p = np.asarray(points, dtype=np.float64)
        return self._project(p[:, 0], p[:, 1], np.full(len(p), depth))

    def _project(self, x: Points, y: Points, z: Points) -> Points:
        yaw, bow, roll = self.pose.yaw, self.pose.bow, self.pose.roll
        turned = x * np.cos(yaw) + z * np.sin(yaw)
        deep = z * np.cos(yaw) - x * np.sin(yaw)
        # The neck bends with the head: the whole head sinks and comes forward as it bows.
        bent = (y - 0.3) * np.cos(bow) + 0.3 + deep * np.sin(bow) * 0.8 + 0.16 * np.sin(bow)
        rx, ry = turned - _NECK[0], bent - _NECK[1]
        out_x = rx * np.cos(roll) - ry * np.sin(roll) + _NECK[0]
        out_y = rx * np.sin(roll) + ry * np.cos(roll) + _NECK[1]
        return np.stack([_CENTRE[0] + SCALE * out_x, _CENTRE[1] + SCALE * out_y - self.breath], axis=1)
