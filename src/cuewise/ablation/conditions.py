"""The ways in which a study gives a model the same clips."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from cuewise.errors import InputError
from cuewise.media.treatments import BY_LEVEL, Treatment, TreatmentKind


class ConditionKind(StrEnum):
    """What a condition varies."""

    TOGETHER = "together"
    """All modalities of the study: what the others are compared with."""
    VIDEO = "video"
    AUDIO = "audio"
    WORDS = "words"
    """The transcript alone."""
    NOTHING = "nothing"
    """The question alone."""
    CONFLICT = "conflict"
    """As `TreatmentKind`, as all that follow."""
    SHUFFLED = "shuffled"
    BLUR = "blur"
    PICTURE_NOISE = "picture-noise"
    SOUND_NOISE = "sound-noise"


ALONE: Final = {
    ConditionKind.VIDEO: "video",
    ConditionKind.AUDIO: "audio",
    ConditionKind.WORDS: "text",
}
"""The one modality that a condition gives."""
MODALITIES: Final = tuple(ALONE.values())
"""In the order in which they are told."""


@dataclass(frozen=True)
class Levels:
    """How strongly media is degraded, each level being a condition of its own."""

    blur: tuple[float, ...] = (0.02, 0.04)
    """At 0.02 of a frame's shorter side the mouth is a smear, at 0.04 the face has no features."""
    picture_noise_db: tuple[float, ...] = (5.0, -5.0)
    """At 5 dB the face is plain to see, at -5 dB hardly."""
    sound_noise_db: tuple[float, ...] = (5.0, -5.0)
    spectrum: Literal["white", "speech"] = "white"
    """Of the noise in the sound."""
    seed: int = 0
    """What noise, pairs and orders are drawn by."""


@dataclass(frozen=True)
class Condition:
    """One way to give the clips."""

    kind: ConditionKind
    modalities: tuple[str, ...]
    """What the model is sent, in the order of `MODALITIES`."""
    treatment: Treatment | None = None

    @property
    def name(self) -> str:
        """Fit for the end of a run's name: `video`, `blur-0.02`."""
        return self.kind.value if self.treatment is None else self.treatment.name


@dataclass(frozen=True)
class LeftOut:
    """A condition that a study does without."""

    kind: ConditionKind
    why: str


def parse_kinds(names: Sequence[str] | None) -> tuple[ConditionKind, ...]:
    """The kinds of conditions that are named, `together` first, with which all others are compared; None for all.

    Raises:
        InputError: there is none of that name.
    """
    if names is None:
        return tuple(ConditionKind)
    known = [kind.value for kind in ConditionKind]
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"there is no condition {', '.join(unknown)}: choose from {', '.join(known)}")
    return tuple(kind for kind in ConditionKind if kind is ConditionKind.TOGETHER or kind.value in names)


def conditions_of(
    kinds: Collection[ConditionKind], modalities: Collection[str], levels: Levels
) -> tuple[list[Condition], list[LeftOut]]:
    """The conditions of a study, and which of those that are wanted make no sense in it.

    Args:
        modalities: what the model is sent in `together`; at least one.

    Raises:
        InputError: a level is out of its range.
    """
    whole = tuple(modality for modality in MODALITIES if modality in modalities)
    conditions: list[Condition] = []
    left_out: list[LeftOut] = []
    for kind in ConditionKind:
        if kind not in kinds:
            continue
        if why := _why_not(kind, whole):
            left_out.append(LeftOut(kind, why))
        else:
            conditions += _of_kind(kind, whole, levels)
    return conditions, left_out


def _why_not(kind: ConditionKind, whole: tuple[str, ...]) -> str:
    """Why a condition cannot be had of these modalities; empty where it can."""
    if (alone := ALONE.get(kind)) is not None:
        if alone not in whole:
            return f"the model is given no {_NOUNS[alone]}"
        return "it is the same as together" if len(whole) == 1 else ""
    for modality in ("video", "audio"):
        if modality in _needs(kind) and modality not in whole:
            return f"the model is given no {_NOUNS[modality]}"
    return ""


_NOUNS: Final = {"video": "picture", "audio": "sound", "text": "transcript"}


def _needs(kind: ConditionKind) -> frozenset[str]:
    treatments = [each for each in TreatmentKind if each.value == kind.value]
    level = {each: BY_LEVEL[each][1] if each in BY_LEVEL else None for each in treatments}
    return frozenset().union(*(Treatment(kind=each, level=level[each]).needs for each in treatments))


def _of_kind(kind: ConditionKind, whole: tuple[str, ...], levels: Levels) -> Iterator[Condition]:
    match kind:
        case ConditionKind.TOGETHER:
            yield Condition(kind, whole)
        case ConditionKind.NOTHING:
            yield Condition(kind, ())
        case ConditionKind.VIDEO | ConditionKind.AUDIO | ConditionKind.WORDS:
            yield Condition(kind, (ALONE[kind],))
        case ConditionKind.CONFLICT:
            # The words go with the sound: a transcript beside it would give either of them two voices.
            treatment = Treatment(kind=TreatmentKind.CONFLICT, seed=levels.seed)
            yield Condition(kind, ("video", "audio"), treatment)
        case ConditionKind.SHUFFLED:
            yield Condition(kind, whole, Treatment(kind=TreatmentKind.SHUFFLED, seed=levels.seed))
        case ConditionKind.BLUR:
            for level in dict.fromkeys(levels.blur):
                yield Condition(kind, whole, _at(TreatmentKind.BLUR, level))
        case ConditionKind.PICTURE_NOISE:
            for level in dict.fromkeys(levels.picture_noise_db):
                yield Condition(kind, whole, _at(TreatmentKind.PICTURE_NOISE, level, seed=levels.seed))
        case ConditionKind.SOUND_NOISE:
            for level in dict.fromkeys(levels.sound_noise_db):
                treatment = _at(TreatmentKind.SOUND_NOISE, level, seed=levels.seed, spectrum=levels.spectrum)
                yield Condition(kind, whole, treatment)


def _at(
    kind: TreatmentKind, level: float, *, seed: int = 0, spectrum: Literal["white", "speech"] = "white"
) -> Treatment:
    low, high = BY_LEVEL[kind]
    if not (math.isfinite(level) and low <= level <= high):
        raise InputError(f"the level of {kind} lies from {low:g} to {high:g}, not {level:g}")
    return Treatment(kind=kind, level=level, seed=seed, spectrum=spectrum)
