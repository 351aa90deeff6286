"""What every judge offers: steps and evidence go in, one verdict per step comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cuewise.models.protocol import Ask
from cuewise.records import Evidence, Sample, Step, Verdict


class Judge(Protocol):
    """Rates steps under one of the protocols (`records.Protocol`)."""

    name: str
    """`offline/rules`, or the name of the model that it asks."""
    needs_frames: bool
    """Whether it cannot judge a clip that was not decoded."""

    async def judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
    ) -> tuple[Verdict, ...]:
        """One verdict per step, in the order of the steps; the last is on the label alone.

        `ask` reaches the judge's model and is None where it has none.

        Raises:
            ReplyError: the judge's model gave no usable reply within its bound of tries.
            ModelError: a call failed.
        """
        ...
