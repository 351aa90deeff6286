"""What is reported of a set of samples, and the running sums it is computed from.

The denominator is every sample that was asked. A sample without a score adds 0, so that a headline figure
is also its own lower bound, and coverage says how much of it was really scored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Final

from cuewise.scores.grounding_figures import GroundingFigures
from cuewise.scores.intervals import Z_95, Bounds, Interval, Moments, wilson
from cuewise.scores.label_figures import LabelFigures
from cuewise.scores.panel import PanelFigures

__all__ = ["SCORES", "Z_95", "Bounds", "Figures", "Interval", "Tally", "wilson"]

SCORES: Final = ("recognition", "reasoning", "cot")


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
    labels: LabelFigures | None = None
    """What the label taxonomy says without a judge; None where no sample's labels were scored."""
    grounding: GroundingFigures | None = None
    """How reasons stand against the evidence; None but under `grounded`."""
    panel: PanelFigures | None = None
    """How far several judgements of the same steps agree; None where there is one of each."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data, at full precision."""
        return asdict(self)


class Tally:
    """Running sums from which `Figures` are made; holds no samples."""

    __slots__ = ("_outcomes", "_scored", "_scores", "_steps", "_token_answers", "_tokens")

    def __init__(self) -> None:
        self._scores = {name: Moments() for name in SCORES}
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


def _ratio(numerator: float, denominator: int) -> float | None:
    return numerator / denominator if denominator else None
