"""Shares and means with their 95 % intervals, from sums that no order of adding changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final, Literal

from cuewise.scores.clusters import freedom_of, too_few

Z_95: Final = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""

UNITS: Final = 2**60
"""Of 1, in exact sums: whole numbers of which no order of adding changes the sum."""


NO_VARIANCE: Final = 1e-15
"""Of a mean in 0..1: what rounding leaves."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A score, percent, if every unscored sample were wrong (`low`) or right (`high`)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a score, percent, over the full denominator."""

    low: float
    high: float
    method: Literal["wilson", "wilson-clustered", "wilson-t", "bootstrap", "t", "adjusted-wald"]
    """`wilson`: Wilson's score interval (1927) for a share. `wilson-t`: of groups of samples (`wilson_of_groups`).
    `wilson-clustered`: Wilson's for the effective number of steps or answers, as steps of one answer and repeated
    answers to one sample are not independent (`PooledShare`). `bootstrap`: of groups of samples, as
    `analysis.uncertainty` and `analysis.paired` define it; of differences, percentage points in -100..100: `t`,
    `adjusted-wald` and `bootstrap`."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of points over samples."""

    percent: float
    count: int
    """Size of the denominator: samples, or answers or steps where the figure is of those."""
    interval: Interval | None
    """None where samples are of too few groups to tell."""


@dataclass(frozen=True, slots=True)
class Estimate(Mean):
    """A share or a mean whose interval is always told."""

    interval: Interval


