"""Whether confidence means what it says: that of repeated answers in the label most of them name, or a judge's own.

Calibration says how far confidence can be taken at its word, not how good an answer is: who is right in 30 % of cases
and says so is well calibrated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from math import pi, sqrt
from typing import Any, Final

import numpy as np

from cuewise.analysis.groups import numbered
from cuewise.analysis.table import Floats, Integers, RunTable
from cuewise.analysis.uncertainty import Uncertain, mean_with_intervals
from cuewise.analysis.units import grouped
from cuewise.samples.units import PRINTED
from cuewise.scores.metrics.confidence import BINS, bins_of, expected_calibration_error

AGREEMENT: Final = "the share of a sample’s answers that name its most frequent label"
"""What stands for confidence where samples were asked several times."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """What was said with about equal confidence."""

    confidence: float
    """Mean confidence, percent."""
    right: Uncertain
    """How much of it is right."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence beside what is right."""

    count: int
    """Samples, or steps."""
    confidence: float
    """Mean confidence, percent."""
    right: Uncertain
    """How much is right."""
    error: float
    """Expected calibration error, percentage points (`expected_calibration_error`)."""
    by_chance: float
    """About what it would be, by chance alone, were confidence exactly the share that is right; see `_by_chance`."""
    bins: tuple[ReliabilityBin, ...]
    """From low to high confidence, those that hold anything."""

    def to_json(self) -> dict[str, Any]:
        """All fields as plain data, at full precision."""
        return asdict(self)


def reliability(
    confidence: Floats, right: Floats, clusters: Sequence[Hashable], unit: str
) -> Reliability | None:
    """Confidence held against what is right.

    Args:
        confidence: 0..1, (n,).
        right: 1 or 0, or the chance of it, (n,).
        clusters: the group of each, (n,).
        unit: what a group is.

    Returns:
        None of nothing.
    """
    error = expected_calibration_error(confidence.tolist(), right.tolist())
    whole = mean_with_intervals(right, clusters, unit)
    if error is None or whole is None:
        return None
    place, groups = bins_of(confidence), numbered(clusters)
    bins = []
    for number in np.unique(place):
        inside = np.flatnonzero(place == number)
        share = mean_with_intervals(right[inside], groups[inside].tolist(), unit)
        assert share is not None  # the bin holds something
        bins.append(ReliabilityBin(100 * float(confidence[inside].mean()), share))
    return Reliability(
        count=len(confidence),
        confidence=100 * float(confidence.mean()),
        right=whole,
        error=100 * error,
        by_chance=_by_chance(confidence, place),
        bins=tuple(bins),
    )


def _by_chance(confidence: Floats, place: Integers) -> float:
    """The expected error of perfect calibration, percentage points, were all independent: per bin, the mean absolute
    value of a normal distribution of variance sum c (1 - c), sqrt(2 / pi) of its root; their sum over n."""
    variances = np.bincount(place, confidence * (1 - confidence), BINS)
    return 100 * sqrt(2 / pi) * float(np.sqrt(variances).sum()) / len(confidence)


def answer_reliability(table: RunTable) -> Reliability | None:
    """The share of a sample's answers that name one and the same label, against whether that label is right
    (self-consistency; Wang et al., arXiv 2203.11171).

    Whole sets of labels are counted, over all answers to the sample; an answer without a score names none. Right is
    what earns full recognition. Where several are named equally often, the share of these that is right, which is what
    a draw by lot gives. A sample of which no answer names a label has no such confidence and is left out.

    Returns:
        None where no sample was asked twice, or none has such a label.
    """
    if len(table) == len(table.samples):
        return None
    answers: Counter[int] = Counter(table.sample.tolist())
    named: defaultdict[int, defaultdict[frozenset[str], list[bool]]] = defaultdict(lambda: defaultdict(list))
    full = (table.points["recognition"] == 1).tolist()
    scored = table.scored.tolist()
    for answer, (place, labels) in enumerate(zip(table.sample.tolist(), table.labels, strict=True)):
        if labels and scored[answer]:
            named[place][frozenset(labels)].append(full[answer])
    places = sorted(place for place in named if answers[place] > 1)
    if not places:
        return None
    confidence, right = [], []
    for place in places:
        most = max(map(len, named[place].values()))
        chosen = [fulls for fulls in named[place].values() if len(fulls) == most]
        confidence.append(most / answers[place])
        right.append(sum(map(sum, chosen)) / (most * len(chosen)))
    groups = grouped([table.samples[place] for place in places], PRINTED)
    return reliability(np.array(confidence), np.array(right), groups, PRINTED)


def reliability_sentence(found: Reliability, *, confidence: str, of: str) -> str:
    """What it means, in one sentence.

    Args:
        confidence: whose it is, such as "the judge's confidence".
        of: what it is over, such as "steps".
    """
    gap = found.confidence - found.right.percent
    ends = found.right.interval
    if ends is not None and ends.low <= found.confidence <= ends.high:
        how = "which is about how often it is right"
    elif ends is None:
        how = f"and {found.right.percent:.1f} % is right"
    else:
        how = (
            f"yet only {found.right.percent:.1f} % is right"
            if gap > 0
            else f"and {found.right.percent:.1f} % is right"
        )
    return (
        f"Over {found.count:,} {of}, {confidence} is {found.confidence:.1f} % on average, {how}; expected calibration"
        f" error {found.error:.1f} points, where chance alone gives about {found.by_chance:.1f}."
    )
