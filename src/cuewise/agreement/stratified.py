"""The reasoning score by people where the rated samples were drawn from strata, unequally.

`calibration` takes the rated samples for a plain lot. Of strata that were sampled more or less densely that is no
longer so: small strata have more than their share of the rated samples, and a plain mean leans towards them. Here each
rated sample counts for as many as it stands for.

With N samples, N_h of stratum h, n_h of them rated, y what a sample scores by people, x by the judge, w_i = N_h / n_h
the weight of a rated sample of it, and e = y - b x:

    score = mean of b x over all samples + sum over rated of w_i e_i / N

It is the difference estimator for a stratified draw (Cochran, Sampling Techniques, 3rd ed. 1977, sections 5.3 and
7.10), and of a single stratum the one of prediction-powered inference (Angelopoulos et al. 2023), whose tuned weight
times N / (N - n) is b. It is unbiased for any b that is not chosen by the rated samples; b is the pooled slope within
strata, cut to 0..1, of all rated samples:

    b = sum v_i (y_i - y_h) (x_i - x_h) / sum v_i (x_i - x_h)^2,   v_i = w_i (w_i - 1)

as far as x varies within strata, else 0. Its variance is that of N answers of which all are rated, and of the draw:

    S^2 / N + sum over strata n_h / (n_h - 1) sum in h of (1 - 1 / w_i) (w_i / N)^2 (e_i - e_h)^2

with S^2 the variance of y, weighted. A stratum of fewer than two rated samples is taken together with the next one in
the order of names (collapsed strata, Cochran, section 5A.12), which can only widen the interval. The quantile is
Student's with Satterthwaite's degrees of freedom over the strata.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from cuewise.agreement.estimates import Estimate, lang_reiczigel
from cuewise.analysis.clustered import quantile, sums_over
from cuewise.analysis.groups import numbered
from cuewise.analysis.table import Floats, Integers
from cuewise.errors import InputError
from cuewise.scores.clusters import MIN_FREEDOM
from cuewise.scores.intervals import NO_VARIANCE, wilson


@dataclass(frozen=True, slots=True)
class RatedSample:
    """One rated sample; at least one step of known truth."""

    stratum: str
    right: tuple[bool, ...]
    """Of each step of known truth: whether it is right."""
    points: tuple[float, ...]
    """What the judge gave each of these, 0..1."""


@dataclass(frozen=True, slots=True)
class StratifiedScore:
    """The score by people of all samples that could be drawn; percent."""

    people: Estimate
    """From the rated samples alone, weighted."""
    corrected: Estimate
    """With the judge's view of all samples beside: the figure to report."""
    slope: float
    """b: how much of the judge's view went into it, 0..1."""
    rogan_gladen: Estimate | None
    """From the judge's weighted sensitivity and specificity; None where `why_none` says why."""
    sensitivity: float | None
    """Weighted share of right steps that the judge passes, percent; None where no step is right."""
    specificity: float | None
    """Weighted share of wrong steps that it fails, percent; None where no step is wrong."""
    bias: Estimate
    """The judge's mean over all samples less `corrected`; percentage points, may be negative."""
    unweighted: float
    """What a plain mean over the rated samples would say by people: off where strata were sampled unequally."""
    why_none: str = ""


