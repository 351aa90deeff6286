"""How scores go with the number of steps and the length of answers, and how much of that the formula itself forces.

Reasoning is 0 where an answer gives no reason, and CoT = alpha x recognition + (1 - alpha) x reasoning. So if a model's
reasons pass with one and the same probability p, and its recognition does not depend on the number of steps, it
still scores E[reasoning | no reason] = 0, E[reasoning | reasons] = p and E[CoT] = alpha r + (1 - alpha) E[reasoning].
These are the forced values; what is observed beyond them is the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import atanh, sqrt, tanh
from typing import Final

import numpy as np
from scipy.special import gammaln

from cuewise.analysis.clustered import (
    Estimated,
    Mask,
    centred,
    coefficient,
    difference,
    dot,
    pearson,
    ranked,
    share,
    spearman,
    weighted_spearman,
)
from cuewise.analysis.table import POINTS, Floats, Integers, RunTable
from cuewise.scores.intervals import Z_95

MEASURES: Final = ("steps", "characters", "tokens")
"""What scores are held against."""

MOST_STEPS: Final = 8
"""Answers with more steps share the last bin."""

LENGTH_BINS: Final = 6
"""Bins of equal size that lengths are cut into."""

LENGTH_UNIT: Final = 100
"""Slopes over lengths are per so many characters or tokens."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one length."""

    low: float
    """Least and largest number of steps, characters or tokens in it."""
    high: float
    middle: float
    """Their mean."""
    observed: Estimated
    """Mean score, percent."""
    forced: float
    """What the formula alone gives these answers, percent."""


@dataclass(frozen=True)
class Effect:
    """How one score goes with one measure of length."""

    measure: str
    """Of `MEASURES`."""
    score: str
    """Of `POINTS`."""
    bins: tuple[Bin, ...]
    slope: Estimated | None
    """Percentage points per step, or per 100 characters or tokens, within tasks; None where the length never varies, as
    the next."""
    forced_slope: float | None
    """The slope of the forced values."""
    beyond: Estimated | None
    """Slope of what is observed beyond the forced values."""
    rank: Estimated | None
    """Spearman's correlation."""
    forced_rank: float | None
    """Spearman's correlation that the formula alone gives; of steps only."""


@dataclass(frozen=True, slots=True)
class ReasonsGap:
    """Why answers with reasons score more CoT than answers without, in percentage points of CoT."""

    with_reasons: int
    without_reasons: int
    """Scored answers."""
    gap: Estimated
    """Mean CoT of answers with reasons minus that of answers without."""
    forced: float
    """(1 - alpha) x mean reasoning of answers with reasons: the others have 0 whatever they are."""
    recognition: float
    """alpha x difference of mean recognition: the only part that says something of the model."""


@dataclass(frozen=True)
class LengthEffects:
    """A run's scored answers by their length."""

    count: int
    """Scored answers."""
    pass_rate: float | None
    """p: percent of reasons that earn their point; None where there is no reason."""
    recognition: float
    """Mean over scored answers, percent."""
    no_reason: float
    """Percent of scored answers that give no reason."""
    effects: tuple[Effect, ...]
    gap: ReasonsGap | None
    """None where all or none of the answers give reasons."""

    def effect(self, measure: str, score: str) -> Effect:
        """One of the effects."""
        return next(one for one in self.effects if (one.measure, one.score) == (measure, score))


@dataclass(frozen=True)
class _Scored:
    """The scored answers and what the formula forces on each, all (n,)."""

    points: dict[str, Floats]
    reasons: Floats
    """Reasoning steps that count."""
    forced: dict[str, Floats]
    clusters: Integers
    strata: Integers
    """Within which slopes are taken: tasks of runs."""
    alpha: Floats
    pass_rate: float
    """0..1."""


