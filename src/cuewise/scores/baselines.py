"""What recognition comes to without a look at the clip: expected values, computed and not drawn, and skill above them.

Three readings of each, in percent, as means over the questions of a task:

- `points`: the benchmark's own. Single label: 1 if it is the gold label. Multi-label: C/K, C = gold labels that were
  named, K = number of gold labels.
- `f1`: 2C / (P + K), P = number of labels named. As `points` for a single label.
- `exact`: 1 if exactly the gold labels are named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import comb, fsum
from typing import Protocol as Shape
from typing import TypeVar

from cuewise.records import Protocol
from cuewise.scores.metrics.averages import micro_average

_Readings = tuple[float, float, float]
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected scores, percent."""

    points: float
    f1: float
    exact: float

    def under(self, protocol: Protocol) -> float:
        """The reading by which a protocol scores recognition."""
        return self.f1 if protocol is Protocol.GROUNDED else self.points


@dataclass(frozen=True, slots=True)
class BaselineFigures:
    """What recognition is to be held against, percent, and how far above it lies."""

    label: str | None
    """The most frequent gold label of the task; None over several tasks, each of which has its own."""
    majority: float
    """Recognition of always naming it."""
    random: float | None
    """Recognition expected of labels that are drawn from the candidates; None where these are not known."""
    over_majority: float | None
    """Skill over `majority`: 100 is all right, 0 no better than it, below 0 worse. None where nothing was scored, or
    the baseline leaves nothing to gain; so for the next."""
    over_random: float | None

    @property
    def best(self) -> float:
        """The higher of the two: where several labels may hold, drawing as many as usual can beat naming one."""
        return max(self.majority, self.random or 0.0)

    @property
    def below(self) -> bool:
        """Whether recognition is below one of them."""
        found = (self.over_majority, self.over_random)
        return any(skill is not None and round(skill, 6) < 0 for skill in found)


class GoldTally:
    """Gold labels of one task's questions, counted as they come; holds no questions."""

    __slots__ = ("_gold", "_kinds", "_sets", "_sizes")

    def __init__(self) -> None:
        self._gold: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()
        self._sets: Counter[frozenset[str]] = Counter()
        # Questions with equal candidates and gold labels score alike: each kind is computed once.
        self._kinds: Counter[tuple[frozenset[str], int | None, bool]] = Counter()

    def add(
        self, labels: Collection[str], n_candidates: int | None, *, multi_label: bool, times: int = 1
    ) -> None:
        """Count a question.

        Args:
            labels: its gold labels; none where they are not known, so that no answer is right.
            n_candidates: None where they are not known.
            times: how many such questions there are.
        """
        gold = frozenset(labels)
        for label in gold:
            self._gold[label] += times
        self._sizes[len(gold)] += times
        self._sets[gold] += times
        self._kinds[gold, n_candidates, multi_label] += times

    @property
    def count(self) -> int:
        """Questions counted."""
        return self._kinds.total()

    @property
    def label(self) -> str | None:
        """The most frequent gold label; of equally frequent ones the first in alphabetical order."""
        return min(self._gold, key=lambda one: (-self._gold[one], one), default=None)

    def most_frequent(self) -> Expected:
        """Of naming that label for every question, whatever its candidates."""
        said = frozenset(() if self.label is None else (self.label,))
        return self._mean(lambda labels, _, multi: _readings(said, labels, multi))

    def random(self) -> Expected | None:
        """Of labels drawn uniformly from the question's candidates, without repetition: one, or for a multi-label
        question as many as a question of the task that is drawn has gold labels. None where the candidates of a
        question are not known."""
        if any(size is None for _, size, _ in self._kinds):
            return None
        return self._mean(
            lambda labels, size, multi: _mixed(self._sizes, lambda m: _drawn(m, labels, size or 0, multi))
        )

    def prior(self) -> Expected:
        """Of the gold labels of a question of the task that is drawn."""
        return self._mean(lambda labels, _, multi: _mixed(self._sets, lambda s: _readings(s, labels, multi)))

    def all_labels(self) -> Expected | None:
        """Of all candidates; None unless all questions are multi-label, as naming several scores nothing else."""
        if not all(multi and size for _, size, multi in self._kinds):
            return None
        return self._mean(lambda labels, size, _: _all_candidates(labels, size or 0))

    def _mean(self, score: Callable[[frozenset[str], int | None, bool], _Readings]) -> Expected:
        scored = [(n, score(*kind)) for kind, n in self._kinds.items()]
        sums = (fsum(n * values[at] for n, values in scored) for at in range(3))
        return Expected(*(100 * total / self.count for total in sums))


