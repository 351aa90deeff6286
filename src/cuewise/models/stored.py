"""A model whose answers are all stored already: it stands for one that need not be there any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cuewise.errors import PermanentModelError
from cuewise.models.protocol import Completion, Modality, Request, VideoForm


class StoredModel:
    """What keys its calls, and nothing that could make one.

    Args:
        name: `provider/model`.
        parameters: as they were when its calls were made.
        sent: what it was sent of each clip.
    """

    reads_sample = False
    video_forms = frozenset(VideoForm)
    """What it was sent, it can be sent."""

    def __init__(self, name: str, parameters: Mapping[str, Any], sent: Collection[str]) -> None:
        self.name = name
        self.parameters: dict[str, Any] = dict(parameters)
        self.takes = frozenset({Modality.TEXT, *map(Modality, sent)})

    async def generate(self, request: Request) -> Completion:
        """Make no call.

        Raises:
            PermanentModelError: always.
        """
        raise PermanentModelError(f"{self.name} is not opened where only its stored answers are wanted")

    async def close(self) -> None:
        """Nothing is held."""
