"""The common face of agents that ask a model about a clip: it describes, hears or writes down for a judge.

They are blind: an agent is handed a clip's media and nothing of any sample, so that its request cannot carry a
question, a candidate or a label, and two samples on one clip share its calls.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cuewise.evidence.told import Told
from cuewise.models.protocol import Ask, Model
from cuewise.records import ClipMedia, EvidenceKind


class EvidenceAgent(Protocol):
    """Tells of a clip in words."""

    name: str
    """Of the model behind it."""
    kind: EvidenceKind
    """What its pieces become."""

    async def tell(self, media: ClipMedia, ask: Ask) -> tuple[Told, ...]:
        """What there is to tell, in time order; nothing where the clip has no sound, or no picture, to ask about.

        Raises:
            ReplyError: no reply within the bound was complete and in form.
            ModelError: a call failed.
        """
        ...


class EvidenceSeat(NamedTuple):
    """An agent and whom it asks."""

    agent: EvidenceAgent
    model: Model
