"""How a voice sounds, measured from its waveform: pitch, level, pauses and syllable rate.

Everything works on a grid of 10 ms slices; slice `i` covers `i * 10 ms` to `(i + 1) * 10 ms`.

Pitch: autocorrelation of a Hann-windowed stretch of 50 ms, divided by the window's own autocorrelation;
local maxima become candidates, and the cheapest path through candidates and "unvoiced" is taken, which
guards against octave errors. The idea and the meaning of the costs are those of P. Boersma, "Accurate
short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound",
Proc. Institute of Phonetic Sciences 17 (1993), 97-110.

Syllable rate: peaks of the energy envelope that are voiced and stand out by a dip of at least 2 dB on
either side count as syllable nuclei, after N. H. de Jong and T. Wempe, "Praat script to detect syllable
nuclei and measure speech rate automatically", Behavior Research Methods 41 (2009), 385-390.

On 16 recorded voices its median pitch was within 4 % of Praat's, on half of them within about 1 % (see the tests).
"""

from __future__ import annotations

import io
import itertools
import math
import wave

import numpy as np
import numpy.typing as npt

from cuewise.errors import ClipBrokenError
from cuewise.media.contours import MOST, loud_stretches, pitch_moves, runs
from cuewise.records import ClipFault, Prosody, Span, SpokenRate

HOP_S = 0.010
"""Length of a slice, seconds."""
SILENCE_DB = -120.0
"""Level given to digital silence, dB relative to full scale."""

_F0_MIN_HZ, _F0_MAX_HZ = 60.0, 500.0
_WINDOW_S = 0.050  # three periods of the lowest pitch, as the method needs
_CANDIDATES = 4
_OVERSAMPLING = 2  # of the autocorrelation, so that narrow maxima are not missed between samples
_VOICING_THRESHOLD = 0.45  # periodicity below this is noise rather than voice
_SILENCE_RATIO = 0.03  # a stretch whose peak is this small beside the clip's peak leans to unvoiced
_OCTAVE_COST = 0.02  # per octave downwards: of two equally good periods the shorter one is meant
_JUMP_COST = 0.35  # per octave between neighbouring slices
_ONSET_COST = 0.14  # for each change between voiced and unvoiced
_BLOCK = 512  # windows transformed at a time; bounds memory for long clips

