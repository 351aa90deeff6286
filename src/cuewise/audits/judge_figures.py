"""What an audit of a judge found, as figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cuewise.audits.plants_case import Plant, Truth
from cuewise.records import Count, Protocol, Record, Unit
from cuewise.scores.figures import wilson

FEW: Final = 5
"""Below so many hits, or misses, nothing can be told about how they gather in samples."""


class Rate(Record):
    """How often something happened, with a 95 % interval."""

    hits: Count
    count: Count
    """Steps looked at."""
    samples: Count
    """Samples that these steps are of."""
    share: Unit | None
    """hits / count; None where nothing was looked at, as the bounds."""
    low: Unit | None
    high: Unit | None


class PlantFigures(Record):
    """What a judge made of one plant."""

    plant: Plant
    truth: Truth
    versions: Count
    """Planted versions that were judged."""
    failures: Count
    """Versions for which the judge gave no verdicts; they count nowhere else."""
    noticed: Rate
    """Of the steps that must change: those that did."""
    false_alarms: Rate
    """Of the true reasons: those judged contradicted."""
    changed: Rate
    """Of the steps that must be judged as before: those judged otherwise."""


class JudgeAudit(Record):
    """How well a judge notices what was planted in a run's answers."""

    run: str
    judge: str
    protocol: Protocol
    seed: int
    answers: Count
    """Answers drawn."""
    unjudged: Count
    """Those of them that the judge gave no verdicts for even as they are; nothing is planted in them."""
    calls_made: Count = 0
    calls_reused: Count = 0
    failures: dict[str, Count]
    """Why verdicts are missing, by cause, with how often."""
    first_failure: str | None = None
    """What happened the first time."""
    overall: tuple[PlantFigures, ...]
    """By truth and plant; only where a version was made."""
    false_alarms: dict[Truth, Rate]
    """All plants together, each true reason in each version counted."""
    tasks: dict[str, tuple[PlantFigures, ...]]

    def figures(
        self, plant: Plant, truth: Truth = Truth.CUES, task: str | None = None
    ) -> PlantFigures | None:
        """The figures of one plant, of all tasks or of one; None where it was not planted."""
        among = self.overall if task is None else self.tasks.get(task, ())
        return next((each for each in among if (each.plant, each.truth) == (plant, truth)), None)


def rate(counts: Iterable[tuple[str, int, int]]) -> Rate:
    """A share with Wilson's 95 % interval over an effective number of steps.

    Steps of one sample are not independent, so their number n is divided by the design effect of Rao and Scott
    (Biometrics 48, 1992: 577-585), but at least by 1:

        deff = n v / (p (1 - p)),  v = m / (m - 1) / n^2 * sum_i (x_i - n_i p)^2

    with x_i hits among n_i steps of sample i, m samples, p = sum x_i / n. Where there are fewer than five hits or
    fewer than five misses, deff cannot be estimated, and each sample counts as one step.

    Args:
        counts: (sample, hits, steps), as many per sample as there are; hits in 0..steps.
    """
    by_sample: dict[str, tuple[int, int]] = {}
    for sample, hits, steps in counts:
        if steps:
            before = by_sample.get(sample, (0, 0))
            by_sample[sample] = (before[0] + hits, before[1] + steps)
    x = sum(hits for hits, _ in by_sample.values())
    n = sum(steps for _, steps in by_sample.values())
    m = len(by_sample)
    if not n:
        return Rate(hits=0, count=0, samples=0, share=None, low=None, high=None)
    effective = max(1, int(_effective(list(by_sample.values()), x, n)))
    interval = wilson(x / n * effective, effective)
    share = x / n
    # Rounding must not put the share outside of its interval.
    low, high = min(share, interval.low / 100), max(share, min(1.0, interval.high / 100))
    return Rate(hits=x, count=n, samples=m, share=share, low=low, high=high)


def _effective(by_sample: Sequence[tuple[int, int]], x: int, n: int) -> float:
    m = len(by_sample)
    if m == n or min(x, n - x) < FEW or m < 2:
        return m
    p = x / n
    variance = m / (m - 1) / n**2 * sum((hits - steps * p) ** 2 for hits, steps in by_sample)
    return n / max(1.0, n * variance / (p * (1 - p)))
