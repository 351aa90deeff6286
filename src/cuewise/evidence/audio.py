"""Agent: the sound, as the dataset's clue tells it and as the waveform measures."""

from __future__ import annotations

from collections.abc import Iterator
from math import log2

from cuewise.records import ClipMedia, Evidence, EvidenceKind, Measure, Prosody, Sample, Span


def audio_evidence(sample: Sample, media: ClipMedia | None) -> tuple[Evidence, ...]:
    """A1, A2, ...: the supplied clue first, then one piece per measured property of the voice.

    A property that could not be measured is left out. The clue spans the clip, as far as its length is known.
    """
    pieces: list[tuple[Span, str, Measure | None]] = []
    if sample.audio_clue and sample.audio_clue.strip():
        duration_s = media.facts.duration_s if media else 0.0
        pieces.append((Span(start_s=0, end_s=duration_s), sample.audio_clue.strip(), None))
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


def _pauses(pauses: tuple[Span, ...], whole: Span) -> Iterator[tuple[Span, str, Measure | None]]:
    """How many pauses, then each with its times."""
    noun = "pause" if len(pauses) == 1 else "pauses"
    text = f"{len(pauses) or 'no'} {noun} of at least 0.2 s"
    yield whole, text, Measure(name="pauses", value=len(pauses), unit="count")
    for pause in pauses:
        text = f"pause from {pause.start_s:.1f} to {pause.end_s:.1f} s"
        yield pause, text, Measure(name="pause", value=pause.end_s - pause.start_s, unit="s")
