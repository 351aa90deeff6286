"""`baseline/prosody`: names the emotion from how the voice sounds, by a rule and without a model.

The voice is placed by its measures at an arousal and a valence in -1..1, and the nearest candidate label is
named. That pitch, pitch range, level and speaking rate rise with arousal, and that the voice tells much less
of valence, is the common finding of P. N. Juslin and P. Laukka, "Communication of emotions in vocal expression
and music performance", Psychological Bulletin 129 (2003), 770-814. What counts as middling:

- pitch 157 Hz, half way in semitones between typical male and female voices of 119 and 207 Hz (H. Traunmüller
  and A. Eriksson, "The frequency range of the voice fundamental in the speech of male and female adults",
  Stockholm University, 1995). Who speaks is not known, so pitch says little;
- level -26 dB, at which speech material is customarily presented in listening tests (ITU-T P.56 tells how to
  measure it). How a clip was recorded is not known, so level says little either;
- a pitch range of 8 semitones from 10th to 90th percentile, a fall of 3 semitones per second (pitch declines
  over a plain statement) and 4 syllables per second: Cuewise's own choice.

The weights are chosen by hand and fitted to no data.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from cuewise.errors import ClipBrokenError, PermanentModelError
from cuewise.models.local import final_line, sample_of
from cuewise.models.protocol import Completion, MediaPart, Modality, ReadMedia, Request
from cuewise.records import MediaRef, Prosody

PITCH_HZ: Final = 157.0
RANGE_ST: Final = 8.0
LEVEL_DB: Final = -26.0
RATE_PER_S: Final = 4.0
SLOPE_ST_PER_S: Final = -3.0

_RULE_VERSION: Final = 1  # raise it with any change to the rule, so that old answers are not reused
_SECOND_WITHIN: Final = 0.15  # a second label is named where it is no farther than this beyond the nearest
_REMEMBERED: Final = 512  # clips whose measures are kept


class ProsodyBaseline:
    """Listens only. Measures in a worker thread, so that other calls go on meanwhile."""

    takes = frozenset({Modality.AUDIO})
    reads_sample = True

    def __init__(self, name: str, read_media: ReadMedia) -> None:
        self.name = name
        self.parameters: dict[str, Any] = {"rule": _RULE_VERSION, "placements": placements_hash()}

        @lru_cache(maxsize=_REMEMBERED)
        def measure(media: MediaRef) -> Prosody:
            from cuewise.media.prosody import measure_prosody, read_wav

            return measure_prosody(*read_wav(read_media(media)))

        self._measure = measure

    async def generate(self, request: Request) -> Completion:
        """Answer in numbered steps that cite the measures.

        Raises:
            PermanentModelError: the request has no sample, or its sound is not a WAV file.
        """
        sample = sample_of(request, self.name)
        media = _sound(request)
        try:
            prosody = await asyncio.to_thread(self._measure, media) if media else None
        except ClipBrokenError as error:
            raise PermanentModelError(
                f"{self.name} cannot read the sound of {sample.id}: {error}", kind="bad_media"
            ) from error
        steps = describe(prosody) if prosody else ["This baseline only listens, and it hears nothing."]
        valence, arousal = place(prosody) if prosody else (0.0, 0.0)
        if prosody:
            steps.append(
                f"Together these measures place the voice at arousal {arousal:+.2f} and valence {valence:+.2f}"
                " on scales from -1 to 1."
            )
        labels = nearest_labels(sample.label_set, valence, arousal, most=2 if sample.multi_label else 1)
        lines = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
        return Completion(text="\n".join([*lines, final_line(labels)]))

    async def close(self) -> None:
        """Nothing is held."""


def _sound(request: Request) -> MediaRef | None:
    parts = (part for message in request.messages for part in message.parts)
    sounds = (part.media for part in parts if isinstance(part, MediaPart))
    return next((media for media in sounds if media.mime.startswith("audio/")), None)


def describe(prosody: Prosody) -> list[str]:
    """One sentence per measure, with its number; without voice, only its level."""
    sentences = []
    if prosody.f0_median_hz is not None:
        off = _semitones(prosody.f0_median_hz, PITCH_HZ)
        sentences.append(
            f"The median pitch is {prosody.f0_median_hz:.0f} Hz, {abs(off):.1f} semitones"
            f" {'above' if off >= 0 else 'below'} the middle of speaking voices."
        )
        sentences.append(f"The pitch ranges over {_range(prosody):.1f} semitones.")
    if prosody.f0_slope_st_per_s is not None:
        way = "rises" if prosody.f0_slope_st_per_s >= 0 else "falls"
        sentences.append(f"The pitch {way} by {abs(prosody.f0_slope_st_per_s):.1f} semitones per second.")
    sentences.append(f"The level of the sound is {prosody.loudness_db:.1f} dB relative to full scale.")
    if prosody.rate_syllables_per_s is not None:
        sentences.append(f"The speaking rate is {prosody.rate_syllables_per_s:.1f} syllables per second.")
    if prosody.pauses:
        pauses = "1 pause" if len(prosody.pauses) == 1 else f"{len(prosody.pauses)} pauses"
        sentences.append(f"The speech has {pauses}, {_paused(prosody):.1f} s in all.")
    return sentences


def place(prosody: Prosody) -> tuple[float, float]:
    """Valence and arousal of a voice, each in -1..1; (0, 0) where there is too little voice."""
    if prosody.f0_median_hz is None:
        return 0.0, 0.0
    pitch = _semitones(prosody.f0_median_hz, PITCH_HZ) / 6
    spread = (_range(prosody) - RANGE_ST) / 4
    level = (prosody.loudness_db - LEVEL_DB) / 10
    rate = ((prosody.rate_syllables_per_s or RATE_PER_S) - RATE_PER_S) / 2
    slope = (
        SLOPE_ST_PER_S if prosody.f0_slope_st_per_s is None else prosody.f0_slope_st_per_s
    ) - SLOPE_ST_PER_S
    paused = _paused(prosody) / prosody.duration_s
    arousal = 0.35 * level + 0.3 * pitch + 0.2 * spread + 0.15 * rate - paused
    # Joy is told from anger by a lively, rising pitch without great force; faintness says nothing.
    valence = 0.2 * spread + 0.05 * slope - 0.4 * max(level, 0.0) - 0.5 * paused
    return _bounded(valence), _bounded(arousal)


def nearest_labels(label_set: Sequence[str], valence: float, arousal: float, most: int = 1) -> list[str]:
    """The candidates nearest to a place, in the candidates' order: one, or up to `most` if about as near.

    Distance is Euclidean; where a candidate has no arousal (sentiments), it is that of valence alone.
    Candidates that are not in `affect.toml` stand in the middle. Of equally near ones the first is taken.
    """
    table = placements()
    places = [table.get(label.casefold(), (0.0, 0.0)) for label in label_set]
    by_valence = any(len(place) == 1 for place in places)
    target = (valence,) if by_valence else (valence, arousal)
    distances = [math.dist(place[: len(target)], target) for place in places]
    ranked = sorted(range(len(label_set)), key=distances.__getitem__)[:most]
    near = [i for i in ranked if distances[i] <= distances[ranked[0]] + _SECOND_WITHIN]
    return [label_set[i] for i in sorted(near)]


@cache
def placements() -> Mapping[str, tuple[float, ...]]:
    """`affect.toml`: (valence, arousal), or (valence,), of each label in lower case."""
    return {label: tuple(place) for label, place in tomllib.loads(_placements_text()).items()}


@cache
def placements_hash() -> str:
    """SHA-256 of `affect.toml`."""
    return hashlib.sha256(_placements_text().encode()).hexdigest()


@cache
def _placements_text() -> str:
    return files("cuewise.models").joinpath("affect.toml").read_text(encoding="utf-8")


def _semitones(hertz: float, reference_hz: float) -> float:
    return 12 * math.log2(hertz / reference_hz)


def _range(prosody: Prosody) -> float:
    """Pitch range in semitones, 10th to 90th percentile."""
    assert prosody.f0_p10_hz is not None and prosody.f0_p90_hz is not None, "given with the median"
    return _semitones(prosody.f0_p90_hz, prosody.f0_p10_hz)


def _paused(prosody: Prosody) -> float:
    """Seconds of pause in all."""
    return sum(pause.end_s - pause.start_s for pause in prosody.pauses)


def _bounded(value: float) -> float:
    return max(-1.0, min(1.0, value))
