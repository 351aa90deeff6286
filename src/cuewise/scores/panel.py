"""How far several judgements of the same steps agree: between judges, and of one judge with itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from cuewise.records import Decision, Vote
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
    that v judges rated has v (v - 1) / 2 pairs. Intervals allow for the steps of a sample being alike, those of all its
    answers together.
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


@dataclass(frozen=True, slots=True)
class VoteCounts:
    """How far the votes on one answer agree."""

    steps: int
    """Its reasoning steps."""
    split: int
    """Those on which not all votes agree."""
    pairs: dict[tuple[str, str], tuple[int, int]]
    """By pair of judges, in order of name: pairs of judgements that agree, and all."""


def count_votes(votes: Sequence[Vote]) -> VoteCounts | None:
    """Compare every two votes on one answer; None of fewer than two, which tell nothing.

    Raises:
        ValueError: the votes are not on the same steps.
    """
    if len(votes) < 2:
        return None
    if len({tuple(verdict.step for verdict in vote.verdicts) for vote in votes}) != 1:
        raise ValueError("votes on one answer must all be on the same steps")
    # What each vote says of the reasons; its last verdict is on the label.
    said = [[(verdict.rating, verdict.decision) for verdict in vote.verdicts[:-1]] for vote in votes]
    steps = len(said[0])
    pairs: dict[tuple[str, str], tuple[int, int]] = {}
    split: set[int] = set()
    for one, other in combinations(range(len(votes)), 2):
        first, second = sorted((votes[one].judge, votes[other].judge))
        parted = [place for place in range(steps) if not _agree(said[one][place], said[other][place])]
        split.update(parted)
        agreed, compared = pairs.get((first, second), (0, 0))
        pairs[first, second] = (agreed + steps - len(parted), compared + steps)
    return VoteCounts(steps, len(split), pairs)


def _agree(one: tuple[float, Decision | None], other: tuple[float, Decision | None]) -> bool:
    return one[0] == other[0] and (one[1] is None or other[1] is None or one[1] == other[1])


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

    def add(self, *answers: VoteCounts) -> None:
        """Count the votes on one sample: on its answer, or on each of its answers. None tell nothing."""
        if not answers:
            return
        pairs: Counter[tuple[str, str]] = Counter()
        agreed: Counter[tuple[str, str]] = Counter()
        for counts in answers:
            for pair, (alike, compared) in counts.pairs.items():
                pairs[pair] += compared
                agreed[pair] += alike
        for pair, compared in pairs.items():
            self._pairs[pair].add(agreed[pair], compared)
        same = [pair for pair in pairs if pair[0] == pair[1]]
        others = [pair for pair in pairs if pair[0] != pair[1]]
        steps = sum(counts.steps for counts in answers)
        self._samples += 1
        self._steps += steps
        self._split.add(sum(counts.split for counts in answers), steps)
        for share, among in ((self._all, list(pairs)), (self._retest, same), (self._between, others)):
            share.add(sum(agreed[pair] for pair in among), sum(pairs[pair] for pair in among))

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
