"""Agent: the sound, as a clue tells it (the dataset's, or a model's that heard it) and as the waveform measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log2
from typing import Final

from cuewise.evidence.told import Told
from cuewise.records import ClipMedia, Evidence, EvidenceKind, Measure, Prosody, Span

LEVEL_ST: Final = 2.0
"""Semitones; a move of less is heard as level in running speech."""


def audio_evidence(clue: Sequence[Told], media: ClipMedia | None) -> tuple[Evidence, ...]:
    """A1, A2, ...: what a clue tells first, then one piece per measured property of the voice.

    A property that could not be measured is left out.
    """
    pieces: list[tuple[Span, str, Measure | None]] = [
        (Span(start_s=told.start_s, end_s=told.end_s), told.text, None) for told in clue
    ]
    if media is not None and media.audio is not None:
        pieces += _measured(media.audio.prosody)
    return tuple(
        Evidence(
            id=f"A{number}",
            kind=EvidenceKind.AUDIO,
            start_s=span.start_s,
            end_s=span.end_s,
            text=text,
            measure=measure,
        )
        for number, (span, text, measure) in enumerate(pieces, 1)
    )


def _measured(prosody: Prosody) -> Iterator[tuple[Span, str, Measure | None]]:
    whole = Span(start_s=0, end_s=prosody.duration_s)
    if (f0 := prosody.f0_median_hz) is not None:
        yield whole, f"median pitch {f0:.0f} Hz", Measure(name="f0_median", value=f0, unit="Hz")
    low, high = prosody.f0_p10_hz, prosody.f0_p90_hz
    if low is not None and high is not None and 0 < low <= high:
        semitones = 12 * log2(high / low)
        text = f"pitch range {low:.0f} to {high:.0f} Hz ({semitones:.1f} semitones, 10th to 90th percentile)"
        yield whole, text, Measure(name="f0_range", value=semitones, unit="semitones")
    if (slope := prosody.f0_slope_st_per_s) is not None:
        text = f"pitch trend {slope:+.1f} semitones per second"
        yield whole, text, Measure(name="f0_slope", value=slope, unit="semitones/s")
    level, spread = prosody.loudness_db, prosody.loudness_range_db
    yield (
        whole,
        f"loudness {level:.1f} dB relative to full scale",
        Measure(name="loudness", value=level, unit="dBFS"),
    )
    yield (
        whole,
        f"loudness range {spread:.1f} dB (10th to 90th percentile)",
        Measure(name="loudness_range", value=spread, unit="dB"),
    )
    if (rate := prosody.rate_syllables_per_s) is not None:
        text = f"speech rate about {rate:.1f} syllables per second"
        yield whole, text, Measure(name="rate", value=rate, unit="syllables/s")
    share = prosody.voiced_fraction
    yield (
        whole,
        f"voiced for {100 * share:.0f} % of the time",
        Measure(name="voiced_fraction", value=share, unit="1"),
    )
    yield from _pauses(prosody.pauses, whole)
    yield from _courses(prosody)


def _pauses(pauses: tuple[Span, ...], whole: Span) -> Iterator[tuple[Span, str, Measure | None]]:
    """How many pauses, then each with its times."""
    noun = "pause" if len(pauses) == 1 else "pauses"
    text = f"{len(pauses) or 'no'} {noun} of at least 0.2 s"
    yield whole, text, Measure(name="pauses", value=len(pauses), unit="count")
    for pause in pauses:
        text = f"pause from {pause.start_s:.1f} to {pause.end_s:.1f} s"
        yield pause, text, Measure(name="pause", value=pause.end_s - pause.start_s, unit="s")


def _courses(prosody: Prosody) -> Iterator[tuple[Span, str, Measure | None]]:
    """How pitch, loudness and rate move within the clip."""
    for move in prosody.pitch_moves:
        by = move.semitones
        way = "level" if abs(by) < LEVEL_ST else "rising" if by > 0 else "falling"
        text = f"pitch {way}, from {move.start_hz:.0f} to {move.end_hz:.0f} Hz ({by:+.1f} semitones)"
        yield (
            Span(start_s=move.start_s, end_s=move.end_s),
            text,
            Measure(name="pitch_move", value=by, unit="semitones"),
        )
    for loud in prosody.loud_stretches:
        text = f"loudness stands out, up to {loud.above_median_db:.1f} dB above the median"
        measure = Measure(name="loud_stretch", value=loud.above_median_db, unit="dB")
        yield Span(start_s=loud.start_s, end_s=loud.end_s), text, measure
    for rate in prosody.rates:
        text = f"speech rate here about {rate.syllables_per_s:.1f} syllables per second"
        measure = Measure(name="local_rate", value=rate.syllables_per_s, unit="syllables/s")
        yield Span(start_s=rate.start_s, end_s=rate.end_s), text, measure
