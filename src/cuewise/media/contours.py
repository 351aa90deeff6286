"""How pitch and loudness move within a clip: what `prosody` measures slice by slice, told in a handful of pieces.

Pitch: voiced slices, in blocks of five that each count by their median, are fitted with straight lines in semitones:
as many as pay for themselves, by the least sum of squared errors and of a price per line. Where there are more lines
than are told, the price rises, so that a long clip is told more coarsely.

Loudness: stretches that stand out from the median level of the clip's sound.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cuewise.records import LoudStretch, PitchMove

MOST = 8
"""Pieces of each kind that are told of one clip."""

_BLOCK = 5  # voiced slices (50 ms) that make one point of the contour
_GAP = 20  # slices: so long without voice ends a line, as it makes a pause
_LEAST = 2  # blocks of a line; a shorter stretch of voice has no melody
_LONGEST = 100  # blocks of a line, which bounds the work for a long clip
_PRICE_ST2 = 4.0  # squared semitones that a further line must save
_PRICIEST_ST2 = 5000.0  # no error of a voice between 60 and 500 Hz is worth more
_WINDOW = 15  # slices over which the level is smoothed
_STANDS_OUT_DB = 6.0  # above the median: twice the sound pressure
_JOINED = 10  # slices: stretches that are nearer than this are one
_SHORTEST = 3  # slices: what is shorter is a click

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class _Block(NamedTuple):
    start: int
    """First slice."""
    stop: int
    """The slice after the last."""
    semitones: float
    """Median pitch above 1 Hz."""


def pitch_moves(f0: Floats, hop_s: float) -> tuple[PitchMove, ...]:
    """The melody as straight moves in time order; of more than eight the longest.

    Args:
        f0: pitch of each slice in hertz, 0 where unvoiced, shape `(n_slices,)`.
        hop_s: length of a slice, seconds.
    """
    stretches = _stretches(f0)
    price = _PRICE_ST2
    lines = _all_lines(stretches, price)
    while len(lines) > MOST and price < _PRICIEST_ST2:
        price *= 2
        lines = _all_lines(stretches, price)
    longest = sorted(lines, key=lambda line: line[0].start - line[-1].stop)[:MOST]
    return tuple(_move(line, hop_s) for line in sorted(longest))


def loud_stretches(power: Floats, active: Flags, hop_s: float) -> tuple[LoudStretch, ...]:
    """Stretches at least 6 dB above the median of the active slices, in time order; of more than eight the loudest.

    Args:
        power: mean square of each slice, shape `(n_slices,)`.
        active: which slices hold sound, shape `(n_slices,)`.
        hop_s: length of a slice, seconds.
    """
    if not active.any():
        return ()
    kernel = np.hanning(_WINDOW + 2)[1:-1]
    smooth = np.convolve(power, kernel / kernel.sum(), mode="full")[_WINDOW // 2 :][: power.size]
    above = 10 * np.log10(np.maximum(smooth, 1e-12) / np.median(smooth[active]))
    joined: list[tuple[int, int]] = []
    for start, stop in runs(above >= _STANDS_OUT_DB):
        if joined and start - joined[-1][1] < _JOINED:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    found = [
        LoudStretch(
            start_s=round(start * hop_s, 2),
            end_s=round(stop * hop_s, 2),
            above_median_db=round(float(above[start:stop].max()), 1),
        )
        for start, stop in joined
        if stop - start >= _SHORTEST
    ]
    loudest = sorted(found, key=lambda stretch: -stretch.above_median_db)[:MOST]
    return tuple(sorted(loudest, key=lambda stretch: stretch.start_s))


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Stretches of True as `(start, stop)`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


# --- lines -----------------------------------------------------------------------------------------


def _stretches(f0: Floats) -> list[list[_Block]]:
    """Stretches of voice that gaps of 0.2 s part, in blocks."""
    voiced = np.flatnonzero(f0)
    if not voiced.size:
        return []
    semitones = 12 * np.log2(f0[voiced])
    ends = [0, *(np.flatnonzero(np.diff(voiced) > _GAP) + 1).tolist(), voiced.size]
    found = []
    for first, last in itertools.pairwise(ends):
        cuts = range(first, last, _BLOCK)
        blocks = [
            _Block(int(voiced[cut]), int(voiced[end - 1]) + 1, float(np.median(semitones[cut:end])))
            for cut in cuts
            if (end := min(cut + _BLOCK, last)) - cut > _BLOCK // 2
        ]
        if len(blocks) >= _LEAST:
            found.append(blocks)
    return found


def _all_lines(stretches: list[list[_Block]], price: float) -> list[list[_Block]]:
    return [line for blocks in stretches for line in _lines(blocks, price)]


def _lines(blocks: list[_Block], price: float) -> list[list[_Block]]:
    """The cheapest split of a stretch into lines: squared error of each, and a price for each."""
    x = np.array([(block.start + block.stop) / 2 for block in blocks])
    y = np.array([block.semitones for block in blocks])
    x, y = x - x.mean(), y - y.mean()
    # Sums up to each block, so that the error of any line follows from two of them.
    n, sx, sy, sxx, sxy, syy = (
        np.concatenate(([0.0], np.cumsum(terms))) for terms in (np.ones_like(x), x, y, x * x, x * y, y * y)
    )
    cost = np.full(len(blocks) + 1, np.inf)
    cost[0] = 0.0
    cut = np.zeros(len(blocks) + 1, dtype=np.intp)
    for stop in range(_LEAST, len(blocks) + 1):
        start = np.arange(max(0, stop - _LONGEST), stop - _LEAST + 1)
        count, dx, dy = n[stop] - n[start], sx[stop] - sx[start], sy[stop] - sy[start]
        xx = sxx[stop] - sxx[start] - dx * dx / count
        xy = sxy[stop] - sxy[start] - dx * dy / count
        yy = syy[stop] - syy[start] - dy * dy / count
        total = cost[start] + np.maximum(yy - xy * xy / xx, 0.0) + price
        best = int(total.argmin())
        cost[stop], cut[stop] = total[best], start[best]
    lines = []
    stop = len(blocks)
    while stop:
        lines.append(blocks[cut[stop] : stop])
        stop = int(cut[stop])
    return lines[::-1]


def _move(line: list[_Block], hop_s: float) -> PitchMove:
    """From the first slice of a line to its last, by the straight line through its blocks."""
    x = np.array([(block.start + block.stop) / 2 for block in line])
    y = np.array([block.semitones for block in line])
    slope = float((x - x.mean()) @ (y - y.mean()) / ((x - x.mean()) @ (x - x.mean())))
    start, stop = line[0].start, line[-1].stop
    first, last = (float(y.mean() + slope * (at - x.mean())) for at in (start, stop))
    return PitchMove(
        start_s=round(start * hop_s, 2),
        end_s=round(stop * hop_s, 2),
        start_hz=round(2 ** (first / 12), 1),
        end_hz=round(2 ** (last / 12), 1),
    )