@dataclass(frozen=True)
class _Draw:
    """Rated samples with the groups of strata that variances are taken in."""

    weights: Floats
    """(n,); they add up to the number of samples."""
    groups: Integers
    """(n,) numbered from 0; each has two samples or more."""
    total: float

    def variance(self, values: Floats, *, finite: bool = True) -> tuple[float, float]:
        """Of sum w_i values_i / N over the draw, and its degrees of freedom.

        Args:
            finite: whether nothing is left to chance once all samples are rated; else the samples are drawn too.
        """
        n = np.bincount(self.groups).astype(np.float64)
        centre = sums_over(self.groups, self.weights * values) / sums_over(self.groups, self.weights)
        apart = self.weights / self.total * (values - centre[self.groups])
        apart -= (sums_over(self.groups, apart) / n)[self.groups]
        squares = apart**2 * (np.maximum(0, 1 - 1 / self.weights) if finite else 1)
        by_group = n / (n - 1) * sums_over(self.groups, squares)
        whole = float(by_group.sum())
        if whole <= NO_VARIANCE:
            return 0.0, float(len(values) - len(n))
        return whole, float(whole**2 / (by_group**2 / (n - 1)).sum())

    def mean(self, values: Floats) -> float:
        return float((self.weights * values).sum() / self.total)

    def spread(self, values: Floats) -> float:
        """Variance of a value among all samples."""
        n = len(values)
        return self.mean((values - self.mean(values)) ** 2) * n / (n - 1)


def stratified_score(
    rated: Sequence[RatedSample], sizes: Mapping[str, int], judged: Floats, passes: Floats
) -> StratifiedScore:
    """The score by people of all samples in the strata, from those that were rated.

    Within a stratum rated samples must be drawn by lot, and whether a sample that was drawn came to be rated must not
    depend on how good it is. A stratum of which nobody rated a sample is taken to be like the next one.

    Args:
        rated: at least two.
        sizes: by stratum, how many samples there are; all strata of `rated`, and any that nobody rated.
        judged: per sample of all strata, the mean of what the judge gave its steps, 0..1; (N,).
        passes: the same, of whether it gave more than half a point.

    Raises:
        InputError: fewer than two samples are rated.
    """
    if len(rated) < 2:
        raise InputError("fewer than two samples are rated: nothing can be estimated from them")
    draw = _drawn(rated, sizes)
    truth = np.array([np.mean(one.right) for one in rated])
    points = np.array([np.mean(one.points) for one in rated])
    b = _slope(truth, points, draw)
    accuracy, sensitivity, specificity, why = _by_accuracy(rated, draw, passes)
    return StratifiedScore(
        people=_estimate(draw, truth, truth, 0.0),
        corrected=_estimate(draw, truth - b * points, truth, b * float(np.mean(judged))),
        slope=b,
        rogan_gladen=accuracy,
        sensitivity=sensitivity,
        specificity=specificity,
        bias=_bias(draw, truth - b * points, points - truth, (1 - b) * float(np.mean(judged))),
        unweighted=100 * float(truth.mean()),
        why_none=why,
    )


def _drawn(rated: Sequence[RatedSample], sizes: Mapping[str, int]) -> _Draw:
    """Weights that add up to all samples, and strata taken together until each group has two rated samples."""
    counts = dict.fromkeys(sorted(sizes), 0)
    for one in rated:
        counts[one.stratum] += 1
    group_of: dict[str, int] = {}
    group, filled = 0, 0
    for stratum, count in counts.items():
        group_of[stratum] = group
        filled += count
        if filled >= 2:
            group, filled = group + 1, 0
    last = max(group - 1, 0)  # what is left over at the end belongs to the group before
    group_of = {stratum: min(place, last) for stratum, place in group_of.items()}
    size_of, rated_size = np.zeros(last + 1), np.zeros(last + 1)
    for stratum, size in sizes.items():
        size_of[group_of[stratum]] += size
        rated_size[group_of[stratum]] += size if counts[stratum] else 0
    groups = numbered([group_of[one.stratum] for one in rated])
    scale = size_of / rated_size
    weights = np.array(
        [sizes[one.stratum] / counts[one.stratum] * scale[group_of[one.stratum]] for one in rated]
    )
    return _Draw(weights, groups, float(sum(sizes.values())))


