"""How the reasons of a set of answers stand against the evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from cuewise.records import Grounding
from cuewise.scores.intervals import Estimate, PooledShare, share

_OF_REASONS: Final = ("supported", "contradicted", "unverifiable", "relevant", "earning")
_COVERAGE: Final = ("face", "voice", "words")
_NAMES: Final = ("reasons", "repeated", *_OF_REASONS, *_COVERAGE)
_numbers = attrgetter(*_NAMES)


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
    """Reasons that earn their point: see `Grounding.earning`."""
    repeated: Estimate | None
    """Of all steps before the label step, those that say an earlier one again."""
    face: Estimate | None
    """Of all scored samples, those with at least one supported reason that rests on something seen; likewise the
    next two on what is heard and on the words spoken."""
    voice: Estimate | None
    words: Estimate | None


class GroundingTally:
    """Counts from which `GroundingFigures` are made; holds no samples, only how many answers are alike."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: Counter[tuple[int, ...]] = Counter()

    def add(self, grounding: Grounding) -> None:
        """Count the reasons of one answer."""
        self._answers[_numbers(grounding)] += 1

    def figures(self) -> GroundingFigures | None:
        """What has been counted so far; None where nothing was."""
        if not self._answers:
            return None
        samples = self._answers.total()
        shares = {name: PooledShare() for name in (*_OF_REASONS, "repeated")}
        covered: Counter[str] = Counter()
        for numbers, times in self._answers.items():
            answer = dict(zip(_NAMES, numbers, strict=True))
            for name in _OF_REASONS:
                shares[name].add(answer[name], answer["reasons"], times)
            shares["repeated"].add(answer["repeated"], answer["reasons"] + answer["repeated"], times)
            for name in _COVERAGE:
                covered[name] += times if answer[name] else 0
        return GroundingFigures(
            samples=samples,
            **{name: pooled.estimate() for name, pooled in shares.items()},
            **{name: share(covered[name], samples) for name in _COVERAGE},
        )