class Moments:
    """Count, sum and sums of groups over samples of values in 0..1. The value of a sample that was asked several times
    is the mean over its answers: these are not independent, and samples of one source video are not either.

    Sums are kept as integers, in units of 2^-60: samples finish in any order, and no digit may depend on it.
    """

    __slots__ = ("_binary", "_count", "_groups", "_sizes", "_total")

    def __init__(self) -> None:
        self._count = 0
        self._total = 0
        self._groups: defaultdict[Hashable, int] = defaultdict(int)
        self._sizes: Counter[Hashable] = Counter()
        self._binary = True

    def add(self, *values: float, group: Hashable = None) -> None:
        """Count one sample: its value, or one of each of its answers.

        Args:
            group: what it shares with samples that it is not independent of; None for a sample by itself.
        """
        answers = len(values)
        units = (2 * sum(round(value * UNITS) for value in values) + answers) // (
            2 * answers
        )  # the mean, rounded
        key = self._count if group is None else ("group", group)
        self._count += 1
        self._total += units
        self._groups[key] += units
        self._sizes[key] += 1
        self._binary = self._binary and units in (0, UNITS)

    def percent(self) -> float | None:
        """The mean; None where nothing was added, as in all that follows."""
        return 100 * self._total / (UNITS * self._count) if self._count else None

    def bounds(self, unscored: Fraction | int) -> Bounds | None:
        """The mean as it is, and as it were if `unscored` of the zeros added were ones; of a sample with unscored
        answers that is the share of its answers."""
        if not self._count:
            return None
        whole = UNITS * self._count
        return Bounds(100 * self._total / whole, float(100 * (self._total + unscored * UNITS) / whole))

    def interval(self) -> Interval | None:
        """Wilson's own where every sample is a group by itself and 0 or 1, else `wilson_of_groups`, as
        `analysis.uncertainty` gives it; None too where there are too few groups, or a few hold most of the samples.
        """
        if not self._count:
            return None
        if self._binary and len(self._sizes) == self._count:
            return wilson(self._total // UNITS, self._count)
        sizes = tuple(sorted(Counter(self._sizes.values()).items()))
        freedom = freedom_of(sizes)
        if too_few(len(self._sizes), freedom, "group"):
            return None
        return wilson_of_groups(
            self._total / (UNITS * self._count), self._variance(), len(self._sizes), freedom
        )

    def _variance(self) -> float:
        """Of the mean over two groups or more, as `analysis.groups.Means` has it: with n samples and their sum T, n_g
        and T_g being those of a group, sum (n T_g - n_g T)^2 / (n^3 (n - n_g))."""
        n = self._count
        squares: Counter[int] = Counter()  # exact, by the size of groups
        for key, size in self._sizes.items():
            squares[size] += (n * self._groups[key] - size * self._total) ** 2
        return sum(found / (n**3 * (n - size) * UNITS**2) for size, found in sorted(squares.items()))

    def estimate(self) -> Mean | None:
        """Mean, count and interval together."""
        percent = self.percent()
        return None if percent is None else Mean(percent, self._count, self.interval())


class PooledShare:
    """A share of steps, pooled over samples: R = A/B, sample i giving a_i of its b_i steps, A and B their sums. The
    steps of all answers to a sample are counted together.

    Steps of one sample are not independent, samples are. So the variance of R is that of a ratio estimator over
    n samples, n / ((n - 1) B^2) x sum (a_i - R b_i)^2 (Cochran, Sampling Techniques, 3rd ed. 1977, section 2.11,
    without finite population correction), the effective number of steps is R (1 - R) / variance, at most B
    (Kish, Survey Sampling, 1965), and the interval Wilson's for so many, which stays inside 0..100 and is sound
    near its ends (Korn and Graubard, Survey Methodology 24, 1998, do so with Clopper and Pearson's). Where samples
    do not differ, 0 and 100 % included, each counts as one step. Sums are exact integers.
    """

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: Counter[tuple[int, int]] = Counter()

    def add(self, part: int, whole: int, times: int = 1) -> None:
        """Count one sample, or several alike; one without steps tells nothing and changes nothing.

        Args:
            part: steps with the property, 0..whole.
            whole: steps of the sample.
        """
        if whole:
            self._answers[part, whole] += times

    def effective(self) -> float:
        """How many independent steps would tell as much as these; 0 where there is no step."""
        part, whole = self._sums()
        samples = self._answers.total()
        # The sum of squared residuals, times whole^2.
        residuals = sum((whole * a - part * b) ** 2 * times for (a, b), times in self._answers.items())
        if not residuals or samples < 2:
            return samples
        # R (1 - R) / variance, where R (1 - R) = part (whole - part) / whole^2
        # and variance = n residuals / ((n - 1) whole^4).
        kish = part * (whole - part) * whole**2 * (samples - 1) / (samples * residuals)
        return min(kish, whole)

    def estimate(self) -> Estimate | None:
        """The pooled share, over steps; None where there is no step."""
        if not self._answers:
            return None
        part, whole = self._sums()
        effective = self.effective()
        found = wilson(part / whole * effective, effective)
        return Estimate(100 * part / whole, whole, Interval(found.low, found.high, "wilson-clustered"))

    def _sums(self) -> tuple[int, int]:
        """A and B."""
        part = sum(a * times for (a, _), times in self._answers.items())
        whole = sum(b * times for (_, b), times in self._answers.items())
        return part, whole


class AnswerShare(PooledShare):
    """A share of answers, counted as steps are in `PooledShare`.

    Where no sample has more than one, they are independent, and the interval is Wilson's own.
    """

    __slots__ = ()

    def estimate(self) -> Estimate | None:
        part, whole = self._sums()
        return share(part, whole) if whole == self._answers.total() else super().estimate()


def wilson(successes: float, count: float) -> Interval:
    """Wilson's 95 % score interval for a share (JASA 22, 1927).

    centre = (p + z^2 / 2n) / (1 + z^2 / n), half width = z / (1 + z^2 / n) sqrt(p (1 - p) / n + z^2 / 4n^2).

    Args:
        successes: 0..count; fractions are allowed.
        count: above 0; a fraction where it is an effective number.
    """
    share = min(1.0, successes / count)
    shrink = 1 + Z_95**2 / count
    centre = (share + Z_95**2 / (2 * count)) / shrink
    half = Z_95 / shrink * sqrt(share * (1 - share) / count + Z_95**2 / (4 * count**2))
    return Interval(100 * max(0.0, centre - half), 100 * min(1.0, centre + half), "wilson")


def wilson_of_groups(mean: float, variance: float, groups: int, freedom: float) -> Interval:
    """The 95 % interval of a mean of samples in groups: Wilson's for their `effective_number` (Korn and Graubard,
    Survey Methodology 24, 1998, do so with Clopper and Pearson's).

    Args:
        mean: 0..1.
        variance: of the mean, groups taken together.
        groups: how many there are.
        freedom: degrees of freedom of the variance.
    """
    effective = effective_number(mean, variance, groups, freedom)
    found = wilson(mean * effective, effective)
    return Interval(found.low, found.high, "wilson-t")


def effective_number(mean: float, variance: float, groups: int, freedom: float) -> float:
    """How many independent samples would tell as much of a share as samples in groups do: mean (1 - mean) / variance
    (Kish, Survey Sampling, 1965), times (1.96 / t)^2, t being Student's quantile for the variance's degrees of freedom.

    Where groups do not differ, 0 and 100 % included, each counts as one sample. For the arguments see
    `wilson_of_groups`.
    """
    from scipy.special import stdtrit

    effective = mean * (1 - mean) / variance if variance > NO_VARIANCE else groups
    return float(effective * (Z_95 / float(stdtrit(freedom, 0.975))) ** 2)


def share(part: int, whole: int) -> Estimate | None:
    """A share of independent samples with Wilson's interval; None of nothing."""
    return Estimate(100 * part / whole, whole, wilson(part, whole)) if whole else None
