"""Seeded choice of who appears in each clip, and of how far the cues stray from the profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.make_demo_clips.cast import SPEAKERS, Speaker
from tools.make_demo_clips.profiles import CHANNELS, profile
from tools.make_demo_clips.takes import TAKES, Take

SEED: Final = 973
"""Among others, one with which nearly all speakers are heard at both ends of each voice channel."""
NEUTRAL: Final = profile("neutral")
VOICE_CHANNELS: Final = ("pitch", "rate", "loudness")

_STEADFAST: Final = frozenset({"brows", "mouth"})
"""Channels that carry most of what a face says: they never stray, so that people still agree on the label."""
_STRAYING: Final = (0.25, 0.45, 0.30)
"""How often none, one or two channels stray."""
_NEIGHBOURS: Final = {
    "eyes": {"wide": "steady", "narrowed": "steady", "downcast": "steady", "steady": "narrowed"},
    "head": {
        "nodding": "upright",
        "shaking": "upright",
        "tilted": "upright",
        "lowered": "tilted",
        "upright": "tilted",
    },
    "pitch": {"high": "medium", "low": "medium", "medium": "high"},
    "rate": {"fast": "medium", "slow": "medium", "medium": "slow"},
    "loudness": {"loud": "medium", "soft": "medium", "medium": "soft"},
}
"""Where a straying channel goes: the nearest other value."""


@dataclass(frozen=True)
class ClipPlan:
    """Everything that determines a clip."""

    name: str
    """File name without its ending; says nothing about the label."""
    take: Take
    speaker: Speaker
    opening: dict[str, str]
    """Cues at the start, where they differ from those that follow."""
    cues: dict[str, str]
    """Channel to value, for all channels."""
    onset_s: float
    """When the expression sets in, for a take of one line; seconds."""
    seed: int
    """For blinks and noise."""


def plan_clips(seed: int = SEED) -> tuple[ClipPlan, ...]:
    """One plan per take, sorted by clip name."""
    rng = np.random.default_rng(seed)
    numbers = rng.permutation(len(TAKES)) + 1
    rounds = -(-len(TAKES) // len(SPEAKERS))
    speakers = np.concatenate([rng.permutation(len(SPEAKERS)) for _ in range(rounds)])
    plans = [
        _plan(f"demo_{number:03d}", take, SPEAKERS[int(speaker)], seed + int(number))
        for number, take, speaker in zip(numbers, TAKES, speakers, strict=False)
    ]
    return tuple(sorted(plans, key=lambda plan: plan.name))


def _plan(name: str, take: Take, speaker: Speaker, seed: int) -> ClipPlan:
    # Its own generator, so that a change to one take leaves the others as they are.
    rng = np.random.default_rng(seed)
    cues = _stray(_mixed(take.profiles), rng)
    opening: dict[str, str] = {}
    if len(take.lines) > 1:
        opening = dict(NEUTRAL)
    elif rng.random() < 0.55:
        opening = {channel: value for channel, value in NEUTRAL.items() if channel not in VOICE_CHANNELS}
    onset_s = round(float(rng.uniform(0.4, 0.64)), 2)
    return ClipPlan(name, take, speaker, opening, cues, onset_s, seed)


def _mixed(names: tuple[str, ...]) -> dict[str, str]:
    """One profile as it is; of two, the mouth, head and rate of the first and the rest of the second."""
    first = profile(names[0])
    if len(names) == 1:
        return first
    return profile(names[1]) | {channel: first[channel] for channel in ("mouth", "head", "rate")}


def _stray(cues: dict[str, str], rng: np.random.Generator) -> dict[str, str]:
    free = [channel for channel in CHANNELS if channel not in _STEADFAST]
    count = int(rng.choice(3, p=_STRAYING))
    chosen = rng.choice(free, size=count, replace=False)
    return cues | {str(channel): _NEIGHBOURS[str(channel)][cues[str(channel)]] for channel in chosen}
