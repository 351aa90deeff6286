"""The published headline, and whether a run's figures may stand beside it."""

from __future__ import annotations

from collections.abc import Mapping

from cuewise.published.figures import published
from cuewise.records import Protocol
from cuewise.reports.formats import count
from cuewise.samples.tasks import tasks

Headline = tuple[str, float, float, float]
"""What a row is of, and recognition, reasoning and CoT, percent."""


def headline() -> tuple[Headline, ...]:
    """The published model with the best recognition, the one with the best CoT, and the mean over all."""
    known = published()
    first = max(known.models, key=lambda model: model.overall.recognition)
    best = max(known.models, key=lambda model: model.overall.cot)
    rows = (
        [(f"{best.name}, best recognition and best CoT", best.overall)]
        if first is best
        else [
            (f"{first.name}, best recognition", first.overall),
            (f"{best.name}, best CoT", best.overall),
        ]
    )
    rows.append((f"Mean over {len(known.models)} models", known.means()))
    return tuple((name, scores.recognition, scores.reasoning, scores.cot) for name, scores in rows)


def covers_benchmark(protocol: Protocol, samples: Mapping[str, int]) -> bool:
    """Whether a run is of every task at its published size, under the paper's rules.

    Args:
        samples: how many have an outcome, by task.
    """
    return protocol is Protocol.MME_EMOTION and samples == {
        name: task.n_questions for name, task in tasks().items()
    }


def why_left_out() -> str:
    """Why the headline does not stand in a report."""
    whole = sum(task.n_questions for task in tasks().values())
    return (
        f"Published results are left out: they hold for all {count(whole)} questions of the benchmark’s"
        f" {len(tasks())} tasks under the paper’s rules, which no run here covers."
    )
