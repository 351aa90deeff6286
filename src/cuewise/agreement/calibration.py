"""How often the judge errs, and what the reasoning score would be if it did not.

The unit is the sample: the steps of one answer are about one clip and tend to be right or wrong together, so that
whatever is averaged is first averaged within a sample, as the reasoning score itself is.

What is assumed: the samples whose truth is known are a random sample of those that were judged, and within a
sample it does not depend on a step's being right whether its truth is known. Both hold where the study draws its
samples by lot. What can be checked of it is checked, and told in `Calibration.warnings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Final

import numpy as np

from cuewise.agreement.estimates import (
    Estimate,
    Share,
    effective_number,
    lang_reiczigel,
    mean,
    mean_difference,
    mean_estimate,
    over_all_asked,
    prediction_powered,
    step_share,
    tuned_weight,
    variance,
)
from cuewise.analysis.reliability import Reliability, reliability
from cuewise.errors import InputError

MIN_STEPS: Final = 30
"""With fewer steps of known truth nothing is estimated."""
MIN_SAMPLES: Final = 10
"""Nor with fewer samples."""
FEW: Final = 10
"""With fewer right or fewer wrong steps than this, the intervals are told to be rough."""
MANY: Final = 0.2
"""With a larger share of the rated samples' steps of unknown truth, that is told."""
_APART: Final = 3.0  # standard errors; by chance once in 370 random samples


@dataclass(frozen=True, slots=True)
class JudgedSample:
    """The reasoning steps of one answer that count towards its reasoning score; at least one."""

    id: str
    points: tuple[float, ...]
    """What each step earned, 0..1; fractions only where a panel takes the mean."""
    right: tuple[bool | None, ...]
    """Whether each step is right; None where that is not known."""
    confidence: tuple[float | None, ...] = ()
    """How sure the judge says it is of each of its verdicts, 0..1; None where it does not say. Empty: of none."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Steps of known truth by what the judge made of them. More than half a point passes."""

    right_passed: int
    right_failed: int
    wrong_passed: int
    wrong_failed: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The judge's errors and the reasoning score without them. All scores in percent, over all samples asked."""

    asked: int
    """Samples asked; those without judged reasons count as 0 in every score."""
    judged: int
    """Samples with judged reasons."""
    rated: int
    """Of these, samples with steps of known truth."""
    steps: int
    """Steps of known truth."""
    confusion: Confusion
    sensitivity: Share | None
    """Share of right steps that the judge passes; None where no step is right."""
    specificity: Share | None
    """Share of wrong steps that the judge fails; None where no step is wrong."""
    raw: Estimate
    """The judge's reasoning score."""
    raw_rated: Estimate
    """The same from the steps of known truth alone."""
    bias: Estimate
    """How much more the judge gives the rated steps than they are worth, percentage points; may be negative."""
    rated_alone: Estimate
    """The true score from the rated samples alone, without use of the judge."""
    corrected: Estimate
    """The true score by prediction-powered inference: the figure to report."""
    weight: float
    """How much of the judge's ratings of unrated samples went into it, 0..1."""
    rogan_gladen: Estimate | None
    """The true score from sensitivity and specificity; None where those do not suffice."""
    confidence: Reliability | None
    """How sure the judge says it is of its verdicts, beside how many of them are right: those that pass a right step
    or fail a wrong one. None where it does not say, or of fewer than `MIN_STEPS` steps."""
    warnings: tuple[str, ...]
    """What limits these figures."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data, at full precision."""
        return asdict(self)


def calibrate(
    samples: Sequence[JudgedSample], *, asked: int | None = None, left_out: Mapping[str, int] | None = None
) -> Calibration:
    """Hold the judge's points against the truth, and correct the reasoning score.

    Args:
        samples: all samples of a run with judged reasons, whether their truth is known or not.
        asked: all samples of the run; None if they are all among `samples`.
        left_out: how much of what was rated is not used, by reason; only told if too little is left.

    Raises:
        InputError: the truth is known of too few steps or samples to estimate anything.
        ValueError: more samples were judged than asked.
    """
    asked = len(samples) if asked is None else asked
    if asked < len(samples):
        raise ValueError(f"{len(samples)} samples were judged, but only {asked} asked")
    rated = [sample for sample in samples if any(right is not None for right in sample.right)]
    others = [mean(sample.points) for sample in samples if all(right is None for right in sample.right)]
    known = [_known(sample) for sample in rated]
    n_steps = sum(len(steps) for steps in known)
    if n_steps < MIN_STEPS or len(rated) < MIN_SAMPLES:
        told = f" (left out: {listed(left_out)})" if left_out else ""
        raise InputError(
            f"it is known of only {n_steps} reasoning steps of {len(rated)} samples whether they are right{told}, and"
            f" at least {MIN_STEPS} steps of {MIN_SAMPLES} samples are needed: rate more"
        )
    truth = [mean([float(right) for _, right in steps]) for steps in known]
    judged = [mean([points for points, _ in steps]) for steps in known]
    whole = [mean(sample.points) for sample in samples]
    weight = tuned_weight(truth, judged, others)
    confusion, sensitivity, specificity = judge_accuracy(known)
    by_accuracy = _by_accuracy(samples, sensitivity, specificity)

    def scaled(estimate: Estimate) -> Estimate:
        return over_all_asked(estimate, len(samples), asked)

    return Calibration(
        asked=asked,
        judged=len(samples),
        rated=len(rated),
        steps=n_steps,
        confusion=confusion,
        sensitivity=sensitivity,
        specificity=specificity,
        raw=scaled(mean_estimate(whole)),
        raw_rated=scaled(mean_estimate(judged)),
        bias=mean_difference(judged, truth),
        rated_alone=scaled(mean_estimate(truth)),
        corrected=scaled(prediction_powered(truth, judged, others, weight=weight)),
        weight=weight,
        rogan_gladen=None if by_accuracy is None else scaled(by_accuracy),
        confidence=_confidence(rated),
        warnings=(
            *_doubts_of_accuracy(confusion, sensitivity, specificity),
            *_doubts_of_unknown(n_steps, sum(len(sample.points) for sample in rated)),
            *_doubts_of_sample([mean(sample.points) for sample in rated], others),
        ),
    )