class Question(Shape):
    """What baselines need of a sample."""

    @property
    def task(self) -> str: ...
    @property
    def label_set(self) -> tuple[str, ...]: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def multi_label(self) -> bool: ...


def gold_tallies(samples: Iterable[Question]) -> dict[str, GoldTally]:
    """The gold labels of each task, in the order in which tasks appear."""
    # Few questions differ in these.
    kinds = Counter((one.task, one.labels, len(one.label_set), one.multi_label) for one in samples)
    tallies: defaultdict[str, GoldTally] = defaultdict(GoldTally)
    for (task, labels, size, multi_label), times in kinds.items():
        tallies[task].add(labels, size, multi_label=multi_label, times=times)
    return dict(tallies)


@dataclass(frozen=True, slots=True)
class Baselines:
    """What recognition comes to without a look at the clip, percent."""

    label: str | None
    """As in `BaselineFigures`, as the next two."""
    majority: float
    random: float | None

    @property
    def best(self) -> float:
        """As in `BaselineFigures`."""
        return max(self.majority, self.random or 0.0)

    def against(self, recognition: float | None) -> BaselineFigures:
        """The same, with the skill of a recognition score over the same questions; None where nothing was scored."""
        return BaselineFigures(
            label=self.label,
            majority=self.majority,
            random=self.random,
            over_majority=skill(recognition, self.majority),
            over_random=skill(recognition, self.random),
        )


def baselines_of(tasks: Sequence[GoldTally], protocol: Protocol) -> Baselines | None:
    """The baselines of one task or, pooled by questions, of several.

    Args:
        tasks: the gold labels of each.
        protocol: by whose rules recognition is scored.

    Returns:
        None where there is no question, or a task of whose questions no gold label is known.
    """
    tasks = [task for task in tasks if task.count]
    if not tasks or any(task.label is None for task in tasks):
        return None
    counts = [task.count for task in tasks]
    majority = micro_average([task.most_frequent().under(protocol) for task in tasks], counts)
    drawn = [task.random() for task in tasks]
    known = [one.under(protocol) for one in drawn if one is not None]
    random = micro_average(known, counts) if len(known) == len(tasks) else None
    return Baselines(tasks[0].label if len(tasks) == 1 else None, majority, random)


def baseline_figures(
    tasks: Sequence[GoldTally], recognition: float | None, protocol: Protocol
) -> BaselineFigures | None:
    """`baselines_of` the tasks, with the skill of a recognition score."""
    found = baselines_of(tasks, protocol)
    return None if found is None else found.against(recognition)


def skill(percent: float | None, baseline: float | None) -> float | None:
    """How much of what a baseline leaves to gain was gained, percent: 100 (s - b) / (100 - b).

    A skill score (Murphy and Daan 1985, in Probability, Statistics and Decision Making in the Atmospheric Sciences);
    Cohen's kappa has the same form, with agreement by chance for b. Range: -100 b / (100 - b) to 100. None where a
    figure is, or where the baseline is 100.

    >>> skill(62.0, 24.0), skill(24.0, 24.0), skill(0.0, 50.0), skill(50.0, 100.0)
    (50.0, 0.0, -100.0, None)
    """
    if percent is None or baseline is None or baseline >= 100:
        return None
    return 100 * (percent - baseline) / (100 - baseline)


def _readings(said: frozenset[str], gold: frozenset[str], multi: bool) -> _Readings:
    exact = float(said == gold and bool(gold))
    if not multi or not gold:
        return exact, exact, exact
    hits = len(said & gold)
    return hits / len(gold), 2 * hits / (len(said) + len(gold)), exact


def _drawn(number: int, gold: frozenset[str], size: int, multi: bool) -> _Readings:
    """Expected for `number` of `size` candidates, all draws alike: E[C] = number x K / size."""
    number = min(number, size) if multi else 1
    if not gold or not number:
        return 0.0, 0.0, 0.0
    exact = (number == len(gold)) / comb(size, number)
    if not multi:
        return exact, exact, exact
    hits = number * len(gold) / size
    return hits / len(gold), 2 * hits / (number + len(gold)), exact


def _all_candidates(gold: frozenset[str], size: int) -> _Readings:
    return 1.0, 2 * len(gold) / (size + len(gold)), float(len(gold) == size)


def _mixed(weights: Counter[_Kind], score: Callable[[_Kind], _Readings]) -> _Readings:
    """Mean of readings over what is drawn."""
    total = weights.total()
    scored = [(n, score(kind)) for kind, n in weights.items()]
    first, second, third = (fsum(n * values[at] for n, values in scored) / total for at in range(3))
    return first, second, third
