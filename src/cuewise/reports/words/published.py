"""The published headline, and whether a run's figures may stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cuewise.records import Protocol
from cuewise.reports.formats import count
from cuewise.samples.tasks import tasks

PUBLISHED: Final = (
    ("Gemini-2.5-Pro, best recognition and best CoT", 39.3, None, 56.0),
    ("Mean over 20 models", 29.4, 49.5, 39.5),
)
"""Published headline results (arXiv 2508.09210): recognition, reasoning, CoT, percent."""


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
