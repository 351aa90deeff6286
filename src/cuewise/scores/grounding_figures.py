"""How the reasons of a set of answers stand against the evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from cuewise.records import Grounding
from cuewise.scores.intervals import AnswerShare, Estimate, PooledShare

_OF_REASONS: Final = ("supported", "contradicted", "unverifiable", "relevant", "earning")
_COVERAGE: Final = ("face", "voice", "words")
_STEPS: Final = ("reasons", "repeated", *_OF_REASONS)
_numbers = attrgetter(*_STEPS)


@dataclass(frozen=True, slots=True)
class GroundingFigures:
    """Percent; None where there is nothing to take a share of.

    Shares of steps are pooled over all scored answers, not averaged answer by answer: so supported, contradicted
    and unverifiable add up to 100, and an answer of one step does not weigh as much as one of ten. The mean over
    answers is the reasoning score itself. Intervals allow for the steps of a sample being alike, those of all its
    answers together (`PooledShare`).
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
    """Of all scored answers, those with at least one supported reason that rests on something seen; likewise the
    next two on what is heard and on the words spoken."""
    voice: Estimate | None
    words: Estimate | None


class GroundingTally:
    """Counts from which `GroundingFigures` are made; holds no samples, only how many are alike."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: Counter[tuple[int, ...]] = Counter()

    def add(self, *groundings: Grounding) -> None:
        """Count the reasons of one sample: of its answer, or of each of its scored answers. None tell nothing."""
        if groundings:
            sums = [sum(column) for column in zip(*map(_numbers, groundings), strict=True)]
            covering = [sum(getattr(each, name) > 0 for each in groundings) for name in _COVERAGE]
            self._samples[len(groundings), *sums, *covering] += 1

    def figures(self) -> GroundingFigures | None:
        """What has been counted so far; None where nothing was."""
        if not self._samples:
            return None
        shares = {name: PooledShare() for name in (*_OF_REASONS, "repeated")}
        covered = {name: AnswerShare() for name in _COVERAGE}
        for (answers, *numbers), times in self._samples.items():
            sample = dict(zip((*_STEPS, *_COVERAGE), numbers, strict=True))
            for name in _OF_REASONS:
                shares[name].add(sample[name], sample["reasons"], times)
            shares["repeated"].add(sample["repeated"], sample["reasons"] + sample["repeated"], times)
            for name in _COVERAGE:
                covered[name].add(sample[name], answers, times)
        return GroundingFigures(
            samples=self._samples.total(),
            **{name: pooled.estimate() for name, pooled in (shares | covered).items()},
        )
