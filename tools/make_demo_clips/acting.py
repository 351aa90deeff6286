"""From cues and speech to the pose of the face at each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.make_demo_clips.timeline import CueSpan
from tools.make_demo_clips.voice import SAMPLE_RATE, Phoneme

FPS: Final = 25
_ONSET_S: Final = 0.36
"""How long one expression takes to turn into the next, seconds."""
_BLINK_S: Final = 0.2
_NOD_HZ: Final = 1.7
_SHAKE_HZ: Final = 1.45
_CLOSED_LIPS: Final = frozenset("mbp")
_ROUND_VOWELS: Final = frozenset("uUOQw")


@dataclass(frozen=True)
class Pose:
    """Where everything in the face is. Lengths are in units of half the height of the face, up is positive."""

    brow_inner: float = 0.0
    """Rise of the inner ends of the eyebrows."""
    brow_outer: float = 0.0
    brow_close: float = 0.0
    """Shift of the eyebrows towards each other."""
    lid_open: float = 1.0
    """1 is an eye at ease, 0 a closed one."""
    squint: float = 0.0
    """Rise of the lower lid, 0 to 1."""
    gaze_down: float = 0.0
    corner: float = 0.0
    """Rise of the mouth's corners."""
    mouth_width: float = 0.25
    """Half-width."""
    mouth_open: float = 0.0
    """Height of the opening between the lips."""
    lips: float = 1.0
    """Thickness of the visible lips; 1 is at ease, less is pressed."""
    sneer: float = 0.0
    """Rise of one side of the upper lip, 0 to 1."""
    yaw: float = 0.0
    """Turn of the head, radians; positive to the viewer's right."""
    bow: float = 0.0
    """Forward bend of the head, radians."""
    roll: float = 0.0
    """Sideward tilt of the head, radians."""


POSES: Final[dict[tuple[str, str], dict[str, float]]] = {
    ("brows", "raised"): {"brow_inner": 0.15, "brow_outer": 0.15},
    ("brows", "furrowed"): {"brow_inner": -0.13, "brow_outer": 0.05, "brow_close": 0.075},
    ("brows", "slanted"): {"brow_inner": 0.17, "brow_outer": -0.10, "brow_close": 0.03},
    ("brows", "relaxed"): {},
    ("eyes", "wide"): {"lid_open": 1.6},
    ("eyes", "narrowed"): {"lid_open": 0.48, "squint": 0.5},
    ("eyes", "downcast"): {"lid_open": 0.62, "gaze_down": 0.085},
    ("eyes", "steady"): {},
    ("mouth", "smiling"): {"corner": 0.16, "mouth_width": 0.37, "mouth_open": 0.10, "lips": 0.85},
    ("mouth", "frowning"): {"corner": -0.14, "mouth_width": 0.27},
    ("mouth", "gaping"): {"corner": -0.02, "mouth_width": 0.17, "mouth_open": 0.30},
    ("mouth", "pressed"): {"mouth_width": 0.33, "lips": 0.2, "corner": -0.015},
    ("mouth", "sneering"): {"sneer": 1.0, "mouth_width": 0.27, "corner": -0.03},
    ("mouth", "relaxed"): {},
    ("head", "upright"): {},
    ("head", "lowered"): {"bow": 0.42},
    ("head", "tilted"): {"roll": 0.24},
    ("head", "nodding"): {},
    ("head", "shaking"): {},
}
"""What each visible cue changes in the pose at ease. Nods and shakes are movements: see `act`."""

_ROOM_TO_SPEAK: Final = {"pressed": 0.45, "gaping": 0.55}
"""How far speech opens a mouth that is held in some way; 1 elsewhere."""


def held_pose(cues: dict[str, str]) -> Pose:
    """The pose of a silent face that shows these cues (channel to value; voice channels are passed over)."""
    changes: dict[str, float] = {}
    for channel, value in cues.items():
        changes |= POSES.get((channel, value), {})
    return Pose(**changes)


