"""`simulated/attending`: a model that relies on what it is given exactly as far as it is told to.

It validates modality studies: whoever knows how well each modality is read, which one is followed in conflict and how
often evidence is invented can check what a study finds. Like the other simulated models it reads the sample's
annotations in place of the clip, but of a modality that is in the request only; it does not notice that media is
degraded. Its scores say nothing about any model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from cuewise.cues import channels
from cuewise.models.local import check_names, final_line, probability, sample_of, whole_number
from cuewise.models.protocol import Completion, MediaPart, Modality, Request, TextPart
from cuewise.models.simulated import VERSION_NOTE, make_claims
from cuewise.records import Cue, Sample

NAME: Final = "simulated/attending"

_VERSION: Final = 1  # to be raised with every change of what is answered, as calls of the old kind are stored
_USUAL: Final = {"sees": 0.6, "hears": 0.4, "reads": 0.3, "follows_sound": 0.25, "invents": 0.3}
_CLAIMS: Final = 3
"""Most claims of an answer for each of picture and sound."""


class Attending:
    """Reads each modality rightly in a known share of samples, and knows when it does.

    Readings are independent: a sample that is read rightly from the picture alone is read so in all conditions. Where
    picture and sound are read rightly and disagree, the sound is followed with a known probability; the words go with
    the sound. Where nothing is read rightly, a candidate is guessed.
    """

    takes = frozenset(Modality)
    reads_sample = True

    def __init__(self, args: Mapping[str, str]) -> None:
        """
        Args:
            args: `sees`, `hears`, `reads` (share of samples whose label it reads rightly from picture, sound, words),
                `follows_sound` (in conflict), `invents` (share of answers with a claim about what was not given), each
                0 to 1; `seed`, a whole number.

        Raises:
            InputError: an argument that is not known or not in its range.
        """
        check_names(args, (*_USUAL, "seed"), NAME)
        self.name = NAME
        self._rates = {name: probability(args, name, usual, NAME) for name, usual in _USUAL.items()}
        self._seed = whole_number(args, "seed", 0, NAME)
        self.parameters: dict[str, Any] = {"version": _VERSION, "seed": self._seed, **self._rates}

    async def generate(self, request: Request) -> Completion:
        sample, given = sample_of(request, NAME), given_in(request)
        claims = self._claims(sample, given, request.epoch)
        labels = self._labels(sample, given, request.epoch)
        lines = [f"{number}. {claim}" for number, claim in enumerate(claims, start=1)]
        return Completion(text="\n".join([*lines, final_line(labels)]), model=VERSION_NOTE)

    async def close(self) -> None:
        """Nothing is held."""

    def _labels(self, sample: Sample, given: frozenset[Modality], epoch: int) -> tuple[str, ...]:
        """What it settles on, from what it reads rightly."""
        source = sample.sound_from
        heard_in, heard = (sample.id, sample.labels) if source is None else (source.sample, source.labels)
        seen = self._reads("sees", Modality.VIDEO, given, sample.id, epoch)
        listened = any(
            self._reads(rate, modality, given, heard_in, epoch)
            for rate, modality in (("hears", Modality.AUDIO), ("reads", Modality.TEXT))
        )
        chance = self._dice("settle", sample.id, epoch)
        if seen and listened:
            return heard if chance.random() < self._rates["follows_sound"] else sample.labels
        if seen or listened:
            return sample.labels if seen else heard
        return (chance.choice(sample.label_set),)

    def _reads(self, rate: str, modality: Modality, given: frozenset[Modality], of: str, epoch: int) -> bool:
        return modality in given and self._dice(rate, of, epoch).random() < self._rates[rate]

    def _claims(self, sample: Sample, given: frozenset[Modality], epoch: int) -> list[str]:
        """True claims about what was given and, now and then, one about what was not."""
        chance = self._dice("claims", sample.id, epoch)
        claims: list[str] = []
        for modality in (Modality.VIDEO, Modality.AUDIO):
            cues = [cue for cue in sample.cues if _shows_in(cue, modality)]
            if modality in given:
                claims += make_claims(cues, 0.0, chance)[:_CLAIMS]
        missing = [modality for modality in (Modality.VIDEO, Modality.AUDIO) if modality not in given]
        if missing and self._dice("invents", sample.id, epoch).random() < self._rates["invents"]:
            claims += make_claims([_made_up(chance.choice(missing), chance)], 0.0, chance)
        return claims

    def _dice(self, what: str, of: str, epoch: int) -> Random:
        text = f"{self._seed}\0{what}\0{epoch}\0{of}".encode("utf-8", "surrogatepass")
        return Random(int.from_bytes(hashlib.sha256(text).digest(), "big"))  # noqa: S311 - nothing secret is drawn


def given_in(request: Request) -> frozenset[Modality]:
    """The modalities that a request holds; a transcript is known by the sample's own words in it."""
    parts = [part for message in request.messages for part in message.parts]
    kinds = {part.media.mime.partition("/")[0] for part in parts if isinstance(part, MediaPart)}
    sample = request.sample
    words = sample.transcript if sample is not None else None
    told = bool(words) and any(isinstance(part, TextPart) and str(words) in part.text for part in parts)
    return frozenset(
        modality
        for modality, there in (
            (Modality.VIDEO, bool(kinds & {"image", "video"})),
            (Modality.AUDIO, "audio" in kinds),
            (Modality.TEXT, told),
        )
        if there
    )


def _shows_in(cue: Cue, modality: Modality) -> bool:
    channel = channels().get(cue.channel)
    return channel is not None and channel.modality == modality.value


def _made_up(modality: Modality, chance: Random) -> Cue:
    """A cue that nobody annotated."""
    channel = chance.choice([each for each in channels().values() if each.modality == modality.value])
    return Cue(channel=channel.name, value=chance.choice(list(channel.values)), start_s=0.0, end_s=1.0)
