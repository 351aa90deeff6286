"""How the reasons of a set of answers stand against the evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from cuewise.records import Grounding
from cuewise.scores.intervals import Estimate, PooledShare, share

_OF_REASONS: Final = ("supported", "contradicted", "unverifiable", "relevant", "earning")
_COVERAGE: Final = ("face", "voice", "words")


@dataclass(frozen=True, slots=True)
class GroundingFigures:
    """Percent; None where there is nothing to take a share of.

    Shares of steps are pooled over all scored answers, not averaged answer by answer: so supported, contradicted
    and unverifiable add up to 100, and an answer of one step does not weigh as much as one of ten. The mean over
    answers is the reasoning score itself. Intervals allow for steps of one answer being alike (`PooledShare`).
    """

    samples: int
    """Scored samples."""
    supported: Estimate | None
    """Of all reasons, as the next four; repeated steps are not counted."""
    contradicted: Estimate | None
    unverifiable: Estimate | None
    relevant: Estimate | None
    """Reasons that bear on the label."""
    earning: Estimate | None
    """Reasons that are supported and bear on the label."""
    repeated: Estimate | None
    """Of all steps before the label step, those that say an earlier one again."""
    face: Estimate | None
    """Of all scored samples, those with at least one supported reason that rests on something seen; likewise the
    next two on what is heard and on the words spoken."""
    voice: Estimate | None
    words: Estimate | None


class GroundingTally:
    """Running sums from which `GroundingFigures` are made; holds no samples."""

    __slots__ = ("_covered", "_repeated", "_samples", "_shares")

    def __init__(self) -> None:
        self._samples = 0
        self._shares = {name: PooledShare() for name in _OF_REASONS}
        self._repeated = PooledShare()
        self._covered: Counter[str] = Counter()

    def add(self, grounding: Grounding) -> None:
        """Count the reasons of one answer."""
        self._samples += 1
        for name, pooled in self._shares.items():
            pooled.add(getattr(grounding, name), grounding.reasons)
        self._repeated.add(grounding.repeated, grounding.reasons + grounding.repeated)
        for name in _COVERAGE:
            self._covered[name] += getattr(grounding, name) > 0

    def figures(self) -> GroundingFigures | None:
        """What has been counted so far; None where nothing was."""
        if not self._samples:
            return None
        return GroundingFigures(
            samples=self._samples,
            repeated=self._repeated.estimate(),
            **{name: pooled.estimate() for name, pooled in self._shares.items()},
            **{name: share(self._covered[name], self._samples) for name in _COVERAGE},
        )
