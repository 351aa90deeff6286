"""A model whose replies are given beforehand: for tests and for embedding Cuewise in other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cuewise.counts import how_many
from cuewise.errors import PermanentModelError
from cuewise.models.protocol import Completion, Modality, Request

Reply = Completion | str
"""A completion, or just its text."""


class Scripted:
    """Answers from a function of the request, or from a list in the order of the calls.

    Args:
        name: `provider/model`, as a run should show it.
        replies: what to answer. A function may raise a `ModelError`; an exception in a list is raised in its
            turn. A list that runs out raises `PermanentModelError` of kind `script_ended`.
        takes: what the model can be given; everything by default.
        reads_sample: whether `Request.sample` is part of what it answers from.
    """

    def __init__(
        self,
        name: str,
        replies: Callable[[Request], Reply] | Sequence[Reply | Exception],
        *,
        takes: Iterable[Modality] = tuple(Modality),
        reads_sample: bool = False,
    ) -> None:
        self.name = name
        self.takes = frozenset(takes)
        self.reads_sample = reads_sample
        self.parameters: dict[str, Any] = {}
        self.requests: list[Request] = []
        """Every request so far, in the order in which they came."""
        self._reply = replies if callable(replies) else _in_turn(name, replies)

    async def generate(self, request: Request) -> Completion:
        self.requests.append(request)
        reply = self._reply(request)
        return Completion(text=reply) if isinstance(reply, str) else reply

    async def close(self) -> None:
        """Nothing is held."""


def _in_turn(name: str, replies: Sequence[Reply | Exception]) -> Callable[[Request], Reply]:
    rest = iter(tuple(replies))

    def reply(_: Request) -> Reply:
        try:
            value = next(rest)
        except StopIteration:
            raise PermanentModelError(
                f"{name} was asked more often than the {how_many(len(replies), 'time')} it has replies for",
                kind="script_ended",
            ) from None
        if isinstance(value, Exception):
            raise value
        return value

    return reply
