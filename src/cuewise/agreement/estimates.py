"""Estimates of a share or a mean with 95 % intervals, where samples, not steps, are independent of each other.

Arguments are shares and values in 0..1; estimates are in percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

from cuewise.scores.intervals import Z_95, Interval, PooledShare, wilson


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, percent. Scores are cut at 0 and 100."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of steps with two 95 % intervals, percent."""

    value: float
    steps: int
    """Steps that it is a share of."""
    samples: int
    """Samples that these steps come from."""
    effective: int
    """So many independent steps would tell as much as these do (Kish's effective sample size, rounded down);
    `steps` at most. Where the share is 0 or 100 or there is one sample: `samples`."""
    wilson: Interval
    """Wilson's interval, as if all steps were independent."""
    clustered: Interval
    """Wilson's interval for the effective number of steps, not rounded: the one to trust."""


def student_t_95(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t distribution.

    The expansion of Abramowitz and Stegun, 26.7.5; off by less than 0.0001 from 9 degrees of freedom on.

    Args:
        freedom: degrees of freedom, at least 1.

    >>> round(student_t_95(9), 3)
    2.262
    """
    z = Z_95
    return fsum(
        (
            z,
            (z**3 + z) / (4 * freedom),
            (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2),
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3),
            (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4),
        )
    )


def step_share(hits: Sequence[int], counts: Sequence[int]) -> Share | None:
    """The share of steps that are hits, all samples' steps pooled (`PooledShare`); None where there is no step.

    Args:
        hits: per sample, 0..counts; shape (n_samples,).
        counts: steps per sample; shape (n_samples,).
    """
    pooled = PooledShare()
    for hit, count in zip(hits, counts, strict=True):
        pooled.add(hit, count)
    estimate = pooled.estimate()
    if estimate is None:
        return None
    return Share(
        value=estimate.percent,
        steps=estimate.count,
        samples=sum(count > 0 for count in counts),
        effective=max(1, int(pooled.effective())),
        wilson=wilson(sum(hits), estimate.count),
        clustered=estimate.interval,
    )


def effective_number(share: float, spread: float, n_steps: int) -> int:
    """How many independent steps would give a share this variance: share (1 - share) / spread, 1..n_steps."""
    if spread * n_steps <= share * (1 - share):
        return n_steps
    # A whole number must not lose one to rounding.
    return max(1, int(share * (1 - share) / spread * (1 + 1e-12)))


def mean(values: Sequence[float]) -> float:
    """Sum over count; at least one value."""
    return fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Squares about the mean over n - 1; 0 for a single value."""
    centre = mean(values)
    return fsum((value - centre) ** 2 for value in values) / max(1, len(values) - 1)


def mean_estimate(values: Sequence[float]) -> Estimate:
    """The mean of one value per sample: mean +- t s / sqrt(n).

    Where all values are equal, Wilson's interval for n samples, as there is no spread to go by.
    """
    return prediction_powered(values, values, (), weight=0.0)


def mean_difference(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """The mean of first - second, in percentage points: -100..100, +- t s / sqrt(n)."""
    differences = [a - b for a, b in zip(first, second, strict=True)]
    value = mean(differences)
    half = student_t_95(max(1, len(first) - 1)) * sqrt(variance(differences) / len(differences))
    return Estimate(100 * value, 100 * (value - half), 100 * (value + half))


def tuned_weight(truth: Sequence[float], judged: Sequence[float], unrated: Sequence[float]) -> float:
    """How far the judge's ratings of unrated samples are to be relied on, 0 (not at all) to 1.

    The weight of least variance in PPI++ (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453):
    cov(truth, judged) / ((1 + n / N) var(judged)), for n rated and N unrated samples. 0 without unrated ones.

    Args:
        truth: per rated sample, as raters see it; shape (n,).
        judged: the same samples as the judge sees them; shape (n,).
        unrated: per other sample, as the judge sees it; shape (N,).
    """
    spread = variance([*judged, *unrated])
    if not unrated or not spread or len(truth) < 2:
        return 0.0
    true_mean, judged_mean = mean(truth), mean(judged)
    products = ((a - true_mean) * (b - judged_mean) for a, b in zip(truth, judged, strict=True))
    covariance = fsum(products) / (len(truth) - 1)
    return min(1.0, max(0.0, covariance / ((1 + len(truth) / len(unrated)) * spread)))


def prediction_powered(
    truth: Sequence[float], judged: Sequence[float], unrated: Sequence[float], *, weight: float
) -> Estimate:
    """The mean truth over all samples, from the few whose truth is known and the judge's view of all.

    Prediction-powered inference for a mean (Angelopoulos et al., Science 382, 2023, 669-674):
    mean(truth) + w (mean(unrated) - mean(judged)), with variance var(truth - w judged) / n + w^2 var(unrated) / N.
    With w = 0 it is the mean of the rated samples alone. The quantile is Student's with n - 1 degrees of freedom.

    Args:
        truth, judged, unrated: as for `tuned_weight`.
        weight: 0..1; 1 is the first paper's estimator.
    """
    rectifier = [a - weight * b for a, b in zip(truth, judged, strict=True)]
    value, spread = mean(rectifier), variance(rectifier) / len(rectifier)
    if unrated:
        value += weight * mean(unrated)
        spread += weight**2 * variance(unrated) / len(unrated)
    if not spread or len(truth) < 2:
        cautious = wilson(min(1.0, max(0.0, value)) * len(truth), len(truth))
        return _estimate(value, cautious.low / 100, cautious.high / 100)
    half = student_t_95(len(truth) - 1) * sqrt(spread)
    return _estimate(value, value - half, value + half)


def rogan_gladen(apparent: float, sensitivity: float, specificity: float) -> float:
    """The true share of right steps behind the share that the judge passes.

    (apparent + specificity - 1) / (sensitivity + specificity - 1), cut at 0 and 1 (Rogan and Gladen, American
    Journal of Epidemiology 107, 1978, 71-76).

    Raises:
        ValueError: sensitivity + specificity is not above 1: the judge tells right from wrong no better than chance.

    >>> round(rogan_gladen(0.75, sensitivity=0.9, specificity=0.6), 3)
    0.7
    """
    youden = sensitivity + specificity - 1
    if youden <= 0:
        raise ValueError("sensitivity and specificity must add up to more than 1")
    return min(1.0, max(0.0, (apparent + specificity - 1) / youden))


def lang_reiczigel(
    apparent: float,
    n_apparent: int,
    sensitivity: float,
    n_sensitivity: int,
    specificity: float,
    n_specificity: int,
) -> Estimate:
    """Rogan and Gladen's estimate with the interval of Lang and Reiczigel.

    The interval (Preventive Veterinary Medicine 113, 2014, 13-22; equations 4 to 17, with (1 - P)^2 where
    equation 4 has a misprint) takes the three shares as measured on independent sets of steps. Where steps are
    not independent of each other, give effective numbers.

    Args:
        apparent: share that the judge passes, of `n_apparent`.
        sensitivity: share of right steps that it passes, of `n_sensitivity`.
        specificity: share of wrong steps that it fails, of `n_specificity`.

    Raises:
        ValueError: sensitivity + specificity is not above 1.
    """
    value = rogan_gladen(apparent, sensitivity, specificity)
    # One success and one failure more for the judge's shares, z^2 / 2 of each for the apparent one.
    n_sens, n_spec, n_app = n_sensitivity + 2, n_specificity + 2, n_apparent + Z_95**2
    sens = (n_sensitivity * sensitivity + 1) / n_sens
    spec = (n_specificity * specificity + 1) / n_spec
    app = (n_apparent * apparent + Z_95**2 / 2) / n_app
    youden = sens + spec - 1
    centre = (app + spec - 1) / youden
    sens_spread, spec_spread = sens * (1 - sens) / n_sens, spec * (1 - spec) / n_spec
    shift = 2 * Z_95**2 * (centre * sens_spread - (1 - centre) * spec_spread)
    spread = app * (1 - app) / n_app + centre**2 * sens_spread + (1 - centre) ** 2 * spec_spread
    half = Z_95 * sqrt(spread) / youden
    return _estimate(value, centre + shift - half, centre + shift + half)


def over_all_asked(estimate: Estimate, judged: int, asked: int) -> Estimate:
    """What an estimate over `judged` samples is over all that were asked, of which the others count as 0.

    p x estimate for p = judged / asked; the uncertainties of both, taken as independent, are joined below and
    above (Zou and Donner, Statistics in Medicine 27, 2008, 1693-1702).
    """
    share = judged / asked
    extra = Z_95**2 * estimate.value**2 * share * (1 - share) / asked
    value = share * estimate.value
    low = value - sqrt((share * (estimate.value - estimate.low)) ** 2 + extra)
    high = value + sqrt((share * (estimate.high - estimate.value)) ** 2 + extra)
    return _estimate(value / 100, low / 100, high / 100)


def _estimate(value: float, low: float, high: float) -> Estimate:
    value, low, high = (100 * min(1.0, max(0.0, each)) for each in (value, low, high))
    return Estimate(value, min(low, value), max(high, value))