def envelope(pcm: NDArray[np.float32], frames: int) -> NDArray[np.float64]:
    """How loud each video frame is, 0 to 1 relative to the clip's own loud parts; shape (frames,)."""
    at = (np.arange(frames) + 0.5) * SAMPLE_RATE / FPS
    half = int(0.03 * SAMPLE_RATE)
    energy = np.concatenate([[0.0], np.cumsum(pcm.astype(np.float64) ** 2)])
    high = np.clip(at + half, 0, len(pcm)).astype(int)
    low = np.clip(at - half, 0, len(pcm)).astype(int)
    rms = np.sqrt((energy[high] - energy[low]) / (2 * half))
    top = float(np.percentile(rms[rms > 0.05 * rms.max()], 85))
    return np.asarray(np.clip(rms / top, 0, 1), dtype=np.float64)


def act(
    spans: Sequence[CueSpan],
    level: NDArray[np.float64],
    phonemes: Sequence[Phoneme],
    blinks_s: Sequence[float],
) -> list[Pose]:
    """One pose per video frame.

    `level` is the speech's `envelope`; `phonemes` have times from the start of the clip.
    """
    poses = []
    for index, loudness in enumerate(level):
        time_s = index / FPS
        parts = [(_weight(span, time_s), span) for span in spans]
        pose = _blend([(weight, span) for weight, span in parts if weight > 0])
        room = sum(w * _ROOM_TO_SPEAK.get(s.value, 1.0) for w, s in parts if s.channel == "mouth")
        pose = _speak(pose, float(loudness) * room, _sound_at(phonemes, time_s))
        pose = _blink(pose, time_s, blinks_s)
        poses.append(_move_head(pose, time_s, parts))
    return poses


def _weight(span: CueSpan, time_s: float) -> float:
    """How much of a span shows at a time: 0 to 1, smooth over its borders inside the clip."""

    def rise(middle_s: float) -> float:
        x = float(np.clip((time_s - middle_s) / _ONSET_S + 0.5, 0, 1))
        return x * x * (3 - 2 * x)

    begun = rise(span.start_s) if span.start_s > 0 else 1.0
    return begun * (1 - (0.0 if span.last else rise(span.end_s)))


def _blend(parts: Sequence[tuple[float, CueSpan]]) -> Pose:
    """Add up what each span changes, by weight."""
    ease = Pose()
    values = {field.name: getattr(ease, field.name) for field in fields(Pose)}
    for weight, span in parts:
        for name, value in POSES.get((span.channel, span.value), {}).items():
            values[name] += weight * (value - getattr(ease, name))
    return Pose(**values)


def _sound_at(phonemes: Sequence[Phoneme], time_s: float) -> str:
    past = [phoneme.name for phoneme in phonemes if phoneme.start_s <= time_s + 0.5 / FPS]
    return past[-1].strip("',_:") if past else ""


def _speak(pose: Pose, loudness: float, sound: str) -> Pose:
    """Open the mouth with the level of the voice, close it on m, b and p, round it on o and u."""
    if sound[:1] in _CLOSED_LIPS:
        loudness *= 0.3
    rounding = 0.75 if sound[:1] in _ROUND_VOWELS and pose.corner < 0.08 else 1.0
    return replace(
        pose,
        mouth_open=pose.mouth_open + 0.2 * loudness,
        mouth_width=pose.mouth_width * (1 + (rounding - 1) * min(1.0, 2 * loudness)),
        lips=pose.lips + (1 - pose.lips) * 0.3 * loudness,
    )


def _blink(pose: Pose, time_s: float, blinks_s: Sequence[float]) -> Pose:
    closed = max((1 - abs(time_s - at) / (_BLINK_S / 2) for at in blinks_s), default=0.0)
    return replace(pose, lid_open=pose.lid_open * (1 - max(0.0, min(1.0, 1.4 * closed))))


def _move_head(pose: Pose, time_s: float, parts: Sequence[tuple[float, CueSpan]]) -> Pose:
    """Add nods and shakes, and the slight sway without which a face looks like a mask."""
    nod = sum(w for w, span in parts if span.value == "nodding")
    shake = sum(w for w, span in parts if span.value == "shaking")
    turn = 2 * np.pi * time_s
    return replace(
        pose,
        bow=pose.bow
        + nod * (0.12 + 0.24 * float(np.sin(turn * _NOD_HZ)))
        + 0.012 * float(np.sin(turn * 0.41)),
        yaw=pose.yaw + shake * 0.33 * float(np.sin(turn * _SHAKE_HZ)) + 0.02 * float(np.sin(turn * 0.33 + 1)),
    )