def length_effects(
    table: RunTable,
    clusters: Integers,
    *,
    alphas: Sequence[float],
    runs: Integers | None = None,
    measures: Sequence[str] = MEASURES,
    scores: Sequence[str] = POINTS,
) -> LengthEffects | None:
    """How the scores go with steps, characters and tokens; None where nothing is scored.

    Slopes are taken within tasks: a hard task whose answers are long is no effect of length.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
        alphas: of each run, the weight of recognition in CoT.
        runs: (n_answers,) which run an answer is of, where the table pools several. The forced values are then each
            run's own, slopes are taken within runs, and there are no rank correlations and no gap.
        measures: of `MEASURES`, those wanted.
        scores: of `POINTS`, those wanted.
    """
    kept = table.scored
    if not kept.any():
        return None
    scored = _scored(table, kept, clusters, alphas, runs)
    columns = {
        "steps": table.steps.astype(np.float64),
        "characters": table.characters,
        "tokens": table.tokens,
    }
    effects = [
        one
        for name in measures
        if not np.isnan(columns[name][kept]).all()
        for one in _effects(name, columns[name][kept], scored, scores, pooled=len(alphas) > 1)
    ]
    return LengthEffects(
        count=int(kept.sum()),
        pass_rate=100 * scored.pass_rate if scored.reasons.any() else None,
        recognition=100 * float(scored.points["recognition"].mean()),
        no_reason=100 * float((scored.reasons == 0).mean()),
        effects=tuple(effects),
        gap=_gap(scored, alphas[0]) if len(alphas) == 1 else None,
    )


def _scored(
    table: RunTable, kept: Mask, clusters: Integers, alphas: Sequence[float], runs: Integers | None
) -> _Scored:
    points = {name: table.points[name][kept] for name in POINTS}
    counted = table.grounding["reasons"][kept]
    reasons = np.where(np.isnan(counted), np.maximum(table.steps[kept] - 1, 0), counted)
    own = np.zeros(len(reasons), dtype=np.int64) if runs is None else runs[kept]
    alpha = np.array(alphas, dtype=np.float64)[own]
    reasoning = _ratios(points["reasoning"] * reasons, reasons, own)[own] * (reasons > 0)
    recognition = _ratios(points["recognition"], np.ones(len(own)), own)[own]
    forced = {
        "recognition": recognition,
        "reasoning": reasoning,
        "cot": alpha * recognition + (1 - alpha) * reasoning,
    }
    rate = dot(points["reasoning"], reasons) / max(float(reasons.sum()), 1.0)
    samples = table.sample[kept]
    return _Scored(points, reasons, forced, clusters[samples], _strata(table, samples, own), alpha, rate)


def _strata(table: RunTable, samples: Integers, runs: Integers) -> Integers:
    """(n,) a number per run and task."""
    tasks = table.tasks()
    task = np.empty(len(table.samples), dtype=np.int64)
    for number, places in enumerate(tasks.values()):
        task[places] = number
    return runs * len(tasks) + task[samples]


def _ratios(part: Floats, whole: Floats, runs: Integers) -> Floats:
    """Sum of parts over sum of wholes by run, 0 where there is no whole."""
    wholes = np.bincount(runs, weights=whole)
    ratios: Floats = np.bincount(runs, weights=part) / np.maximum(wholes, 1e-12)
    return ratios


def _effects(
    measure: str, values: Floats, scored: _Scored, scores: Sequence[str], *, pooled: bool
) -> list[Effect]:
    known = ~np.isnan(values)
    values, clusters, strata = values[known], scored.clusters[known], scored.strata[known]
    unit = 1 if measure == "steps" else LENGTH_UNIT
    bins = _bins(measure, values)
    ranks = None if pooled else ranked(values)
    x = centred(values, strata)
    found = []
    for score in scores:
        points, forced = scored.points[score][known], scored.forced[score][known]
        y, built_in = centred(points, strata), centred(forced, strata)
        own, beyond = coefficient(x, y, clusters), coefficient(x, y - built_in, clusters)
        found.append(
            Effect(
                measure=measure,
                score=score,
                bins=tuple(_bin(values, points, forced, clusters, inside) for inside in bins),
                slope=None if own is None else own.times(100 * unit),
                forced_slope=100 * unit * (own.value - beyond.value) if own and beyond else None,
                beyond=None if beyond is None else beyond.times(100 * unit),
                rank=None if ranks is None else spearman(ranks, ranked(points), clusters),
                forced_rank=_forced_rank(score, scored) if measure == "steps" and not pooled else None,
            )
        )
    return found


def _bins(measure: str, values: Floats) -> list[Mask]:
    """Masks of the answers in each bin that is not empty."""
    if measure == "steps":
        codes: Floats = np.minimum(values, MOST_STEPS).astype(np.float64)
    else:
        edges = np.quantile(values, np.linspace(0, 1, LENGTH_BINS + 1)[1:-1])
        codes = np.searchsorted(edges, values, side="right").astype(np.float64)
    return [codes == code for code in np.unique(codes).tolist()]


