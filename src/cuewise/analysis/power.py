"""How small a difference a task can show at all: the minimum detectable difference, in percentage points."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

from scipy.special import ndtri

SHARE: Final = 0.4
"""A score near those of the best published models, where none is given."""

CORRELATION: Final = 0.05
"""What two samples of one video are taken to correlate by. An assumption: gold labels do by 0.00 to 0.44, depending on
the task, and it is the runs that must tell by how much answers do."""


def minimum_detectable_difference(
    n: float,
    *,
    share: float = SHARE,
    discordance: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float | None:
    """The true difference between two runs over the same n samples that a paired test finds with probability `power`.

    The d that solves (z_a sqrt(w) + z_b sqrt(w - d^2)) / sqrt(n) = d, w being the share of samples that one run has
    right and the other wrong, z_a and z_b the normal quantiles of 1 - alpha / 2 and of power (Connor, Biometrics 43,
    1987; Miettinen, Biometrics 24, 1968).

    Args:
        n: samples, above 0; of samples in groups, divided by the design effect.
        share: what runs score, 0..1; only for the default of `discordance`.
        discordance: w, 0..1; None for that of two runs which err independently, 2 share (1 - share). Runs mostly
            err on the same samples, so that this is conservative.
        power: above alpha, below 1.
        alpha: of the two-sided test.

    Returns:
        Percentage points, 0..100 x discordance; None where no possible difference would be found so often.
    """
    w = 2 * share * (1 - share) if discordance is None else discordance
    z_a, z_b = float(ndtri(1 - alpha / 2)), float(ndtri(power))
    # Squared and solved for d: (sqrt(n) d - z_a sqrt(w))^2 = z_b^2 (w - d^2).
    a, b, c = n + z_b**2, -2 * sqrt(n * w) * z_a, w * (z_a**2 - z_b**2)
    d = (-b + sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
    return 100 * d if 0 < d <= w else None


def unpaired_minimum_detectable_difference(
    n: float, *, share: float = SHARE, power: float = 0.8, alpha: float = 0.05
) -> float:
    """The same for runs over different samples, n of each: (z_a + z_b) sqrt(2 share (1 - share) / n).

    Both variances are taken at `share` (Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed.
    2003, chapter 4).
    """
    return 100 * float(ndtri(1 - alpha / 2) + ndtri(power)) * sqrt(2 * share * (1 - share) / n)


def detectable_from_baseline(
    n: float, *, baseline: float, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """How much above a fixed baseline a run must truly score to be found above it; one-sample test of a share.

    The d that solves sqrt(n) d = z_a sqrt(b (1 - b)) + z_b sqrt((b + d)(1 - b - d)), b being the baseline (Fleiss,
    Levin and Paik 2003, chapter 2).

    Args:
        baseline: 0..1.

    Returns:
        Percentage points; None where even a perfect run would not be found so often.
    """
    z_a, z_b = float(ndtri(1 - alpha / 2)), float(ndtri(power))
    low, high = 0.0, 1.0 - baseline
    if not high or sqrt(n) * high < z_a * sqrt(baseline * (1 - baseline)):
        return None
    for _ in range(60):
        d = (low + high) / 2
        needed = z_a * sqrt(baseline * (1 - baseline)) + z_b * sqrt((baseline + d) * (1 - baseline - d))
        low, high = (d, high) if sqrt(n) * d < needed else (low, d)
    return 100 * high


def design_effect(sizes: Sequence[int], correlation: float) -> float:
    """By what factor the variance of a mean grows as samples come in groups: 1 + (sum n_g^2 / n - 1) r.

    n_g are the groups' sizes, n their sum, r the correlation of two samples of a group (Kish, Survey Sampling, 1965,
    section 5.4, for groups of any size). n divided by it is the number of independent samples that tell as much. 1 of
    no sample.
    """
    n = sum(sizes)
    return 1 + (sum(size * size for size in sizes) / n - 1) * correlation if n else 1.0
