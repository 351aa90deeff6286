"""What is reported of a set of samples, and the running sums it is computed from.

The denominator is every sample that was asked. A sample without a score adds 0, so that a headline figure
is also its own lower bound, and coverage says how much of it was really scored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Final, Literal

SCORES: Final = ("recognition", "reasoning", "cot")

Z_95: Final = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""


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
    method: Literal["wilson", "normal"]
    """`wilson`: Wilson's score interval (1927) for a share. `normal`: mean +- 1.96 s / sqrt(n), cut at 0 and
    100, s with n - 1 in its denominator."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is reported of a set of samples; None where there is nothing to report on, never 0 or NaN."""

    count: int
    """Samples asked: the denominator of all three scores."""
    scored: int
    recognition: float | None
    """Percent, as are the next two."""
    reasoning: float | None
    cot: float | None
    avg_step: float | None
    """Steps per scored sample, the label step included."""
    avg_tokens: float | None
    """Output tokens per answer, over the answers whose server counted them."""
    coverage: float | None
    """Percent of samples that were scored."""
    outcomes: dict[str, int]
    """How many samples ended in which way; kinds that did not occur are absent."""
    bounds: dict[str, Bounds | None]
    """By score name."""
    interval: dict[str, Interval | None]
    """By score name."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data, at full precision."""
        return asdict(self)


_UNITS = 2**60


class Tally:
    """Running sums from which `Figures` are made; holds no samples."""

    __slots__ = ("_outcomes", "_scored", "_scores", "_steps", "_token_answers", "_tokens")

    def __init__(self) -> None:
        self._scores = {name: _Moments() for name in SCORES}
        self._outcomes: Counter[str] = Counter()
        self._scored = 0
        self._steps = 0
        self._tokens = 0
        self._token_answers = 0

    def add_scored(
        self, kind: str, *, recognition: float, reasoning: float, cot: float, n_steps: int
    ) -> None:
        """Count a sample with a score; the scores lie in 0..1."""
        self._outcomes[kind] += 1
        self._scored += 1
        self._steps += n_steps
        for name, value in zip(SCORES, (recognition, reasoning, cot), strict=True):
            self._scores[name].add(value)

    def add_unscored(self, kind: str) -> None:
        """Count a sample without a score."""
        self._outcomes[kind] += 1
        for moments in self._scores.values():
            moments.add(0.0)

    def add_tokens(self, output_tokens: int) -> None:
        """Count the tokens of one answer."""
        self._tokens += output_tokens
        self._token_answers += 1

    def figures(self) -> Figures:
        """What has been counted so far."""
        count = self._outcomes.total()
        unscored = count - self._scored
        return Figures(
            count=count,
            scored=self._scored,
            recognition=self._scores["recognition"].percent(),
            reasoning=self._scores["reasoning"].percent(),
            cot=self._scores["cot"].percent(),
            avg_step=_ratio(self._steps, self._scored),
            avg_tokens=_ratio(self._tokens, self._token_answers),
            coverage=_ratio(100 * self._scored, count),
            outcomes=dict(sorted(self._outcomes.items())),
            bounds={name: moments.bounds(unscored) for name, moments in self._scores.items()},
            interval={name: moments.interval() for name, moments in self._scores.items()},
        )


class _Moments:
    """Count, sum and sum of squares of values in 0..1.

    Sums are kept as integers, in units of 2^-60: samples finish in any order, and no digit may depend on it.
    """

    __slots__ = ("_binary", "_count", "_squares", "_total")

    def __init__(self) -> None:
        self._count = 0
        self._total = 0
        self._squares = 0
        self._binary = True

    def add(self, value: float) -> None:
        units = round(value * _UNITS)
        self._count += 1
        self._total += units
        self._squares += units * units
        self._binary = self._binary and value in (0.0, 1.0)

    def percent(self) -> float | None:
        return _ratio(100 * self._total, _UNITS * self._count)

    def bounds(self, unscored: int) -> Bounds | None:
        if not self._count:
            return None
        whole = _UNITS * self._count
        return Bounds(100 * self._total / whole, 100 * (self._total + unscored * _UNITS) / whole)

    def interval(self) -> Interval | None:
        """Wilson's where all values are 0 or 1; else from the variance.

        Wilson's also stands in where the values do not spread at all, one value alone included: it assumes
        the variance p (1 - p), the largest that values in 0..1 with mean p can have.
        """
        if not self._count:
            return None
        count = self._count
        spread = count * self._squares - self._total**2  # exact: count^2 times the variance, in units squared
        if self._binary or spread == 0:
            return wilson(self._total / _UNITS, count)
        half = Z_95 * sqrt(spread / (count**2 * (count - 1))) / _UNITS
        mean = self._total / (_UNITS * count)
        return Interval(100 * max(0.0, mean - half), 100 * min(1.0, mean + half), "normal")


def wilson(successes: float, count: int) -> Interval:
    """Wilson's 95 % score interval for a share (JASA 22, 1927).

    centre = (p + z^2 / 2n) / (1 + z^2 / n), half width = z / (1 + z^2 / n) sqrt(p (1 - p) / n + z^2 / 4n^2).

    Args:
        successes: 0..count; fractions are allowed.
        count: at least 1.
    """
    share = successes / count
    shrink = 1 + Z_95**2 / count
    centre = (share + Z_95**2 / (2 * count)) / shrink
    half = Z_95 / shrink * sqrt(share * (1 - share) / count + Z_95**2 / (4 * count**2))
    return Interval(100 * max(0.0, centre - half), 100 * min(1.0, centre + half), "wilson")


def _ratio(numerator: float, denominator: int) -> float | None:
    return numerator / denominator if denominator else None
