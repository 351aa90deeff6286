"""Names of the ways in which a study gives clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cuewise.ablation.conditions import ConditionKind
from cuewise.media.treatments import Treatment, TreatmentKind
from cuewise.reports.words.phrases import listed

NAMES: Final = {
    ConditionKind.TOGETHER: "all together",
    ConditionKind.VIDEO: "picture alone",
    ConditionKind.AUDIO: "sound alone",
    ConditionKind.WORDS: "words alone",
    ConditionKind.NOTHING: "no clip, the question alone",
    ConditionKind.CONFLICT: "sound of another clip",
    ConditionKind.SHUFFLED: "frames shuffled",
}
GIVEN: Final = {"video": "picture", "audio": "sound", "text": "words"}
"""Modalities in plain words, in the order in which they are told."""
_DEGRADED: Final = {
    TreatmentKind.BLUR: "blurred",
    TreatmentKind.PICTURE_NOISE: "picture in noise",
    TreatmentKind.SOUND_NOISE: "sound in noise",
}


def condition_name(kind: ConditionKind, treatment: Treatment | None) -> str:
    """A condition in a few plain words."""
    return NAMES[kind] if treatment is None else treatment_name(treatment)


def treatment_name(treatment: Treatment) -> str:
    """What was done to the clips, in a few plain words.

    >>> treatment_name(Treatment(kind=TreatmentKind.SOUND_NOISE, level=-5, spectrum="speech"))
    'sound in speech-shaped noise, −5 dB'
    """
    kind = treatment.kind
    if treatment.level is None:
        return NAMES[ConditionKind(kind.value)]
    words = _DEGRADED[kind]
    if treatment.spectrum == "speech":
        words = words.replace("noise", "speech-shaped noise")
    level = f"{100 * treatment.level:g} %" if kind is TreatmentKind.BLUR else decibels(treatment.level)
    return f"{words}, {level}"


def given_words(modalities: Sequence[str]) -> str:
    """What of a clip a model was given.

    >>> given_words(["video", "audio"]), given_words(["video"]), given_words([])
    ('picture and sound', 'picture only', 'the question only')
    """
    if len(modalities) > 1:
        return listed([GIVEN[name] for name in GIVEN if name in modalities])
    return f"{GIVEN[modalities[0]]} only" if modalities else "the question only"


def decibels(level: float) -> str:
    """A ratio of signal to noise.

    >>> decibels(-5.0)
    '−5 dB'
    """
    return f"{level:g} dB".replace("-", "−")
