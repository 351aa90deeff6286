"""What an audit of a judge found, as figures."""

from __future__ import annotations

from collections.abc import Iterable

from cuewise.audits.judge.case import Plant, Truth
from cuewise.records import Count, Protocol, Record, Unit
from cuewise.scores.intervals import Estimate, PooledShare, share


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
    kept: Rate
    """Of the planted true reasons that bear on the label: those that earn their point."""
    unsupported: Rate
    """Of the same reasons: those that earn nothing because the judge does not support them."""
    irrelevant: Rate
    """Of the same reasons: those that are supported and earn nothing, as they are said not to bear on the label."""


class JudgeAudit(Record):
    """How well a judge notices what was planted in a run's answers."""

    run: str
    judge: str
    protocol: Protocol
    seed: int
    untried: tuple[str, ...] = ()
    """The other judges of the run's panel, of which nothing is found here."""
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
    """A share of steps with Wilson's 95 % interval for an effective number of steps.

    Steps of one sample are not independent; see `PooledShare` for the method and its sources. Where each sample
    gives one step, that number is exact.

    Args:
        counts: (sample, hits, steps), as many per sample as there are; hits in 0..steps.
    """
    by_sample: dict[str, tuple[int, int]] = {}
    for sample, hits, steps in counts:
        if steps:
            before = by_sample.get(sample, (0, 0))
            by_sample[sample] = (before[0] + hits, before[1] + steps)
    hits, count = (sum(column) for column in zip(*by_sample.values(), strict=True)) if by_sample else (0, 0)
    estimate = share(hits, count) if count == len(by_sample) else _pooled(by_sample.values())
    if estimate is None:
        return Rate(hits=0, count=0, samples=0, share=None, low=None, high=None)
    exact = hits / count
    # Rounding must not put the share outside of its interval.
    low, high = min(exact, estimate.interval.low / 100), max(exact, estimate.interval.high / 100)
    return Rate(hits=hits, count=count, samples=len(by_sample), share=exact, low=low, high=high)


def _pooled(by_sample: Iterable[tuple[int, int]]) -> Estimate | None:
    pooled = PooledShare()
    for hits, steps in by_sample:
        pooled.add(hits, steps)
    return pooled.estimate()