def _slope(truth: Floats, points: Floats, draw: _Draw) -> float:
    """b; 0 where the judge's points do not vary within strata, or all samples were rated."""
    weights, groups = draw.weights, draw.groups
    v = weights * np.maximum(0, weights - 1)

    def apart(values: Floats) -> Floats:
        found: Floats = values - (sums_over(groups, values) / np.bincount(groups))[groups]
        return found

    x = apart(points)
    squares = float((v * x * x).sum())
    return 0.0 if squares <= NO_VARIANCE else float(np.clip((v * x * apart(truth)).sum() / squares, 0, 1))


def _estimate(draw: _Draw, residuals: Floats, truth: Floats, beside: float) -> Estimate:
    """The mean of residuals over all samples and `beside`, with the interval of both parts; percent."""
    value = beside + draw.mean(residuals)
    of_draw, freedom = draw.variance(residuals)
    spread = of_draw + draw.spread(truth) / draw.total
    if spread <= NO_VARIANCE or freedom < MIN_FREEDOM:
        # Nothing varies, or too little is rated to tell how much: as a share of so many samples.
        found = wilson(min(1.0, max(0.0, value)) * len(truth), len(truth))
        low, high = found.low / 100, found.high / 100
    else:
        half = quantile(freedom) * sqrt(spread)
        low, high = value - half, value + half
    value, low, high = (100 * min(1.0, max(0.0, end)) for end in (value, low, high))
    return Estimate(value, min(low, value), max(high, value))


def _bias(draw: _Draw, residuals: Floats, apart: Floats, beside: float) -> Estimate:
    """`beside` less the mean of residuals over all samples, with the interval of both."""
    value = beside - draw.mean(residuals)
    of_draw, freedom = draw.variance(residuals)
    half = quantile(max(1.0, freedom)) * sqrt(of_draw + draw.spread(apart) / draw.total)
    return Estimate(100 * value, 100 * (value - half), 100 * (value + half))


def _by_accuracy(
    rated: Sequence[RatedSample], draw: _Draw, passes: Floats
) -> tuple[Estimate | None, float | None, float | None, str]:
    """Rogan and Gladen's estimate, sensitivity and specificity (percent), and why there is no estimate.

    A step counts w_i / m_i for m_i steps of known truth in its sample, so that with all samples rated the estimate is
    the score itself: score = (passed + specificity - 1) / (sensitivity + specificity - 1) then holds exactly.
    """
    sides = []
    for side in (True, False):
        there = np.array([np.mean([right == side for right in one.right]) for one in rated])
        hit = np.array(
            [
                np.mean(
                    [
                        right == side and (given > 0.5) == side
                        for right, given in zip(one.right, one.points, strict=True)
                    ]
                )
                for one in rated
            ]
        )
        sides.append((hit, there, sum(right == side for one in rated for right in one.right)))
    found: list[tuple[float, int] | None] = []
    for hit, there, steps in sides:
        whole = draw.mean(there)
        if not steps:
            found.append(None)
            continue
        share = draw.mean(hit) / whole
        variance, _ = draw.variance((hit - share * there) / whole, finite=False)
        samples = int(np.count_nonzero(there))
        effective = share * (1 - share) / variance if variance > NO_VARIANCE else samples
        found.append((share, max(1, int(min(effective, steps)))))
    sensitive, specific = found
    percents = (
        None if sensitive is None else 100 * sensitive[0],
        None if specific is None else 100 * specific[0],
    )
    if sensitive is None or specific is None:
        kind = "right" if sensitive is None else "wrong"
        return (
            None,
            *percents,
            f"no rated step is {kind}, so how often the judge errs on such ones is not known",
        )
    if sensitive[0] + specific[0] <= 1:
        why = "the judge tells right steps from wrong ones no better than chance"
        return None, *percents, f"{why}: its scores mean nothing, and nothing can be corrected by them"
    apparent = float(passes.mean())
    spread = float(passes.var(ddof=1)) / len(passes)
    effective = apparent * (1 - apparent) / spread if spread > NO_VARIANCE else len(passes)
    estimate = lang_reiczigel(apparent, max(1, int(effective)), *sensitive, *specific)
    return estimate, *percents, ""
