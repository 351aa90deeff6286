"""Which steps only say again, in whatever words, what earlier ones said.

What is said is read off the claims, not the words: ten wordings of one claim are one reason. The same holds whether
the claim is right or wrong, so saying it again neither helps nor harms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Saying:
    """What one claim says."""

    of: frozenset[tuple[str, ...]]
    """(channel, value, "not" or "") of each way in which it can be read, or the name of a measure."""
    within: tuple[float, float] | None = None
    """Seconds at which, or values for which, it would be taken to hold; None where it gives no time."""
    moments: frozenset[str] = frozenset()
    """Ids of what shows at the time that it gives."""

    def same_as(self, other: Saying) -> bool:
        """Whether two claims can mean the same: one reading in common, and no times or values that part them.

        Times part claims only where both give one and other things show then: "at 1 s" and "at 2 s" are one
        claim about a cue that lasts from 0 to 3 s. Figures part them only where no voice could have both.
        """
        if not self.of & other.of:
            return False
        if self.within is None or other.within is None or self.moments & other.moments:
            return True
        return self.within[0] <= other.within[1] and other.within[0] <= self.within[1]


class Said:
    """What the steps of one answer have said so far."""

    def __init__(self) -> None:
        self._sayings: dict[tuple[str, ...], list[tuple[int, Saying]]] = {}

    def step_that_said(self, saying: Saying) -> int | None:
        """Index of the first step that said the same; None where none did."""
        steps = (
            step
            for reading in saying.of
            for step, earlier in self._sayings.get(reading, ())
            if saying.same_as(earlier)
        )
        return min(steps, default=None)

    def add(self, step: int, sayings: Sequence[Saying]) -> None:
        """Take in what a step says that is new."""
        for saying in sayings:
            if self.step_that_said(saying) is None:
                for reading in saying.of:
                    self._sayings.setdefault(reading, []).append((step, saying))
