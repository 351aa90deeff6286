"""How scores go with the number of steps and the length of answers, beside what the formula forces (`forced`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cuewise.analysis.clustered import Estimated, Mask, centred, coefficient, difference, dot, shares_of_parts
from cuewise.analysis.correlations import ranked, spearman
from cuewise.analysis.forced import forced_rank, forced_values
from cuewise.analysis.table import POINTS, Floats, Integers, RunTable

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
    """Spearman's correlation, of ranks within tasks."""
    forced_rank: float | None
    """Spearman's correlation that the formula alone gives; of steps only."""


@dataclass(frozen=True, slots=True)
class ReasonsGap:
    """Why answers with reasons score more CoT than answers without, in percentage points of CoT, within tasks."""

    with_reasons: int
    without_reasons: int
    """Scored answers."""
    gap: Estimated
    """Mean CoT of answers with reasons minus that of answers without."""
    forced: float
    """(1 - alpha) x difference of mean reasoning, which answers without reasons have 0 of whatever they are."""
    recognition: float
    """alpha x difference of mean recognition: the only part that says something of the model."""


@dataclass(frozen=True)
class LengthEffects:
    """A run's scored answers by their length."""

    count: int
    """Scored answers."""
    pass_rate: float | None
    """Percent of reasons that earn their point, over all tasks; None where there is no reason."""
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
    """Tasks of runs: within these slopes and ranks are taken, and forced values are theirs."""
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

    Slopes and ranks are taken within tasks: a hard task whose answers are long is no effect of length.

    Args:
        clusters: (n_samples,) which samples are not independent: numbers from 0.
        alphas: of each run, the weight of recognition in CoT.
        runs: (n_answers,) which run an answer is of, where the table pools several. Slopes are then
            taken within runs, and there are no rank correlations and no gap.
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
    samples = table.sample[kept]
    strata = _strata(table, samples, own)
    forced = forced_values(points, reasons, strata, alpha)
    rate = dot(points["reasoning"], reasons) / max(float(reasons.sum()), 1.0)
    return _Scored(points, reasons, forced, clusters[samples], strata, alpha, rate)


def _strata(table: RunTable, samples: Integers, runs: Integers) -> Integers:
    """(n,) a number per run and task."""
    tasks = table.tasks()
    task = np.empty(len(table.samples), dtype=np.int64)
    for number, places in enumerate(tasks.values()):
        task[places] = number
    return runs * len(tasks) + task[samples]


def _effects(
    measure: str, values: Floats, scored: _Scored, scores: Sequence[str], *, pooled: bool
) -> list[Effect]:
    known = ~np.isnan(values)
    values, clusters, strata = values[known], scored.clusters[known], scored.strata[known]
    unit = 1 if measure == "steps" else LENGTH_UNIT
    bins = _bins(measure, values)
    columns = np.stack([scored.points[score][known] for score in scores], axis=1)
    observed = shares_of_parts(columns, np.stack(bins), clusters)
    ranks = None if pooled else ranked(values, strata)
    x = centred(values, strata)
    found = []
    for at, score in enumerate(scores):
        points, forced = columns[:, at], scored.forced[score][known]
        y, built_in = centred(points, strata), centred(forced, strata)
        own, beyond = coefficient(x, y, clusters), coefficient(x, y - built_in, clusters)
        found.append(
            Effect(
                measure=measure,
                score=score,
                bins=tuple(
                    _bin(values[inside], of_bin[at], forced[inside])
                    for inside, of_bin in zip(bins, observed, strict=True)
                ),
                slope=None if own is None else own.times(100 * unit),
                forced_slope=100 * unit * (own.value - beyond.value) if own and beyond else None,
                beyond=None if beyond is None else beyond.times(100 * unit),
                rank=None if ranks is None else spearman(ranks, ranked(points, strata), clusters),
                forced_rank=forced_rank(
                    score, scored.points, scored.reasons, scored.strata, float(scored.alpha[0])
                )
                if measure == "steps" and not pooled
                else None,
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


def _bin(values: Floats, observed: Estimated | None, forced: Floats) -> Bin:
    assert observed is not None  # no bin is empty
    middle, built_in = float(values.mean()), 100 * float(forced.mean())
    return Bin(float(values.min()), float(values.max()), middle, observed.times(100), built_in)


def _gap(scored: _Scored, alpha: float) -> ReasonsGap | None:
    has = scored.reasons > 0
    gap, reasoning, recognition = (
        difference(scored.points[name], has, scored.clusters, scored.strata)
        for name in ("cot", "reasoning", "recognition")
    )
    if gap is None or reasoning is None or recognition is None:
        return None
    return ReasonsGap(
        int(has.sum()),
        int((~has).sum()),
        gap.times(100),
        100 * (1 - alpha) * reasoning.value,
        100 * alpha * recognition.value,
    )
