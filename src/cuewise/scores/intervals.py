"""Shares and means with their 95 % intervals, from sums that no order of adding changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final, Literal

Z_95: Final = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""

UNITS: Final = 2**60
"""Of 1, in exact sums: whole numbers of which no order of adding changes the sum."""


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
    method: Literal["wilson", "normal", "wilson-clustered", "wilson-t", "bootstrap", "t", "adjusted-wald"]
    """`wilson`: Wilson's score interval (1927) for a share. `normal`: mean +- 1.96 s / sqrt(n), cut at 0 and
    100, s with n - 1 in its denominator. `wilson-clustered`: Wilson's for the effective number of steps or answers,
    as steps of one answer and repeated answers to one sample are not independent (`PooledShare`, `Moments`). Of groups
    of samples, as `analysis.uncertainty` and `analysis.paired` define them: `wilson-t`, `bootstrap`;
    of differences, percentage points in -100..100: `t`, `adjusted-wald` and `bootstrap`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or a mean of points, with what it is taken over."""

    percent: float
    count: int
    """Size of the denominator: samples, or answers or steps where the figure is of those."""
    interval: Interval


class Moments:
    """Count, sum and sum of squares over samples of values in 0..1. The value of a sample that was asked several times
    is the mean over its answers: these are not independent, samples are.

    Sums are kept as integers, in units of 2^-60: samples finish in any order, and no digit may depend on it.
    """

    __slots__ = ("_answers", "_binary", "_count", "_squares", "_total")

    def __init__(self) -> None:
        self._count = 0
        self._answers = 0
        self._total = 0
        self._squares = 0
        self._binary = True

    def add(self, *values: float) -> None:
        """Count one sample: its value, or one of each of its answers."""
        answers = len(values)
        units = (2 * sum(round(value * UNITS) for value in values) + answers) // (
            2 * answers
        )  # the mean, rounded
        self._count += 1
        self._answers += answers
        self._total += units
        self._squares += units * units
        self._binary = self._binary and all(value in (0.0, 1.0) for value in values)

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
        """Wilson's where all values are 0 or 1; else from the variance over samples.

        Wilson's also stands in where the values do not spread at all, one value alone included: it assumes
        the variance p (1 - p), the largest that values in 0..1 with mean p can have. Where answers of 0 or 1 to
        one sample part, it is Wilson's for p (1 - p) / variance of the mean answers (Kish, Survey Sampling, 1965), at
        most as many as there are.
        """
        if not self._count:
            return None
        count, total = self._count, self._total
        spread = count * self._squares - total**2  # exact: count^2 times the variance, in units squared
        if spread == 0 or (self._binary and self._squares == total * UNITS):  # then every mean is 0 or 1
            return wilson(total / UNITS, count)
        if self._binary:
            effective = min(total * (count * UNITS - total) * (count - 1) / spread, self._answers)
            found = wilson(total / (UNITS * count) * effective, effective)
            return Interval(found.low, found.high, "wilson-clustered")
        half = Z_95 * sqrt(spread / (count**2 * (count - 1))) / UNITS
        mean = self._total / (UNITS * count)
        return Interval(100 * max(0.0, mean - half), 100 * min(1.0, mean + half), "normal")

    def estimate(self) -> Estimate | None:
        """Mean, count and interval together."""
        percent, interval = self.percent(), self.interval()
        return None if percent is None or interval is None else Estimate(percent, self._count, interval)


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


def share(part: int, whole: int) -> Estimate | None:
    """A share of independent samples with Wilson's interval; None of nothing."""
    return Estimate(100 * part / whole, whole, wilson(part, whole)) if whole else None