def _bin(values: Floats, points: Floats, forced: Floats, clusters: Integers, inside: Mask) -> Bin:
    own = values[inside]
    observed = share(points[inside], clusters[inside])
    assert observed is not None  # no bin is empty
    middle, built_in = float(own.mean()), 100 * float(forced[inside].mean())
    return Bin(float(own.min()), float(own.max()), middle, observed.times(100), built_in)


def _gap(scored: _Scored, alpha: float) -> ReasonsGap | None:
    has = scored.reasons > 0
    gap = difference(scored.points["cot"], has, scored.clusters)
    if gap is None:
        return None
    recognition = scored.points["recognition"]
    apart = float(recognition[has].mean() - recognition[~has].mean())
    reasoning = float(scored.points["reasoning"][has].mean())
    return ReasonsGap(
        int(has.sum()), int((~has).sum()), gap.times(100), 100 * (1 - alpha) * reasoning, 100 * alpha * apart
    )


def _forced_rank(score: str, scored: _Scored) -> float | None:
    """Spearman's correlation of the number of steps with a score where each of m reasons passes with probability p,
    independently of the others and of recognition: of the exact distribution, answers with m reasons having a reasoning
    score of j / m with binomial probability."""
    if score == "recognition":
        return 0.0
    counts = np.bincount(scored.reasons.astype(np.int64))
    atoms = [
        (m, j / m if m else 0.0, count * chance)
        for m, count in enumerate(counts.tolist())
        if count
        for j, chance in enumerate(_binomial(m, scored.pass_rate))
    ]
    steps, scores, weights = (np.array(column, dtype=np.float64) for column in zip(*atoms, strict=True))
    if score == "cot":
        alpha = float(scored.alpha[0])
        values, shares = np.unique(scored.points["recognition"], return_counts=True)
        weights = np.outer(weights, shares / shares.sum()).ravel()
        steps = np.repeat(steps, len(values))
        # Rounded, as equal scores must be equal ranks whichever way they were summed up.
        scores = np.round(
            np.repeat((1 - alpha) * scores, len(values)) + np.tile(alpha * values, len(scores)), 9
        )
    return weighted_spearman(steps, scores, weights / weights.sum())


def _binomial(count: int, probability: float) -> list[float]:
    """Probabilities of 0..count successes."""
    p = min(1.0, max(0.0, probability))
    if p in (0.0, 1.0):
        return [float(j == count * p) for j in range(count + 1)]
    logs = _log_choices(count)
    j = np.arange(count + 1)
    chances: list[float] = np.exp(logs + j * np.log(p) + (count - j) * np.log(1 - p)).tolist()
    return chances


@cache
def _log_choices(count: int) -> Floats:
    j = np.arange(count + 1)
    logs: Floats = gammaln(count + 1) - gammaln(j + 1) - gammaln(count - j + 1)
    return logs


# --- over models -------------------------------------------------------------------------------------


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
    corr(CoT, steps) the forced part is what CoT inherits from reasoning, t corr(reasoning, steps) / sd(CoT).
    """
    columns = {
        name: np.array([_figure(point, name) for point in points], dtype=np.float64)
        for name in ("recognition", "reasoning", "cot", "steps", "tokens")
    }
    s = alpha * float(columns["recognition"].std()) if len(points) else 0.0
    t = (1 - alpha) * float(columns["reasoning"].std()) if len(points) else 0.0
    both = sqrt(s * s + t * t)
    found = []
    for first, second in _PAIRS:
        known = ~np.isnan(columns[first]) & ~np.isnan(columns[second])
        r = _plain_correlation(columns[first][known], columns[second][known])
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
        forced = None
        if first == "cot" and both:
            forced = {"reasoning": t / both, "recognition": s / both}.get(second)
            if forced is None:
                inherited = _plain_correlation(columns["reasoning"][known], columns[second][known])
                spread = float(columns["cot"][known].std())
                own = (1 - alpha) * float(columns["reasoning"][known].std())
                forced = None if inherited is None else own * inherited / spread
        found.append(ModelCorrelation(first, second, r, low, high, count, forced))
    return tuple(found)


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


def _plain_correlation(x: Floats, y: Floats) -> float | None:
    found = pearson(x, y, np.arange(len(x)))
    return None if found is None else found.value
