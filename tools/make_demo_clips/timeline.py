"""Cues laid out over the time of one clip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CueSpan:
    """One value of one channel of `cues.toml` over a stretch of the clip."""

    channel: str
    value: str
    start_s: float
    end_s: float
    last: bool
    """Whether it lasts to the end of the clip."""


def lay_out(
    opening: dict[str, str], main: dict[str, str], turn_s: float, duration_s: float
) -> tuple[CueSpan, ...]:
    """Spans that tile the clip in each channel of `main`.

    A channel whose opening value is another one gets two spans that meet at `turn_s`; any other gets one.
    """
    spans = []
    for channel, value in main.items():
        first = opening.get(channel, value)
        start_s = 0.0
        if first != value:
            spans.append(CueSpan(channel, first, 0.0, turn_s, last=False))
            start_s = turn_s
        spans.append(CueSpan(channel, value, start_s, duration_s, last=True))
    return tuple(spans)
