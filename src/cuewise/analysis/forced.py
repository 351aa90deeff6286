"""What the formula alone makes of steps and scores: forced values of answers and their forced rank correlation.

Reasoning is 0 where an answer gives no reason, and CoT = alpha x recognition + (1 - alpha) x reasoning. So if a model's
reasons pass with one and the same probability p, and its recognition does not depend on the number of steps, it
still scores E[reasoning | no reason] = 0, E[reasoning | reasons] = p and E[CoT] = alpha r + (1 - alpha) E[reasoning].
Tasks differ in p and r for reasons that have nothing to do with steps, so both are taken within strata: tasks of runs.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import gammaln

from cuewise.analysis.correlations import weighted_spearman
from cuewise.analysis.table import Floats, Integers


def forced_values(
    points: dict[str, Floats], reasons: Floats, strata: Integers, alpha: Floats
) -> dict[str, Floats]:
    """The forced values of each answer by score, 0..1, (n,).

    Args:
        points: by score, 0..1, (n,).
        reasons: how many each answer gives, (n,).
        strata: (n,) numbers from 0.
        alpha: weight of recognition in CoT, (n,).
    """
    rates = pass_rates(points["reasoning"], reasons, strata)
    reasoning = rates[strata] * (reasons > 0)
    recognition = _ratios(points["recognition"], np.ones(len(strata)), strata)[strata]
    return {
        "recognition": recognition,
        "reasoning": reasoning,
        "cot": alpha * recognition + (1 - alpha) * reasoning,
    }


def pass_rates(reasoning: Floats, reasons: Floats, strata: Integers) -> Floats:
    """p of each stratum: the share of its reasons that earn their point; 0 where it has none."""
    return _ratios(reasoning * reasons, reasons, strata)


def _ratios(part: Floats, whole: Floats, strata: Integers) -> Floats:
    wholes = np.bincount(strata, weights=whole)
    ratios: Floats = np.bincount(strata, weights=part) / np.maximum(wholes, 1e-12)
    return ratios


def forced_rank(
    score: str, points: dict[str, Floats], reasons: Floats, strata: Integers, alpha: float
) -> float | None:
    """Spearman's correlation, within strata, of the number of steps with a score where each reason passes with its
    stratum's probability, independently of the others and of recognition: of the exact distribution, answers with m
    reasons having a reasoning score of j / m with binomial probability. None where either does not vary."""
    if score == "recognition":
        return 0.0
    rates = pass_rates(points["reasoning"], reasons, strata)
    parts: list[tuple[Floats, Floats, Floats]] = []
    for stratum in np.unique(strata).tolist():
        inside = strata == stratum
        steps, scores, weights = _atoms(reasons[inside], float(rates[stratum]))
        if score == "cot":
            values, counts = np.unique(points["recognition"][inside], return_counts=True)
            weights = np.outer(weights, counts / counts.sum()).ravel()
            steps = np.repeat(steps, len(values))
            scores = ((1 - alpha) * scores[:, None] + alpha * values).ravel()
        parts.append((steps, scores, weights))
    steps, scores, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    own = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    # Rounded, as equal scores must be equal ranks whichever way they were summed up.
    return weighted_spearman(steps, np.round(scores, 9), weights, own)


def _atoms(reasons: Floats, rate: float) -> tuple[Floats, Floats, Floats]:
    """Number of reasons, reasoning score and how many answers are expected to have both."""
    counts = np.bincount(reasons.astype(np.int64))
    given = np.flatnonzero(counts)
    steps = np.repeat(given, given + 1).astype(np.float64)
    scores = np.concatenate([np.arange(m + 1) / max(m, 1) for m in given.tolist()])
    weights = np.concatenate([counts[m] * _binomial(m, rate) for m in given.tolist()])
    return steps, scores, weights


def _binomial(count: int, probability: float) -> Floats:
    """Probabilities of 0..count successes."""
    p = min(1.0, max(0.0, probability))
    if p in (0.0, 1.0):
        return np.asarray(np.arange(count + 1) == count * p, dtype=np.float64)
    logs = _log_choices(count)
    j = np.arange(count + 1)
    chances: Floats = np.exp(logs + j * np.log(p) + (count - j) * np.log(1 - p))
    return chances


@cache
def _log_choices(count: int) -> Floats:
    j = np.arange(count + 1)
    logs: Floats = gammaln(count + 1) - gammaln(j + 1) - gammaln(count - j + 1)
    return logs
