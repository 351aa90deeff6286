"""What the judges that ask a model in Cuewise's own words share: asking until a reply is in form."""

from __future__ import annotations

from collections.abc import Sequence

from cuewise.models.protocol import Ask, Request
from cuewise.records import Evidence, EvidenceKind, Sample, Step, Verdict
from cuewise.replies import ask_until_parsed


class AskingJudge:
    """Asks a multimodal model once for all steps of an answer; a subclass says what, and reads the reply.

    Args:
        model_name: the model behind `ask`, for names and messages.
        max_tries: how many replies are read at most before giving up.
        sees: whether the model takes pictures; one that does not judges by sound and words, without the frames.
    """

    def __init__(self, model_name: str, max_tries: int = 3, *, sees: bool = True) -> None:
        self.name = model_name
        self.max_tries = max_tries
        self.needs_frames = sees

    async def judge(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], ask: Ask | None
    ) -> tuple[Verdict, ...]:
        """One verdict per step.

        Raises:
            ReplyError: no reply within `max_tries` was complete and in form.
            ModelError: a call failed.
            ValueError: there is no model to ask.
        """
        if ask is None:
            raise ValueError(f"judge {self.name} needs a model to ask")
        if not self.needs_frames:
            evidence = [piece for piece in evidence if piece.kind is not EvidenceKind.FRAME]
        return await ask_until_parsed(
            ask,
            lambda attempt: self.request(sample, steps, evidence, attempt),
            lambda text: self.read(text, sample, steps, evidence),
            max_tries=self.max_tries,
            what=f"{sample.id}: judge {self.name}",
        )

    def request(
        self, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence], attempt: int
    ) -> Request:
        """What the model is asked."""
        raise NotImplementedError

    def read(
        self, text: str, sample: Sample, steps: Sequence[Step], evidence: Sequence[Evidence]
    ) -> tuple[Verdict, ...]:
        """The verdicts in a reply; raises ReplyError where it is not in form."""
        raise NotImplementedError