def _confidence(rated: Sequence[JudgedSample]) -> Reliability | None:
    stated = [
        (sample.id, sure, (points > 0.5) is right)
        for sample in rated
        for points, right, sure in zip(sample.points, sample.right, sample.confidence, strict=False)
        if right is not None and sure is not None
    ]
    if len(stated) < MIN_STEPS:
        return None
    samples, sure, agrees = zip(*stated, strict=True)
    return reliability(np.array(sure), np.array(agrees, dtype=np.float64), samples, "sample")


def listed(left_out: Mapping[str, int]) -> str:
    """Reasons with their counts, the most frequent first."""
    by_count = sorted(left_out.items(), key=lambda item: -item[1])
    return ", ".join(f"{count} ({reason})" for reason, count in by_count)


def judge_accuracy(
    known: Sequence[Sequence[tuple[float, bool]]],
) -> tuple[Confusion, Share | None, Share | None]:
    """The judge's confusion table, sensitivity and specificity.

    Args:
        known: per sample, its steps of known truth: the judge's points and whether the step is right.
    """
    cells = [
        [sum(right is is_right and (points > 0.5) is passes for points, right in steps) for steps in known]
        for is_right, passes in ((True, True), (True, False), (False, True), (False, False))
    ]
    right_passed, right_failed, wrong_passed, wrong_failed = cells
    return (
        Confusion(*(sum(cell) for cell in cells)),
        step_share(right_passed, [a + b for a, b in zip(right_passed, right_failed, strict=True)]),
        step_share(wrong_failed, [a + b for a, b in zip(wrong_passed, wrong_failed, strict=True)]),
    )


def _known(sample: JudgedSample) -> list[tuple[float, bool]]:
    pairs = zip(sample.points, sample.right, strict=True)
    return [(points, right) for points, right in pairs if right is not None]


def _by_accuracy(
    samples: Sequence[JudgedSample], sensitivity: Share | None, specificity: Share | None
) -> Estimate | None:
    """Rogan and Gladen's estimate with effective numbers of steps, so that the interval minds the samples."""
    if sensitivity is None or specificity is None or sensitivity.value + specificity.value <= 100:
        return None
    passes = [mean([float(points > 0.5) for points in sample.points]) for sample in samples]
    apparent, spread = mean(passes), variance(passes) / len(passes)
    n_steps = sum(len(sample.points) for sample in samples)
    effective = effective_number(apparent, spread, n_steps) if spread else len(passes)
    return lang_reiczigel(
        apparent,
        effective,
        sensitivity.value / 100,
        sensitivity.effective,
        specificity.value / 100,
        specificity.effective,
    )


def _doubts_of_accuracy(
    confusion: Confusion, sensitivity: Share | None, specificity: Share | None
) -> list[str]:
    n_right = confusion.right_passed + confusion.right_failed
    n_wrong = confusion.wrong_passed + confusion.wrong_failed
    if sensitivity is None:
        return [
            "no rated step is right, so how often the judge fails right ones is not known: there is no correction"
            " by sensitivity and specificity, and the other intervals are rough"
        ]
    if specificity is None:
        return [
            "no rated step is wrong, so how often the judge lets wrong ones pass is not known: there is no"
            " correction by sensitivity and specificity, and the other intervals are rough"
        ]
    doubts = []
    if sensitivity.value + specificity.value <= 100:
        doubts.append(
            "the judge tells right steps from wrong ones no better than chance (sensitivity and specificity add up"
            " to 100 % or less): its scores mean nothing, and there is no correction by them"
        )
    if min(n_right, n_wrong) < FEW:
        few, kind = min((n_right, "right"), (n_wrong, "wrong"))
        doubts.append(f"only {few} of the rated steps are {kind}: the intervals are rough; rate more")
    return doubts


def _doubts_of_unknown(known: int, steps: int) -> list[str]:
    if steps - known <= MANY * steps:
        return []
    return [
        f"of the {steps} steps of the rated samples it is known of only {known} whether they are right: corrected"
        " scores take the others to be like them"
    ]


def _doubts_of_sample(rated: Sequence[float], others: Sequence[float]) -> list[str]:
    if len(others) < MIN_SAMPLES:
        return []
    apart = mean(rated) - mean(others)
    error = sqrt(variance(rated) / len(rated) + variance(others) / len(others))
    if abs(apart) <= _APART * error:
        return []
    return [
        f"the judge gives the rated samples {100 * mean(rated):.1f} and the others {100 * mean(others):.1f}, further"
        " apart than chance explains: they do not look like a random sample of the run, which every corrected score"
        " takes them to be"
    ]


def in_words(result: Calibration) -> str:
    """What a calibration means, in one sentence."""
    bias, corrected = result.bias, result.corrected
    interval = f"{corrected.value:.1f} (95 % interval {corrected.low:.1f} to {corrected.high:.1f})"
    if bias.low <= 0 <= bias.high:
        return (
            f"There is no sign that the judge's errors bias the reasoning score of {result.raw.value:.1f}: corrected it"
            f" is {interval}."
        )
    how = "kind" if bias.value > 0 else "strict"
    return (
        f"The judge is too {how} by {abs(bias.value):.1f} points on the rated steps: without its errors the reasons"
        f" would score {interval} rather than {result.raw.value:.1f}."
    )
