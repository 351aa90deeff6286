"""What tells two runs apart whatever they are called: a hash of what was answered and how it was judged."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from cuewise.records import Outcome

_ENOUGH: Final = 1000
"""Characters of answers: of a handful of single words, two models may well give the same."""


class AnswerHash:
    """SHA-256 over answers, what was sent for them, and verdicts, sample by sample; holds no outcome."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._characters = 0

    def add(self, *outcomes: Outcome) -> None:
        """Take in one sample: its outcome, or its outcomes in order of epoch."""
        for outcome in outcomes:
            if outcome.answer is None:
                continue
            self._characters += len(outcome.answer.text)
            judged = [[verdict.step, verdict.rating, verdict.reason] for verdict in outcome.verdicts]
            told = [outcome.sample.id, outcome.epoch, outcome.sent, outcome.answer.text, judged]
            # json, unlike pydantic's, also takes half a surrogate pair, which a foreign text may have.
            self._digest.update(json.dumps(told).encode())

    def hexdigest(self) -> str:
        """The hash in lower-case hex; empty where too little was answered to tell runs apart."""
        return self._digest.hexdigest() if self._characters >= _ENOUGH else ""
