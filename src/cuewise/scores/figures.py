"""What is reported of a set of samples, and the running sums it is computed from.

The denominator is every sample that was asked. A sample without a score adds 0, so that a headline figure
is also its own lower bound, and coverage says how much of it was really scored. Where every sample is asked several
times, its score is the mean over its answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from cuewise.scores.baselines import BaselineFigures
from cuewise.scores.ended import SCORES, Ended
from cuewise.scores.grounding_figures import GroundingFigures
from cuewise.scores.intervals import Z_95, Bounds, Interval, Moments, wilson
from cuewise.scores.label_figures import LabelFigures
from cuewise.scores.panel import PanelFigures
from cuewise.scores.variation import VariationFigures

__all__ = ["SCORES", "Z_95", "Bounds", "Figures", "Interval", "Tally", "wilson"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is reported of a set of samples; None where there is nothing to report on, never 0 or NaN."""

    count: int
    """Samples asked: the denominator of all three scores."""
    scored: int
    """Answers with a score: one of each sample at most, or one of each of its epochs."""
    recognition: float | None
    """Percent, as are the next two."""
    reasoning: float | None
    cot: float | None
    avg_step: float | None
    """Steps per scored answer, the label step included."""
    avg_tokens: float | None
    """Output tokens per answer, over the answers whose server counted them."""
    coverage: float | None
    """Percent of `asked` that were scored."""
    outcomes: dict[str, int]
    """How many samples, or where they were asked several times answers, ended in which way; kinds that did not occur
    are absent."""
    bounds: dict[str, Bounds | None]
    """By score name."""
    interval: dict[str, Interval | None]
    """By score name, samples of one source video being taken together; None where they are of too few to tell."""
    baselines: BaselineFigures | None = None
    """What recognition is to be held against; None for the questions of one gold label, which have no chance level of
    their own."""
    labels: LabelFigures | None = None
    """What the label taxonomy says without a judge; None where no sample's labels were scored."""
    grounding: GroundingFigures | None = None
    """How reasons stand against the evidence; None but under `grounded`."""
    panel: PanelFigures | None = None
    """How far several judgements of the same steps agree; None where there is one of each."""
    variation: VariationFigures | None = None
    """How far repeated answers to the same samples vary; None where every sample was asked once."""

    @property
    def asked(self) -> int:
        """How often samples were asked: samples times epochs."""
        return sum(self.outcomes.values())

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data, at full precision; `variation` only where samples were asked several times."""
        fields = asdict(self)
        return fields if self.variation is not None else {k: v for k, v in fields.items() if k != "variation"}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Figures:
        """What `to_json` gave, read back.

        Raises:
            ValueError: it is something else.
        """
        return _reader().validate_python(fields)


@cache
def _reader() -> TypeAdapter[Figures]:
    return TypeAdapter(Figures)


class Tally:
    """Running sums from which `Figures` are made; holds no samples."""

    __slots__ = (
        "_outcomes",
        "_samples",
        "_scored",
        "_scores",
        "_steps",
        "_token_answers",
        "_tokens",
        "_unscored",
    )

    def __init__(self) -> None:
        self._scores = {name: Moments() for name in SCORES}
        self._outcomes: Counter[str] = Counter()
        self._samples = 0
        self._scored = 0
        self._unscored = Fraction(0)
        self._steps = 0
        self._tokens = 0
        self._token_answers = 0

    def add(self, *ends: Ended, group: Hashable = None) -> None:
        """Count one sample: how it ended, once for each time that it was asked.

        Args:
            group: what it shares with samples that it is not independent of; None for a sample by itself.
        """
        self._samples += 1
        for end in ends:
            self._outcomes[end.kind] += 1
            self._steps += end.n_steps
        scored = sum(end.scores is not None for end in ends)
        self._scored += scored
        self._unscored += Fraction(len(ends) - scored, len(ends))
        for place, moments in enumerate(self._scores.values()):
            moments.add(*(end.scores[place] if end.scores is not None else 0.0 for end in ends), group=group)

    def add_tokens(self, output_tokens: int) -> None:
        """Count the tokens of one answer."""
        self._tokens += output_tokens
        self._token_answers += 1

    def figures(self) -> Figures:
        """What has been counted so far."""
        return Figures(
            count=self._samples,
            scored=self._scored,
            recognition=self._scores["recognition"].percent(),
            reasoning=self._scores["reasoning"].percent(),
            cot=self._scores["cot"].percent(),
            avg_step=_ratio(self._steps, self._scored),
            avg_tokens=_ratio(self._tokens, self._token_answers),
            coverage=_ratio(100 * self._scored, self._outcomes.total()),
            outcomes=dict(sorted(self._outcomes.items())),
            bounds={name: moments.bounds(self._unscored) for name, moments in self._scores.items()},
            interval={name: moments.interval() for name, moments in self._scores.items()},
        )


def _ratio(numerator: float, denominator: int) -> float | None:
    return numerator / denominator if denominator else None
