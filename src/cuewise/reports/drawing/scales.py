"""From numbers to pixels: where an axis begins, where its ticks are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from cuewise.reports.blocks import Unit


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis; `start` may lie right of or below `end`."""

    low: float
    high: float
    start: float
    """Pixels at `low`."""
    end: float
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Pixels of a value; what lies beyond an end is drawn at the end."""
        share = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return round(self.start + share * (self.end - self.start), 1)


def fit(
    values: Iterable[float],
    unit: Unit,
    start: float,
    end: float,
    *,
    low: float | None = None,
    high: float | None = None,
    about: int = 5,
) -> Scale:
    """An axis that holds all values between even ticks.

    Args:
        values: finite; may be none.
        low: where the axis begins; None to fit the values, as `high`.
        about: how many steps between ticks are wished for.
    """
    found = list(values)
    least = min(found, default=0.0) if low is None else low
    most = max(found, default=100.0 if unit == "percent" else 1.0) if high is None else high
    if most - least <= 1e-8 * max(1.0, abs(least)):
        fallback = abs(least) / 10 if abs(least) > 1e-6 else 1.0
        room = {"percent": 5.0, "points": 5.0, "count": 1.0, "ratio": 0.1}.get(unit, fallback)
        least, most = (least, least + room) if low is not None else (least - room, max(least, most) + room)
        if unit == "percent" and low is None and 0 <= least + room <= 100:
            least, most = max(0.0, least), min(100.0, most)
    step = _step(0.72 * (most - least) / about, whole=unit == "count")
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    ticks = [round(step * at, 10) for at in range(first, last + 1)]
    begin = ticks[0] if low is None else least
    finish = ticks[-1] if high is None else most
    return Scale(begin, finish, start, end, tuple(one for one in ticks if begin <= one <= finish))


def _step(least: float, *, whole: bool) -> float:
    """The next even step: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(least))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= least * (1 - 1e-9))
    return max(1.0, float(ceil(step))) if whole else step