_INAUDIBLE_DB = -70.0  # nothing below this counts as sound
_MIN_VOICED = 5  # slices (50 ms) of voice, below which nothing is said of pitch
_MIN_TREND_S = 0.2  # shortest stretch over which a trend or a rate means anything
_MIN_RATED_S = 1.0  # a shorter stretch has too few syllables for a rate of its own
_MIN_PAUSE = 20  # slices: 0.2 s
_MIN_SOUND = 3  # slices: a shorter burst of sound is a click
_ENVELOPE = 7  # slices over which the energy envelope is smoothed
_DIP_DB = 2.0

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def read_wav(data: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """The samples of a mono 16-bit WAV file, shape `(n_samples,)` in -1..1, and its rate in hertz.

    Raises:
        ClipBrokenError: the bytes are anything else.
    """
    try:
        with wave.open(io.BytesIO(data)) as wav:
            channels, width, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            frames = wav.readframes(wav.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a chunk that overruns its file
        raise ClipBrokenError(f"not a WAV file: {error}", ClipFault.UNREADABLE) from error
    if (channels, width) != (1, 2) or rate < 1:
        raise ClipBrokenError(
            f"expected a mono 16-bit WAV file, got {channels} channels of {8 * width} bit at {rate} Hz",
            ClipFault.UNREADABLE,
        )
    whole = len(frames) - len(frames) % 2
    return np.frombuffer(frames[:whole], dtype="<i2").astype(np.float32) / np.float32(32768), rate


def measure_prosody(pcm: npt.NDArray[np.float32], sample_rate: int) -> Prosody:
    """Measure the voice in one clip.

    Args:
        pcm: mono samples, shape `(n_samples,)`, full scale at -1..1. May be empty.
        sample_rate: hertz; at least 2000, so that the highest pitch can be told from its neighbours.

    Returns:
        Pitch and rate are None where there is too little voice (under 50 ms, or 0.2 s for trend and
        rate). Where nothing is audible (below -70 dB), `loudness_db` is the level of the whole clip, at
        least -120 dB, and `loudness_range_db` is 0. Sound that is never voiced has no pauses: only
        silence between voiced stretches is a pause.

    Raises:
        ValueError: a sample rate or shape out of range, or samples that are not finite.
    """
    if sample_rate < 4 * _F0_MAX_HZ:
        raise ValueError(f"sample_rate must be at least {4 * _F0_MAX_HZ:.0f} Hz, got {sample_rate}")
    if pcm.ndim != 1 or not np.isfinite(pcm).all():
        raise ValueError("pcm must be one-dimensional and finite")
    signal = pcm.astype(np.float64)
    if signal.size:
        signal -= signal.mean()  # a constant offset is no sound

    power = _slice_power(signal, sample_rate)
    level = _decibels(power)
    active = _active(level)
    f0 = _pitch(signal, sample_rate, level.size)
    f0[~active] = 0
    voiced = f0 > 0
    spoken = _speech(active, voiced)
    pauses = [(left[1], right[0]) for left, right in itertools.pairwise(spoken)]

    pitches = f0[voiced]
    enough = pitches.size >= _MIN_VOICED
    p10, median, p90 = np.percentile(pitches, (10, 50, 90)) if enough else (None, None, None)
    spread = np.percentile(level[active], (10, 90)) if active.any() else np.zeros(2)
    loudness = _decibels(np.atleast_1d(power[active].mean() if active.any() else _mean_square(signal)))[0]
    return Prosody(
        duration_s=signal.size / sample_rate,
        f0_median_hz=_number(median),
        f0_p10_hz=_number(p10),
        f0_p90_hz=_number(p90),
        f0_slope_st_per_s=_slope(f0) if enough else None,
        loudness_db=float(loudness),
        loudness_range_db=float(spread[1] - spread[0]),
        rate_syllables_per_s=(
            _syllable_rate(power, voiced, spoken[0][0], spoken[-1][1]) if enough and spoken else None
        ),
        voiced_fraction=float(voiced.mean()) if voiced.size else 0.0,
        pauses=tuple(Span(start_s=round(a * HOP_S, 2), end_s=round(b * HOP_S, 2)) for a, b in pauses),
        pitch_moves=pitch_moves(f0, HOP_S),
        loud_stretches=loud_stretches(power, active, HOP_S),
        rates=_rates(power, voiced, spoken),
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _mean_square(signal: Floats) -> float:
    return float(np.mean(signal**2)) if signal.size else 0.0


def _decibels(power: Floats) -> Floats:
    return 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))


# --- level -----------------------------------------------------------------------------------------


def _slice_power(signal: Floats, rate: int) -> Floats:
    """Mean square of each 10 ms slice; a last slice under half length is left out."""
    edges = np.arange(0, signal.size + rate * HOP_S / 2, rate * HOP_S).round().astype(np.intp)
    edges = np.minimum(edges, signal.size)
    if edges.size < 2:
        return np.zeros(0)
    return np.asarray(np.add.reduceat(signal**2, edges[:-1]) / np.diff(edges))


def _active(level: Floats) -> Flags:
    """Which slices hold sound: within 25 dB of the loudest, and clear of a steady background.

    A background is taken to be the quietest 5 % of slices; to be clear of it is to be 6 dB above, but
    no sound within 12 dB of the loudest is ever called background.
    """
    if not level.size:
        return np.zeros(0, dtype=np.bool_)
    background, top = np.percentile(level, (5, 99))
    threshold = max(top - 25, min(background + 6, top - 12), _INAUDIBLE_DB)
    return np.asarray(level > threshold)


def _speech(active: Flags, voiced: Flags) -> list[tuple[int, int]]:
    """The stretches of speech, whose gaps are the pauses, as slice numbers.

    Stretches of sound with less than 0.2 s between them belong together; those without voice in them
    are not speech.
    """
    sections: list[tuple[int, int]] = []
    for start, stop in runs(active):
        if stop - start < _MIN_SOUND:
            continue
        if sections and start - sections[-1][1] < _MIN_PAUSE:
            sections[-1] = (sections[-1][0], stop)
        else:
            sections.append((start, stop))
    return [section for section in sections if voiced[slice(*section)].sum() >= _MIN_VOICED]


# --- pitch -----------------------------------------------------------------------------------------


def _pitch(signal: Floats, rate: int, slices: int) -> Floats:
    """Fundamental frequency at the middle of each slice in hertz, 0 where unvoiced; shape `(slices,)`."""
    width = round(_WINDOW_S * rate)
    peak = float(np.abs(signal).max(initial=0.0))
    if signal.size < width or peak == 0:
        return np.zeros(slices)
    padded = np.pad(signal, width)
    starts = ((np.arange(slices) + 0.5) * HOP_S * rate).round().astype(np.intp) + width - width // 2
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    found = [_candidates(windows[starts[at : at + _BLOCK]], rate, peak) for at in range(0, slices, _BLOCK)]
    return _best_path(np.concatenate([f for f, _ in found]), np.concatenate([s for _, s in found]))


def _candidates(windows: Floats, rate: int, peak: float) -> tuple[Floats, Floats]:
    """Possible pitches of each window and their strengths, both of shape `(n_windows, 1 + _CANDIDATES)`.

    Column 0 is the unvoiced candidate: pitch 0, strong where the window is quiet beside the clip's peak.
    Unused candidates have strength -inf.
    """
    n, width = windows.shape
    fine_rate = rate * _OVERSAMPLING
    shortest, longest = int(fine_rate / _F0_MAX_HZ), math.ceil(fine_rate / _F0_MIN_HZ)
    size = 1 << (width + longest // _OVERSAMPLING + 1).bit_length()
    taper = np.hanning(width + 2)[1:-1]
    centred = windows - windows.mean(axis=1, keepdims=True)

    spectrum = np.fft.rfft(np.vstack([centred * taper, taper]), size)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size * _OVERSAMPLING)
    energy = np.maximum(correlation[:-1, :1], np.finfo(np.float64).tiny)
    # From one below to one above the range: a maximum needs both neighbours.
    lags = np.arange(max(shortest - 1, 1), longest + 2)
    normal = correlation[:-1, lags] / energy * (correlation[-1, 0] / correlation[-1, lags])

    # A parabola through each maximum and its neighbours tells period and height between the samples.
    left, mid, right = normal[:, :-2], normal[:, 1:-1], normal[:, 2:]
    row, column = np.nonzero((mid > left) & (mid >= right) & (mid > _VOICING_THRESHOLD / 2))
    before, at, after = left[row, column], mid[row, column], right[row, column]
    shift = np.clip((before - after) / (2 * np.minimum(before - 2 * at + after, -1e-12)), -0.5, 0.5)
    pitch = fine_rate / (lags[1:-1][column] + shift)
    height = np.minimum(at - (before - after) * shift / 4, 1.0) + _OCTAVE_COST * np.log2(pitch / _F0_MIN_HZ)
    fits = (pitch >= _F0_MIN_HZ) & (pitch <= _F0_MAX_HZ)

    strengths = np.full(mid.shape, -np.inf)
    strengths[row, column] = np.where(fits, height, -np.inf)
    pitches = np.zeros(mid.shape)
    pitches[row, column] = pitch
    best = np.argpartition(-strengths, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    pitches, strengths = (np.take_along_axis(table, best, axis=1) for table in (pitches, strengths))

    quiet = np.abs(centred).max(axis=1) / peak / (_SILENCE_RATIO / (1 + _VOICING_THRESHOLD))
    unvoiced = _VOICING_THRESHOLD + np.maximum(0.0, 2.0 - quiet)
    return np.column_stack([np.zeros(n), pitches]), np.column_stack([unvoiced, strengths])


def _best_path(pitches: Floats, strengths: Floats) -> Floats:
    """The sequence of candidates with the greatest strength less the cost of jumps (Viterbi)."""
    voiced = pitches > 0
    octaves = np.log2(np.where(voiced, pitches, 1.0))
    jump = np.abs(octaves[:-1, :, None] - octaves[1:, None, :]) * _JUMP_COST
    both = voiced[:-1, :, None] & voiced[1:, None, :]
    change = voiced[:-1, :, None] ^ voiced[1:, None, :]
    cost = np.where(both, jump, np.where(change, _ONSET_COST, 0.0))

    n, k = pitches.shape
    came_from = np.zeros((n, k), dtype=np.intp)
    total = strengths[0]
    column = np.arange(k)
    for t in range(1, n):
        reached = total[:, None] - cost[t - 1]
        came_from[t] = reached.argmax(axis=0)
        total = reached[came_from[t], column] + strengths[t]
    path = np.empty(n, dtype=np.intp)
    path[-1] = total.argmax()
    for t in range(n - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return np.asarray(pitches[np.arange(n), path])


def _slope(f0: Floats) -> float | None:
    """Least-squares trend of pitch in semitones per second."""
    at = np.flatnonzero(f0)
    times = (at + 0.5) * HOP_S
    if times[-1] - times[0] < _MIN_TREND_S:
        return None
    semitones = 12 * np.log2(f0[at])
    centred = times - times.mean()
    return float(centred @ (semitones - semitones.mean()) / (centred @ centred))


# --- rate ------------------------------------------------------------------------------------------


def _syllable_rate(power: Floats, voiced: Flags, start: int, stop: int) -> float | None:
    """Voiced peaks of the energy envelope per second of speech, pauses included."""
    spoken = np.flatnonzero(voiced[start:stop])
    if not spoken.size or (length := float(spoken[-1] + 1 - spoken[0]) * HOP_S) < _MIN_TREND_S:
        return None
    kernel = np.hanning(_ENVELOPE + 2)[1:-1]
    envelope = _decibels(np.convolve(power, kernel / kernel.sum(), mode="same"))
    first, last = start + int(spoken[0]), start + int(spoken[-1]) + 1
    near = np.convolve(voiced, np.ones(5), mode="same") > 0
    return sum(bool(near[peak]) for peak in _peaks(envelope, first, last)) / length


def _rates(power: Floats, voiced: Flags, spoken: list[tuple[int, int]]) -> tuple[SpokenRate, ...]:
    """The rate of each stretch long enough to have one, if there are two to compare; of many the longest."""
    found = [
        SpokenRate(
            start_s=round(start * HOP_S, 2), end_s=round(stop * HOP_S, 2), syllables_per_s=round(rate, 2)
        )
        for start, stop in spoken
        if (stop - start) * HOP_S >= _MIN_RATED_S
        and (rate := _syllable_rate(power, voiced, start, stop)) is not None
    ]
    if len(found) < 2:
        return ()
    longest = sorted(found, key=lambda rate: rate.start_s - rate.end_s)[:MOST]
    return tuple(sorted(longest, key=lambda rate: rate.start_s))


def _peaks(envelope: Floats, start: int, stop: int) -> list[int]:
    """Maxima between dips of at least 2 dB, in one pass from `start` to `stop`."""
    peaks: list[int] = []
    top, low = start, start
    rising = True
    for at in range(start, stop):
        if rising:
            if envelope[at] > envelope[top]:
                top = at
            elif envelope[at] <= envelope[top] - _DIP_DB:
                peaks.append(top)
                rising, low = False, at
        elif envelope[at] < envelope[low]:
            low = at
        elif envelope[at] >= envelope[low] + _DIP_DB:
            rising, top = True, at
    return [*peaks, top] if rising else peaks
