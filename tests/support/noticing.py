"""A model that reads degraded media less well, to a known degree: what a modality study must find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cuewise.models.attending import Attending
from cuewise.models.protocol import Completion, MediaPart, Modality, Request


class Noticing:
    """`simulated/attending`, whose rates are multiplied by a factor where media arrives that was treated.

    It tells from the bytes alone: a piece is treated if the store has it under a treatment's key, and frames are
    shuffled if they come in another order than the clip's.

    Args:
        media: root of the media store.
        factors: by `Treatment.name`, or `shuffled`: what remains of `sees` (`hears` for noise in the sound).
        rates: as for `Attending`.
    """

    name = "test/noticing"
    takes = frozenset(Modality)
    reads_sample = True

    def __init__(self, media: Path, factors: Mapping[str, float], **rates: float) -> None:
        self._media = media
        self._factors = factors
        self._rates = rates
        self.parameters: dict[str, Any] = {"factors": dict(factors), "rates": rates}
        self._kept: dict[str, tuple[list[str], str | None]] = {}

    async def generate(self, request: Request) -> Completion:
        rates = {"sees": 0.6, "hears": 0.4, **self._rates}
        for treatment in self.treatments_of(request):
            rate = "hears" if treatment.startswith("sound") else "sees"
            rates[rate] *= self._factors.get(treatment, 1.0)
        return await Attending({name: str(rate) for name, rate in rates.items()}).generate(request)

    async def close(self) -> None:
        pass

    def treatments_of(self, request: Request) -> set[str]:
        """Names of the treatments that the request's media had."""
        sent = [
            part.media.sha256
            for message in request.messages
            for part in message.parts
            if isinstance(part, MediaPart)
        ]
        for file in self._media.glob("clips-*/*/*.json"):
            if file.name not in self._kept:
                body = json.loads(file.read_text())
                frames = [frame["image"]["sha256"] for frame in body["frames"]]
                self._kept[file.name] = frames, body["audio"] and body["audio"]["wav"]["sha256"]
        found = set()
        for name, (frames, sound) in self._kept.items():
            pictures = [sha for sha in sent if sha in frames]
            _, plus, key = name.removesuffix(".json").partition("+")
            if plus and (sound in sent if key.startswith("sound") else pictures):
                found.add(key.partition("-seed")[0].removesuffix("-v1"))
            elif not plus and frames and sorted(pictures) == sorted(frames) and pictures != frames:
                found.add("shuffled")
        return found
