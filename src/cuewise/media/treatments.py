"""How what a model is given of a clip may differ from the clip, in studies of what it relies on."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import Final, Literal

from pydantic import model_validator

from cuewise.records import ClipMedia, Record

FEWEST_FRAMES: Final = 3
"""Of fewer the order says too little to be shuffled."""
_VERSION: Final = 1
"""To be raised whenever the same clip and treatment would give other bytes."""


class TreatmentKind(StrEnum):
    """What is changed."""

    BLUR = "blur"
    """The picture is blurred by a Gaussian."""
    PICTURE_NOISE = "picture-noise"
    """Gaussian noise is added to the brightness of the picture."""
    SOUND_NOISE = "sound-noise"
    """Noise is added to the sound."""
    CONFLICT = "conflict"
    """The sound is that of another clip, with other gold labels."""
    SHUFFLED = "shuffled"
    """The frames stand in another order, at the times of the right one."""


BY_LEVEL: Final = {
    TreatmentKind.BLUR: (0.0005, 0.25),
    TreatmentKind.PICTURE_NOISE: (-5.0, 60.0),
    TreatmentKind.SOUND_NOISE: (-30.0, 60.0),
}
"""Kinds that have a level, with the lowest and the highest."""
DEGRADING: Final = frozenset(BY_LEVEL)
"""Kinds that make new media of a clip's; the others put in other places what there is."""
_NEEDS: Final = {
    TreatmentKind.BLUR: frozenset({"video"}),
    TreatmentKind.PICTURE_NOISE: frozenset({"video"}),
    TreatmentKind.SOUND_NOISE: frozenset({"audio"}),
    TreatmentKind.CONFLICT: frozenset({"video", "audio"}),
    TreatmentKind.SHUFFLED: frozenset({"video"}),
}


class Treatment(Record):
    """One way to change what the model under test is given. The judge's evidence stays as it is."""

    kind: TreatmentKind
    level: float | None = None
    """Of `blur` the Gaussian's standard deviation as a share of the frame's shorter side; of noise the ratio of signal
    to noise in decibels, of `picture-noise` over the variance of a frame's brightness, of `sound-noise` over the mean
    power of the clip's sound. None for other kinds."""
    spectrum: Literal["white", "speech"] = "white"
    """Of `sound-noise`: equal power at all frequencies, or the long-term spectrum of the clip's own sound."""
    seed: int = 0
    """What noise, pairs and orders are drawn by; not used by `blur`."""

    @model_validator(mode="after")
    def _check(self) -> Treatment:
        if (bounds := BY_LEVEL.get(self.kind)) is None:
            if self.level is not None:
                raise ValueError(f"{self.kind} has no level")
        elif self.level is None or not bounds[0] <= self.level <= bounds[1]:
            raise ValueError(
                f"the level of {self.kind} lies from {bounds[0]:g} to {bounds[1]:g}, not {self.level}"
            )
        return self

    @property
    def needs(self) -> frozenset[str]:
        """The modalities without which there is nothing to change."""
        return _NEEDS[self.kind]

    @property
    def name(self) -> str:
        """Short and plain, fit for a part of a file's name: `blur-0.02`, `sound-noise-speech--5dB`."""
        spectrum = "-speech" if self.spectrum == "speech" else ""
        unit = "" if self.kind is TreatmentKind.BLUR else "dB"
        level = "" if self.level is None else f"-{self.level:g}{unit}"
        return f"{self.kind}{spectrum}{level}"

    def key(self) -> str:
        """What degraded media is kept under, beside the rule that its frames were sampled by."""
        seed = "" if self.kind is TreatmentKind.BLUR else f"-seed{self.seed}"
        return f"{self.name}{seed}-v{_VERSION}"

    def __str__(self) -> str:
        return self.key()


def shuffle_frames(media: ClipMedia, seed: int) -> ClipMedia:
    """The same frames in another order in which none keeps its place, with times and indices as they were.

    The order is a cycle through all frames, drawn by Sattolo's algorithm (Information Processing Letters 22, 1986); it
    depends on the seed and the clip alone.

    Raises:
        ValueError: there are fewer than two frames.
    """
    count = len(media.frames)
    if count < 2:
        raise ValueError("one frame has no order")
    chance = Random(f"{seed} {media.facts.sha256}")  # noqa: S311 - nothing secret is drawn
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = chance.randrange(last)
        order[last], order[other] = order[other], order[last]
    frames = tuple(
        place.model_copy(update={"image": shown.image, "width": shown.width, "height": shown.height})
        for place, shown in zip(media.frames, (media.frames[at] for at in order), strict=True)
    )
    return media.model_copy(update={"frames": frames})
