"""Over several models: which of their figures go together, and how much of that the formula of CoT forces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from typing import Final

import numpy as np

from cuewise.analysis.correlations import plain_pearson
from cuewise.analysis.table import Floats
from cuewise.scores.intervals import Z_95


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """One model's means."""

    name: str
    recognition: float
    """Percent, as the next two."""
    reasoning: float
    cot: float
    steps: float | None
    """Per answer; None where not known."""
    tokens: float | None = None


@dataclass(frozen=True, slots=True)
class ModelCorrelation:
    """Pearson's correlation of two of the models' figures."""

    first: str
    second: str
    value: float
    low: float | None
    """End of the 95 % interval by Fisher's z, tanh(artanh r +- 1.96 / sqrt(n - 3)); None for three models or fewer."""
    high: float | None
    count: int
    """Models."""
    forced: float | None
    """What CoT = alpha x recognition + (1 - alpha) x reasoning alone gives; None where it forces nothing."""


def over_models(points: Sequence[ModelPoint], *, alpha: float = 0.5) -> tuple[ModelCorrelation, ...]:
    """How the figures of several models go together: CoT with reasoning, recognition, steps and tokens, and
    reasoning with recognition and steps. Correlations of fewer than three models are left out, and so is a figure that
    does not vary.

    With s = alpha sd(recognition) and t = (1 - alpha) sd(reasoning), and no relation at all between recognition and
    reasoning, corr(CoT, reasoning) = t / sqrt(s^2 + t^2) and corr(CoT, recognition) = s / sqrt(s^2 + t^2). Of
    corr(CoT, steps) the forced part is what CoT inherits from reasoning where recognition has nothing to do with
    either, corr(reasoning, steps) t / sqrt(s^2 + t^2). Spreads are over the models whose figures are known.
    """
    columns = {
        name: np.array([_figure(point, name) for point in points], dtype=np.float64)
        for name in ("recognition", "reasoning", "cot", "steps", "tokens")
    }
    found = []
    for first, second in _PAIRS:
        known = ~np.isnan(columns[first]) & ~np.isnan(columns[second])
        r = plain_pearson(columns[first][known], columns[second][known])
        if r is None:
            continue
        count = int(known.sum())
        half = Z_95 / sqrt(count - 3) if count > 3 else None
        exact = 1 - abs(r) < 1e-12
        low, high = (
            (None, None)
            if half is None
            else (r, r)
            if exact
            else (tanh(atanh(r) - half), tanh(atanh(r) + half))
        )
        forced = _forced(second, {name: column[known] for name, column in columns.items()}, alpha)
        found.append(ModelCorrelation(first, second, r, low, high, count, forced if first == "cot" else None))
    return tuple(found)


def _forced(second: str, columns: dict[str, Floats], alpha: float) -> float | None:
    """Of a figure's correlation with CoT, over models that are known."""
    s, t = alpha * float(columns["recognition"].std()), (1 - alpha) * float(columns["reasoning"].std())
    both = sqrt(s * s + t * t)
    if not both:
        return None
    if second == "recognition":
        return s / both
    if second == "reasoning":
        return t / both
    inherited = plain_pearson(columns["reasoning"], columns[second])
    return None if inherited is None else inherited * t / both


_PAIRS: Final = (
    ("cot", "reasoning"),
    ("cot", "recognition"),
    ("cot", "steps"),
    ("cot", "tokens"),
    ("reasoning", "recognition"),
    ("reasoning", "steps"),
)


def _figure(point: ModelPoint, name: str) -> float:
    value = getattr(point, name)
    return np.nan if value is None else value
