"""How far several judgements of the same steps agree: between judges, and of one judge with itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from cuewise.records import Verdict, Vote
from cuewise.scores.intervals import Estimate, PooledShare


@dataclass(frozen=True, slots=True)
class JudgePair:
    """Two judges, or one judge and itself asked again."""

    first: str
    second: str
    agreement: Estimate
    """Share of the pairs of judgements of one reasoning step that agree."""


@dataclass(frozen=True, slots=True)
class PanelFigures:
    """Percent, over reasoning steps; None where no such pair of judgements exists.

    Two judgements of a step agree where they give it equal points and, if both say one, the same decision. A step
    that v judges rated has v (v - 1) / 2 pairs. Intervals allow for steps of one answer being alike.
    """

    samples: int
    """Samples that were judged more than once."""
    steps: int
    """Their reasoning steps."""
    agreement: Estimate | None
    """Mean agreement of all pairs."""
    retest: Estimate | None
    """Of pairs of one judge with itself: what is missing to 100 is its noise."""
    between: Estimate | None
    """Of pairs of different judges."""
    split: Estimate | None
    """Share of the steps on which not all agree."""
    pairs: list[JudgePair]
    """The same by pair of judges, in order of name."""


class VoteTally:
    """Running sums from which `PanelFigures` are made; holds no samples."""

    __slots__ = ("_all", "_between", "_pairs", "_retest", "_samples", "_split", "_steps")

    def __init__(self) -> None:
        self._samples = 0
        self._steps = 0
        self._all = PooledShare()
        self._retest = PooledShare()
        self._between = PooledShare()
        self._split = PooledShare()
        self._pairs: defaultdict[tuple[str, str], PooledShare] = defaultdict(PooledShare)

    def add(self, votes: Sequence[Vote]) -> None:
        """Count the votes on one answer; fewer than two tell nothing.

        Raises:
            ValueError: the votes are not on the same steps.
        """
        if len(votes) < 2:
            return
        reasons = [vote.verdicts[:-1] for vote in votes]  # the last verdict is on the label
        if len({tuple(verdict.step for verdict in vote.verdicts) for vote in votes}) != 1:
            raise ValueError("votes on one answer must all be on the same steps")
        steps = len(reasons[0])
        agreed: Counter[tuple[str, str]] = Counter()
        counted: Counter[tuple[str, str]] = Counter()
        split: set[int] = set()
        for one, other in combinations(range(len(votes)), 2):
            names = sorted((votes[one].judge, votes[other].judge))
            pair = (names[0], names[1])
            parted = {
                place
                for place, both in enumerate(zip(reasons[one], reasons[other], strict=True))
                if not _agree(*both)
            }
            split |= parted
            agreed[pair] += steps - len(parted)
            counted[pair] += steps
        self._samples += 1
        self._steps += steps
        self._split.add(len(split), steps)
        self._all.add(agreed.total(), counted.total())
        same = [pair for pair in counted if pair[0] == pair[1]]
        self._retest.add(sum(agreed[pair] for pair in same), sum(counted[pair] for pair in same))
        others = [pair for pair in counted if pair[0] != pair[1]]
        self._between.add(sum(agreed[pair] for pair in others), sum(counted[pair] for pair in others))
        for pair, count in counted.items():
            self._pairs[pair].add(agreed[pair], count)

    def figures(self) -> PanelFigures | None:
        """What has been counted so far; None where nothing was judged more than once."""
        if not self._samples:
            return None
        by_pair = ((pair, self._pairs[pair].estimate()) for pair in sorted(self._pairs))
        return PanelFigures(
            samples=self._samples,
            steps=self._steps,
            agreement=self._all.estimate(),
            retest=self._retest.estimate(),
            between=self._between.estimate(),
            split=self._split.estimate(),
            pairs=[JudgePair(*pair, estimate) for pair, estimate in by_pair if estimate is not None],
        )


def _agree(one: Verdict, other: Verdict) -> bool:
    if one.rating != other.rating:
        return False
    return one.decision is None or other.decision is None or one.decision == other.decision
