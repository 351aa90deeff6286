"""What every extractor offers: an answer goes in, atomic steps come out, the last names the label."""

from __future__ import annotations

from typing import Final, Protocol

from cuewise.models.protocol import Ask
from cuewise.records import Answer, Sample, Step

MAX_STEPS: Final = 64
"""Reasoning steps that one answer may have."""


class Extractor(Protocol):
    """Turns an answer into steps numbered from 1; at least one, and only the last has `labels`."""

    name: str
    """`offline/rules`, or the name of the model that it asks."""

    async def extract(self, sample: Sample, answer: Answer, ask: Ask | None) -> tuple[Step, ...]:
        """The steps of one answer; `ask` reaches the extractor's model and is None where it has none.

        Raises:
            ReplyError: the extractor's model gave no usable reply within its bound of tries.
            ModelError: a call failed.
        """
        ...


def numbered(reasons: list[str], label_text: str, labels: tuple[str, ...]) -> tuple[Step, ...]:
    """Reasoning steps in order, then the label step."""
    steps = [Step(index=index, text=text) for index, text in enumerate(reasons, 1)]
    return (*steps, Step(index=len(steps) + 1, text=label_text, labels=labels))
