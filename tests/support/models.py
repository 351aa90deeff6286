"""Small models and samples for tests of what lies around them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cuewise.models.protocol import Completion, Message, Modality, Request, TextPart
from cuewise.records import Clip, Sample


class FakeModel:
    """Answers by a function; remembers what it was asked."""

    takes: frozenset[Modality] = frozenset()
    reads_sample = False

    def __init__(
        self,
        reply: Callable[[Request], Awaitable[Completion]],
        name: str = "fake/model",
        parameters: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.parameters = parameters or {}
        self.asked: list[Request] = []
        self._reply = reply

    async def generate(self, request: Request) -> Completion:
        self.asked.append(request)
        return await self._reply(request)

    async def close(self) -> None:
        pass


class ScriptedAsk:
    """Gives replies in turn and remembers what it was asked."""

    def __init__(self, *replies: str | Completion | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Completion:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return Completion(text=reply) if isinstance(reply, str) else reply


def ask_text(text: str, **fields: Any) -> Request:
    """A request that consists of one text."""
    return Request(messages=(Message(role="user", parts=(TextPart(text=text),)),), **fields)


def text_of(request: Request) -> str:
    """All texts of a request."""
    return "\n".join(
        part.text for message in request.messages for part in message.parts if isinstance(part, TextPart)
    )


def make_sample(number: int = 0, **fields: Any) -> Sample:
    """A sentiment sample without a clip."""
    values: dict[str, Any] = {
        "id": f"SA/clip{number}",
        "task": "SA",
        "clip": Clip(id=f"clip{number}"),
        "question": "What is the sentiment?",
        "label_set": ("negative", "neutral", "positive"),
        "labels": ("positive",),
    }
    return Sample(**{**values, **fields})
