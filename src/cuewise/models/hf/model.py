"""The adapter: a model of Hugging Face transformers that is asked like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cuewise.errors import ModelError
from cuewise.models.hf.batches import Batches, Entry
from cuewise.models.hf.conversation import check_media, likeness
from cuewise.models.hf.generation import Call, Weights, release_memory
from cuewise.models.hf.reading import Opened
from cuewise.models.protocol import Completion, Modality, ReadMedia, Request, call_key, canonical_call

WAIT_S: Final = 0.1
"""How long a call waits for others to make a batch with."""


class TransformersModel:
    """A model in this process. Weights are loaded by the first call, in the thread in which all calls are made.

    Args:
        opened: its configuration and processor.
        read_media: gives the bytes of stored media; called in the worker thread.
        parameters: what beside the name changes its answers.
        takes: what it is given, of what it could be; None for all.
        device: where it runs: `cpu`, `cuda`, `cuda:1`, `mps`.
        dtype: `auto` for the checkpoint's own, or a name of torch's.
        batch: calls that are made together at most.
    """

    reads_sample = False

    def __init__(
        self,
        opened: Opened,
        *,
        read_media: ReadMedia,
        parameters: Mapping[str, Any],
        takes: frozenset[Modality] | None = None,
        device: str = "cpu",
        dtype: str = "auto",
        batch: int = 1,
    ) -> None:
        self.name = opened.name
        self.takes = opened.takes if takes is None else takes
        self.parameters: dict[str, Any] = dict(parameters)
        self._opened = opened
        self._read_media = read_media
        self._device, self._dtype = device, dtype
        self._weights: Weights | ModelError | None = None
        self._batches: Batches[Call, Completion] = Batches(
            self._make,
            size=batch,
            wait_s=WAIT_S,
            alike=lambda call: likeness(call.request),
            after_failure=release_memory,
        )

    async def generate(self, request: Request) -> Completion:
        """Make one call; see `Model.generate`. The event loop is free meanwhile, and cancelling stops the call at
        its next token."""
        check_media(request, self._opened)
        # The dice of a call are its own key: the same call draws the same, another epoch or attempt something else.
        seed = int(call_key(canonical_call(self, request))[:15], 16)
        return await self._batches.submit(Call(request, seed))

    async def close(self) -> None:
        """Stop what is being made and let go of the weights. A later call loads them again."""
        await self._batches.close()
        self._weights = None
        release_memory()

    def _make(self, batch: Sequence[Entry[Call, Completion]]) -> list[Completion]:
        if self._weights is None:
            try:
                self._weights = Weights(self._opened, device=self._device, dtype=self._dtype)
            except ModelError as error:
                self._weights = error  # it will not load the next time either
        if isinstance(self._weights, ModelError):
            raise self._weights
        return self._weights.complete(
            [entry.item for entry in batch],
            self._read_media,
            [lambda entry=entry: entry.abandoned for entry in batch],  # type: ignore[misc]
        )
